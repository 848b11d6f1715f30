//! A yes-or-no whose name is no question.

use super::{among, column_path, is_folded, named_columns, rename_column};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "boolean-column-prefix",
    category: Naming,
    severity: Info,
    title: "the name of a boolean column is not a question",
    why: "WHERE is_paid reads as a sentence; WHERE payment does not, and tells nobody that true and false are its only values. \
          The prefix keeps flags apart from the moments and amounts that they are made of: is_paid, paid_at, paid_amount.",
    remedy: "Begin the name with is_, has_ or can_. A flag that comes with a moment (is_deleted, deleted_at) may not be needed \
             at all.",
    parameters: &[
        Parameter {
            name: "prefixes",
            default: List(&["is_", "has_", "can_", "was_", "are_", "should_", "must_", "may_", "will_"]),
            what: "accepted beginnings",
        },
        Parameter {
            name: "suffixes",
            default: List(&["_enabled", "_disabled", "_allowed", "_required"]),
            what: "accepted endings",
        },
        Parameter { name: "exceptions", default: List(&[]), what: "names that are fine as they are" },
    ],
    sources: &[Guide("S-009")],
    examples: &[
        bad(
            "CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, paid boolean NOT NULL DEFAULT false);",
        ),
        bad("ALTER TABLE orders ADD COLUMN allow_returns boolean NOT NULL DEFAULT true;")
            .title("a verb: no new name is proposed")
            .given(EMPTY_ORDERS)
            .advice(),
        bad("ALTER TABLE orders ADD COLUMN paid boolean NOT NULL DEFAULT false;")
            .title("a live table")
            .given(ORDERS)
            .advice(),
        good(
            "CREATE TABLE invoices (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  is_paid boolean NOT NULL DEFAULT false,\n    \
                  has_attachments boolean NOT NULL DEFAULT false,\n    \
                  reminders_enabled boolean NOT NULL DEFAULT true\n\
              );",
        ),
        good("CREATE TABLE surveys (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, answers boolean[]);")
            .title("an array"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let prefixes = cx.words("prefixes", relation);
    let suffixes = cx.words("suffixes", relation);
    let exceptions = cx.words("exceptions", relation);
    for column in named_columns(table).filter(|c| c.data_type.base == "boolean" && !c.data_type.is_array) {
        let name = column.name.as_str();
        // The question may follow its subject: `vote_is_upvote`. Where camelCase was folded it has no underscore: `isactive`.
        let asks = |prefix: &&str| {
            name.starts_with(*prefix)
                || name.contains(&format!("_{prefix}"))
                || is_folded(table) && name.starts_with(prefix.trim_end_matches('_'))
        };
        let fine = prefixes.iter().any(asks)
            || suffixes.iter().any(|suffix| name.ends_with(*suffix))
            || among(&exceptions, name);
        if fine {
            continue;
        }
        let finding = out.column(
            relation,
            name,
            format!("boolean column name {} is not a question", column_path(relation, name)),
        );
        finding.detail(format!("It begins with none of {}.", list(&prefixes, 20)));
        let proposed = (!begins_with_verb(name)).then(|| format!("is_{name}"));
        rename_column(finding, table, name, proposed.as_deref(), cx);
    }
}

/// `is_` before a verb in the present or a noun of action makes no sense: no name is proposed then.
fn begins_with_verb(name: &str) -> bool {
    const VERBS: &[&str] = &[
        "accept", "accepts", "allow", "allows", "disable", "do", "does", "enable", "exclude", "force", "hide",
        "ignore", "include", "includes", "need", "needs", "notify", "receive", "receives", "require", "requires",
        "send", "sends", "show", "shows", "skip", "support", "supports", "use", "uses", "want", "wants",
    ];
    VERBS.contains(&name.split('_').next().unwrap_or(name))
}
