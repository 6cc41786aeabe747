//! A few nodes with instant tunnels; what thousands do over bad ones is for the simulator.

use alloc::vec;
use alloc::vec::Vec;

use super::linking::REFERRED;
use super::*;

const START: Time = Time::from_nanos(1_000_000_000);

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn tag(node: usize) -> Tag {
    Tag::member(mix(node as u64))
}

fn parcels(output: &Output) -> &[Parcel] {
    if let Output::Send { parcels, .. } = output { parcels } else { &[] }
}

/// All nodes, what of them is out of reach, and what was sent.
struct World {
    now: Time,
    nodes: Vec<Gossip>,
    dead: Vec<usize>,
    sent: Vec<(usize, usize, Output)>,
    /// Who has forgotten what.
    forgotten: Vec<(usize, Tag)>,
}

impl World {
    fn new(nodes: usize) -> Self {
        let gossip = |node: usize| {
            let seed = Seed::from_bytes([node as u8 + 1; 32]);
            Gossip::new(tag(node), Version::edition(1), seed, START)
        };
        let nodes = (0..nodes).map(gossip).collect();
        Self { now: START, nodes, dead: vec![], sent: vec![], forgotten: vec![] }
    }

    /// A world in which every node has joined through the first one.
    fn joined(nodes: usize) -> Self {
        let mut world = Self::new(nodes);
        for node in 1..nodes {
            world.join(node, 0);
        }
        world.run(secs(30));
        world
    }

    /// Each learns the other's record, as when a tunnel comes up.
    fn join(&mut self, node: usize, through: usize) {
        self.meet(node, through);
        self.meet(through, node);
        let now = self.now;
        self.nodes[node].connected(now, tag(through));
    }

    fn meet(&mut self, node: usize, other: usize) {
        let version = self.nodes[other].version(tag(other)).unwrap();
        let item = Item { tag: tag(other), version };
        let life = self.nodes[other].own_life();
        self.nodes[node].learned(self.now, item, life, Some(tag(other)));
    }

    fn node(&self, tag: Tag) -> Option<usize> {
        (0..self.nodes.len()).find(|node| self::tag(*node) == tag)
    }

    fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            for node in 0..self.nodes.len() {
                while let Some(output) = self.nodes[node].poll(self.now) {
                    self.act(node, output);
                }
            }
            let next = (0..self.nodes.len()).filter(|node| !self.dead.contains(node));
            let next = next.map(|node| self.nodes[node].poll_timeout()).min().unwrap();
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            for node in (0..self.nodes.len()).filter(|node| !self.dead.contains(node)) {
                self.nodes[node].handle_timeout(self.now);
            }
        }
        self.now = end;
    }

    fn act(&mut self, node: usize, output: Output) {
        let now = self.now;
        if self.dead.contains(&node) {
            return;
        }
        match &output {
            Output::Say { to, message } => {
                let Some(to) = self.node(*to).filter(|to| !self.dead.contains(to)) else { return };
                self.nodes[to].handle(now, tag(node), message);
                self.nodes[node].heard(now, tag(to));
                self.sent.push((node, to, output));
            }
            Output::Send { to, parcels } => {
                let Some(to) = self.node(*to).filter(|to| !self.dead.contains(to)) else { return };
                for parcel in parcels {
                    assert!(self.nodes[to].admits(now, tag(node)));
                    let version = self.nodes[node].version(parcel.tag).unwrap();
                    let item = Item { tag: parcel.tag, version };
                    self.nodes[to].learned(now, item, life(parcel.life), Some(tag(node)));
                }
                self.sent.push((node, to, output));
            }
            Output::Dial(to) => match self.node(*to).filter(|to| !self.dead.contains(to)) {
                Some(to) => self.join(node, to),
                None => self.nodes[node].failed(now, *to),
            },
            Output::Renew => {
                let version = self.nodes[node].version(tag(node)).unwrap().renewed();
                self.nodes[node].set_own(now, version);
            }
            Output::Forgotten(tag) => self.forgotten.push((node, *tag)),
            Output::Close(_) => {}
        }
    }

    /// How often each node was sent a thing.
    fn copies(&self, thing: Tag) -> Vec<usize> {
        let sent = |node: usize| {
            let holds = |output: &Output| parcels(output).iter().any(|p| p.tag == thing);
            self.sent.iter().filter(|(_, to, output)| *to == node && holds(output)).count()
        };
        (0..self.nodes.len()).map(sent).collect()
    }
}

#[test]
fn what_was_removed_is_gone_and_not_taken_again_but_in_a_later_version() {
    let mut world = World::joined(3);
    let (now, node) = (world.now, &mut world.nodes[0]);
    let version = node.version(tag(2)).unwrap();

    node.remove(now, tag(2));
    node.remove(now, tag(0));

    assert_eq!((node.version(tag(2)), node.members()), (None, 2));
    assert!(node.version(tag(0)).is_some(), "itself stays");
    assert!(!node.is_wanted(now, tag(2), version));
    assert!(node.is_wanted(now, tag(2), Version::edition(version.number() + 1)));
}

#[test]
fn everyone_who_joins_learns_of_everyone() {
    let world = World::joined(40);

    for node in &world.nodes {
        assert_eq!(node.members(), 40);
        assert!((4..=28).contains(&node.neighbours().count()));
    }
}

#[test]
fn news_reach_every_node_soon_and_once() {
    let mut world = World::joined(20);
    let revocation = Item { tag: Tag::notice(77), version: Version::edition(1) };
    world.sent.clear();

    assert!(world.nodes[5].learned(world.now, revocation, Duration::MAX, None));
    world.run(secs(5));

    assert!(
        world.nodes.iter().all(|node| node.version(revocation.tag) == Some(revocation.version))
    );
    let mut expected = vec![1; 20];
    expected[5] = 0;
    assert_eq!(world.copies(revocation.tag), expected);
    assert!(!world.nodes[5].learned(world.now, revocation, Duration::MAX, None));
    assert!(world.nodes.iter().all(|node| node.members() == 20));
}

#[test]
fn what_announcements_have_missed_is_found_by_comparison() {
    let mut world = World::joined(3);
    let missed = Item { tag: Tag::notice(77), version: Version::edition(1) };
    let entry = Entry::new(Time::MAX, missed.version, Time::MAX);
    world.nodes[1].index.insert(missed.tag, entry);

    world.run(secs(180));

    assert!(world.nodes.iter().all(|node| node.version(missed.tag).is_some()));
}

#[test]
fn a_silent_member_is_replaced_and_in_the_end_forgotten() {
    let mut world = World::joined(20);
    world.dead = vec![3, 4];

    world.run(secs(90));

    let alive = |node: &usize| !world.dead.contains(node);
    for node in (0..20).filter(alive) {
        let neighbours: Vec<_> = world.nodes[node].neighbours().collect();
        assert!(!neighbours.contains(&tag(3)) && !neighbours.contains(&tag(4)));
        assert!(neighbours.len() >= 4);
        assert_eq!(world.nodes[node].members(), 20);
    }
    world.run(record_life(20) + secs(60));
    for node in (0..20).filter(|node| !world.dead.contains(node)) {
        assert_eq!(world.nodes[node].members(), 18);
    }
}

#[test]
fn a_forgotten_member_that_comes_back_is_found_again() {
    let mut world = World::joined(6);
    world.dead = vec![3];
    world.run(record_life(6) + secs(60));
    assert_eq!(world.nodes[0].members(), 5);

    world.dead.clear();
    world.run(secs(600));

    assert!(world.nodes.iter().all(|node| node.members() == 6));
}

#[test]
fn a_node_forgets_nobody_while_it_is_alone() {
    let mut world = World::joined(6);
    world.dead = vec![1, 2, 3, 4, 5];

    world.run(record_life(6) * 2);

    assert_eq!((world.nodes[0].members(), world.nodes[0].neighbours().count()), (6, 0));
}

#[test]
fn a_stranger_is_told_that_it_is_no_neighbour() {
    let mut world = World::new(1);

    world.nodes[0].handle(START, tag(1), &Message::Have(vec![]));

    let unlink = Output::Say { to: tag(1), message: Message::Unlink };
    assert_eq!(world.nodes[0].poll(START), Some(unlink));
    assert_eq!(world.nodes[0].poll(START), None);
    world.nodes[0].handle(START, tag(1), &Message::Unlink);
    assert_eq!(world.nodes[0].poll(START), None);
}

#[test]
fn a_node_without_room_shows_a_newcomer_others() {
    let mut world = World::new(40);
    for node in 1..40 {
        world.meet(0, node);
        world.nodes[0].handle(START, tag(node), &Message::Link { alone: true });
    }

    let outputs: Vec<_> = core::iter::from_fn(|| world.nodes[0].poll(START)).collect();

    let told = |message: Message| -> Vec<Tag> {
        let tags = (1..40).map(tag);
        let said = |to: &Tag| outputs.contains(&Output::Say { to: *to, message: message.clone() });
        tags.filter(said).collect()
    };
    let referred = outputs.iter().map(parcels).filter(|parcels| !parcels.is_empty());
    let referred: Vec<_> = referred.map(<[Parcel]>::len).collect();
    assert_eq!(told(Message::Linked).len(), world.nodes[0].neighbours().count());
    assert_eq!(told(Message::Linked).len(), 16);
    assert_eq!((told(Message::Unlink).len(), referred.len()), (23, 23));
    assert!(referred.iter().all(|parcels| (1..=REFERRED).contains(parcels)));
}

#[test]
fn a_dial_that_fails_at_once_leaves_no_deadline_behind() {
    let mut world = World::new(2);
    world.meet(0, 1);
    let node = &mut world.nodes[0];
    let now = START + secs(10);
    node.handle_timeout(now);
    while let Some(output) = node.poll(now) {
        if let Output::Dial(to) = output {
            node.handle_timeout(now + secs(1));
            node.failed(now + secs(1), to);
        }
    }

    assert!(node.poll_timeout() > now + secs(1));
}

/// How often a node with so many neighbours dials others within a minute, all of whom are silent.
fn dials_in_a_minute(neighbours: usize) -> usize {
    let mut world = World::new(60);
    (1..60).for_each(|other| world.meet(0, other));
    let node = &mut world.nodes[0];
    for other in 1..=neighbours {
        node.handle(START, tag(other), &Message::Link { alone: false });
    }
    let (mut dials, mut now) = (0, START);
    while now < START + secs(60) {
        node.handle_timeout(now);
        while let Some(output) = node.poll(now) {
            if let Output::Dial(to) = output {
                dials += 1;
                node.failed(now, to);
            }
        }
        (1..=neighbours).for_each(|other| node.heard(now, tag(other)));
        now = node.poll_timeout().max(now);
    }
    dials
}

#[test]
fn dials_that_come_to_nothing_grow_rare_where_there_are_neighbours() {
    // Each of the 59 is dialled once, and rests then; who knows nobody lets none rest.
    assert!(dials_in_a_minute(0) > 59);
    assert_eq!(dials_in_a_minute(1), 58);
    // After 0.2, 0.4, 0.8 to 25.6 s.
    assert_eq!(dials_in_a_minute(2), 9);
}

#[test]
fn a_link_that_is_released_is_replaced_by_another() {
    const NODE: usize = 12;
    let mut world = World::joined(20);
    let own = |world: &World| {
        let linked =
            |other: &Tag| world.nodes[NODE].neighbours.get(other).is_some_and(|it| it.ours);
        world.nodes[NODE].neighbours().filter(linked).collect::<Vec<_>>()
    };
    let taken = world.nodes[NODE].neighbours().find(|tag| !own(&world).contains(tag)).unwrap();
    let released = own(&world)[0];
    let now = world.now;

    world.nodes[NODE].release(now, released);
    world.nodes[NODE].release(now, taken);
    world.run(secs(10));

    assert!(!own(&world).contains(&released) && own(&world).len() == 4);
    assert!(world.nodes[NODE].neighbours().any(|tag| tag == taken), "it is the other's choice");
}

#[test]
fn whoever_asks_for_much_that_is_not_newer_leaves_nothing_to_be_done() {
    let mut world = World::joined(2);
    let now = world.now;
    let node = &mut world.nodes[0];
    for first in [1000, 1064] {
        let unknown =
            (first..first + 64).map(|other| Item { tag: tag(other), version: Version::default() });
        node.handle(now, tag(1), &Message::Want(unknown.collect()));
    }

    while node.poll(now).is_some() {}

    assert!(node.poll_timeout() > now);
}

/// A list costs a walk over its range, and brings a comparison about that begins where it does: whoever
/// sends one after the other keeps what lies further on from being compared.
#[test]
fn a_list_that_answers_no_digest_is_not_looked_at() {
    let mut world = World::joined(2);
    let now = world.now;
    let neighbour = world.nodes[0].neighbours.get_mut(&tag(1)).unwrap();
    let [first, last] = [1000, u64::MAX].map(Tag::from_bits);
    let list = |first| List { first: Tag::from_bits(first), last, items: vec![] };

    neighbour.compare(Digest { salt: 1, first, ranges: vec![Range { last, hash: 1 }] });

    assert!(!neighbour.admits_list(&list(999)), "what was not asked for");
    let admitted = (0..10).filter(|_| neighbour.admits_list(&list(1000))).count();
    assert_eq!(admitted, 4);
    let due = world.nodes[0].comparison.due();
    world.nodes[0].handle(now, tag(1), &Message::List(list(1000)));
    assert_eq!(world.nodes[0].comparison.due(), due);
}

#[test]
fn a_neighbour_that_tells_no_rest_of_a_renewals_life_makes_nobody_forgotten() {
    let mut world = World::joined(3);
    let now = world.now;
    let version = world.nodes[0].version(tag(2)).unwrap().renewed();

    let item = Item { tag: tag(2), version };
    assert!(world.nodes[0].learned(now, item, Duration::ZERO, Some(tag(1))));

    world.run(secs(61));
    assert_eq!(world.nodes[0].version(tag(2)), Some(version));
}

/// Of a joiner, a liar tells 4 s first, which nothing on the way shows to be wrong.
#[test]
fn whoever_is_told_a_short_life_learns_from_others_that_it_is_longer() {
    let [told, liar, joiner] = [1, 2, 5];
    let mut world = World::new(6);
    (1..joiner).for_each(|node| world.join(node, 0));
    world.run(secs(30));
    let (now, version) = (world.now, world.nodes[joiner].version(tag(joiner)).unwrap());
    let item = Item { tag: tag(joiner), version };
    assert!(world.nodes[told].learned(now, item, secs(4), Some(tag(liar))));
    world.join(joiner, 0);

    world.run(secs(70));

    assert!(world.nodes[told].version(tag(joiner)).is_some());
    assert_eq!(world.forgotten, []);
}

/// Each would tell others of it, with what is left of its life, as long as one has it.
#[test]
fn newcomers_do_not_keep_alive_who_is_gone() {
    let mut world = World::new(20);
    (1..6).for_each(|node| world.join(node, 0));
    world.run(secs(1));
    let gone = 5;
    world.dead = vec![gone];
    world.run(record_life(6) - secs(60));
    for newcomer in 6..20 {
        world.join(newcomer, newcomer - 1 - usize::from(newcomer == 6));
        world.run(secs(3));
    }
    let known =
        |world: &World| world.nodes.iter().filter(|node| node.version(tag(gone)).is_some()).count();
    assert_eq!(known(&world), 20);

    world.run(secs(90));

    assert_eq!(known(&world), 1, "itself");
    world.sent.clear();
    world.run(secs(600));
    assert_eq!((known(&world), world.copies(tag(gone)).iter().sum::<usize>()), (1, 0));
    let is_list = |output: &Output| matches!(output, Output::Say { message: Message::List(_), .. });
    assert!(!world.sent.iter().any(|(_, _, output)| is_list(output)), "nothing differs");
    let mut forgot: Vec<_> = world.forgotten.iter().map(|(node, _)| *node).collect();
    forgot.sort_unstable();
    assert_eq!(forgot, (0..20).filter(|node| *node != gone).collect::<Vec<_>>());
}

#[test]
fn a_neighbour_that_leaves_and_comes_back_may_not_cost_more() {
    let mut world = World::joined(2);
    let now = world.now;
    let node = &mut world.nodes[0];
    let mut taken = 0;
    for _ in 0..5 {
        taken += (0..1000).filter(|_| node.admits(now, tag(1))).count();
        node.handle(now, tag(1), &Message::Unlink);
        node.handle(now, tag(1), &Message::Link { alone: false });
    }

    assert_eq!(taken, 512);
}

/// It would keep a joiner from learning who there is, and others from what they have missed.
#[test]
fn announcements_of_what_does_not_exist_keep_nobody_from_comparing() {
    let mut world = World::joined(3);
    let missed = Item { tag: Tag::notice(77), version: Version::edition(1) };
    let entry = Entry::new(START, missed.version, Time::MAX);
    world.nodes[1].index.insert(missed.tag, entry);

    for round in 0..180_u64 {
        let now = world.now;
        world.nodes[0].handle(now, tag(2), &Message::Unlink);
        world.nodes[0].handle(now, tag(2), &Message::Link { alone: false });
        for first in [0, 64] {
            let item = |it: u64| Item { tag: Tag::member(round << 32 | it << 8), ..missed };
            let items = (first..first + 64).map(item).collect();
            world.nodes[0].handle(now, tag(2), &Message::Have(items));
        }
        world.run(secs(1));
    }

    assert!(world.nodes[0].version(missed.tag).is_some());
}

#[test]
fn equal_seeds_and_calls_give_equal_outputs() {
    assert_eq!(World::joined(12).sent, World::joined(12).sent);
}

#[test]
fn members_that_are_no_neighbours_cost_a_bounded_number_of_things_and_referrals() {
    let now = Time::from_nanos(1);
    let own = Tag::member(2);
    let mut gossip = Gossip::new(own, Version::edition(1), Seed::from_bytes([1; 32]), now);
    for other in 2..18 {
        gossip.handle(now, Tag::member(other * 2), &Message::Link { alone: true });
    }
    let stranger = Tag::member(1000);
    for _ in 0..100 {
        gossip.handle(now, stranger, &Message::Link { alone: true });
    }

    let outputs = core::iter::from_fn(|| gossip.poll(now));
    let referred = outputs.filter(|it| matches!(it, Output::Send { to, .. } if *to == stranger));
    assert_eq!(referred.count(), 32);
    assert_eq!((0..1000).filter(|_| gossip.admits(now, stranger)).count(), 512);
}
