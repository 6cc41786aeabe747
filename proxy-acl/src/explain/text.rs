//! Explanations as indented lines.

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::{Explanation, ExpressionReason, Outcome, RuleReason, TermReason};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.decision)?;
        if let Some(location) = &self.location {
            write!(f, "\nlocation: {location}")?;
        }
        for rule in &self.rules {
            write!(f, "\n{rule}")?;
        }
        Ok(())
    }
}

impl fmt::Display for RuleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let applies = if self.applies { "applies" } else { "does not apply" };
        write!(f, "line {} {applies}: {}", self.line, self.text)?;
        for (index, suite) in self.suites.iter().enumerate() {
            if index > 0 {
                write!(f, "\n  or")?;
            }
            for term in suite {
                write!(f, "\n{term}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for TermReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.holds {
            Some(holds) => write!(f, "  {}: {holds}", self.text)?,
            None => write!(f, "  {}: not looked at", self.text)?,
        }
        for expression in &self.expressions {
            write!(f, "\n    {expression}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ExpressionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.place {
            Some((line, _)) => format!("line {line}"),
            None => String::from("predefined"),
        };
        write!(f, "{} ({place}): {}", self.text, self.outcome)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Matched { sample, pattern: None } => write!(f, "'{sample}' matches"),
            Self::Matched { sample, pattern: Some(pattern) } => {
                write!(f, "'{sample}' matches '{}'", pattern.text)?;
                match (&pattern.file, pattern.line) {
                    (Some(file), Some(line)) => write!(f, " of {file}:{line}"),
                    _ => Ok(()),
                }
            }
            Self::Unmatched { samples, count } => {
                for (index, sample) in samples.iter().enumerate() {
                    write!(f, "{}'{sample}'", if index == 0 { "" } else { ", " })?;
                }
                match count.saturating_sub(samples.len()) {
                    0 => f.write_str(" does not match"),
                    more => write!(f, " and {more} more do not match"),
                }
            }
            Self::Missing => f.write_str("there is none, so it does not match"),
            Self::Unconverted { sample } => {
                write!(f, "'{sample}' cannot be converted, so nothing from it on matches")
            }
            Self::Unavailable => f.write_str("it is not there at this point, so it does not match"),
            Self::NotGiven { name } => {
                write!(f, "no value of {name} is given, so it does not match")
            }
        }
    }
}
