//! The other linters: where they are, how they are asked, how long they take.

use super::{eugene, language_server, pgfence, pgsafe, squawk};
use crate::bench::rivals::Squawk;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A program that we know how to ask.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tool {
    Squawk,
    Eugene,
    Pgfence,
    Pgsafe,
    LanguageServer,
}

impl Tool {
    pub const ALL: [Tool; 5] = [Tool::Squawk, Tool::Eugene, Tool::Pgfence, Tool::Pgsafe, Tool::LanguageServer];

    /// The name to show.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Tool::Squawk => "squawk",
            Tool::Eugene => "eugene lint",
            Tool::Pgfence => "pgfence",
            Tool::Pgsafe => "pgsafe",
            Tool::LanguageServer => "language server",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Tool::Squawk => "squawk",
            Tool::Eugene => "eugene",
            Tool::Pgfence => "pgfence",
            Tool::Pgsafe => "pgsafe",
            Tool::LanguageServer => "postgres-language-server",
        }
    }

    /// How to get it.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Tool::Squawk => "pip install --target DIR/squawk squawk-cli",
            Tool::Eugene => "cargo install --locked --root DIR/eugene eugene",
            Tool::Pgfence => "npm install --prefix DIR/pgfence @flvmnt/pgfence",
            Tool::Pgsafe => "cargo install --locked --root DIR/pgsafe pgsafe",
            Tool::LanguageServer => "npm install --prefix DIR/language-server @postgres-language-server/cli",
        }
    }

    fn parse(self, output: &[u8]) -> Result<Parsed> {
        match self {
            Tool::Squawk => squawk::parse(output),
            Tool::Eugene => eugene::parse(output),
            Tool::Pgfence => pgfence::parse(output),
            Tool::Pgsafe => pgsafe::parse(output),
            Tool::LanguageServer => language_server::parse(output),
        }
    }

    /// Whether it ends with a failure when it cannot read a file; the others do so when they have found something.
    fn fails_on_unreadable(self) -> bool {
        matches!(self, Tool::Eugene | Tool::Pgfence)
    }
}

/// Where a finding is.
#[derive(Debug, PartialEq, Eq)]
pub enum At {
    /// In the statement on this line, from 1.
    Line(usize),
    /// In the statement of this text, comments before it included.
    Text(String),
    /// In the file.
    File,
}

/// One finding of another linter.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    pub file: String,
    pub at: At,
    pub rule: String,
}

impl Told {
    #[cfg(test)]
    pub fn line(file: &str, line: usize, rule: &str) -> Told {
        Told { file: file.to_owned(), at: At::Line(line), rule: rule.to_owned() }
    }
}

/// What an output says.
#[derive(Debug, Default)]
pub struct Parsed {
    pub told: Vec<Told>,
    /// Files of which it says that it cannot read them.
    pub unread: Vec<String>,
}

/// A linter that is there.
pub struct Rival {
    pub tool: Tool,
    pub version: String,
    program: PathBuf,
    surroundings: Surroundings,
    _fetched: Option<Squawk>,
}

/// What a linter may ask for.
#[derive(Clone)]
pub struct Surroundings {
    /// A folder with configurations.
    pub config: PathBuf,
    /// The server's major version.
    pub major: u32,
    /// A server of that version with nothing in it.
    pub server: String,
}

impl Rival {
    /// Looks below a folder (as the package managers lay it out) and on the PATH. squawk is fetched when it is not there.
    #[must_use]
    pub fn find(tool: Tool, dir: Option<&Path>, surroundings: &Surroundings) -> Option<Rival> {
        let name = tool.program();
        let below = dir.into_iter().flat_map(|dir| {
            let inner =
                fs::read_dir(dir).into_iter().flatten().filter_map(|entry| entry.ok().map(|entry| entry.path()));
            std::iter::once(dir.to_owned())
                .chain(inner)
                .flat_map(|dir| ["", "bin", "node_modules/.bin"].map(|inside| dir.join(inside).join(name)))
        });
        let below = below.filter(|path| path.is_file()).filter_map(|path| fs::canonicalize(path).ok());
        let rival = |program: PathBuf, version: String, fetched| Rival {
            tool,
            version,
            program,
            surroundings: surroundings.clone(),
            _fetched: fetched,
        };
        for program in below.chain([PathBuf::from(name)]) {
            if let Some(version) = version(&program) {
                return Some(rival(program, version, None));
            }
        }
        let fetched = if tool == Tool::Squawk { Squawk::get().ok() } else { None };
        fetched.map(|squawk| rival(squawk.program.clone(), number(&squawk.version), Some(squawk)))
    }

    fn command(&self, files: &[PathBuf], transaction: bool) -> Command {
        let mut command = Command::new(&self.program);
        let surroundings = &self.surroundings;
        match self.tool {
            Tool::Squawk => squawk::command(&mut command, files, transaction, surroundings.major),
            Tool::Eugene => eugene::command(&mut command, files),
            Tool::Pgfence => pgfence::command(&mut command, files, surroundings.major),
            Tool::Pgsafe => pgsafe::command(&mut command, files, transaction),
            Tool::LanguageServer => {
                language_server::command(&mut command, files, &surroundings.config, &surroundings.server)
            }
        }
        command.current_dir(&surroundings.config).stdin(Stdio::null());
        command
    }

    /// Reads files in one process; where it gives up because of a file, the halves by themselves.
    ///
    /// # Errors
    /// When it does not run, or its output is not what we know.
    pub fn read(&self, files: &[PathBuf], transaction: bool) -> Result<Parsed> {
        if files.is_empty() {
            return Ok(Parsed::default());
        }
        let output =
            self.command(files, transaction).output().with_context(|| format!("{} does not run", self.tool.name()))?;
        if output.status.success() || !self.tool.fails_on_unreadable() {
            return self.tool.parse(&output.stdout).with_context(|| {
                format!("{} gave what we cannot read: {}", self.tool.name(), String::from_utf8_lossy(&output.stderr))
            });
        }
        if let [file] = files {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Ok(Parsed { told: Vec::new(), unread: vec![name] });
        }
        let (first, second) = files.split_at(files.len() / 2);
        let (mut all, second) = (self.read(first, transaction)?, self.read(second, transaction)?);
        all.told.extend(second.told);
        all.unread.extend(second.unread);
        Ok(all)
    }

    /// The shortest of three runs over files that it can read, in one process.
    ///
    /// # Errors
    /// When it does not run.
    pub fn time(&self, files: &[PathBuf], transaction: bool) -> Result<Duration> {
        let mut shortest = Duration::MAX;
        if files.is_empty() {
            return Ok(Duration::ZERO);
        }
        for _ in 0..3 {
            let started = Instant::now();
            // Its output is taken as in use, and thrown away.
            let output = self.command(files, transaction).output()?;
            shortest = shortest.min(started.elapsed());
            ensure!(output.status.success() || !self.tool.fails_on_unreadable(), "{} fails now", self.tool.name());
        }
        Ok(shortest)
    }
}

fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| number(&String::from_utf8_lossy(&output.stdout)))
}

/// The word that begins with a digit.
fn number(text: &str) -> String {
    let mut words = text.split_whitespace();
    words.find(|word| word.starts_with(|c: char| c.is_ascii_digit())).unwrap_or("of unknown version").to_owned()
}

pub fn json(output: &[u8]) -> Result<Value> {
    serde_json::from_slice(output).context("no JSON")
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The last part of a path.
pub fn file_name(value: &Value) -> String {
    Path::new(value.as_str().unwrap_or_default()).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(number("squawk 2.70.0\n"), "2.70.0");
        assert_eq!(number("postgres-language-server\nVersion: 0.25.5\n"), "0.25.5");
        assert_eq!(number("0.1.5"), "0.1.5");
    }
}
