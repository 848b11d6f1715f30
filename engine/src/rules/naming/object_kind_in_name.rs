//! `tbl_orders`, `vw_orders`: the kind of an object in its name.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "object-kind-in-name",
    category: Naming,
    severity: Info,
    title: "a name begins with the kind of the object",
    why: "tbl_orders says nothing that \\d does not say, sorts everything under t, and becomes a lie on the day when the table is replaced by a view of \
          the same name, which is the usual way to change a table without changing the code.",
    remedy: "Name it after what it holds: orders.",
    parameters: &[Parameter {
        name: "prefixes",
        default: List(&["tab_", "tb_", "tbl_", "vw_", "view_", "table_"]),
        what: "beginnings of names that name a kind",
    }],
    sources: &[Guide("S-002")],
    examples: &[
        bad("CREATE TABLE tbl_invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"),
        bad("CREATE VIEW vw_orders AS SELECT id FROM orders;").given(EMPTY_ORDERS).title("a view").advice(),
        good("CREATE TABLE tablets (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"),
    ],
    check: Check::Of(Aspects::NAME, table),
    also: &[Check::Named(named)],
    enabled: true,
};

fn table(table: &Table, cx: &Context, out: &mut Findings) {
    if table.named && super::own_names(table) {
        judge(&table.relation, cx, out);
    }
}

fn named(named: &NamedRelation, cx: &Context, out: &mut Findings) {
    if !named.kind.is_index() && !named.relation.is_partition {
        judge(&named.relation, cx, out);
    }
}

fn judge(relation: &Relation, cx: &Context, out: &mut Findings) {
    let prefixes = cx.words("prefixes", relation);
    let Some((prefix, rest)) = prefixes.iter().find_map(|prefix| Some((prefix, relation.name.strip_prefix(*prefix)?)))
    else {
        return;
    };
    if rest.is_empty() {
        return;
    }
    let finding =
        out.relation(relation, format!("{} name {} begins with its kind", relation.kind.as_str(), relation.display()));
    finding.detail(format!("{prefix} says what the catalog says anyway.")).evidence("proposed_name", rest);
    if relation.kind.is_table() && cx.small(relation) && crate::words::is_snake(rest) {
        finding.advice("Rename it before code depends on the name:").remedy(format!(
            "ALTER TABLE {} RENAME TO {};",
            relation.sql(),
            sql::ident(rest)
        ));
    } else {
        super::keep(finding, &format!("call it {}", sql::ident(rest)), cx);
    }
}
