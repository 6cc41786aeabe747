//! Members of a mesh on loopback, and what is to be seen when the first of them leave.

mod gathering;
mod member;

use std::time::Duration;

use crate::clock::Clock;
use crate::failure::Failure;

use gathering::Gathering;

/// How many members there are before the first two leave.
const FOUNDERS: usize = 5;

/// What a mesh went through; durations of each step.
#[derive(Debug)]
pub struct Mesh {
    /// How many members there were in all.
    pub members: usize,
    /// From the first member's start until each of the first five knew all others.
    pub gathered: Duration,
    /// How many left.
    pub left: usize,
    /// How many ordered pairs of survivors exchanged a packet after that.
    pub pairs: usize,
    /// How long the slowest of these packets took, a tunnel to be made first included.
    pub slowest: Duration,
    /// From the newcomer's start until it knew all survivors and they knew it.
    pub newcomer: Duration,
    /// How many survivors the newcomer exchanged packets with.
    pub reached: usize,
}

/// Lets five members meet, each of which knows the address of one other; lets the first two leave,
/// the others talk on, and a sixth join through one of these.
///
/// # Errors
///
/// If a socket cannot be had, or a step does not happen in time.
pub fn tell(clock: Clock) -> Result<Mesh, Failure> {
    let began = clock.now();
    let mut gathering = Gathering::new(clock)?;
    for number in 0..FOUNDERS {
        gathering.enter(number.checked_sub(1))?;
    }
    gathering.until("all members of the mesh to know one another", Gathering::is_whole)?;
    let gathered = clock.now() - began;

    gathering.leave(0)?;
    gathering.leave(1)?;
    let survivors = [2, 3, 4];
    let mut slowest = Duration::ZERO;
    let mut pairs = 0;
    for from in survivors {
        for to in survivors.into_iter().filter(|to| *to != from) {
            slowest = slowest.max(gathering.pass(from, to)?);
            pairs += 1;
        }
    }

    let entered = clock.now();
    let newcomer = gathering.enter(Some(3))?;
    gathering.until("the newcomer to know all who are left", Gathering::is_whole)?;
    let known = clock.now() - entered;
    let mut reached = 0;
    for survivor in survivors {
        gathering.pass(newcomer, survivor)?;
        gathering.pass(survivor, newcomer)?;
        reached += 1;
    }
    Ok(Mesh { members: FOUNDERS + 1, gathered, left: 2, pairs, slowest, newcomer: known, reached })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_comes_to_its_end() {
        let mesh = tell(Clock::start()).unwrap();

        assert_eq!((mesh.members, mesh.left, mesh.pairs, mesh.reached), (6, 2, 6, 3));
        assert!(mesh.slowest < mesh.gathered + Duration::from_secs(15));
    }
}
