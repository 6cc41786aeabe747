//! Arguments of fetches and converters against what they take.

use alloc::format;
use alloc::vec::Vec;

use super::Compiler;
use super::reference::What;
use crate::ast::{Call, Word};
use crate::error::DiagnosticKind;
use crate::quote;
use crate::signature::{Misfit, Signature};

impl Compiler<'_, '_> {
    /// Returns the arguments of a call as HAProxy sees them, or reports why it does not take them.
    pub(super) fn arguments<'c>(
        &mut self,
        call: &'c Call,
        signature: Signature,
        word: &Word,
    ) -> Option<&'c [Vec<u8>]> {
        let misfit = match signature.read(&call.arguments) {
            Ok(arguments) => {
                for (code, name) in signature.codes().zip(arguments) {
                    if let Some(what) = What::of(code) {
                        self.refer(what, name, word);
                    }
                }
                return Some(arguments);
            }
            Err(misfit) => misfit,
        };
        let name = quote::shown(call.name.as_bytes());
        let count = call.arguments.len();
        let message = match misfit {
            Misfit::Count { most: 0, .. } => format!("'{name}' takes no argument"),
            Misfit::Count { least: 0, most } => {
                format!("'{name}' takes at most {most} arguments, not {count}")
            }
            Misfit::Count { least: 1, most: 1 } => {
                format!("'{name}' takes one argument, not {count}")
            }
            Misfit::Count { least, most } if least == most => {
                format!("'{name}' takes {least} arguments, not {count}")
            }
            Misfit::Count { least, most } => {
                format!("'{name}' takes {least} to {most} arguments, not {count}")
            }
            Misfit::Empty { at } => format!("argument {} of '{name}' is empty", at + 1),
            Misfit::Integer { at } => {
                let argument = call.arguments.get(at).map_or(&[][..], Vec::as_slice);
                format!("'{}' is not a number", quote::shown(argument))
            }
        };
        self.reporter.error(DiagnosticKind::Argument, word, message);
        None
    }
}
