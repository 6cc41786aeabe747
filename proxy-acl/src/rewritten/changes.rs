//! What rules changed in a request.

use alloc::vec::Vec;
use core::net::SocketAddr;
use core::ops::{ControlFlow, Range};

use super::shown;
use crate::convert::LARGEST_TEXT;
use crate::fetch::host::DefaultPort;
use crate::fetch::phase::Phase;
use crate::fetch::{header, path};
use crate::request::Request;
use crate::update::Updates;
use crate::variable::Variables;

/// What rules changed in a request; its room is kept from one request to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    pub(super) method: Replacement,
    pub(super) target: Replacement,
    headers: HeaderList,
    pub(super) source: Option<SocketAddr>,
    pub(super) destination: Option<SocketAddr>,
    pub(super) status: Option<u16>,
    /// The name of the proxy where the request came in, and of the one whose rules are asked.
    pub(super) frontend: Vec<u8>,
    pub(super) proxy: Vec<u8>,
    pub(crate) phase: Phase,
    pub(crate) variables: Variables,
    pub(crate) updates: Updates,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Replacement {
    used: bool,
    bytes: Vec<u8>,
}

/// What is changed where no rule changes anything.
pub(super) static NOTHING: Changes = Changes {
    method: Replacement { used: false, bytes: Vec::new() },
    target: Replacement { used: false, bytes: Vec::new() },
    headers: HeaderList { used: false, bytes: Vec::new(), lines: Vec::new() },
    source: None,
    destination: None,
    status: None,
    frontend: Vec::new(),
    proxy: Vec::new(),
    phase: Phase::Request,
    variables: Variables::new(),
    updates: Updates::new(),
};

impl Replacement {
    fn replace(&mut self, bytes: &[u8]) {
        self.used = true;
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn get(&self) -> Option<&[u8]> {
        self.used.then_some(&*self.bytes)
    }
}

/// What rules write into headers comes to no more than this, the values that later rules replace
/// included. HAProxy has its buffer for it, of 16 KiB by default.
const LARGEST_HEADERS: usize = 16 * LARGEST_TEXT;

/// The headers from the first change on.
#[derive(Clone, Debug, Default)]
struct HeaderList {
    used: bool,
    bytes: Vec<u8>,
    lines: Vec<(Range<usize>, Range<usize>)>,
}

impl HeaderList {
    fn push(&mut self, name: &[u8], value: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(name);
        let middle = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.lines.push((start..middle, middle..self.bytes.len()));
    }

    /// What there is room for of a value that a rule makes.
    fn fitting<'v>(&self, value: &'v [u8]) -> &'v [u8] {
        value.get(..LARGEST_HEADERS.saturating_sub(self.bytes.len())).unwrap_or(value)
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let part = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        self.lines.iter().map(move |(name, value)| (part(name), part(value)))
    }
}

impl Changes {
    /// Forgets the last request, and does what HAProxy does before any rule: the default port
    /// vanishes from an absolute target.
    #[inline]
    pub(crate) fn start<R: Request + ?Sized>(&mut self, request: &R) {
        self.method.used = false;
        self.target.used = false;
        self.headers.used = false;
        self.source = None;
        self.destination = None;
        self.status = None;
        self.frontend.clear();
        self.proxy.clear();
        self.phase = Phase::Request;
        self.variables.clear();
        self.updates.clear();
        let target = request.uri();
        if target.first() != Some(&b'/') {
            if let Some(port) = DefaultPort::of(request.method(), target) {
                self.target.used = true;
                self.target.bytes.clear();
                port.normalise(target, &mut self.target.bytes);
            }
        }
    }

    /// Goes on to the response, of which no header is changed yet. Variables stay, and so do the
    /// method and the addresses.
    pub(crate) fn start_response(&mut self, status: u16) {
        self.target.used = false;
        self.headers.used = false;
        self.status = Some(status);
        self.updates.clear();
        self.phase = Phase::Response;
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.status
    }

    /// The request comes in at the proxy of this name.
    pub(crate) fn come_in(&mut self, frontend: &str) {
        self.frontend.clear();
        self.frontend.extend_from_slice(frontend.as_bytes());
        self.hand_to(frontend);
    }

    /// The rules of the proxy of this name are asked.
    pub(crate) fn hand_to(&mut self, proxy: &str) {
        self.proxy.clear();
        self.proxy.extend_from_slice(proxy.as_bytes());
    }

    /// The headers from the first change on.
    pub(crate) fn changed_headers(&self) -> Option<impl Iterator<Item = (&[u8], &[u8])>> {
        self.headers.used.then(|| self.headers.iter())
    }

    pub(crate) fn set_status(&mut self, status: u16) {
        self.status = Some(status);
    }

    pub(crate) fn set_source(&mut self, address: SocketAddr) {
        self.source = Some(address);
    }

    pub(crate) fn set_destination(&mut self, address: SocketAddr) {
        self.destination = Some(address);
    }

    pub(crate) fn set_method(&mut self, method: &[u8]) {
        self.method.replace(method);
    }

    /// Replaces the target; `Host` follows its authority, if it has one.
    pub(crate) fn set_target<R: Request + ?Sized>(&mut self, request: &R, target: &[u8]) {
        self.target.replace(target);
        if let Some(authority) = path::authority(target) {
            self.own_headers(request);
            let host = self.headers.fitting(target.get(authority).unwrap_or_default());
            let HeaderList { bytes, lines, .. } = &mut self.headers;
            for (name, value) in lines {
                let is_host = |name: &[u8]| name.eq_ignore_ascii_case(b"host");
                if bytes.get(name.clone()).is_some_and(is_host) {
                    let start = bytes.len();
                    bytes.extend_from_slice(host);
                    *value = start..bytes.len();
                }
            }
        }
    }

    /// Replaces the part of the target that `of` finds.
    pub(crate) fn replace_in_target<R: Request + ?Sized>(
        &mut self,
        request: &R,
        of: impl FnOnce(&[u8]) -> Range<usize>,
        with: &[u8],
    ) {
        if !self.target.used {
            self.target.replace(request.uri());
        }
        let range = of(&self.target.bytes);
        self.target.bytes.splice(range, with.iter().copied());
    }

    pub(crate) fn add_header<R: Request + ?Sized>(
        &mut self,
        request: &R,
        name: &[u8],
        value: &[u8],
    ) {
        self.own_headers(request);
        let value = self.headers.fitting(value);
        self.headers.push(name, value);
        self.follow_host(request, name, value);
    }

    /// Lets the authority of an absolute target follow `Host`.
    fn follow_host<R: Request + ?Sized>(&mut self, request: &R, name: &[u8], value: &[u8]) {
        if name.eq_ignore_ascii_case(b"host") {
            let target = self.target.get().unwrap_or_else(|| request.uri());
            if let Some(authority) = path::authority(target) {
                self.replace_in_target(request, |_| authority, value);
            }
        }
    }

    pub(crate) fn remove_headers<R: Request + ?Sized>(
        &mut self,
        request: &R,
        mut remove: impl FnMut(&[u8]) -> bool,
    ) {
        self.own_headers(request);
        let HeaderList { bytes, lines, .. } = &mut self.headers;
        lines.retain(|(name, _)| !remove(bytes.get(name.clone()).unwrap_or_default()));
    }

    /// Replaces values of the headers of this name, whole lines or what stands between commas, with what
    /// `replace` writes, where it says that it did.
    pub(crate) fn replace_headers<R: Request + ?Sized>(
        &mut self,
        request: &R,
        name: &[u8],
        whole: bool,
        mut replace: impl FnMut(&[u8], &mut Vec<u8>) -> bool,
    ) {
        self.own_headers(request);
        let mut out = Vec::new();
        for index in 0..self.headers.lines.len() {
            let Some((line, value)) = self.headers.lines.get(index).cloned() else { break };
            let bytes = &self.headers.bytes;
            if !bytes.get(line).is_some_and(|line| line.eq_ignore_ascii_case(name)) {
                continue;
            }
            let old = bytes.get(value).unwrap_or_default();
            out.clear();
            let mut replaced = false;
            if whole {
                replaced = replace(header::trim(old), &mut out);
            } else {
                header::replace_values(old, &mut out, |value, out| {
                    let done = replace(value, out);
                    replaced |= done;
                    done
                });
            }
            if !replaced {
                continue;
            }
            let start = self.headers.bytes.len();
            self.headers.bytes.extend_from_slice(self.headers.fitting(&out));
            let end = self.headers.bytes.len();
            if let Some((_, value)) = self.headers.lines.get_mut(index) {
                *value = start..end;
            }
            self.follow_host(request, name, &out);
        }
    }

    fn own_headers<R: Request + ?Sized>(&mut self, request: &R) {
        if self.headers.used {
            return;
        }
        self.headers.used = true;
        self.headers.bytes.clear();
        self.headers.lines.clear();
        let port = DefaultPort::of(request.method(), request.uri());
        let list = &mut self.headers;
        let _ = request.headers(&mut |name, value| {
            list.push(name, shown(port, name, value));
            ControlFlow::Continue(())
        });
    }
}
