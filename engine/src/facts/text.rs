//! What only a text has: places inside of bodies, comments that allow something, and who reads what a statement takes away.

/// Where a statement of a text stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// In the text itself.
    #[default]
    Text,
    /// In a DO block, which runs it where it stands.
    Block {
        /// In a branch, loop or handler that may not run.
        may: bool,
    },
    /// In the body of a function or procedure, which does not run now.
    Routine {
        /// `function shop.f`.
        name: String,
    },
}

impl Place {
    /// The place as a sentence; none for the text itself.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        match self {
            Place::Text => None,
            Place::Block { may: false } => Some("It stands in a DO block.".to_owned()),
            Place::Block { may: true } => {
                Some("It stands in a DO block, in a branch, loop or handler: it may run.".to_owned())
            }
            Place::Routine { name } => Some(format!("It stands in the body of {name}: it runs when that is called.")),
        }
    }
}

/// A statement that pg_stat_statements has, and that names what is taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The relation.
    pub relation: super::Oid,
    /// Its normalised text.
    pub query: String,
    /// How often it was called since the counters began.
    pub calls: u64,
    /// The column that goes; none where the relation itself goes.
    pub column: Option<String>,
}

/// A comment `architect: allow ...`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InlineSuppression {
    /// Where it begins in the text, in bytes.
    pub position: usize,
    /// The rules that it names.
    pub rules: Vec<InlineRule>,
    /// Why; empty where it does not say.
    pub reason: String,
    /// It is about the whole text: `allow-file`.
    pub whole_text: bool,
    /// It says `allow` or `allow-file`, and names a rule.
    pub understood: bool,
}

/// A rule that such a comment names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineRule {
    /// Its name, as written, in small letters.
    pub name: String,
    /// There is such a rule.
    pub known: bool,
    /// It judges in full checks only, never a text.
    pub full_checks_only: bool,
    /// The rule that was probably meant, where there is none of the name.
    pub meant: Option<&'static str>,
    /// The comment silenced a finding of it.
    pub used: bool,
    /// The policy has switched it off.
    pub off: bool,
}
