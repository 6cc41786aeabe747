//! The rows as a Markdown table that is also aligned as plain text.

use std::fmt::Write;

use crate::report::{PeerResult, Row};

const HEAD: [&str; 6] = ["path", "ours", "throughput", "peer", "peer's time", "ratio (quartiles)"];

/// Returns the table, a line for each peer, the best peer of each path in bold.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let cells: Vec<[String; 6]> = rows.iter().flat_map(lines_of).collect();
    let mut widths = HEAD.map(str::len);
    for line in &cells {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }

    let mut table = String::new();
    write_line(&mut table, &HEAD.map(String::from), &widths);
    table.push('|');
    for (column, width) in widths.iter().enumerate() {
        let end = if is_number(column) { ':' } else { '-' };
        let _ = write!(table, "{:-<fill$}{end}|", "", fill = width + 1);
    }
    table.push('\n');
    for line in &cells {
        write_line(&mut table, line, &widths);
    }
    table
}

fn lines_of(row: &Row) -> Vec<[String; 6]> {
    let best = row.best_peer().map(|peer| peer.name);
    let line = |(index, peer): (usize, &PeerResult)| {
        let first = |text: String| if index == 0 { text } else { String::new() };
        let [low, median, high] = peer.ratio;
        let mark = if Some(peer.name) == best { "**" } else { "" };
        [
            first(row.path.clone()),
            first(time(row.ours_ns)),
            first(row.bytes.map_or_else(String::new, |bytes| throughput(bytes / row.ours_ns))),
            format!("{mark}{}{mark}", peer.name),
            time(peer.ns),
            format!("{mark}{median:.2}{mark} ({low:.2}-{high:.2})"),
        ]
    };
    row.peers.iter().enumerate().map(line).collect()
}

fn is_number(column: usize) -> bool {
    matches!(column, 1 | 2 | 4 | 5)
}

fn write_line(table: &mut String, cells: &[String; 6], widths: &[usize; 6]) {
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let _ = if is_number(column) {
            write!(table, "| {cell:>width$} ")
        } else {
            write!(table, "| {cell:<width$} ")
        };
    }
    table.push_str("|\n");
}

fn time(ns: f64) -> String {
    match ns {
        ns if ns < 100.0 => format!("{ns:.1} ns"),
        ns if ns < 10_000.0 => format!("{ns:.0} ns"),
        ns => format!("{:.1} µs", ns / 1e3),
    }
}

fn throughput(bytes_per_ns: f64) -> String {
    if bytes_per_ns < 1.0 {
        format!("{:.0} MB/s", bytes_per_ns * 1e3)
    } else {
        format!("{bytes_per_ns:.2} GB/s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_aligned_and_marks_the_best_peer() {
        let peers = vec![
            PeerResult { name: "std", ns: 90.0, ratio: [2.9, 3.0, 3.1] },
            PeerResult { name: "bstr", ns: 33.0, ratio: [1.0, 1.1, 1.2] },
        ];
        let row = Row { path: "lines/40".to_string(), ours_ns: 30.0, bytes: Some(41.0), peers };

        let table = markdown(&[row]);

        let expected = "\
| path     |    ours | throughput | peer     | peer's time |    ratio (quartiles) |
|----------|--------:|-----------:|----------|------------:|---------------------:|
| lines/40 | 30.0 ns |  1.37 GB/s | std      |     90.0 ns |     3.00 (2.90-3.10) |
|          |         |            | **bstr** |     33.0 ns | **1.10** (1.00-1.20) |
";
        assert_eq!(table, expected);
    }

    #[test]
    fn units_follow_the_size() {
        assert_eq!(time(3.25), "3.2 ns");
        assert_eq!(time(4321.0), "4321 ns");
        assert_eq!(time(54_321.0), "54.3 µs");
        assert_eq!(throughput(0.25), "250 MB/s");
    }
}
