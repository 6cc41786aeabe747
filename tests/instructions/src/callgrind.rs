//! Counts instructions with valgrind's callgrind: this program runs itself under it, for one piece of
//! work at a time.
#![expect(unsafe_code, reason = "callgrind is told what to count by an instruction sequence")]

use std::arch::asm;
use std::env;
use std::process::Command;

/// Callgrind's requests: its letters in the upper half, then a number (valgrind's callgrind.h).
const CALLGRIND: usize = (b'C' as usize) << 24 | (b'T' as usize) << 16;
const START: usize = CALLGRIND + 4;
const STOP: usize = CALLGRIND + 5;

/// Has the instructions of `work` counted, which are all that are: not those of its end.
pub(crate) fn counted(mut work: impl FnMut()) {
    request(START);
    work();
    request(STOP);
}

/// Runs this program with these arguments and returns how many instructions it had counted.
pub(crate) fn count(arguments: &[&str]) -> Result<f64, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("valgrind does not start: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    let counted = report.split_once("Collected : ").and_then(|(_, after)| {
        let (count, _) = after.split_once('\n')?;
        count.trim().parse().ok()
    });
    counted.filter(|_| output.status.success()).ok_or_else(|| report.into_owned())
}

/// Asks the valgrind that runs this program, if one does.
fn request(kind: usize) {
    let arguments = [kind, 0, 0, 0, 0, 0];
    // SAFETY: natively, the sequence turns a register once around by 128 bits and exchanges one
    // with itself; valgrind takes it for a request and reads the arguments.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") 0_usize => _,
        );
    }
}
