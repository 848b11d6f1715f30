//! The name of a table that holds every pair of ancestor and descendant.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "closure-table-name",
    category: Naming,
    severity: Info,
    title: "a closure table is not called <entity>_closure",
    why: "A table of ancestors and descendants is recognised by its name, <entity>_closure (ancestor_id, descendant_id, depth), and not taken for the \
          tree itself.",
    remedy: "Call it <entity>_closure, with columns ancestor_id, descendant_id and depth.",
    parameters: &[],
    sources: &[Guide("S-015")],
    examples: &[
        bad("CREATE TABLE category_paths (ancestor_id bigint, descendant_id bigint, depth integer NOT NULL, PRIMARY KEY (ancestor_id, descendant_id));")
            .advice(),
        good("CREATE TABLE category_closure (ancestor_id bigint, descendant_id bigint, depth integer NOT NULL, PRIMARY KEY (ancestor_id, descendant_id));"),
    ],
    check: Check::Of(Aspects::NAME, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let begins = |start: &str| table.columns.iter().any(|column| column.name.starts_with(start));
    if !table.named
        || !super::own_names(table)
        || !begins("ancestor")
        || !begins("descendant")
        || relation.name.ends_with("_closure")
    {
        return;
    }
    let entity =
        crate::words::singular_name(relation.name.rsplit_once('_').map_or(relation.name.as_str(), |(head, _)| head));
    let finding =
        out.relation(relation, format!("closure table name {} does not follow the pattern", relation.display()));
    finding.detail("Its columns are those of a closure table: every pair of ancestor and descendant.");
    super::keep(finding, &format!("call it {}", sql::ident(&format!("{entity}_closure"))), cx);
}
