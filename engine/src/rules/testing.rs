//! Facts made by hand, for unit tests of the rules' logic; what the server really says is tested by the examples.

use crate::context::Moment;
use crate::facts::*;
use crate::finding::Finding;
use crate::judge::{Surroundings, statement as judge};
use crate::policy::Policy;

/// A relation of the schema `shop`.
pub fn relation(oid: Oid, name: &str, rows: u64) -> Relation {
    Relation {
        oid,
        schema: "shop".to_owned(),
        name: name.to_owned(),
        size: Size { bytes: rows * 100, rows }.into(),
        ..Relation::default()
    }
}

/// A table with a primary key `id bigint` and nullable text columns of the given names.
pub fn table(oid: Oid, name: &str, rows: u64, columns: &[&str]) -> Table {
    let column = |number: i16, name: &str, not_null: bool, data_type: &str| Column {
        number,
        name: name.to_owned(),
        not_null,
        data_type: TypeName { name: data_type.to_owned(), ..TypeName::default() }.into(),
        ..Column::default()
    };
    let mut all = vec![column(1, "id", true, "bigint")];
    for (number, name) in (2..).zip(columns) {
        all.push(column(number, name, false, "text"));
    }
    let key = Constraint {
        name: format!("{name}_pkey"),
        kind: ConstraintKind::PrimaryKey,
        columns: vec![1],
        validated: true,
        ..Constraint::default()
    };
    Table {
        relation: relation(oid, name, rows),
        columns: all.into(),
        constraints: vec![key].into(),
        ..Table::default()
    }
}

/// ALTER TABLE on a table, with a lock and no work.
pub fn alter(target: Table, commands: Vec<AlterCommand>, lock: LockMode) -> Statement {
    let name = Name::bare(target.relation.name.clone());
    let mut statement =
        Statement::new("ALTER TABLE", Ddl::AlterTable(AlterTable { target: name, commands, ..AlterTable::default() }));
    statement.impact.touches.push(touch(&target.relation, Role::Target, lock));
    statement.target = Some(target);
    statement
}

/// A lock without anybody in its way.
pub fn touch(relation: &Relation, role: Role, lock: LockMode) -> Touch {
    Touch { relation: relation.clone(), role, lock, blockers: Vec::new() }
}

/// A lock that the transaction holds.
pub fn held(relation: &Relation, mode: LockMode) -> HeldLock {
    HeldLock { relation: relation.clone(), mode, held_ms: 0, taken_by: "ALTER TABLE".to_owned() }
}

/// A transaction with a lock_timeout, so that only what the test is about is found.
pub fn transaction() -> Transaction {
    Transaction { lock_timeout_ms: 2000, ..Transaction::default() }
}

/// What the judge says before the lock, on a server of this major.
pub fn found(statement: &Statement, transaction: &Transaction, major: u32) -> Vec<Finding> {
    let policy = Policy::default();
    let surroundings =
        Surroundings { moment: Moment::Start, server_version_num: major * 10_000, transaction, policy: &policy };
    judge(statement, &surroundings)
}

/// The names of the rules that spoke.
pub fn names(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.name).collect()
}

/// What one rule says of a server, in a full check of an otherwise empty database of 15.
pub fn server_findings(rule: &'static crate::rule::Rule, state: ServerState) -> Vec<Finding> {
    let mut database = Database { state: Some(Box::new(state)), ..Database::default() };
    database.server.version_num = 150_000;
    database_findings(rule, &database)
}

/// What one rule says of a database in a full check.
pub fn database_findings(rule: &'static crate::rule::Rule, database: &Database) -> Vec<Finding> {
    let wanted = crate::judge::Wanted { categories: Some(vec![rule.category]), ..Default::default() };
    let found = crate::judge::database(database, &Policy::default(), &wanted, &mut || {}).findings;
    found.into_iter().filter(|finding| finding.rule.name == rule.name).collect()
}
