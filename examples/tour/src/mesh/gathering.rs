//! All members of one mesh, in one thread: each is an event loop's body, and here is the loop.

use std::thread;
use std::time::Duration;

use vpn_core::mesh::{MemberId, NetworkKey};

use super::member::Member;
use crate::clock::Clock;
use crate::failure::Failure;
use crate::random;

/// How long a step may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the loop rests between two rounds.
const REST: Duration = Duration::from_micros(500);

/// The members that are there, by number; a gap is one that has left.
pub struct Gathering {
    network: NetworkKey,
    clock: Clock,
    members: Vec<Option<Member>>,
    packets: u32,
}

impl Gathering {
    /// Founds a network without members.
    ///
    /// # Errors
    ///
    /// [`Failure::System`] if the system has no randomness.
    pub fn new(clock: Clock) -> Result<Gathering, Failure> {
        let network = NetworkKey::from_bytes(random::bytes()?);
        Ok(Gathering { network, clock, members: Vec::new(), packets: 0 })
    }

    /// Adds a member, which knows the address of one other at most; returns its number.
    ///
    /// # Errors
    ///
    /// As [`Member::found`]; [`Failure::Tunnel`] if the other has left.
    pub fn enter(&mut self, through: Option<usize>) -> Result<usize, Failure> {
        let number = self.members.len();
        let name = u8::try_from(number + 1).map_err(Failure::tunnel)?;
        let mut member = Member::found(&self.network, name, self.clock)?;
        if let Some(through) = through {
            let at = self.member(through)?.address();
            member.join(self.clock.now(), at)?;
        }
        self.members.push(Some(member));
        Ok(number)
    }

    /// Makes a member leave.
    ///
    /// # Errors
    ///
    /// [`Failure::Tunnel`] if it has left before.
    pub fn leave(&mut self, number: usize) -> Result<(), Failure> {
        let member = self.members.get_mut(number).and_then(Option::take);
        member.ok_or_else(|| gone(number))?.leave(self.clock.now())
    }

    /// Sends a packet from one member to another; returns how long it took.
    ///
    /// # Errors
    ///
    /// [`Failure::Stalled`] if it does not arrive in time.
    pub fn pass(&mut self, from: usize, to: usize) -> Result<Duration, Failure> {
        self.packets += 1;
        let (packet, began) = (self.packets, self.clock.now());
        let inner = self.member(to)?.inner();
        self.member(from)?.send(began, inner, packet)?;
        self.until("a packet to cross the mesh", |gathering| {
            let receiver = gathering.members.get(to).and_then(Option::as_ref);
            receiver.is_some_and(|member| member.has_received(packet))
        })?;
        Ok(self.clock.now() - began)
    }

    /// Lets the members live until something is so.
    ///
    /// # Errors
    ///
    /// [`Failure::Stalled`] if it does not come to be in time.
    pub fn until(
        &mut self,
        waited_for: &'static str,
        is_so: impl Fn(&Self) -> bool,
    ) -> Result<(), Failure> {
        let deadline = self.clock.now() + PATIENCE;
        while !is_so(self) {
            let now = self.clock.now();
            if now > deadline {
                return Err(Failure::Stalled { waited_for, seconds: PATIENCE.as_secs() });
            }
            self.members.iter_mut().flatten().try_for_each(|member| member.turn(now))?;
            thread::sleep(REST);
        }
        Ok(())
    }

    /// Whether everyone who is there knows all others, and nobody who is not.
    pub fn is_whole(&self) -> bool {
        let ids: Vec<MemberId> = self.members.iter().flatten().map(Member::id).collect();
        self.members.iter().flatten().all(|member| member.knows_exactly(&ids))
    }

    fn member(&mut self, number: usize) -> Result<&mut Member, Failure> {
        self.members.get_mut(number).and_then(Option::as_mut).ok_or_else(|| gone(number))
    }
}

fn gone(number: usize) -> Failure {
    Failure::Tunnel(format!("member {number} of the mesh has left"))
}
