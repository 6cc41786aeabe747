//! Parts of a test case, with the keys that lead to them.

use std::fmt;

use serde_json::{Map, Value};

/// A value in a JSON document, and the keys that lead to it, as in `request.src`.
#[derive(Debug, Clone)]
pub(crate) struct Field<'v> {
    pub(crate) value: &'v Value,
    pub(crate) key: String,
}

/// A value is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// The keys that lead to it; empty for the document.
    pub(crate) key: String,
    pub(crate) message: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.key, self.message)
        }
    }
}

impl<'v> Field<'v> {
    pub(crate) fn document(value: &'v Value) -> Self {
        Self { value, key: String::new() }
    }

    fn inner(&self, key: &str, value: &'v Value) -> Self {
        let separator = if self.key.is_empty() { "" } else { "." };
        Self { value, key: format!("{}{separator}{key}", self.key) }
    }

    /// Returns what an object has under `key`; null counts as nothing.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        self.value.get(key).filter(|value| !value.is_null()).map(|value| self.inner(key, value))
    }

    pub(crate) fn require(&self, key: &str, what: &str) -> Result<Self, FieldError> {
        self.get(key).ok_or_else(|| self.inner(key, self.value).error(format!("missing: {what}")))
    }

    pub(crate) fn error(&self, message: impl Into<String>) -> FieldError {
        FieldError { key: self.key.clone(), message: message.into() }
    }

    pub(crate) fn expected(&self, what: &str) -> FieldError {
        let found = self.value.to_string();
        let shown: String = found.chars().take(60).collect();
        let dots = if shown.len() < found.len() { "..." } else { "" };
        self.error(format!("expected {what}, found {shown}{dots}"))
    }

    fn map(&self) -> Result<&'v Map<String, Value>, FieldError> {
        self.value.as_object().ok_or_else(|| self.expected("an object"))
    }

    /// Checks that this is an object with no other keys than these, lest a misspelt one be ignored.
    pub(crate) fn only(&self, keys: &[&str]) -> Result<(), FieldError> {
        match self.map()?.iter().find(|(key, _)| !keys.contains(&key.as_str())) {
            Some((key, value)) => {
                let known = keys.join(", ");
                Err(self.inner(key, value).error(format!("no such key; there are {known}")))
            }
            None => Ok(()),
        }
    }

    /// Returns the entries of an object, or of an array, in order.
    pub(crate) fn entries(&self) -> Result<Vec<(&'v str, Self)>, FieldError> {
        let map = self.map()?;
        Ok(map.iter().map(|(key, value)| (key.as_str(), self.inner(key, value))).collect())
    }

    /// Returns the elements of an array, if this is one.
    pub(crate) fn elements(&self) -> Option<Vec<Self>> {
        let elements = self.value.as_array()?.iter().enumerate();
        Some(elements.map(|(index, value)| self.inner(&index.to_string(), value)).collect())
    }

    pub(crate) fn text(&self) -> Result<&'v str, FieldError> {
        self.value.as_str().ok_or_else(|| self.expected("a string"))
    }

    pub(crate) fn truth(&self) -> Result<bool, FieldError> {
        self.value.as_bool().ok_or_else(|| self.expected("true or false"))
    }

    /// Reads a string by its own rules.
    pub(crate) fn parsed<T: std::str::FromStr>(&self, what: &str) -> Result<T, FieldError> {
        self.text()?.parse().map_err(|_| self.expected(what))
    }

    pub(crate) fn number<T: TryFrom<u64>>(&self, what: &str) -> Result<T, FieldError> {
        let number = self.value.as_u64().and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| self.expected(what))
    }
}
