//! A type change locks the other end of a foreign key.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "type-change-locks-peer",
    category: Locks,
    severity: Warning,
    title: "a type change also locks the table at the other end of a foreign key",
    why: "ALTER COLUMN TYPE on a column of a foreign key, at either end, drops the key and makes it again: the other table is locked ACCESS EXCLUSIVE too, although the statement does not name it. Where the comparison of the two types changes (integer to bigint on one end) or the table is written anew, every row is looked up again under both locks.",
    remedy: "Drop the foreign key first, change the type, add the key again NOT VALID and validate it; each step takes its own short lock.",
    parameters: &[],
    sources: &[
        Manual("sql-altertable", "Notes"),
        Code("src/backend/commands/tablecmds.c", "RememberAllDependentForRebuilding"),
    ],
    examples: &[
        bad("ALTER TABLE countries ALTER COLUMN code TYPE varchar(3);")
            .title("the referenced column: the referencing table is locked")
            .given(VISITS)
            .advice(),
        bad("ALTER TABLE countries ALTER COLUMN code TYPE varchar(2);")
            .title("to the type that it has: the key is made again all the same")
            .given(VISITS)
            .advice(),
        bad("ALTER TABLE countries ALTER COLUMN code TYPE text;").title("to text").given(VISITS).advice(),
        good("ALTER TABLE countries ALTER COLUMN name TYPE text;").title("a column of no key").given(VISITS),
        good("ALTER TABLE countries ALTER COLUMN code TYPE varchar(3);")
            .title("the other table is empty")
            .given(with!(VISITS, "TRUNCATE visits;")),
    ],
    check: Check::On(Kinds::ALTER_TYPE, check),
    also: &[],
    enabled: true,
};

/// `shop.visits`, live, referring to the small `shop.countries`.
const VISITS: &str = "\
CREATE TABLE countries (code varchar(2) PRIMARY KEY, name varchar(40) NOT NULL);
INSERT INTO countries VALUES ('de', 'Germany'), ('ch', 'Switzerland');
CREATE TABLE visits (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    country varchar(2) NOT NULL REFERENCES countries ON DELETE RESTRICT
);
CREATE INDEX idx_visits_country ON visits (country);
INSERT INTO visits (country) SELECT CASE g % 2 WHEN 0 THEN 'de' ELSE 'ch' END FROM generate_series(1, 5000) AS g;
ANALYZE countries, visits;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let mut same = true;
    let columns: Vec<&str> = statement
        .commands()
        .filter_map(|(_, command)| match command {
            AlterCommand::AlterType { column, data_type, using, collation } => {
                let now = table.column(column).map(|column| column.data_type.name.as_str());
                same &= now == Some(data_type.name.as_str()) && using.is_none() && collation.is_none();
                Some(column.as_str())
            }
            _ => None,
        })
        .collect();
    if columns.is_empty() || !cx.existing(&table.relation) {
        return;
    }
    let adds_keys = statement.commands().any(|(_, command)| {
        matches!(
            command,
            AlterCommand::AddConstraint(_) | AlterCommand::AddColumn { .. } | AlterCommand::DropConstraint { .. }
        )
    });
    let peers = statement.impact.touches.iter().filter(|touch| {
        matches!(touch.role, Role::Referenced | Role::Referencing)
            && touch.lock == LockMode::AccessExclusive
            && touch.relation.oid != table.relation.oid
            && cx.live(&touch.relation)
    });
    // Who adds or drops keys in the same statement locks the other table for that.
    for touch in peers.filter(|_| !adds_keys) {
        let peer = &touch.relation;
        let checked = statement
            .impact
            .effects
            .iter()
            .any(|effect| matches!(effect.work, Work::Scan(Scan::ForeignKey { .. })) && cx.live(&effect.relation));
        let message = format!(
            "changing the type of {} in {} locks {} too",
            list(&columns, 3),
            table.relation.display(),
            peer.display()
        );
        let again = if checked { "The foreign key is checked for every row meanwhile." } else { "" };
        out.relation(peer, message)
            .detail(recipes::sentences(&[
                format!("A foreign key connects the two, and it is dropped and made again. {}", recipes::holds(statement, cx, peer, "until the transaction ends")),
                again.to_owned(),
            ]))
            .advice(if same {
                format!(
                    "Leave ALTER COLUMN ... TYPE out: {} of this type already, and the server makes the foreign key again all the same.",
                    if columns.len() == 1 { "the column is" } else { "the columns are" }
                )
            } else {
                "Drop the foreign key, change the type, add the key again NOT VALID and VALIDATE it, each statement by itself with a \
                 short lock_timeout."
                    .to_owned()
            })
            .evidence("lock", touch.lock.as_str())
            .evidence("table", table.relation.display())
            .discriminator(table.relation.display());
    }
}
