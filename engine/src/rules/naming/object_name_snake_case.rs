//! A relation's name that is not in lower snake_case; one that needs quotes is a trap.

use super::{among, keep};
use crate::rule::prelude::*;
use crate::words::{TOOL_TABLES, is_snake, needs_quotes, to_snake};

/// The rule.
pub static RULE: Rule = Rule {
    name: "object-name-snake-case",
    category: Naming,
    severity: Info,
    title: "the name of a table, view, sequence or type is not in lower snake_case",
    why: "PostgreSQL folds names to lower case unless they are quoted. A name with an upper-case letter, a space or a hyphen \
          exists only in quotes: every query, by hand, in a function or in a tool, must quote it for ever, and the one that \
          does not fails with 'relation does not exist', or finds another one. A name without that trap that still breaks \
          the pattern is a matter of taste.",
    remedy: "Use lower-case letters, digits and single underscores: order_items. Names that a tool owns go into exceptions.",
    parameters: &[Parameter {
        name: "exceptions",
        default: List(TOOL_TABLES),
        what: "names that are fine as they are: tables of migration tools",
    }],
    sources: &[Guide("S-002"), Manual("sql-syntax-lexical", "Identifiers and Key Words")],
    examples: &[
        bad("CREATE TABLE \"OrderItems\" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("upper case: warning"),
        bad("CREATE TABLE \"order-items\" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("a hyphen: warning"),
        bad("CREATE TABLE order__items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("no need for quotes: info"),
        bad("CREATE VIEW \"RecentOrders\" AS SELECT id FROM orders;").title("a view").given(EMPTY_ORDERS).advice(),
        bad("CREATE SEQUENCE \"InvoiceNumbers\";").title("a sequence").advice(),
        good("CREATE TABLE Order_Items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("upper case without quotes is folded"),
        good("CREATE TABLE \"SequelizeMeta\" (name text PRIMARY KEY);").title("the table of a migration tool"),
        good("CREATE TEMPORARY TABLE \"Picked\" (id bigint);").title("a temporary table"),
        good("CREATE TABLE \"events 2026\" PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("a partition: queries name its parent")
            .given(EVENTS),
    ],
    check: Check::Of(Aspects::NAME, table),
    also: &[Check::Named(named)],
    enabled: true,
};

fn table(table: &Table, cx: &Context, out: &mut Findings) {
    if table.named && !table.relation.is_partition {
        judge(&table.relation, cx, out);
    }
}

fn named(named: &NamedRelation, cx: &Context, out: &mut Findings) {
    // `index-name-pattern` speaks of indexes.
    if !named.kind.is_index() && !named.relation.is_partition {
        judge(&named.relation, cx, out);
    }
}

fn judge(relation: &Relation, cx: &Context, out: &mut Findings) {
    if is_snake(&relation.name) || among(&cx.words("exceptions", relation), &relation.name) {
        return;
    }
    let quoted = needs_quotes(&relation.name);
    let kind = relation.kind.as_str();
    let finding = out.relation(relation, format!("{kind} name {} is not in lower snake_case", relation.display()));
    if quoted {
        finding
            .severity(Warning)
            .detail("The name exists only in double quotes: every statement that uses it has to write them.");
    } else {
        finding.detail(
            "The name works without quotes, but it is not made of lower-case words joined by single underscores.",
        );
    }
    let Some(proposed) = to_snake(&relation.name) else {
        keep(finding, "give it another name", cx);
        return;
    };
    finding.evidence("proposed_name", proposed.as_str());
    let rename = format!("ALTER {} {} RENAME TO {proposed};", relation.kind.keyword(), relation.sql());
    if relation.kind.is_table() && cx.small(relation) {
        finding.advice("Rename it before code depends on the name:").remedy(rename);
    } else {
        // What has no rows of its own does not show whether it is in use.
        keep(finding, &format!("call it {}", sql::ident(&proposed)), cx);
    }
}
