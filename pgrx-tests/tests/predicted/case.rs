//! What is tried: fixtures, and the statements that run against each.

/// One statement.
#[derive(Clone, Debug)]
pub struct Case {
    /// `form/variant/...`; the form is what the summary counts by.
    pub name: String,
    /// The statement.
    pub sql: String,
    /// What the session says first, in the same transaction (SET LOCAL).
    pub before: Option<String>,
    /// The first and the last major on which the statement exists or works.
    pub majors: (u32, u32),
    /// The minor releases, one by major, before which the server had a bug that makes the case fail: `server_version_num`.
    pub mended_in: &'static [u32],
    /// The server refuses the statement, and the prediction must say so.
    pub refused: bool,
    /// It cannot run in a transaction block: it runs outside one, and the fixture is made anew behind it.
    pub alone: bool,
    /// What must come of it: the words of `Doings::words`, or `refused: ` and a part of the server's message.
    pub expected: Option<&'static str>,
}

/// Whether a version is not before the first ones of something; `first` has one version for each major that it came to, in order.
pub fn at_least(first: &[u32], version: u32) -> bool {
    let of_major = first.iter().find(|first| *first / 10_000 == version / 10_000);
    of_major.or(first.last()).is_none_or(|first| version >= *first)
}

impl Case {
    /// From this major on.
    pub fn since(&mut self, major: u32) -> &mut Case {
        self.majors.0 = major;
        self
    }

    /// Up to this major.
    pub fn until(&mut self, major: u32) -> &mut Case {
        self.majors.1 = major;
        self
    }

    /// Whether the case can run on a server of this version.
    pub fn runs_on(&self, version_num: u32) -> bool {
        let major = version_num / 10_000;
        let first = self.mended_in.iter().find(|first| *first / 10_000 == major);
        (self.majors.0..=self.majors.1).contains(&major) && first.is_none_or(|first| version_num >= *first)
    }

    /// The server refuses it.
    pub fn refused(&mut self) -> &mut Case {
        self.refused = true;
        self
    }

    /// It cannot run in a transaction block.
    pub fn alone(&mut self) -> &mut Case {
        self.alone = true;
        self
    }

    /// The session says this first.
    pub fn before(&mut self, sql: &str) -> &mut Case {
        self.before = Some(sql.to_owned());
        self
    }

    /// What the summary counts by.
    pub fn form(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }
}

/// A schema `f` with relations in it, and the cases that run there. ROLLBACK restores it behind each case.
pub struct Fixture {
    /// Its name.
    pub name: &'static str,
    /// The SQL that makes it, in the schema `f`.
    pub setup: String,
    /// The contrib module that it needs.
    pub extension: Option<&'static str>,
    /// The first major on which it can be made.
    pub since: u32,
    /// The cases.
    pub cases: Vec<Case>,
}

impl Fixture {
    /// An empty one.
    pub fn new(name: &'static str, setup: impl Into<String>) -> Fixture {
        Fixture { name, setup: setup.into(), extension: None, since: 15, cases: Vec::new() }
    }

    /// A case.
    pub fn add(&mut self, name: impl Into<String>, sql: impl Into<String>) -> &mut Case {
        self.cases.push(Case {
            name: name.into(),
            sql: sql.into(),
            before: None,
            majors: (0, u32::MAX),
            mended_in: &[],
            refused: false,
            alone: false,
            expected: None,
        });
        let last = self.cases.len() - 1;
        &mut self.cases[last]
    }

    /// Several cases of one form.
    pub fn all(&mut self, form: &str, cases: &[(&str, &str)]) {
        for (variant, sql) in cases {
            self.add(format!("{form}/{variant}"), *sql);
        }
    }
}
