//! The text a policy was compiled from, kept so that explanations can quote it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::ast::Span;
use crate::quote;

/// Where a pattern came from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    Word(Span),
    File { file: u32, line: u32 },
    Predefined(&'static str),
}

/// Pattern files in use, each once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    list: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    name: Box<[u8]>,
    content: Box<[u8]>,
    /// Its lines are keys with values.
    map: bool,
}

impl Files {
    /// Keeps a file and returns its index; nothing if it is in use both as a map and as a list.
    pub(crate) fn add(&mut self, name: &[u8], content: &[u8], map: bool) -> Option<u32> {
        let index = match self.list.iter().position(|file| *file.name == *name) {
            Some(index) if self.list.get(index)?.map != map => return None,
            Some(index) => index,
            None => {
                self.list.push(File { name: name.into(), content: content.into(), map });
                self.list.len() - 1
            }
        };
        u32::try_from(index).ok()
    }

    /// Whether a file of this name is in use.
    pub(crate) fn contain(&self, name: &[u8]) -> bool {
        self.list.iter().any(|file| *file.name == *name)
    }
}

/// The configuration and its pattern files.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    lines: Box<[Box<[u8]>]>,
    files: Files,
}

impl Source {
    pub(crate) fn new(lines: &[&[u8]], files: Files) -> Self {
        Self { lines: lines.iter().map(|&line| line.into()).collect(), files }
    }

    /// Quotes the configuration.
    pub(crate) fn text(&self, span: Span) -> String {
        let line = self.lines.get((span.line as usize).saturating_sub(1));
        let start = (span.column as usize).saturating_sub(1);
        let text = line.and_then(|line| line.get(start..start + span.width as usize));
        quote::escaped(text.unwrap_or_default())
    }

    /// Quotes a line of a pattern file, and names the file.
    pub(crate) fn file_line(&self, file: u32, line: u32) -> (String, String) {
        let Some(File { name, content, .. }) = self.files.list.get(file as usize) else {
            return (String::new(), String::new());
        };
        let text = content.split(|&byte| byte == b'\n').nth((line as usize).saturating_sub(1));
        let text = text.unwrap_or_default().trim_ascii_start();
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        (quote::escaped(name), quote::escaped(text))
    }
}
