//! One request and its answer, with all that the log says of them.

use std::net::SocketAddr;
use std::time::Duration;

use proxy_acl::{Action, Policy, RequestView};

use crate::failure::Failure;
use crate::web::page::{Body, Page};

/// A request that was received and what became of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Who asked.
    pub client: SocketAddr,
    /// Method, target and version, and the `Host` header; `None` if the request was malformed.
    pub request: Option<Request>,
    /// When its first byte was there.
    pub begun: Duration,
    /// When its head was complete.
    pub complete: Duration,
    /// When it got a place, if it ever needed one.
    pub placed: Option<Duration>,
    /// When the head of the answer was written.
    pub answered: Option<Duration>,
    /// How many requests were ahead of it in the queue.
    pub ahead: usize,
    /// The status of the answer.
    pub status: u16,
    /// Bytes of the answer, head and body.
    pub bytes: u64,
    /// How it ended.
    pub end: End,
}

/// The parts of a request's head that are logged or decided on.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The raw target.
    pub target: String,
    /// The protocol version, `HTTP/1.0` or `HTTP/1.1`.
    pub version: &'static str,
    /// All headers in order.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The page was delivered.
    Complete,
    /// The proxy itself refused: by the policy, or because the request was malformed.
    Refused,
    /// The client went away before it had everything.
    Aborted,
}

/// What is to be sent for a request.
#[derive(Debug)]
pub struct Answer {
    /// The head, and for a refusal its text as well.
    head: Vec<u8>,
    /// The body of a page.
    body: Body,
}

impl Request {
    /// Reads a request head from the front of `bytes`; returns it with its size, or `None` while
    /// it is incomplete.
    ///
    /// # Errors
    ///
    /// Why the bytes can never become a request that this site serves.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Request, usize)>, String> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_LIMIT];
        let mut head = httparse::Request::new(&mut headers);
        let size = match head.parse(bytes).map_err(|error| error.to_string())? {
            httparse::Status::Complete(size) => size,
            httparse::Status::Partial if bytes.len() < HEAD_LIMIT => return Ok(None),
            httparse::Status::Partial => return Err("the head is too long".to_owned()),
        };
        let headers: Vec<(String, Vec<u8>)> = head
            .headers
            .iter()
            .map(|header| (header.name.to_owned(), header.value.to_vec()))
            .collect();
        let request = Request {
            method: head.method.unwrap_or_default().to_owned(),
            target: head.path.unwrap_or_default().to_owned(),
            version: if head.version == Some(0) { "HTTP/1.0" } else { "HTTP/1.1" },
            headers,
        };
        if request.header("content-length").is_some_and(|length| length != b"0")
            || request.header("transfer-encoding").is_some()
        {
            return Err("a request body is not expected here".to_owned());
        }
        Ok(Some((request, size)))
    }

    /// Returns the value of the first header of that name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let named = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_slice())
    }

    /// Tells whether the client wants the connection closed after the answer.
    pub fn is_last(&self) -> bool {
        let wish = self.header("connection").unwrap_or_default();
        wish.eq_ignore_ascii_case(b"close")
            || self.version == "HTTP/1.0" && !wish.eq_ignore_ascii_case(b"keep-alive")
    }

    /// Returns the request line without its end.
    pub fn line(&self) -> String {
        format!("{} {} {}", self.method, self.target, self.version)
    }

    /// Asks the policy; returns the status of the refusal, or `None` if the request is allowed.
    ///
    /// # Errors
    ///
    /// [`Failure::Site`] when the policy wants something that this site cannot do.
    pub fn decide(&self, policy: &Policy, client: SocketAddr) -> Result<Option<u16>, Failure> {
        match self.viewed(client, |view| policy.decide(view)).action {
            Action::Allow => Ok(None),
            Action::Deny { status } => Ok(Some(status)),
            other @ (Action::Tarpit { .. }
            | Action::Reject
            | Action::SilentDrop
            | Action::Return { .. }
            | Action::Redirect { .. }
            | _) => Err(Failure::site(format!("knows only allow and deny, not '{other}'"))),
        }
    }

    /// Returns why the policy decides as it does.
    pub fn explain(&self, policy: &Policy, client: SocketAddr) -> String {
        self.viewed(client, |view| policy.explain(view).to_string())
    }

    fn viewed<R>(&self, client: SocketAddr, look: impl FnOnce(&RequestView<'_>) -> R) -> R {
        let headers: Vec<(&[u8], &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_slice())).collect();
        let view = RequestView::new(self.method.as_bytes(), self.target.as_bytes(), client)
            .version(self.version.as_bytes())
            .headers(&headers);
        look(&view)
    }
}

impl Answer {
    /// Returns the page at a target.
    pub fn page(target: &str) -> Answer {
        let page = Page::at(target.as_bytes());
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {PAGE_TYPE}\r\nContent-Length: {}\r\n\r\n",
            page.length()
        );
        Answer { head: head.into_bytes(), body: page.body() }
    }

    /// Returns a refusal with a short text.
    pub fn refusal(status: u16) -> Answer {
        let reason = match status {
            400 => "Bad Request",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            429 => "Too Many Requests",
            503 => "Service Unavailable",
            _ => "Refused",
        };
        let text = format!("<html><body><h1>{status} {reason}</h1></body></html>\n");
        let head = format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: text/html\r\nCache-Control: no-cache\r\n\
             Content-Length: {}\r\n\r\n{text}",
            text.len()
        );
        Answer { head: head.into_bytes(), body: Body::new(0, 0) }
    }

    /// Returns how many bytes are still to be sent.
    pub fn left(&self) -> u64 {
        self.head.len() as u64 + self.body.left()
    }

    /// Writes the next bytes to the front of `out` and returns their number.
    pub fn fill(&mut self, out: &mut [u8]) -> usize {
        if self.head.is_empty() {
            return self.body.fill(out);
        }
        let size = self.head.len().min(out.len());
        for (to, from) in out.iter_mut().zip(self.head.drain(..size)) {
            *to = from;
        }
        size
    }
}

/// The media type of pages.
pub const PAGE_TYPE: &str = "application/octet-stream";

/// A request head may have so many bytes; what is longer is refused.
pub const HEAD_LIMIT: usize = 8 * 1024;

/// A request may have so many headers.
const HEADERS_LIMIT: usize = 32;

#[cfg(test)]
mod tests {
    use proxy_acl::Options;

    use super::*;

    const POLICY: &[u8] = b"acl is_admin path_beg /wp-admin\n\
        acl is_local src 10.66.0.0/24\n\
        http-request deny if !is_local is_admin\n";

    fn request(text: &[u8]) -> Request {
        Request::parse(text).unwrap().unwrap().0
    }

    #[test]
    fn head_is_read_only_once_it_is_complete() {
        let text = b"GET /page/1 HTTP/1.1\r\nHost: pages.example\r\n\r\nGET";

        assert!(Request::parse(&text[..30]).unwrap().is_none());
        let (request, size) = Request::parse(text).unwrap().unwrap();
        assert_eq!(size, text.len() - 3);
        assert_eq!(request.line(), "GET /page/1 HTTP/1.1");
        assert_eq!(request.header("host"), Some(&b"pages.example"[..]));
    }

    #[test]
    fn request_with_a_body_is_refused() {
        let text = b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";

        assert!(Request::parse(text).is_err());
    }

    #[test]
    fn admin_area_is_denied_outside_of_the_office_only() {
        let policy = Policy::parse(POLICY, &Options::new()).unwrap();
        let admin = request(b"GET /wp-admin/index.php HTTP/1.1\r\nHost: a\r\n\r\n");
        let page = request(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        let (office, elsewhere) =
            ("10.66.0.3:5000".parse().unwrap(), "203.0.113.7:5000".parse().unwrap());

        assert_eq!(admin.decide(&policy, office).unwrap(), None);
        assert_eq!(page.decide(&policy, elsewhere).unwrap(), None);
        assert_eq!(admin.decide(&policy, elsewhere).unwrap(), Some(403));
        assert!(admin.explain(&policy, elsewhere).contains("is_admin"));
    }
}
