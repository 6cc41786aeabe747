use alloc::vec::Vec;

use super::message::Message;
use super::version::Tag;

/// What [`Gossip::poll`](super::Gossip::poll) wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Say this to the member, over the tunnel to it.
    Say {
        /// To whom; there is a tunnel to it.
        to: Tag,
        /// What to say.
        message: Message,
    },
    /// Send the member these things, as many in one datagram as fit. All are known.
    Send {
        /// To whom; there is a tunnel to it.
        to: Tag,
        /// What to send, at most [`MAX_ITEMS`](super::MAX_ITEMS).
        parcels: Vec<Parcel>,
    },
    /// Bring up a tunnel to the member, then call [`Gossip::connected`](super::Gossip::connected), or [`Gossip::failed`](super::Gossip::failed) if
    /// that cannot be done. It may be one that was forgotten lately.
    Dial(Tag),
    /// The tunnel to the member is not needed for gossip, or not any more; do not go on trying to
    /// bring it up. Traffic may need it.
    Close(Tag),
    /// Nothing newer was heard of the thing for all its life; it is known no more.
    Forgotten(Tag),
    /// It is time to renew this node's own record: call [`Gossip::set_own`](super::Gossip::set_own) with the next version.
    Renew,
}

/// One thing to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The thing.
    pub tag: Tag,
    /// The rest of its life, to be sent with it: in units of four seconds.
    pub life: u16,
    /// Whether the receiver has this edition already, and is to be told of the renewal alone.
    pub renewal: bool,
}
