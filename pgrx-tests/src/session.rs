//! A client that remembers every message.

use crate::message::{Finding, Message};
use crate::split::{Statement, split};
use anyhow::{Context, Result};
use std::io::Write as _;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};

/// A connection and what the server said on it.
pub struct Session {
    client: postgres::Client,
    messages: Arc<Mutex<Vec<Message>>>,
}

impl Deref for Session {
    type Target = postgres::Client;
    fn deref(&self) -> &postgres::Client {
        &self.client
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut postgres::Client {
        &mut self.client
    }
}

/// What came of a script.
#[derive(Debug, Default)]
pub struct Run {
    /// The findings, in order, those that blocked included.
    pub findings: Vec<Finding>,
    /// All messages, in order.
    pub messages: Vec<Message>,
    /// What the server keeps of the findings: `architect.last_findings()` after each statement that had some.
    pub reported: Vec<Reported>,
    /// The error that ended the script.
    pub error: Option<Message>,
}

impl Run {
    /// The rules that found something, in order, each finding once.
    #[must_use]
    pub fn rules(&self) -> Vec<&str> {
        self.findings.iter().map(|finding| finding.rule.as_str()).collect()
    }

    /// Whether a finding stopped it.
    #[must_use]
    pub fn blocked(&self) -> bool {
        self.error.as_ref().is_some_and(Message::blocks)
    }
}

/// A finding as `architect.last_findings()`, `architect.check()` and `architect.lint()` give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The rule.
    pub rule: String,
    /// `info`, `warning` or `error`.
    pub severity: String,
    /// The object's identity.
    pub object: String,
    /// MESSAGE, without the rule.
    pub message: String,
    /// DETAIL.
    pub detail: String,
    /// HINT.
    pub hint: String,
    /// SQL, or nothing.
    pub remedy: String,
}

impl Session {
    /// Opens a session.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn open(mut config: postgres::Config) -> Result<Session> {
        let messages: Arc<Mutex<Vec<Message>>> = Arc::default();
        let sink = Arc::clone(&messages);
        config.notice_callback(move |notice| {
            sink.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(Message::from(&notice));
        });
        let client = config.connect(postgres::NoTls).context("cannot connect")?;
        Ok(Session { client, messages })
    }

    /// Whether the server has the extensions that come with PostgreSQL (contrib). Debian's packages and a build from source do;
    /// the servers on PyPI come without.
    ///
    /// # Errors
    /// The server's error.
    pub fn has_contrib(&mut self) -> Result<bool> {
        let query =
            "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name IN ('citext', 'hstore', 'pgstattuple'))";
        Ok(self.client.query_one(query, &[])?.get(0))
    }

    /// The messages since the last call.
    pub fn take_messages(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.messages.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Runs one statement, with the rows of a `COPY ... FROM stdin`.
    ///
    /// # Errors
    /// The server's error.
    pub fn execute_statement(&mut self, statement: &Statement) -> Result<(), Box<Message>> {
        let result = match &statement.copy_data {
            None => self.client.batch_execute(&statement.text),
            Some(data) => self.client.copy_in(&statement.text).and_then(|mut writer| {
                // A write fails only with the connection; `finish` reports that.
                let _ = writer.write_all(data.as_bytes());
                writer.finish().map(|_| ())
            }),
        };
        result.map_err(|error| match error.as_db_error() {
            Some(error) => Box::new(Message::from(error)),
            None => {
                Box::new(Message { severity: "FATAL".to_owned(), message: error.to_string(), ..Message::default() })
            }
        })
    }

    /// Runs a script statement by statement, up to the first error.
    pub fn run(&mut self, sql: &str) -> Run {
        let mut run = Run::default();
        self.take_messages();
        for statement in split(sql) {
            let result = self.execute_statement(&statement);
            let messages = self.take_messages();
            let mut findings: Vec<Finding> = messages.iter().filter_map(Finding::parse).collect();
            run.messages.extend(messages);
            if let Err(error) = &result {
                findings.extend(Finding::parse(error));
            }
            if !findings.is_empty() {
                // In a transaction that failed nothing can be asked.
                run.reported.extend(self.last_findings().unwrap_or_default());
            }
            run.findings.extend(findings);
            if let Err(error) = result {
                run.messages.push(Message::clone(&error));
                run.error = Some(*error);
                break;
            }
        }
        run
    }

    /// The findings of a script that must not fail.
    ///
    /// # Errors
    /// The server's error, blocking ones included.
    pub fn findings(&mut self, sql: &str) -> Result<Vec<Finding>> {
        let run = self.run(sql);
        match run.error {
            None => Ok(run.findings),
            Some(error) => anyhow::bail!("{error}"),
        }
    }

    /// What the latest judged statement or transaction of this session gave.
    ///
    /// # Errors
    /// In a failed transaction.
    pub fn last_findings(&mut self) -> Result<Vec<Reported>> {
        self.reported("SELECT * FROM architect.last_findings()", &[])
    }

    /// The findings in a text that is not executed.
    ///
    /// # Errors
    /// When the text cannot be read.
    pub fn lint(&mut self, sql: &str) -> Result<Vec<Reported>> {
        self.reported("SELECT * FROM architect.lint($1)", &[&sql])
    }

    /// The findings that a query gives in the row type that all our functions share.
    ///
    /// # Errors
    /// The server's error.
    pub fn reported(
        &mut self,
        query: &str,
        parameters: &[&(dyn postgres::types::ToSql + Sync)],
    ) -> Result<Vec<Reported>> {
        let columns = "rule, severity, object, message, coalesce(detail, ''), coalesce(hint, ''), coalesce(remedy, '')";
        let query = format!("SELECT {columns} FROM ({query}) AS f");
        let rows = self.client.query(&query, parameters).map_err(|error| match error.as_db_error() {
            Some(error) => anyhow::anyhow!("{}", Message::from(error)),
            None => anyhow::Error::new(error),
        })?;
        self.take_messages();
        let finding = |row: &postgres::Row| Reported {
            rule: row.get(0),
            severity: row.get(1),
            object: row.get::<_, Option<String>>(2).unwrap_or_default(),
            message: row.get(3),
            detail: row.get(4),
            hint: row.get(5),
            remedy: row.get(6),
        };
        Ok(rows.iter().map(finding).collect())
    }
}
