//! TRUNCATE empties a live table.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "truncate",
    category: DataLoss,
    severity: Error,
    title: "TRUNCATE empties a table that is in use",
    why: "TRUNCATE takes ACCESS EXCLUSIVE, gives the table new empty files and deletes the old ones at commit: there is no undo but a backup. DELETE triggers do not fire. A snapshot that is older sees an empty table, not the old rows (TRUNCATE is not MVCC-safe). With CASCADE it empties every table that refers to it by a foreign key, and those that refer to these. It fires no event trigger: it is seen in a text, not when it runs.",
    remedy: "Delete in batches what has to go, or drop or detach old partitions. To empty a table for good: dump it first, and name every table instead of CASCADE.",
    parameters: &[],
    sources: &[Manual("sql-truncate", "Notes"), Code("src/backend/commands/tablecmds.c", "ExecuteTruncateGuts")],
    examples: &[
        bad("TRUNCATE orders;").given(ORDERS).lint().advice(),
        bad("TRUNCATE customers CASCADE;")
            .title("CASCADE empties the tables that refer to it")
            .given(ORDERS_WITH_FOREIGN_KEY)
            .lint()
            .advice(),
        bad("TRUNCATE events;").title("a partitioned table").given(EVENTS).lint().advice(),
        good("TRUNCATE orders;").title("an empty table").given(EMPTY_ORDERS).lint(),
        good("TRUNCATE customers;").title("a small table").given(ORDERS).lint(),
        good("CREATE TEMPORARY TABLE orders (id bigint);\nTRUNCATE orders;")
            .title("a temporary table hides the other of its name")
            .given(ORDERS)
            .lint(),
        good("BEGIN;\nCREATE TABLE imports AS SELECT * FROM orders;\nTRUNCATE imports;\nCOMMIT;")
            .title("a table that this transaction made")
            .given(ORDERS)
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Ddl::Truncate { cascade, .. } = &statement.ddl else { return };
    let emptied: Vec<&Touch> =
        statement.impact.touches.iter().filter(|touch| !touch.relation.kind.is_index()).collect();
    let is_live = |touch: &&&Touch| cx.live(&touch.relation);
    // What is named comes first, then its partitions, then what CASCADE takes.
    let Some(first) = emptied
        .iter()
        .find(|touch| touch.role == Role::Target && is_live(touch))
        .or_else(|| emptied.iter().find(is_live))
    else {
        return;
    };
    let relation = &first.relation;
    let unnamed: Vec<String> =
        emptied.iter().filter(|touch| touch.role == Role::Dependent).map(|touch| cx.sized(&touch.relation)).collect();
    let message = match first.role {
        Role::Dependent => format!("TRUNCATE ... CASCADE also empties {}", relation.display()),
        _ => format!("TRUNCATE empties {} ({})", relation.display(), rows(relation.size.rows)),
    };
    let taken = match unnamed.len() {
        0 => String::new(),
        _ => format!("CASCADE empties what refers to it, too: {}.", list(&unnamed, 10)),
    };
    let finding = out.relation(relation, message);
    finding
        .detail(recipes::sentences(&[
            recipes::holds(statement, cx, relation, "until the transaction ends"),
            "After the commit only a backup brings the rows back.".to_owned(),
            taken,
        ]))
        .advice(if *cascade {
            "Name every table that is to be emptied instead of CASCADE; delete rows in batches where others still use the table."
        } else {
            "Delete in batches what has to go, or drop old partitions; dump the table first where all of it goes."
        })
        .evidence("tables", emptied.iter().map(|touch| touch.relation.display()).collect::<Vec<_>>());
}
