//! Hot paths allocate nothing once they are warm.
//!
//! The allocator counts for the whole process, and the test harness allocates too: one test stands in
//! this binary, and it runs its paths one after the other.
#![expect(clippy::unwrap_used, reason = "helpers of a test fail it by panicking")]

use std::alloc::System;
use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Duration;

use log_format::haproxy::Format;
use log_format::{EsMicros, HaproxyDate, UnixMicros, parse, stamp, write_to};
use proxy_acl::{Options, Policy, RequestView};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use vpn_core::{
    CONTROL_LEN, Device, DeviceConfig, HEADROOM, Inbound, Lease, Outbound, PeerConfig, SecretKey,
    Seed, TAILROOM, Time, Unix,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const OPERATIONS: u32 = 1_000_000;

#[test]
fn warm_hot_paths_allocate_nothing() {
    // The runner's own thread may still allocate when a test begins, and all threads are counted.
    std::thread::sleep(Duration::from_millis(200));

    stamps_are_written_and_read();
    haproxy_lines_are_read();
    requests_are_decided();
    packets_are_sealed_and_opened();

    // The other way round, or the counting could be broken unseen.
    assert_eq!(allocations(1, |index| drop(black_box(Box::new(index)))), 1);
}

/// How often the allocator is asked for memory while `run` is run so many times.
fn allocations(times: u32, mut run: impl FnMut(u32)) -> usize {
    let region = Region::new(ALLOCATOR);
    for index in 0..times {
        run(index);
    }
    let change = region.change();
    change.allocations + change.reallocations
}

/// Runs once to warm up, then counts.
fn assert_none(path: &str, mut run: impl FnMut(u32)) {
    run(0);
    assert_eq!(allocations(OPERATIONS, run), 0, "allocations in {path}");
}

fn stamps_are_written_and_read() {
    let mut out = [0; 32];

    assert_none("stamps", |index| {
        let moment = UnixMicros(i64::from(index) * 1_234_567_891);
        let stamp = stamp::<EsMicros>(&moment).unwrap();
        assert_eq!(parse::<EsMicros>(stamp.as_bytes()).unwrap().unix_micros(), moment.0);
        assert_eq!(write_to::<HaproxyDate>(&moment, &mut out), Ok(24));
    });
}

fn haproxy_lines_are_read() {
    let format = Format::httplog();
    let lines = [
        &b"10.66.0.7:40001 [22/Nov/2026:05:01:17.384] web~ app/s1 0/0/1/12/13 200 49 - - ---- \
           1/1/0/0/0 0/0 {example.com|} \"GET /x?y=1 HTTP/1.1\""[..],
        b"127.0.0.1:36346 [22/Nov/2026:05:01:17.384] web web/<NOSRV> -1/-1/-1/-1/0 400 187 - - PR-- \
          1/1/0/0/0 0/0 \"<BADREQ>\"",
    ];

    assert_none("haproxy lines", |index| {
        let line = format.read(lines[index as usize % 2]).unwrap();
        assert_eq!(line.status(), Some([200, 400][index as usize % 2]));
        black_box((line.date(), line.timers(), line.request()));
    });
}

fn requests_are_decided() {
    let text = b"\
acl is_admin path_beg /wp-admin
acl is_local src 10.66.0.0/24
acl is_ours hdr(host) -i example.com www.example.com
http-request deny if !is_local is_admin
http-request deny deny_status 404 unless is_ours
";
    let policy = Policy::parse(text, &Options::new()).unwrap();
    let sources: [SocketAddr; 2] =
        ["10.66.0.9:40000".parse().unwrap(), "192.0.2.9:40000".parse().unwrap()];
    let headers = [(&b"Host"[..], &b"WWW.example.com"[..])];

    assert_none("decisions", |index| {
        let office = index % 2 == 0;
        let request =
            RequestView::new(b"GET", b"/wp-admin/edit.php?x", sources[usize::from(!office)])
                .headers(&headers);
        assert_eq!(policy.decide(&request).is_allowed(), office);
    });
}

fn packets_are_sealed_and_opened() {
    let mut now = Time::from_nanos(1);
    let at: SocketAddr = "192.0.2.1:51820".parse().unwrap();
    let secrets = [[3; 32], [5; 32]].map(SecretKey::from_bytes);
    let [(mut sender, to_receiver), (mut receiver, _)] = [0, 1].map(|side: usize| {
        let config = DeviceConfig::new(secrets[side].clone());
        let seed = Seed::from_bytes([side as u8; 32]);
        let mut device = Device::new(config, seed, now, Unix { secs: 1, nanos: 0 });
        let peer = PeerConfig::new(secrets[1 - side].public_key()).endpoint(at);
        let peer = device.add_peer(now, peer).unwrap();
        device.allow(peer, ["10.0.0.2/32", "10.0.0.1/32"][side].parse().unwrap()).unwrap();
        (device, peer)
    });
    let mut packet = [0; 64];
    packet[..20]
        .copy_from_slice(&[0x45, 0, 0, 64, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    let mut buffer = [0; HEADROOM + 64 + TAILROOM];
    let mut wire = [0; CONTROL_LEN];

    let (mut delivered, mut in_trains) = (0, 0);
    assert_none("packets", |index| {
        // Ten packets a millisecond: the last one comes before the session is renewed.
        now = now + Duration::from_micros(100);
        buffer[HEADROOM..HEADROOM + 64].copy_from_slice(&packet);
        let sealed = sender.seal(now, &mut buffer, HEADROOM..HEADROOM + 64).unwrap();
        if let Outbound::Send(sealed) = sealed {
            let opened = receiver.open(now, at, sealed.datagram).unwrap();
            delivered += u32::from(matches!(opened, Inbound::Packet { .. }));
        }
        if index == 0 {
            while let Some(transmit) = sender.poll_transmit(now, &mut wire) {
                receiver.open(now, at, transmit.datagram).unwrap();
                while let Some(transmit) = receiver.poll_transmit(now, &mut wire) {
                    sender.open(now, at, transmit.datagram).unwrap();
                }
            }
        }
        if index % 64 == 0 {
            let mut lease = sender.lease(now, to_receiver, 4).unwrap().unwrap();
            in_trains += train_arrives(&mut lease, &packet, &mut receiver, now, at);
            sender.settle(lease);
        }
        sender.handle_timeout(now);
        receiver.handle_timeout(now);
    });
    // The very first one found no session.
    assert_eq!(delivered, OPERATIONS);
    // One train came while all was warmed up.
    assert_eq!(in_trains, (1 + OPERATIONS / 64) * 4);
}

/// Of four packets, how many come out: the first one by a table of keys, the rest together.
fn train_arrives(
    lease: &mut Lease,
    packet: &[u8; 64],
    receiver: &mut Device,
    now: Time,
    at: SocketAddr,
) -> u32 {
    let mut places = [[0; HEADROOM + 64 + 16]; 4];
    for place in &mut places {
        place[HEADROOM..HEADROOM + 64].copy_from_slice(packet);
    }
    let train = lease.seal_train(now, places.as_flattened_mut(), 64).unwrap();
    let (first, rest) = train.datagrams.split_at_mut(train.segment);
    let opened = receiver.key_table().open(now, at, first);
    let is_first = matches!(receiver.commit(now, opened), Ok(Inbound::Packet { .. }));
    let opened = receiver.open_train(now, at, rest, train.segment);
    u32::from(is_first) + opened.filter(Result::is_ok).count() as u32
}
