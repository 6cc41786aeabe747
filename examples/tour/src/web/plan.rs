//! The plan of the visits: which request comes from where and asks for what.
//!
//! It depends on the request's number alone, so two runs send the same requests and a policy
//! denies the same ones, however the threads are scheduled.

use std::ops::Range;

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An address of the office network that lives on the second node.
    Office,
    /// An address of the office network that lives on the third node.
    Branch,
    /// An address outside of the office that the third node speaks for.
    Elsewhere,
}

/// The request numbers that one origin sends, in order.
#[derive(Clone, Debug)]
pub struct Plan {
    origin: Origin,
    numbers: Range<u32>,
    half: u32,
}

impl Plan {
    /// Returns the part of `requests` requests that `origin` sends.
    pub fn new(origin: Origin, requests: u32) -> Plan {
        let half = half(requests);
        let end = if origin == Origin::Office { half } else { requests };
        Plan { origin, numbers: 0..end, half }
    }

    /// Takes the next request if its number is below `limit`.
    pub fn next_below(&mut self, limit: u32) -> Option<u32> {
        let (origin, half) = (self.origin, self.half);
        let number = self.numbers.clone().find(|&number| origin_of(number, half) == origin)?;
        if number >= limit {
            return None;
        }
        self.numbers.start = number + 1;
        Some(number)
    }
}

/// Returns how many of `requests` are sent while the second node is there.
pub fn half(requests: u32) -> u32 {
    requests / 2
}

/// Returns the request target of a request: mostly pages, some style sheets and photos, now and
/// then a large download, and the admin area from both inside and outside of the office.
pub fn target(number: u32) -> String {
    match (number % 200, number % 20) {
        (9 | 101, _) => format!("/download/{number}.iso"),
        (_, 6 | 17) => format!("/wp-admin/options.php?page={number}"),
        (_, 2) => "/wp-admin/index.php".to_owned(),
        (_, 4) => format!("/photo/{number}.jpg"),
        (_, 1 | 8 | 13 | 19) => format!("/style/{number}.css"),
        (_, 10 | 15) => "/".to_owned(),
        _ => format!("/page/{number}"),
    }
}

fn origin_of(number: u32, half: u32) -> Origin {
    match number % 10 {
        0 if number < half => Origin::Office,
        0..=4 => Origin::Branch,
        _ => Origin::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_exactly_one_origin() {
        for requests in [1, 2, 19, 200, 1001] {
            let mut seen: Vec<u32> = [Origin::Office, Origin::Branch, Origin::Elsewhere]
                .into_iter()
                .flat_map(|origin| {
                    let mut plan = Plan::new(origin, requests);
                    std::iter::from_fn(move || plan.next_below(requests))
                })
                .collect();
            seen.sort_unstable();

            assert_eq!(seen, (0..requests).collect::<Vec<_>>());
        }
    }

    #[test]
    fn plan_stops_at_its_limit_and_goes_on_behind_it() {
        let mut plan = Plan::new(Origin::Elsewhere, 20);

        let before: Vec<u32> = std::iter::from_fn(|| plan.next_below(10)).collect();
        assert_eq!(before, [5, 6, 7, 8, 9]);
        assert_eq!(plan.next_below(20), Some(15));
    }

    #[test]
    fn admin_area_is_asked_for_from_inside_and_outside() {
        let admin = |origin| {
            let mut plan = Plan::new(origin, 20);
            std::iter::from_fn(move || plan.next_below(20))
                .filter(|&number| target(number).starts_with("/wp-admin"))
                .count()
        };

        assert_eq!((admin(Origin::Branch), admin(Origin::Elsewhere)), (1, 2));
    }
}
