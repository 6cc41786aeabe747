//! The report for people.

use std::fmt::{self, Display};
use std::time::Duration;

use log_format::{EsMicros, Layout};

use super::{Report, Resident, Route, Tunnel, millis};
use crate::log::digest::{Digest, Group, Stamps};
use crate::mesh::Mesh;
use crate::web::site::Denial;

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Sysop tour: {} through tunnels over 127.0.0.1 in {:.1} s, policy: {}",
            Requests(self.digest.all.requests),
            self.total.as_secs_f64(),
            self.policy
        )?;
        self.write_nodes(f)?;
        self.write_membership(f)?;
        self.write_requests(f)?;
        self.write_stamps(f)?;
        writeln!(f, "\nTunnel between branch and site")?;
        let Tunnel { round_trips, bytes, took } = &self.tunnel;
        let (micros, echoes) = (self.tunnel.round_trip_micros(), round_trips.len());
        writeln!(f, "  round trip  {micros:>8.1} us      median of {echoes} echo requests")?;
        let (megabits, bytes) = (self.tunnel.megabits_per_second(), Bytes(*bytes));
        writeln!(
            f,
            "  throughput  {megabits:>8.1} Mbit/s  {bytes} over TCP in {:.2} s",
            took.as_secs_f64()
        )?;
        self.write_mesh(f)?;
        match &self.log {
            Some(log) => writeln!(f, "\nLog kept in {}", log.display()),
            None => Ok(()),
        }
    }
}

impl Report {
    fn write_nodes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nNodes")?;
        for Resident { name, address, nets, .. } in &self.residents {
            write!(f, "  {name:<8}{address:<17}")?;
            nets.iter().try_for_each(|net| write!(f, "  {net}"))?;
            writeln!(f)?;
        }
        Ok(())
    }

    fn write_membership(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let membership = &self.membership;
        let took = |handshake: Option<Duration>| {
            handshake.map_or(String::new(), |took| format!(", handshake {:.1} ms", millis(took)))
        };
        writeln!(f, "\nMembership")?;
        let events = [
            (
                membership.linked,
                format!(
                    "branch has a tunnel with office, whom alone it knew{}",
                    took(membership.handshake)
                ),
            ),
            (
                membership.learnt.0,
                format!("branch learns of site from {}", self.name_of(membership.learnt.1)),
            ),
            (
                membership.direct,
                format!("branch has a tunnel with site{}", took(membership.direct_handshake)),
            ),
            (
                membership.left,
                format!(
                    "office leaves after {}; its port is {}",
                    Requests(membership.requests_before.into()),
                    if membership.port_is_free { "free again" } else { "still taken" }
                ),
            ),
            (
                membership.gone_on,
                format!(
                    "branch and site have gone on for {}",
                    Requests(membership.requests_after.into())
                ),
            ),
        ];
        for (at, what) in events {
            writeln!(f, "  {:>8.1} ms  {what}", millis(at))?;
        }
        writeln!(
            f,
            "\n  {:<8}{:<8}{:>10}{:>10}{:>12}  by way of",
            "from", "to", "sent", "opened", "bytes"
        )?;
        for route in &membership.routes {
            let Route { from, to, endpoint, straight, sent, received } = route;
            let straight = if *straight { "straight to " } else { "" };
            let (sent, received, bytes) =
                (sent.datagrams, received.datagrams, Bytes(received.bytes).to_string());
            writeln!(
                f,
                "  {from:<8}{to:<8}{sent:>10}{received:>10}{bytes:>12}  {straight}{endpoint}"
            )?;
        }
        Ok(())
    }

    fn write_mesh(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mesh { members, gathered, left, pairs, slowest, newcomer, reached } = &self.mesh;
        writeln!(f, "\nMesh")?;
        let founders = members - 1;
        let (gathered, slowest) = (millis(*gathered), millis(*slowest));
        writeln!(
            f,
            "  {gathered:>8.1} ms  {founders} members know one another; each was told of one"
        )?;
        writeln!(
            f,
            "  {slowest:>8.1} ms  the slowest packet of {pairs} pairs after the first {left} left"
        )?;
        writeln!(
            f,
            "  {:>8.1} ms  another one, let in by a survivor, knows all {reached} and is known",
            millis(*newcomer)
        )
    }

    fn write_requests(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nRequests, read back from the log; total times in ms")?;
        writeln!(
            f,
            "  {:<12}{:>9}{:>9}{:>8}{:>8}{:>8}{:>12}",
            "clients", "requests", "denied", "p50", "p75", "p99", "bytes"
        )?;
        let Digest { all, office, elsewhere } = &self.digest;
        for (name, group) in [("office", office), ("elsewhere", elsewhere), ("all", all)] {
            let at = |percent| group.percentile(percent).map_or("-".into(), |ms| ms.to_string());
            let (p50, p75, p99) = (at(50), at(75), at(99));
            let Group { requests, denied, bytes, .. } = group;
            let bytes = Bytes(*bytes).to_string();
            writeln!(f, "  {name:<12}{requests:>9}{denied:>9}{p50:>8}{p75:>8}{p99:>8}{bytes:>12}")?;
        }
        let Some(Denial { client, request, status, explanation }) = &self.denial else {
            return Ok(());
        };
        writeln!(f, "\nA denial explained: {request} from {client} got {status}")?;
        explanation.lines().try_for_each(|line| writeln!(f, "  {line}"))
    }

    fn write_stamps(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stamps {
            total,
            whole_seconds,
            whole_milliseconds,
            display_other_width,
            rfc3339_other_width,
            ours_other_width,
        } = self.stamps;
        writeln!(
            f,
            "\nStamps in the files: {total}, of them {whole_milliseconds} of a whole millisecond, \
             {whole_seconds} of a whole second"
        )?;
        let writers = [
            ("log-format EsMicros", ours_other_width, "are of another width than"),
            ("chrono Display", display_other_width, "would be of another width than"),
            ("chrono to_rfc3339", rfc3339_other_width, "would be of another width than"),
        ];
        let widths = [EsMicros::WIDTH, EsMicros::WIDTH, Stamps::RFC3339_WIDTH];
        for ((writer, other, of), width) in writers.into_iter().zip(widths) {
            writeln!(f, "  {writer:<20}{other:>6} {of} {width}")?;
        }
        Ok(())
    }
}

/// A number of requests with its noun.
struct Requests(u64);

impl Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} request{plural}", self.0)
    }
}

/// A number of bytes with the unit that fits.
struct Bytes(u64);

impl Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes @ 0..10_000 => write!(f, "{bytes} B"),
            bytes @ 10_000..10_000_000 => write!(f, "{:.1} kB", bytes as f64 / 1e3),
            bytes => write!(f, "{:.1} MB", bytes as f64 / 1e6),
        }
    }
}
