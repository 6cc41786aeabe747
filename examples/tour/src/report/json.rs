//! The report for programs.

use serde_json::{Value, json};

use super::{Membership, Report, Resident, Route, millis, tenths};
use crate::log::digest::Group;
use crate::mesh::Mesh;

impl Report {
    /// Returns the report as one JSON value and a newline.
    pub fn to_json(&self) -> String {
        let Membership { handshake, linked, learnt, direct_handshake, direct, left, .. } =
            &self.membership;
        let all = &self.digest.all;
        let value = json!({
            "requests": all.requests,
            "denied": all.denied,
            "p50": all.percentile(50),
            "p75": all.percentile(75),
            "p99": all.percentile(99),
            "bytes": all.bytes,
            "clients": {
                "office": group_json(&self.digest.office),
                "elsewhere": group_json(&self.digest.elsewhere),
            },
            "policy": self.policy,
            "denial": self.denial.as_ref().map(|denial| json!({
                "client": denial.client.to_string(),
                "request": denial.request,
                "status": denial.status,
                "explanation": denial.explanation,
            })),
            "stamps": {
                "total": self.stamps.total,
                "whole_seconds": self.stamps.whole_seconds,
                "whole_milliseconds": self.stamps.whole_milliseconds,
                "display_other_width": self.stamps.display_other_width,
                "rfc3339_other_width": self.stamps.rfc3339_other_width,
                "ours_other_width": self.stamps.ours_other_width,
            },
            "tunnel": {
                "rtt_us": self.tunnel.round_trip_micros(),
                "mbit_per_s": self.tunnel.megabits_per_second(),
                "echoes": self.tunnel.round_trips.len(),
                "bytes": self.tunnel.bytes,
            },
            "nodes": self.residents.iter().map(resident_json).collect::<Vec<_>>(),
            "membership": {
                "handshake_ms": handshake.map(millis),
                "linked_at_ms": millis(*linked),
                "learnt_at_ms": millis(learnt.0),
                "learnt_from": self.name_of(learnt.1),
                "direct_handshake_ms": direct_handshake.map(millis),
                "direct_at_ms": millis(*direct),
                "left_at_ms": millis(*left),
                "gone_on_until_ms": millis(self.membership.gone_on),
                "port_is_free": self.membership.port_is_free,
                "requests_before": self.membership.requests_before,
                "requests_after": self.membership.requests_after,
                "routes": self.membership.routes.iter().map(route_json).collect::<Vec<_>>(),
            },
            "mesh": mesh_json(&self.mesh),
            "log": self.log.as_ref().map(|log| log.display().to_string()),
            "seconds": tenths(self.total.as_secs_f64()),
        });
        format!("{value}\n")
    }
}

fn group_json(group: &Group) -> Value {
    json!({
        "requests": group.requests,
        "denied": group.denied,
        "p50": group.percentile(50),
        "p75": group.percentile(75),
        "p99": group.percentile(99),
        "bytes": group.bytes,
    })
}

fn mesh_json(mesh: &Mesh) -> Value {
    json!({
        "members": mesh.members,
        "gathered_ms": millis(mesh.gathered),
        "left": mesh.left,
        "pairs_after": mesh.pairs,
        "slowest_packet_ms": millis(mesh.slowest),
        "newcomer_known_ms": millis(mesh.newcomer),
        "newcomer_reached": mesh.reached,
    })
}

fn resident_json(resident: &Resident) -> Value {
    json!({
        "name": resident.name,
        "address": resident.address.to_string(),
        "public_key": resident.key.to_string(),
        "dropped": resident.dropped,
        "prefixes": resident.nets.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn route_json(route: &Route) -> Value {
    json!({
        "from": route.from,
        "to": route.to,
        "endpoint": route.endpoint.to_string(),
        "straight": route.straight,
        "sent_datagrams": route.sent.datagrams,
        "sent_bytes": route.sent.bytes,
        "received_datagrams": route.received.datagrams,
        "received_bytes": route.received.bytes,
    })
}
