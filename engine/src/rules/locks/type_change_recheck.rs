//! ALTER COLUMN TYPE that changes only the catalog, but a constraint uses the column.

use super::type_change_index_rebuild::rebuilt;
use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "type-change-recheck",
    category: Locks,
    severity: Warning,
    title: "a harmless type change still reads the whole table for a constraint",
    why: "ALTER TABLE drops and re-creates every CHECK constraint that uses the column and verifies it against all \
          rows, under ACCESS EXCLUSIVE, even where the new type is stored like the old one and nothing is rewritten \
          (varchar(10) to varchar(20) with a CHECK on the column). A foreign key is verified again in the same way \
          when the operators that compare the two sides change.",
    remedy: "Drop the constraint, change the type and add the constraint NOT VALID in one ALTER TABLE, so that no \
             new row escapes it; then VALIDATE CONSTRAINT, which lets reads and writes go on.",
    parameters: &[],
    sources: &[
        Guide("S-177"),
        Guide("S-182"),
        Manual("sql-altertable", "VALIDATE CONSTRAINT"),
        Code("src/backend/commands/tablecmds.c", "ATPostAlterTypeCleanup"),
    ],
    examples: &[
        bad("ALTER TABLE orders ALTER COLUMN code TYPE text;")
            .given(with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_code CHECK (length(code) <= 10);")),
        bad("ALTER TABLE orders ALTER COLUMN code TYPE varchar(20);").title("two constraints use the column").given(
            with!(
                ORDERS,
                "ALTER TABLE orders ADD CONSTRAINT valid_code CHECK (code <> ''),\n\
                 ADD CONSTRAINT valid_pair CHECK (code IS NOT NULL OR note IS NOT NULL);"
            ),
        ),
        good("ALTER TABLE orders ALTER COLUMN code TYPE text;").title("no constraint on the column").given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN code TYPE text;")
            .title("a constraint on another column")
            .given(with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0);")),
        good("ALTER TABLE orders ALTER COLUMN code TYPE text;")
            .title("an empty table")
            .given(with!(EMPTY_ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_code CHECK (length(code) <= 10);")),
    ],
    check: Check::On(Kinds::ALTER_TYPE, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    // A rewrite reads everything anyway, and so does the rebuild of an index: their rules speak.
    if statement.impact.effects.iter().any(|effect| matches!(effect.work, Work::Rewrite(_))) {
        return;
    }
    for (number, command) in statement.commands() {
        let AlterCommand::AlterType { column, data_type, using, collation } = command else { continue };
        if !rebuilt(statement, cx, number).is_empty() {
            continue;
        }
        let scans = recipes::live_work(statement, cx, number, |work| {
            matches!(work, Work::Scan(Scan::Recheck { .. } | Scan::ForeignKey { .. }))
        });
        let mut names: Vec<&str> = Vec::new();
        let mut foreign_key = false;
        for effect in &scans {
            let name = match &effect.work {
                Work::Scan(Scan::Recheck { constraint, .. }) => constraint.as_str(),
                Work::Scan(Scan::ForeignKey { constraint }) => {
                    foreign_key = true;
                    constraint.as_deref().unwrap_or("a foreign key")
                }
                _ => continue,
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            continue;
        }
        let message = format!(
            "changing {column} to {} reads all of {} to check {}",
            data_type.name,
            relation.display(),
            list(&names, 3)
        );
        let finding = out.column(relation, column, message);
        finding
            .detail(recipes::sentences(&[
                "Nothing is rewritten, but the constraint is verified against every row.".to_owned(),
                recipes::holds(statement, cx, relation, "while it reads"),
            ]))
            .evidence("lock", statement.impact.lock_on(relation.oid).as_str())
            .evidence("constraints", names.join(", "));
        if foreign_key {
            finding.advice(
                "Drop the constraints, change the type, add them again NOT VALID, and VALIDATE CONSTRAINT in another \
                 transaction.",
            );
            continue;
        }
        finding.advice(
            "Change the type without the scan, then validate without blocking anybody, each statement by itself:",
        );
        if let Some(sql) = without_scan(table, column, data_type, using.as_ref(), collation.as_ref(), &names) {
            finding.remedy(sql);
        }
    }
}

/// One ALTER TABLE that changes the type and leaves the constraints NOT VALID; their validation behind it.
fn without_scan(
    table: &Table,
    column: &str,
    data_type: &TypeName,
    using: Option<&String>,
    collation: Option<&Name>,
    names: &[&str],
) -> Option<String> {
    let using = match using {
        Some(_) => format!(" USING {}", recipes::known(using)?),
        None => String::new(),
    };
    let collate = collation.map(|name| format!(" COLLATE {}", name.sql())).unwrap_or_default();
    let mut actions: Vec<String> = names.iter().map(|name| format!("DROP CONSTRAINT {}", sql::ident(name))).collect();
    actions.push(format!("ALTER COLUMN {} TYPE {}{collate}{using}", sql::ident(column), data_type.name));
    let mut after = String::new();
    for name in names {
        let definition = recipes::definition(table, table.constraint(name)?)?;
        actions.push(format!("ADD CONSTRAINT {} {definition} NOT VALID", sql::ident(name)));
        after.push_str(&format!("\nALTER TABLE {} VALIDATE CONSTRAINT {};", table.relation.sql(), sql::ident(name)));
    }
    Some(format!("ALTER TABLE {}\n    {};{after}", table.relation.sql(), actions.join(",\n    ")))
}

#[cfg(test)]
mod tests {
    use crate::facts::*;
    use crate::rules::testing::{alter, found, names, table, transaction};

    fn change(works: Vec<Work>) -> Statement {
        let command = AlterCommand::AlterType {
            column: "code".to_owned(),
            data_type: TypeName { name: "text".to_owned(), ..TypeName::default() },
            using: None,
            collation: None,
        };
        let mut statement = alter(table(1, "orders", 5000, &["code"]), vec![command], LockMode::AccessExclusive);
        let relation = statement.target.as_ref().expect("a target").relation.clone();
        statement.impact.effects =
            works.into_iter().map(|work| Effect { relation: relation.clone(), command: 0, work }).collect();
        statement
    }

    #[test]
    fn exactly_one_rule_speaks_for_a_type_change() {
        let (column, why) = ("code".to_owned(), "it is".to_owned());
        let rewrite = Work::Rewrite(Rewrite::Type { column: column.clone(), why: why.clone() });
        let rebuild = Work::RebuildIndex { index: "idx_orders_code".to_owned(), why };
        let recheck = Work::Scan(Scan::Recheck { constraint: "valid_code".to_owned(), column });
        for (works, rule) in [
            (vec![rewrite.clone(), rebuild.clone(), recheck.clone()], "type-change-rewrite"),
            (vec![rebuild, recheck.clone()], "type-change-index-rebuild"),
            (vec![recheck], "type-change-recheck"),
        ] {
            assert_eq!(names(&found(&change(works), &transaction(), 15)), [rule]);
        }
        assert!(found(&change(Vec::new()), &transaction(), 15).is_empty());
    }
}
