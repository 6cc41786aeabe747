use core::fmt;

use super::symmetric::Symmetric;
use super::{Identity, NotAuthentic, Remote, SessionKeys, pattern};
use crate::crypto::{Aead, Tai64n};
use crate::key::{KeyPair, PublicKey};
use crate::wire::{Index, Initiation, Response};

/// An initiation whose sender has named itself and proved nothing: anyone can replay this part.
pub(crate) struct Claimed {
    public: PublicKey,
    sender: Index,
    ephemeral: PublicKey,
    sealed_timestamp: [u8; 28],
    state: Symmetric,
}

impl Claimed {
    pub(crate) fn read<A: Aead>(
        identity: &Identity,
        message: &Initiation,
    ) -> Result<Self, NotAuthentic> {
        let mut state = identity.start.clone();
        let ephemeral = PublicKey::from_bytes(message.ephemeral);
        let public = pattern::read_first_static::<A>(
            &mut state,
            identity,
            &ephemeral,
            message.sealed_static,
        )?;
        Ok(Self {
            public,
            sender: message.sender,
            ephemeral,
            sealed_timestamp: message.sealed_timestamp,
            state,
        })
    }

    /// The key by which the caller finds the [`Remote`].
    pub(crate) fn public(&self) -> PublicKey {
        self.public
    }

    /// Verifies that the sender holds the key it named, which is no peer's, and returns the key.
    pub(crate) fn authenticate_stranger<A: Aead>(
        self,
        identity: &Identity,
    ) -> Result<PublicKey, NotAuthentic> {
        let remote = Remote::new(identity, self.public, None).ok_or(NotAuthentic)?;
        self.authenticate::<A>(&remote)?;
        Ok(remote.public)
    }

    /// Verifies that the sender holds the key it named.
    pub(crate) fn authenticate<A: Aead>(
        mut self,
        remote: &Remote,
    ) -> Result<Authenticated, NotAuthentic> {
        let timestamp = pattern::read_first_payload::<A>(
            &mut self.state,
            &remote.shared,
            &mut self.sealed_timestamp,
        )?;
        Ok(Authenticated {
            timestamp: Tai64n::from_bytes((&*timestamp).try_into().map_err(|_| NotAuthentic)?),
            sender: self.sender,
            ephemeral: self.ephemeral,
            state: self.state,
        })
    }
}

impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claimed").field("public", &self.public).finish_non_exhaustive()
    }
}

/// An initiation by the peer itself, though perhaps a replay until its timestamp is compared.
pub(crate) struct Authenticated {
    timestamp: Tai64n,
    sender: Index,
    ephemeral: PublicKey,
    state: Symmetric,
}

impl Authenticated {
    pub(crate) fn timestamp(&self) -> Tai64n {
        self.timestamp
    }

    /// Completes the handshake.
    pub(crate) fn respond<A: Aead>(
        mut self,
        remote: &Remote,
        ephemeral: &KeyPair,
        local: Index,
    ) -> Result<(SessionKeys, Response), NotAuthentic> {
        let mut sealed_nothing = [0; 16];
        let public = pattern::write_second::<A>(
            &mut self.state,
            remote,
            &self.ephemeral,
            ephemeral,
            &mut sealed_nothing,
        )?;
        let response = Response {
            sender: local,
            receiver: self.sender,
            ephemeral: *public.as_bytes(),
            sealed_nothing,
        };
        let (receive, send) = self.state.split();
        Ok((SessionKeys { send, receive, local, remote: self.sender }, response))
    }
}

impl fmt::Debug for Authenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticated").field("sender", &self.sender).finish_non_exhaustive()
    }
}
