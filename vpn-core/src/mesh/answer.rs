use alloc::collections::VecDeque;
use core::time::Duration;

use crate::time::Time;
use crate::wire::{INITIATION_LEN, MAC_LEN, RESPONSE_LEN};

/// How long a response is kept.
const MEMORY: Duration = Duration::from_secs(10);
/// How many are.
const MAX_ANSWERS: usize = 64;
/// How often one is sent again.
const MAX_REPEATS: u8 = 4;

/// The responses of the last seconds.
///
/// The same initiation goes several ways. The first that comes is answered; when another comes, the
/// response may have been lost, and goes once more, the way that the other came. Who replays an
/// initiation gains nothing by this: the response is shorter, and sent a few times.
#[derive(Debug, Default)]
pub(super) struct Answers {
    answers: VecDeque<Answer>,
}

#[derive(Debug)]
struct Answer {
    at: Time,
    /// Over all of the initiation that comes before it.
    mac1: [u8; MAC_LEN],
    /// By which the initiator calls the handshake.
    index: [u8; 4],
    response: Option<[u8; RESPONSE_LEN]>,
    repeats: u8,
}

impl Answers {
    /// An initiation was taken, and will be answered.
    pub(super) fn owe(&mut self, now: Time, initiation: &[u8; INITIATION_LEN]) {
        while self.answers.len() >= MAX_ANSWERS
            || self.answers.front().is_some_and(|it| it.is_old(now))
        {
            self.answers.pop_front();
        }
        if let (Some(mac1), Some(index)) = (mac1(initiation), index(initiation, 4)) {
            self.answers.push_back(Answer { at: now, mac1, index, response: None, repeats: 0 });
        }
    }

    /// A response goes out, if it is one.
    pub(super) fn sent(&mut self, message: &[u8]) {
        let Ok(response) = <[u8; RESPONSE_LEN]>::try_from(message) else { return };
        let index = index(&response, 8);
        let owed = self.answers.iter_mut().rev().find(|answer| Some(answer.index) == index);
        if let Some(answer) = owed {
            answer.response.get_or_insert(response);
        }
    }

    /// The response to an initiation that comes once more.
    pub(super) fn repeat(
        &mut self,
        now: Time,
        initiation: &[u8; INITIATION_LEN],
    ) -> Option<[u8; RESPONSE_LEN]> {
        let mac1 = mac1(initiation);
        let answer = self.answers.iter_mut().find(|it| Some(it.mac1) == mac1 && !it.is_old(now))?;
        let response = answer.response.filter(|_| answer.repeats < MAX_REPEATS)?;
        answer.repeats += 1;
        Some(response)
    }
}

impl Answer {
    fn is_old(&self, now: Time) -> bool {
        now.since(self.at) >= MEMORY
    }
}

fn mac1(initiation: &[u8; INITIATION_LEN]) -> Option<[u8; MAC_LEN]> {
    initiation.get(INITIATION_LEN - 2 * MAC_LEN..)?.first_chunk().copied()
}

fn index(message: &[u8], at: usize) -> Option<[u8; 4]> {
    message.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INITIATION: [u8; INITIATION_LEN] = [3; INITIATION_LEN];

    fn secs(secs: u64) -> Time {
        Time::from_nanos(secs * 1_000_000_000)
    }

    fn response(to: u8) -> [u8; RESPONSE_LEN] {
        let mut response = [9; RESPONSE_LEN];
        response[8..12].fill(to);
        response
    }

    #[test]
    fn a_response_is_sent_again_a_few_times_for_ten_seconds() {
        let mut answers = Answers::default();
        answers.owe(secs(1), &INITIATION);
        assert_eq!(answers.repeat(secs(1), &INITIATION), None, "there is none yet");
        answers.sent(&response(7));
        answers.sent(&response(3));
        answers.sent(&[3; 32]);

        let repeated = [1, 2, 10, 11].map(|second| answers.repeat(secs(second), &INITIATION));

        assert_eq!(repeated, [Some(response(3)), Some(response(3)), Some(response(3)), None]);
        let mut other = INITIATION;
        other[120] = 4;
        assert_eq!(answers.repeat(secs(2), &other), None);
    }

    #[test]
    fn whoever_replays_an_initiation_gets_four_responses() {
        let mut answers = Answers::default();
        answers.owe(secs(1), &INITIATION);
        answers.sent(&response(3));

        let repeated = (0..300).filter(|_| answers.repeat(secs(2), &INITIATION).is_some());

        assert_eq!(repeated.count(), 4);
    }

    #[test]
    fn the_last_responses_are_kept_and_no_more() {
        let mut answers = Answers::default();
        for number in 0..100_u8 {
            answers.owe(secs(1), &[number; INITIATION_LEN]);
            answers.sent(&response(number));
        }

        assert_eq!(answers.answers.len(), 64);
        assert_eq!(answers.repeat(secs(2), &[35; INITIATION_LEN]), None);
        assert_eq!(answers.repeat(secs(2), &[36; INITIATION_LEN]), Some(response(36)));
        answers.owe(secs(11), &INITIATION);
        assert_eq!(answers.answers.len(), 1);
    }
}
