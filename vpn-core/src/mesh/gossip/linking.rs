use super::Gossip;
use super::exchange::parcels;
use super::law::record_life;
use super::message::Item;
use super::neighbour::Neighbour;
use super::output::Output;
use super::version::{Tag, Version};
use crate::mesh::view::{Act, draw};
use crate::time::Time;

/// How many members a newcomer is shown by a node that has no room for it.
pub(super) const REFERRED: usize = 6;

/// Of how many that were neighbours last the budgets are kept.
const MAX_FORMER: usize = 64;

/// Who becomes a neighbour, and who is one no more.
impl Gossip {
    /// There is a tunnel to a member: one that was dialled, or the first that a joiner has reached.
    pub fn connected(&mut self, now: Time, tag: Tag) {
        self.view.connected(now, tag);
        self.follow(now);
    }

    /// There is no tunnel to a member, or not any more.
    pub fn failed(&mut self, now: Time, tag: Tag) {
        self.view.failed(now, tag);
        self.follow(now);
    }

    /// A neighbour is reached at a high cost: if this node chose it, another takes its place.
    pub(in crate::mesh) fn release(&mut self, now: Time, tag: Tag) {
        self.view.release(now, tag);
        self.follow(now);
    }

    /// A member has shown that it is there.
    pub fn heard(&mut self, now: Time, tag: Tag) {
        self.view.heard(now, tag);
    }

    /// Does what the view wants done.
    pub(super) fn follow(&mut self, now: Time) {
        while let Some(act) = self.view.poll() {
            match act {
                Act::Dial(tag) => self.outputs.push_back(Output::Dial(tag)),
                Act::Close(tag) => self.outputs.push_back(Output::Close(tag)),
                Act::Say(to, message) => self.outputs.push_back(Output::Say { to, message }),
                Act::Refer(to) => self.refer(now, to),
                Act::Up { tag, ours } => {
                    if self.neighbours.is_empty() {
                        // Nobody could renew anything with this node.
                        self.comparison.begin();
                        let life = record_life(self.index.members());
                        self.index.prolong(now, now + life / 2);
                    }
                    let former = self.former.iter().position(|(other, _)| *other == tag);
                    let budget = former.and_then(|at| self.former.remove(at));
                    let budget = budget.map(|(_, budget)| budget).unwrap_or_default();
                    let mut neighbour = Neighbour::new(now, ours, budget);
                    neighbour.announce(now, self.own, true);
                    self.neighbours.insert(tag, neighbour);
                    if ours {
                        self.comparison.hasten(now);
                    }
                }
                Act::Down(tag) => {
                    if let Some(neighbour) = self.neighbours.remove(&tag) {
                        self.former.push_front((tag, neighbour.budget));
                        self.former.truncate(MAX_FORMER);
                    }
                    self.requests.remove_holder(tag);
                }
            }
        }
    }

    /// Sends a newcomer a few members, drawn at random.
    fn refer(&mut self, now: Time, to: Tag) {
        if !self.referrals.take(now, 1) {
            return;
        }
        let drawn = (0..REFERRED).filter_map(|_| {
            self.index.at_or_after(Tag::from_bits(draw(&mut self.rng))).filter(|tag| *tag != to)
        });
        let drawn = drawn.map(|tag| Item { tag, version: Version::default() }).collect();
        let parcels = parcels(&self.index, (self.own, self.promise.life()), now, drawn);
        self.outputs.push_back(Output::Send { to, parcels });
    }
}
