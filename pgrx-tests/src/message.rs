//! What the server says beside its results.

use postgres::error::DbError;

/// The SQLSTATE of a finding that is reported as a NOTICE or WARNING.
pub const SQLSTATE_FINDING: &str = "PA001";
/// The SQLSTATE of a statement that a finding blocked.
pub const SQLSTATE_BLOCKED: &str = "PA002";
/// The SQLSTATE of a commit that a finding blocked.
pub const SQLSTATE_COMMIT_BLOCKED: &str = "PA003";

/// One NOTICE, WARNING or ERROR with its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// `NOTICE`, `WARNING`, `ERROR`, ...
    pub severity: String,
    /// The SQLSTATE.
    pub code: String,
    /// MESSAGE.
    pub message: String,
    /// DETAIL.
    pub detail: Option<String>,
    /// HINT.
    pub hint: Option<String>,
    /// SCHEMA NAME.
    pub schema: Option<String>,
    /// TABLE NAME.
    pub table: Option<String>,
    /// COLUMN NAME.
    pub column: Option<String>,
    /// CONSTRAINT NAME.
    pub constraint: Option<String>,
}

impl From<&DbError> for Message {
    fn from(error: &DbError) -> Message {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Message {
            severity: error.severity().to_owned(),
            code: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: owned(error.detail()),
            hint: owned(error.hint()),
            schema: owned(error.schema()),
            table: owned(error.table()),
            column: owned(error.column()),
            constraint: owned(error.constraint()),
        }
    }
}

impl std::fmt::Display for Message {
    /// As psql shows it, with the default verbosity.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:  {}", self.severity, self.message)?;
        if let Some(detail) = &self.detail {
            write!(f, "\nDETAIL:  {detail}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nHINT:  {hint}")?;
        }
        Ok(())
    }
}

impl Message {
    /// Whether a finding stopped the statement or the commit.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.code == SQLSTATE_BLOCKED || self.code == SQLSTATE_COMMIT_BLOCKED
    }
}

/// A finding as a client sees it: a message of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule: the last word of MESSAGE, in brackets.
    pub rule: String,
    /// Whether it stopped the statement or the commit.
    pub blocked: bool,
    /// The whole message; its MESSAGE still ends in the rule's name.
    pub message: Message,
}

impl Finding {
    /// The finding in this message, if the message is one of ours and names its rule.
    #[must_use]
    pub fn parse(message: &Message) -> Option<Finding> {
        if message.code != SQLSTATE_FINDING && !message.blocks() {
            return None;
        }
        let (_, rest) = message.message.rsplit_once(" [")?;
        let rule = rest.strip_suffix(']')?;
        Some(Finding { rule: rule.to_owned(), blocked: message.blocks(), message: message.clone() })
    }

    /// MESSAGE without the rule's name.
    #[must_use]
    pub fn headline(&self) -> &str {
        self.message.message.rsplit_once(" [").map_or(self.message.message.as_str(), |(text, _)| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(code: &str, text: &str) -> Message {
        Message { code: code.to_owned(), message: text.to_owned(), ..Message::default() }
    }

    #[test]
    fn a_finding_is_told_from_other_messages() {
        let finding =
            Finding::parse(&message("PA001", "table \"a [b\" is dropped [table-dropped]")).expect("a finding");
        assert_eq!((finding.rule.as_str(), finding.blocked), ("table-dropped", false));
        assert_eq!(finding.headline(), "table \"a [b\" is dropped");
        assert!(Finding::parse(&message("PA002", "x [y]")).expect("a finding").blocked);
        assert!(Finding::parse(&message("PA003", "x [y]")).expect("a finding").blocked);
        assert_eq!(Finding::parse(&message("01000", "x [y]")), None);
        assert_eq!(Finding::parse(&message("PA001", "the guard is off")), None);
    }
}
