//! PRIMARY KEY USING INDEX on nullable columns reads the table.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "primary-key-not-null-scan",
    category: Locks,
    severity: Warning,
    title: "a primary key made of an index still reads the whole table for NOT NULL",
    why: "ADD PRIMARY KEY USING INDEX is meant to take an instant. But a primary key makes its columns NOT NULL, and unless they are so already, or a validated CHECK proves it, the statement reads every row under ACCESS EXCLUSIVE.",
    remedy: "Make the columns NOT NULL first, by way of a CHECK that is validated while reads and writes go on (from 18 on a NOT NULL NOT VALID constraint), then add the key.",
    parameters: &[],
    sources: &[
        Guide("S-183"),
        Manual("sql-altertable", "ADD table_constraint_using_index"),
        Code("src/backend/commands/tablecmds.c", "NotNullImpliedByRelConstraints"),
    ],
    examples: &[
        bad("ALTER TABLE invoices ADD CONSTRAINT invoices_pkey PRIMARY KEY USING INDEX idx_invoices_id;")
            .given(INVOICES),
        bad("ALTER TABLE invoices ADD CONSTRAINT invoices_pkey PRIMARY KEY USING INDEX idx_invoices_id;")
            .title("a CHECK that is not validated proves nothing")
            .given(with!(INVOICES, "ALTER TABLE invoices ADD CONSTRAINT valid_id CHECK (id IS NOT NULL) NOT VALID;")),
        good("ALTER TABLE invoices ADD CONSTRAINT invoices_pkey PRIMARY KEY USING INDEX idx_invoices_id;")
            .title("the column is NOT NULL")
            .given(with!(INVOICES, "ALTER TABLE invoices ALTER COLUMN id SET NOT NULL;")),
        good("ALTER TABLE invoices ADD CONSTRAINT invoices_pkey PRIMARY KEY USING INDEX idx_invoices_id;")
            .title("a valid CHECK proves it")
            .given(with!(INVOICES, "ALTER TABLE invoices ADD CONSTRAINT valid_id CHECK (id IS NOT NULL);")),
        good("ALTER TABLE invoices ADD CONSTRAINT invoices_pkey PRIMARY KEY USING INDEX idx_invoices_id;")
            .title("an empty table")
            .given(with!(INVOICES, "TRUNCATE invoices;")),
    ],
    check: Check::On(Kinds::ADD_CONSTRAINT, check),
    also: &[],
    enabled: true,
};

/// `shop.invoices`, live, without a primary key but with a unique index.
const INVOICES: &str = "\
CREATE TABLE invoices (
    id bigint,
    amount integer NOT NULL DEFAULT 0
);
INSERT INTO invoices SELECT g, g FROM generate_series(1, 5000) AS g;
CREATE UNIQUE INDEX idx_invoices_id ON invoices (id);
ANALYZE invoices;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for (number, command) in statement.commands() {
        let AlterCommand::AddConstraint(def) = command else { continue };
        let Some(index) = def.using_index.as_ref().filter(|_| def.kind == ConstraintKind::PrimaryKey) else { continue };
        let scans = recipes::live_work(statement, cx, number, |work| matches!(work, Work::Scan(Scan::NotNull { .. })));
        if scans.is_empty() {
            continue;
        }
        let mut columns: Vec<&str> = Vec::new();
        for effect in &scans {
            if let Work::Scan(Scan::NotNull { column }) = &effect.work
                && !columns.contains(&column.as_str())
            {
                columns.push(column);
            }
        }
        let name = def.name.as_deref().unwrap_or(index);
        let deferrable = match (def.deferrable, def.deferred) {
            (_, true) => " DEFERRABLE INITIALLY DEFERRED",
            (true, false) => " DEFERRABLE",
            (false, false) => "",
        };
        let mut steps: Vec<String> = columns.iter().map(|column| recipes::not_null(cx, table, column)).collect();
        steps.push(format!(
            "ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY USING INDEX {}{deferrable};",
            relation.sql(),
            sql::ident(name),
            sql::ident(index)
        ));
        let message = format!("PRIMARY KEY USING INDEX {index} reads all of {} to prove NOT NULL", relation.display());
        out.constraint(relation, name, message)
            .detail(recipes::sentences(&[
                format!("No valid CHECK constraint proves that {} holds no NULL.", list(&columns, 5)),
                recipes::holds(statement, cx, relation, "while it reads"),
            ]))
            .advice("Prove it while reads and writes go on, then add the key, each statement by itself:")
            .remedy(steps.join("\n"))
            .evidence("columns", columns.join(", "))
            .evidence("lock", statement.impact.lock_on(relation.oid).as_str());
    }
}
