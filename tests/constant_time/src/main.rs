//! Checks that nothing which vpn-core does depends on a secret, save what everyone may see of it.
//!
//! Each subject runs under valgrind's memcheck with the secrets marked as undefined: the static
//! key and the preshared key, hence every key of a handshake and of a session; and the macs of what
//! arrives, as if their sender had to guess them. Memcheck reports each branch and each address that
//! depends on undefined bytes. All of its reports must be about a declassified place, most of
//! those places must be met, and a planted leak must be reported.

mod declassified;
mod report;
mod subject;
mod valgrind;

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;

use declassified::PLACES;
use report::{Report, memcheck};

/// How many of the declassified places are met at least.
const MET: usize = 8;

type Subject = (&'static str, fn());

const SUBJECTS: [Subject; 4] = [
    ("answers", subject::answers),
    ("begins", subject::begins),
    ("refuses", subject::refuses),
    ("is-under-load", subject::is_under_load),
];

const LEAKS: [Subject; 2] = [
    ("leaks-by-branching", subject::leaks_by_branching),
    ("leaks-by-indexing", subject::leaks_by_indexing),
];

/// Runs the subject that is named, or all of them under memcheck.
fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Some(name) = std::env::args().nth(1) else { return check() };
    let mut subjects = SUBJECTS.iter().chain(&LEAKS);
    let (_, run) = subjects.find(|(subject, _)| *subject == name).ok_or("no such subject")?;
    run();
    Ok(ExitCode::SUCCESS)
}

fn check() -> Result<ExitCode, Box<dyn Error>> {
    let mut failures = 0;
    let mut met = BTreeSet::new();
    let mut explain = |report: &Report| {
        let place = PLACES.iter().position(|place| place.explains(report));
        met.extend(place);
        place.is_some()
    };
    for (name, _) in SUBJECTS {
        let reports = memcheck(name)?;
        let leaks: Vec<&Report> = reports.iter().filter(|report| !explain(report)).collect();
        println!("{name}: {} reports, {} unexplained", reports.len(), leaks.len());
        for leak in &leaks {
            println!("{leak}");
        }
        failures += leaks.len();
    }
    for (name, _) in LEAKS {
        let reports = memcheck(name)?;
        let seen = reports.iter().any(|report| !explain(report));
        println!("{name}: {}", if seen { "seen" } else { "not seen" });
        failures += usize::from(!seen);
    }
    for place in &met {
        println!("declassified: {}", PLACES[*place].why);
    }
    // Which instructions branch is the compiler's choice; that some do shows that secrets get there.
    if met.len() < MET {
        println!("{} declassified places were met, at least {MET} are", met.len());
        failures += 1;
    }
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
