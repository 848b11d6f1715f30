//! The database of an example in one of its variants, and what is run in it.

use crate::rename::{Names, Renaming, Style, quoted, schema};
use anyhow::{Context, Result, bail, ensure};
use engine::rule::{Category, Example, Rule};
use engine::rules::RULES;
use harness::{Cluster, Db, Reported, Session, example};
use std::sync::Arc;

/// An example in other words.
#[derive(Clone)]
pub struct Case {
    pub rule: &'static Rule,
    pub example: &'static Example,
    /// The schema that it runs in, as it is called.
    pub schema: String,
    pub given: String,
    pub sql: String,
    pub meanwhile: String,
    /// Whether the schema is on the search_path when the SQL is run.
    pub on_path: bool,
    /// Whether the rules about names are off: its names are odd on purpose.
    pub odd: bool,
}

impl Case {
    /// The example as it stands.
    #[must_use]
    pub fn plain(rule: &'static Rule, example: &'static Example) -> Case {
        Case {
            rule,
            example,
            schema: "shop".to_owned(),
            given: example.given.to_owned(),
            sql: example.sql.to_owned(),
            meanwhile: example.meanwhile.to_owned(),
            on_path: true,
            odd: false,
        }
    }

    /// The example in another style.
    #[must_use]
    pub fn in_style(&self, names: &Names, style: Style) -> Case {
        let renaming = Renaming { names, style };
        let example = self.example;
        match style {
            // What was made is judged, however it was made: only the remedy is run elsewhere.
            Style::Qualified if example::by_check(self.rule, example) => Case { on_path: false, ..self.clone() },
            // The given part is no matter of the statement: it is run with the schema on the search_path.
            Style::Qualified => Case { sql: renaming.rewrite(example.sql), on_path: false, ..self.clone() },
            _ => Case {
                schema: schema(style).to_owned(),
                given: renaming.rewrite(example.given),
                sql: renaming.rewrite(example.sql),
                meanwhile: renaming.rewrite(example.meanwhile),
                odd: true,
                ..self.clone()
            },
        }
    }

    /// Whether the remedy is what should have been run in place of the SQL.
    #[must_use]
    pub fn replaced(&self) -> bool {
        example::judged_before_it_runs(self.rule) && !example::by_check(self.rule, self.example)
    }
}

/// A database with what the case is given.
pub struct Stage {
    // Declared in the order in which they must go: sessions before their database.
    pub session: Session,
    _meanwhile: Option<Session>,
    _db: Db,
}

impl Stage {
    /// Makes it, on the server that the example asks for.
    ///
    /// # Errors
    /// When what the case is given fails.
    pub fn set(cluster: &Arc<Cluster>, case: &Case) -> Result<Stage> {
        let db = server(cluster, case.example)?.database()?;
        let mut session = open(&db)?;
        let schema = quoted(&case.schema);
        session.batch_execute(&format!("CREATE SCHEMA {schema}; SET search_path = {schema}"))?;
        if !case.rule.enabled {
            session.execute("SELECT architect.configure($1, 'on')", &[&case.rule.name])?;
        }
        if case.odd {
            for rule in RULES.iter().filter(|rule| rule.category == Category::Naming) {
                session.execute("SELECT architect.configure($1, 'off')", &[&rule.name])?;
            }
        }
        if let Some(error) = session.run(&case.given).error {
            bail!("what the example is given fails: {error}\nin:\n{}", case.given);
        }
        let mut meanwhile = None;
        if !case.meanwhile.is_empty() {
            let mut other = open(&db)?;
            other.batch_execute(&format!("SET search_path = {schema}; BEGIN"))?;
            if let Some(error) = other.run(&case.meanwhile).error {
                bail!("what another session does meanwhile fails: {error}");
            }
            meanwhile = Some(other);
        }
        if !case.on_path {
            session.batch_execute("RESET search_path")?;
        }
        Ok(Stage { session, _meanwhile: meanwhile, _db: db })
    }

    /// Drops the replication slots of the example, which would outlive the database; its server is its own.
    ///
    /// # Errors
    /// The server's error.
    pub fn forget_slots(&mut self, case: &Case) -> Result<()> {
        if case.sql.contains("slot") || case.given.contains("slot") {
            let drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active";
            self.session.batch_execute(drop)?;
        }
        Ok(())
    }

    /// Runs SQL with the guard off; whether it ran.
    ///
    /// # Errors
    /// When the session is lost.
    pub fn unguarded(&mut self, sql: &str) -> Result<bool> {
        self.session.batch_execute("SET architect.mode = off")?;
        let failed = self.session.run(sql).error.is_some();
        if failed {
            self.session.batch_execute("ROLLBACK")?;
        }
        Ok(!failed)
    }

    /// What the strictest guard, or a full check, finds in the case: what its rule says, and the other rules that speak. These judge
    /// the case's own design (its names, its columns), and are not the remedy's to mend.
    ///
    /// # Errors
    /// When the rule says nothing, or another one speaks of what happens now.
    pub fn findings(&mut self, case: &Case) -> Result<(Vec<Reported>, Vec<String>)> {
        let session = &mut self.session;
        session.batch_execute("SELECT architect.use_profile('strict'); SET architect.mode = warn")?;
        let (reported, hints) = if case.example.lint {
            (session.lint(&case.sql)?, Vec::new())
        } else if example::by_check(case.rule, case.example) {
            session.batch_execute(&format!("SET architect.mode = off; SET search_path = {}", quoted(&case.schema)))?;
            if let Some(error) = session.run(&case.sql).error {
                bail!("the SQL fails: {error}\nin:\n{}", case.sql);
            }
            if !case.on_path {
                session.batch_execute("RESET search_path")?;
            }
            session.batch_execute("SET architect.mode = warn")?;
            (self.full_check(case)?, Vec::new())
        } else {
            let run = session.run(&case.sql);
            let hints: Vec<String> = run.findings.iter().filter_map(|finding| finding.message.hint.clone()).collect();
            if let Some(error) = &run.error {
                session.batch_execute("ROLLBACK")?;
                ensure!(!run.findings.is_empty(), "the SQL fails: {error}\nin:\n{}", case.sql);
            }
            (run.reported, hints)
        };
        let (own, others): (Vec<Reported>, Vec<Reported>) =
            reported.into_iter().partition(|finding| finding.rule == case.rule.name);
        ensure!(!own.is_empty(), "NOTHING found in:\n{}", case.sql);
        for other in &others {
            let rule = RULES.iter().find(|rule| rule.name == other.rule);
            let acts = rule.is_some_and(|rule| {
                matches!(
                    rule.category,
                    Category::Locks | Category::Transactions | Category::Breakage | Category::DataLoss
                )
            });
            ensure!(!acts, "ANOTHER FOUND: {} [{}]\nin:\n{}", other.message, other.rule, case.sql);
        }
        // What people paste is the HINT.
        for finding in &own {
            let pasted = hints.is_empty() || hints.iter().any(|hint| hint.ends_with(&finding.remedy));
            ensure!(pasted, "the HINT does not end in the remedy:\n{}", finding.remedy);
        }
        Ok((own, others.into_iter().map(|finding| finding.rule).collect()))
    }

    /// What a full check says about the case's schema, and its rule.
    ///
    /// # Errors
    /// The server's error.
    pub fn full_check(&mut self, case: &Case) -> Result<Vec<Reported>> {
        let query = "SELECT * FROM architect.check() \
                     WHERE (schema_name = $2 AND rule <> 'partition-future-missing') OR rule = $1";
        self.session.reported(query, &[&case.rule.name, &case.schema])
    }

    /// Runs SQL that the strictest guard must not find anything in but what was told already.
    ///
    /// # Errors
    /// When it fails, or is found.
    pub fn silent_in_strict(&mut self, sql: &str, told: &[String]) -> Result<()> {
        self.session
            .batch_execute("SELECT architect.use_profile('strict'); SET architect.mode = off")
            .context("the profile")?;
        for rule in told {
            self.session.execute("SELECT architect.configure($1, 'off')", &[rule])?;
        }
        self.session.batch_execute("SET architect.mode = enforce; SET architect.enforce_severity = info")?;
        ensure!(!harness::split(sql).is_empty(), "no statement: {sql}");
        let run = self.session.run(sql);
        if let Some(error) = run.error {
            bail!("THE REMEDY FAILS:\n{error}\nthe remedy is:\n{sql}");
        }
        let texts: Vec<String> = run.findings.iter().map(|finding| finding.message.to_string()).collect();
        ensure!(texts.is_empty(), "THE REMEDY IS FOUND:\n{}\nthe remedy is:\n{sql}", texts.join("\n"));
        Ok(())
    }
}

/// The server of an example. What makes roles, tablespaces and the like gets one of its own: other tests make the same.
fn server(shared: &Arc<Cluster>, example: &Example) -> Result<Arc<Cluster>> {
    const WIDE: &[&str] = &["TABLESPACE", "ROLE ", "USER ", "DATABASE", "SUBSCRIPTION", "slot"];
    let wide = WIDE.iter().any(|word| example.given.contains(word) || example.sql.contains(word));
    if example.server.is_empty() && wide {
        return example::server_of(shared, &Example { server: "cluster_name = 'remedies'", ..*example });
    }
    example::server_of(shared, example)
}

/// A session whose guard is off.
fn open(db: &Db) -> Result<Session> {
    let mut session = db.connect()?;
    session.batch_execute("SET lock_timeout = '2s'; SET TimeZone = 'UTC'; SET architect.mode = off")?;
    Ok(session)
}

/// The remedies of all findings, each once, in order.
#[must_use]
pub fn remedy(findings: &[Reported]) -> String {
    let mut remedies: Vec<&str> = Vec::new();
    for finding in findings {
        if !finding.remedy.is_empty() && !remedies.contains(&finding.remedy.as_str()) {
            remedies.push(&finding.remedy);
        }
    }
    remedies.join("\n")
}
