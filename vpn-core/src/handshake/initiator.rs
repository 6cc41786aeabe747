use core::fmt;

use super::symmetric::Symmetric;
use super::{Identity, NotAuthentic, Remote, SessionKeys, pattern};
use crate::crypto::{Aead, Tai64n};
use crate::key::{KeyPair, PublicKey};
use crate::wire::{Index, Initiation, Response};

/// An initiation on its way: waits for the response.
pub(crate) struct Initiator {
    local: Index,
    ephemeral: KeyPair,
    state: Symmetric,
}

impl Initiator {
    pub(crate) fn start<A: Aead>(
        identity: &Identity,
        remote: &Remote,
        ephemeral: KeyPair,
        local: Index,
        timestamp: &Tai64n,
    ) -> Result<(Self, Initiation), NotAuthentic> {
        let mut state = remote.start.clone();
        let mut sealed_static = [0; 48];
        let mut sealed_timestamp = [0; 28];
        sealed_timestamp[..12].copy_from_slice(timestamp.as_bytes());
        let public = pattern::write_first::<A>(
            &mut state,
            identity,
            remote,
            &ephemeral,
            &mut sealed_static,
            &mut sealed_timestamp,
        )?;
        let message = Initiation {
            sender: local,
            ephemeral: *public.as_bytes(),
            sealed_static,
            sealed_timestamp,
        };
        Ok((Self { local, ephemeral, state }, message))
    }

    pub(crate) fn local(&self) -> Index {
        self.local
    }

    /// Completes the handshake. Borrows, so that a forged response does not end the wait for the
    /// real one; the caller drops the initiator on success.
    pub(crate) fn finish<A: Aead>(
        &self,
        identity: &Identity,
        remote: &Remote,
        response: &Response,
    ) -> Result<SessionKeys, NotAuthentic> {
        let mut state = self.state.clone();
        let mut nothing = response.sealed_nothing;
        pattern::read_second::<A>(
            &mut state,
            identity,
            &remote.psk,
            &self.ephemeral,
            &PublicKey::from_bytes(response.ephemeral),
            &mut nothing,
        )?;
        let (send, receive) = state.split();
        Ok(SessionKeys { send, receive, local: self.local, remote: response.sender })
    }
}

impl fmt::Debug for Initiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initiator").field("local", &self.local).finish_non_exhaustive()
    }
}
