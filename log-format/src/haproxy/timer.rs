/// Times of a session in milliseconds (section 8.4 of the manual).
///
/// `None` is HAProxy's `-1`: the session ended before that event; and it is what stands in the
/// timers that the format does not name. The sums need not agree: each time is rounded by
/// itself, and real lines have parts that exceed the total.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Timers {
    /// `%TR`: from the first byte of the request to its last header; `None` when the request was
    /// not complete.
    pub request: Option<u32>,
    /// `%Tw`: waiting for a free place; `None` when the request was not queued.
    pub queue: Option<u32>,
    /// `%Tc`: connecting to the server; `None` when there was no connection.
    pub connect: Option<u32>,
    /// `%Tr`: the server's time to answer with its headers; `None` when it did not.
    pub response: Option<u32>,
    /// `%Ta`: the whole time of the request, from its first byte to the end of the answer.
    pub active: Option<u32>,
    /// `%Tt`: the whole time of the session, from accept to close.
    pub total: Option<u32>,
}
