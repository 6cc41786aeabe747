//! Long lists of texts: a rule with the list in a file, beside a bare search in the path by an automaton
//! and beside a look at each. Half the paths match.

use std::net::SocketAddr;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Anchored, Input, StartKind};
use benches::seed::Seed;
use benches::{Contest, Suite};
use proxy_acl::{Options, Policy, RequestView};

use crate::stamp::each;

const COUNT: usize = 1_000;

pub(crate) fn enter(suite: &mut Suite) {
    suite.path("prefix/1000", || {
        let search = AhoCorasickBuilder::new()
            .start_kind(StartKind::Anchored)
            .build(Place::Prefix.texts())
            .expect("a thousand texts are few");
        let begins = move |path: &str| search.is_match(Input::new(path).anchored(Anchored::Yes));
        peer(contest(Place::Prefix), "aho-corasick", Place::Prefix, begins)
    });
    suite.path("suffix/1000", || contest(Place::Suffix));
    suite.path("substring/1000", || {
        let search = AhoCorasick::new(Place::Inside.texts()).expect("a thousand texts are few");
        peer(contest(Place::Inside), "aho-corasick", Place::Inside, move |path| {
            search.is_match(path)
        })
    });
}

/// Where in a path the texts stand.
#[derive(Clone, Copy)]
enum Place {
    Prefix,
    Suffix,
    Inside,
}

impl Place {
    /// The same thousand texts in every call.
    fn texts(self) -> Vec<String> {
        let mut seed = Seed::new(0x7465_7874);
        let text = |seed: &mut Seed| match self {
            Self::Prefix => path(seed, 2),
            Self::Suffix => format!("{}.{}", word(seed), word(seed)),
            Self::Inside => format!("{}/{}", word(seed), word(seed)),
        };
        (0..COUNT).map(|_| text(&mut seed)).collect()
    }

    fn matches(self, text: &str, path: &str) -> bool {
        match self {
            Self::Prefix => path.starts_with(text),
            Self::Suffix => path.ends_with(text),
            Self::Inside => path.contains(text),
        }
    }

    /// Paths of two to five words, of which every second one has a text in its place.
    fn paths(self) -> Vec<String> {
        let mut seed = Seed::new(0x7061_7468);
        let texts = self.texts();
        let path = |index: usize| {
            let words = seed.between(2, 5);
            let path = path(&mut seed, words);
            let text = &texts[seed.between(0, COUNT - 1)];
            match self {
                _ if index.is_multiple_of(2) => path,
                Self::Prefix => format!("{text}{path}"),
                Self::Suffix => format!("{path}{text}"),
                Self::Inside => format!("{path}/{text}/x"),
            }
        };
        (0..1024).map(path).collect()
    }

    fn method(self) -> &'static str {
        match self {
            Self::Prefix => "path_beg",
            Self::Suffix => "path_end",
            Self::Inside => "path_sub",
        }
    }
}

/// Ours, and a look at each text.
fn contest<'a>(place: Place) -> Contest<'a> {
    let rule = format!("http-request deny if {{ {} -f texts.lst }}\n", place.method());
    let options = Options::new().pattern_file("texts.lst", place.texts().join("\n"));
    let policy = Policy::parse(rule.as_bytes(), &options).expect("the policy is valid");
    let source = SocketAddr::from(([192, 0, 2, 7], 40_000));
    let denied = move |path: &String| {
        !policy.decide(&RequestView::new(b"GET", path.as_bytes(), source)).is_allowed()
    };
    let (texts, paths) = (place.texts(), place.paths());
    for path in &paths {
        assert_eq!(denied(path), texts.iter().any(|text| place.matches(text, path)), "{path}");
    }

    let operations = paths.len() as u32;
    let naive = move |path: &str| texts.iter().any(|text| place.matches(text, path));
    let contest = Contest::new(move || each(&paths, &denied)).operations(operations);
    peer(contest, "naive", place, naive)
}

fn peer<'a>(
    contest: Contest<'a>,
    name: &'static str,
    place: Place,
    matches: impl Fn(&str) -> bool + 'a,
) -> Contest<'a> {
    let paths = place.paths();
    contest.peer(name, move || each(&paths, |path| matches(path)))
}

fn path(seed: &mut Seed, words: usize) -> String {
    (0..words).map(|_| format!("/{}", word(seed))).collect()
}

/// A word of three to nine letters, the first ones more often than the others.
fn word(seed: &mut Seed) -> String {
    let letter = |seed: &mut Seed| {
        let letter = seed.between(0, 25).min(seed.between(0, 25));
        char::from(b'a' + letter as u8)
    };
    (0..seed.between(3, 9)).map(|_| letter(seed)).collect()
}
