use alloc::boxed::Box;
use alloc::vec::Vec;

use super::error::{FormatError, FormatErrorKind};
use super::format::{Piece, Slot};
use super::variable::{Form, Variable, Variables};

/// Makes pieces of a directive's string.
pub(super) struct Compiler<'d> {
    text: &'d [u8],
    at: usize,
    /// Whether `%{+Q}o` is in force.
    quoted: bool,
    /// With the place of each in the text.
    pieces: Vec<(usize, Piece)>,
}

impl<'d> Compiler<'d> {
    pub(super) fn new(directive: &'d str) -> Self {
        Self { text: directive.as_bytes(), at: 0, quoted: false, pieces: Vec::new() }
    }

    /// The pieces, and the variables among them.
    pub(super) fn run(mut self) -> Result<(Box<[Piece]>, Variables), FormatError> {
        while let Some(&byte) = self.text.get(self.at) {
            match (byte, self.text.get(self.at + 1)) {
                (b'%', Some(b'%')) => self.push(Piece::Byte(b'%'), 2),
                (b'%', _) => self.variable()?,
                (b' ', _) => {
                    if !matches!(self.pieces.last(), Some((_, Piece::Blank))) {
                        self.push(Piece::Blank, 0);
                    }
                    self.at += 1;
                }
                (0..b' ' | 0x7f, _) => return Err(self.fault(FormatErrorKind::Control)),
                _ => self.push(Piece::Byte(byte), 1),
            }
        }
        self.set_ends()?;
        self.set_yields();
        self.check_address()?;
        let named = self.named()?;
        Ok((self.pieces.into_iter().map(|(_, piece)| piece).collect(), named))
    }

    fn push(&mut self, piece: Piece, width: usize) {
        self.pieces.push((self.at, piece));
        self.at += width;
    }

    fn fault(&self, kind: FormatErrorKind) -> FormatError {
        FormatError { at: self.at, kind }
    }

    /// Compiles `%name` or `%{flags}name`, from the `%` on.
    fn variable(&mut self) -> Result<(), FormatError> {
        let start = self.at;
        self.at += 1;
        let mut quoted = self.quoted;
        if self.text.get(self.at) == Some(&b'{') {
            self.flags(&mut quoted)?;
        }
        if self.text.get(self.at) == Some(&b'[') {
            return Err(self.fault(FormatErrorKind::Sample));
        }

        let tail = self.tail();
        let end = tail.iter().position(|byte| !byte.is_ascii_alphanumeric());
        let name = tail.get(..end.unwrap_or(tail.len())).unwrap_or_default();
        let name = core::str::from_utf8(name).unwrap_or_default();
        let fault = |kind| Err(FormatError { at: start + 1, kind });
        match Variable::named(name) {
            Some(variable) => {
                let slot = Slot { variable, quoted, until: None, yields: false };
                self.pieces.push((start, Piece::Field(slot)));
            }
            None if name.is_empty() => return fault(FormatErrorKind::NoName),
            None if name == "o" => self.quoted = quoted,
            None if Variable::is_known_elsewhere(name) => {
                return Err(self.fault(FormatErrorKind::UnsupportedVariable));
            }
            None => return Err(self.fault(FormatErrorKind::UnknownVariable)),
        }
        self.at += name.len();
        Ok(())
    }

    fn tail(&self) -> &'d [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Compiles `{+Q,-X}`, from the `{` on.
    fn flags(&mut self, quoted: &mut bool) -> Result<(), FormatError> {
        let tail = self.tail();
        let Some(close) = memchr::memchr(b'}', tail) else {
            return Err(self.fault(FormatErrorKind::UnclosedFlags));
        };
        let end = self.at + close;
        self.at += 1;
        let flags = self.text.get(self.at..end).unwrap_or_default();
        for flag in flags.split(|byte| *byte == b',') {
            match flag {
                b"+Q" => *quoted = true,
                b"-Q" => *quoted = false,
                b"-X" | b"-E" => {}
                b"+X" | b"+E" => return Err(self.fault(FormatErrorKind::UnsupportedFlag)),
                _ => return Err(self.fault(FormatErrorKind::UnknownFlag)),
            }
            self.at += flag.len() + 1;
        }
        self.at = end + 1;
        Ok(())
    }

    /// Notes the byte behind each field, and refuses fields whose end it does not show.
    fn set_ends(&mut self) -> Result<(), FormatError> {
        let mut next = None;
        // What stands behind a field when captured headers and the blanks about them do not.
        let mut behind = None;
        let mut fault = Ok(());
        for (at, piece) in self.pieces.iter_mut().rev() {
            let mut form = None;
            if let Piece::Field(slot) = piece {
                slot.until = match next {
                    Some(Piece::Blank) => Some(b' '),
                    Some(Piece::Byte(byte)) => Some(byte),
                    Some(Piece::Field(_)) | None => None,
                };
                if let Some(kind) = doubt(*slot, next, behind) {
                    fault = Err(FormatError { at: *at, kind });
                }
                form = Some(slot.variable.form());
            }
            next = Some(*piece);
            if *piece != Piece::Blank && form != Some(Form::Block) {
                behind = next;
            }
        }
        fault
    }

    /// Notes captured headers between a blank and a blank, the latter before captured headers alike.
    fn set_yields(&mut self) {
        let mut blank = true;
        let mut rest = &mut self.pieces[..];
        while let Some(((_, piece), tail)) = rest.split_first_mut() {
            if let (Piece::Field(slot), [(_, Piece::Blank), (_, Piece::Field(other)), ..]) =
                (&mut *piece, &*tail)
            {
                let blocks = [slot.variable, other.variable].map(Variable::form);
                slot.yields = blank && blocks == [Form::Block; 2] && slot.quoted == other.quoted;
            }
            blank = *piece == Piece::Blank;
            rest = tail;
        }
    }

    /// The variables, none of them twice nor beside another with the same value: a line that gives
    /// one value in two ways could not be written again.
    fn named(&self) -> Result<Variables, FormatError> {
        let mut named = Variables::default();
        for (at, piece) in &self.pieces {
            if let Piece::Field(Slot { variable, .. }) = *piece {
                let others = [Some(variable), variable.twin()];
                if others.into_iter().flatten().any(|other| named.contains(other)) {
                    let kind = FormatErrorKind::Repeated(variable);
                    return Err(FormatError { at: *at, kind });
                }
                named.insert(variable);
            }
        }
        Ok(named)
    }

    /// An address ends at the last colon before a blank, so no other may stand between.
    fn check_address(&self) -> Result<(), FormatError> {
        let mut address = None;
        for (at, piece) in &self.pieces {
            match piece {
                Piece::Field(Slot {
                    variable: Variable::ClientIp,
                    quoted: false,
                    until: Some(b':'),
                    ..
                }) => {
                    address = Some((*at, 0));
                }
                Piece::Blank => address = None,
                Piece::Byte(b':') => address = address.map(|(at, colons)| (at, colons + 1)),
                Piece::Field(slot) if slot.variable.form() != Form::Number => {
                    address = address.map(|(at, colons)| (at, colons + 1));
                }
                Piece::Byte(_) | Piece::Field(_) => {}
            }
            if let Some((at, 2..)) = address {
                let kind = FormatErrorKind::Ambiguous(Variable::ClientIp);
                return Err(FormatError { at, kind });
            }
        }
        Ok(())
    }
}

/// Why the value of a field could not be told from what follows it: `next`, or `behind` the captured
/// headers and blanks that may not be there.
fn doubt(slot: Slot, next: Option<Piece>, behind: Option<Piece>) -> Option<FormatErrorKind> {
    let shown = match slot.variable.form() {
        Form::Fixed => true,
        Form::Block => {
            let passes = behind.is_some_and(|piece| may_begin_as_block(piece, slot.quoted));
            return passes.then_some(FormatErrorKind::MayBeAbsent(slot.variable));
        }
        Form::Word if slot.quoted => next.is_none() || slot.until.is_some(),
        // The mark of TLS would end the name before it.
        Form::Word if slot.variable == Variable::FrontendTransport && slot.until == Some(b'~') => {
            false
        }
        Form::Word => next.is_none() || slot.until.is_some_and(|byte| byte != b'"'),
        Form::Number => next.is_none() || slot.until.is_some_and(|byte| !byte.is_ascii_digit()),
        Form::Text => slot.quoted || next.is_none(),
    };
    (!shown).then_some(FormatErrorKind::Ambiguous(slot.variable))
}

/// Whether what stands where captured headers are not could be taken for them.
fn may_begin_as_block(piece: Piece, quoted: bool) -> bool {
    match piece {
        Piece::Blank => false,
        Piece::Byte(byte) => byte == if quoted { b'"' } else { b'{' },
        Piece::Field(slot) => match slot.variable.form() {
            Form::Word | Form::Text => !slot.quoted || quoted,
            Form::Number | Form::Fixed | Form::Block => false,
        },
    }
}
