//! The rows of a run and `ratios.json`, which keeps the newest row of each path.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

/// What was measured on one path.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The path's name, such as `seal/1420`.
    pub path: String,
    /// Median nanoseconds of one operation of ours.
    pub ours_ns: f64,
    /// Bytes that one operation goes through; none where bytes mean nothing.
    pub bytes: Option<f64>,
    /// The peers, in the order in which they were named.
    pub peers: Vec<PeerResult>,
}

/// What was measured of one peer beside ours.
#[derive(Debug, Clone, PartialEq)]
pub struct PeerResult {
    /// The crate's name, `std`, or `naive` for the obvious way; a crate's second way has a suffix,
    /// such as `std-lines`.
    pub name: &'static str,
    /// Median nanoseconds of one operation of the peer's.
    pub ns: f64,
    /// Lower quartile, median and upper quartile of the pairs' ratios: above 1, ours is faster.
    pub ratio: [f64; 3],
}

impl Row {
    /// Returns the peer that ours is compared with first: the fastest one beside ours.
    #[must_use]
    pub fn best_peer(&self) -> Option<&PeerResult> {
        self.peers.iter().min_by(|a, b| a.ratio[1].total_cmp(&b.ratio[1]))
    }

    fn to_json(&self) -> Value {
        let peers: Map<String, Value> = self
            .peers
            .iter()
            .map(|peer| {
                let measured = json!({ "ns": rounded(peer.ns), "ratio": rounded(peer.ratio[1]) });
                (peer.name.to_string(), measured)
            })
            .collect();
        let best = self.best_peer();
        json!({
            "path": self.path,
            "ours_ns": rounded(self.ours_ns),
            "peers": peers,
            "best_peer": best.map(|peer| peer.name),
            "ratio": best.map(|peer| rounded(peer.ratio[1])),
        })
    }
}

/// Writes the rows into `file`; rows it holds of other paths in `known` stay, in the order of `known`.
///
/// # Errors
///
/// Those of reading and writing the file, and [`io::ErrorKind::InvalidData`] if it holds something
/// other than such rows.
pub(crate) fn merge_into(file: &Path, rows: &[Row], known: &[String]) -> io::Result<()> {
    let old = match fs::read(file) {
        Ok(text) => serde_json::from_slice::<Vec<Value>>(&text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let merged: Vec<Value> = known
        .iter()
        .filter_map(|path| {
            let measured = rows.iter().find(|row| row.path == *path).map(Row::to_json);
            measured.or_else(|| old.iter().find(|row| row["path"] == **path).cloned())
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&merged)?;
    text.push('\n');
    // Renamed into place, so that a reader never meets half a file.
    let partial = file.with_extension("json.partial");
    fs::write(&partial, text)?;
    fs::rename(&partial, file)
}

fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, ours_ns: f64) -> Row {
        let peer = |name, ns: f64| PeerResult { name, ns, ratio: [ns / ours_ns; 3] };
        let peers = vec![peer("slow", 30.0), peer("quick", 15.0)];
        Row { path: path.to_string(), ours_ns, bytes: None, peers }
    }

    fn known(paths: &[&str]) -> Vec<String> {
        paths.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn row_has_the_promised_shape() {
        let json = row("seal/64", 10.0).to_json();

        assert_eq!(
            json,
            json!({
                "path": "seal/64",
                "ours_ns": 10.0,
                "peers": {
                    "slow": { "ns": 30.0, "ratio": 3.0 },
                    "quick": { "ns": 15.0, "ratio": 1.5 },
                },
                "best_peer": "quick",
                "ratio": 1.5,
            })
        );
    }

    #[test]
    fn other_paths_keep_their_rows() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ratios.json");
        let known = known(&["a", "b", "c"]);

        merge_into(&file, &[row("c", 1.0), row("a", 1.0)], &known).unwrap();
        merge_into(&file, &[row("a", 2.0), row("b", 2.0)], &known).unwrap();

        let rows: Vec<Value> = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let summary: Vec<_> =
            rows.iter().map(|row| (row["path"].as_str().unwrap(), &row["ours_ns"])).collect();
        assert_eq!(summary, [("a", &json!(2.0)), ("b", &json!(2.0)), ("c", &json!(1.0))]);
    }

    #[test]
    fn foreign_file_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ratios.json");
        fs::write(&file, "not rows").unwrap();

        let refused = merge_into(&file, &[row("a", 1.0)], &known(&["a"]));

        assert!(refused.is_err());
        assert_eq!(fs::read(&file).unwrap(), b"not rows");
    }
}
