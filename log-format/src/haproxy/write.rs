use alloc::vec::Vec;

use super::entry::Entry;
use super::error::{WriteError, WriteErrorKind};
use super::format::{Piece, Slot};
use super::text::{Captures, Place, ends_line, ends_word, is_state};
use super::variable::Variable;
use crate::fields::Fields;
use crate::layout::HaproxyDate;
use crate::stamp::stamp;

/// Writes an entry by the pieces of a format.
pub(super) fn line(
    pieces: &[Piece],
    entry: &Entry<'_>,
    out: &mut Vec<u8>,
) -> Result<(), WriteError> {
    let mut blank = true;
    for piece in pieces {
        match *piece {
            Piece::Blank if blank => {}
            Piece::Blank => {
                blank = true;
                out.push(b' ');
            }
            Piece::Byte(byte) => {
                blank = false;
                out.push(byte);
            }
            Piece::Field(slot) => {
                let start = out.len();
                field(slot, entry, out)
                    .map_err(|kind| WriteError { field: slot.variable, kind })?;
                blank &= out.len() == start;
            }
        }
    }
    Ok(())
}

fn field(slot: Slot, entry: &Entry<'_>, out: &mut Vec<u8>) -> Result<(), WriteErrorKind> {
    let plus = entry.partial;
    match slot.variable {
        Variable::ClientIp => name(slot, entry.client, b"", out)?,
        Variable::ClientPort => match entry.client_port {
            None => out.push(b'-'),
            Some(port) => number(port.into(), out),
        },
        Variable::AcceptDate => date(&entry.accept_date, out)?,
        Variable::RequestDate => date(&entry.request_date, out)?,
        Variable::Frontend => name(slot, entry.frontend, b"", out)?,
        Variable::FrontendTransport => {
            // One that belongs to the name would be read as the mark of TLS.
            if entry.frontend.ends_with(b"~") && !entry.tls {
                let at = entry.frontend.len() - 1;
                return Err(WriteErrorKind::Byte { at, byte: b'~' });
            }
            name(slot, entry.frontend, if entry.tls { b"~" } else { b"" }, out)?;
        }
        Variable::Backend => name(slot, entry.backend, b"", out)?,
        Variable::Server => name(slot, entry.server, b"", out)?,
        Variable::RequestTime => timer(entry.timers.request, false, out),
        Variable::QueueTime => timer(entry.timers.queue, false, out),
        Variable::ConnectTime => timer(entry.timers.connect, false, out),
        Variable::ResponseTime => timer(entry.timers.response, false, out),
        Variable::ActiveTime => timer(entry.timers.active, plus, out),
        Variable::TotalTime => timer(entry.timers.total, plus, out),
        Variable::Status => timer(entry.status.map(u32::from), false, out),
        Variable::BytesRead => signed(plus, entry.bytes, out),
        Variable::RequestCookie => cookie(slot, entry.request_cookie, out)?,
        Variable::ResponseCookie => cookie(slot, entry.response_cookie, out)?,
        Variable::Termination => letters(&entry.termination[..2], out)?,
        Variable::TerminationCookie => letters(&entry.termination, out)?,
        Variable::ActiveConnections => number(entry.connections.active.into(), out),
        Variable::FrontendConnections => number(entry.connections.frontend.into(), out),
        Variable::BackendConnections => number(entry.connections.backend.into(), out),
        Variable::ServerConnections => number(entry.connections.server.into(), out),
        Variable::Retries => {
            signed(entry.connections.redispatched, entry.connections.retries.into(), out);
        }
        Variable::ServerQueue => number(entry.queues.server.into(), out),
        Variable::BackendQueue => number(entry.queues.backend.into(), out),
        Variable::RequestHeaders => headers(slot, entry.request_headers, out),
        Variable::ResponseHeaders => headers(slot, entry.response_headers, out),
        Variable::Request => {
            let place = if slot.quoted { Place::Quotes } else { Place::Bare };
            quote(slot, out, |out| entry.request.escape_to(place, out));
        }
    }
    Ok(())
}

fn quote(slot: Slot, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    if slot.quoted {
        out.push(b'"');
    }
    write(out);
    if slot.quoted {
        out.push(b'"');
    }
}

/// Writes a text that HAProxy does not escape, and something behind it within the quotes.
fn name(slot: Slot, name: &[u8], suffix: &[u8], out: &mut Vec<u8>) -> Result<(), WriteErrorKind> {
    if name.is_empty() && !slot.quoted {
        return Err(WriteErrorKind::Empty);
    }
    // An address ends at the last colon, so its own do not end it.
    let colons = slot.variable == Variable::ClientIp && slot.until == Some(b':') && !slot.quoted;
    let until = slot.until.filter(|_| !colons);
    let behind = suffix.first().copied().unwrap_or(b'"');
    let ends = |at: usize| match name[at] {
        byte if ends_line(byte) => true,
        b'"' if slot.quoted => until == name.get(at + 1).copied().or(Some(behind)),
        byte => !slot.quoted && (ends_word(byte) || Some(byte) == until),
    };
    if let Some(at) = (0..name.len()).find(|at| ends(*at)) {
        return Err(WriteErrorKind::Byte { at, byte: name[at] });
    }
    quote(slot, out, |out| {
        out.extend_from_slice(name);
        out.extend_from_slice(suffix);
    });
    Ok(())
}

fn cookie(slot: Slot, cookie: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), WriteErrorKind> {
    let absent: &[u8] = if slot.quoted { b"" } else { b"-" };
    if cookie == Some(absent) {
        return Err(WriteErrorKind::Absent);
    }
    name(slot, cookie.unwrap_or(absent), b"", out)
}

fn date(date: &Fields, out: &mut Vec<u8>) -> Result<(), WriteErrorKind> {
    let stamp = stamp::<HaproxyDate>(date).map_err(WriteErrorKind::Stamp)?;
    out.extend_from_slice(stamp.as_bytes());
    Ok(())
}

fn letters(letters: &[u8], out: &mut Vec<u8>) -> Result<(), WriteErrorKind> {
    if let Some(at) = letters.iter().position(|letter| !is_state(letter)) {
        return Err(WriteErrorKind::Byte { at, byte: letters[at] });
    }
    out.extend_from_slice(letters);
    Ok(())
}

fn headers(slot: Slot, captures: Option<Captures<'_>>, out: &mut Vec<u8>) {
    if let Some(captures) = captures.filter(|captures| !captures.is_empty()) {
        quote(slot, out, |out| captures.write_to(out));
    }
}

fn timer(millis: Option<u32>, plus: bool, out: &mut Vec<u8>) {
    if plus {
        out.push(b'+');
    }
    match millis {
        None => out.extend_from_slice(b"-1"),
        Some(millis) => number(millis.into(), out),
    }
}

fn signed(plus: bool, count: u64, out: &mut Vec<u8>) {
    if plus {
        out.push(b'+');
    }
    number(count, out);
}

fn number(mut number: u64, out: &mut Vec<u8>) {
    // Most counters and timers have one digit.
    if number < 10 {
        return out.push(b'0' + number as u8);
    }
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}
