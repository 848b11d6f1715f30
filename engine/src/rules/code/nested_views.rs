//! A view of a view of a view.

use crate::rule::prelude::*;
use std::collections::HashMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "nested-views",
    category: CodeRules,
    severity: Info,
    title: "a view stands on many layers of other views",
    why: "The planner puts the query of every layer into the one that is asked, and past join_collapse_limit and from_collapse_limit it no longer \
          looks for the best order: a simple question joins tables twice that it does not need. A column cannot be changed without \
          dropping and making again every view above it.",
    remedy: "Let views read tables, or one layer of views; put what is shared into functions or a materialised view.",
    parameters: &[Parameter {
        name: "max_depth",
        default: Integer(3),
        what: "layers of views that are fine, the view itself counted: layers",
    }],
    sources: &[
        Manual("rules-views", "Views and the Rule System"),
        Manual("runtime-config-query", "from_collapse_limit"),
    ],
    examples: &[
        bad("CREATE VIEW first_layer AS SELECT id, customer_id, amount FROM orders;\n\
             CREATE VIEW second_layer AS SELECT id, amount FROM first_layer;\n\
             CREATE VIEW third_layer AS SELECT id, amount FROM second_layer;\n\
             CREATE VIEW fourth_layer AS SELECT id FROM third_layer;")
        .given(EMPTY_ORDERS)
        .advice(),
        good(
            "CREATE VIEW first_layer AS SELECT id, customer_id, amount FROM orders;\n\
              CREATE VIEW second_layer AS SELECT id, amount FROM first_layer;\n\
              CREATE VIEW third_layer AS SELECT id, amount FROM second_layer;",
        )
        .given(EMPTY_ORDERS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let limit = u32::try_from(cx.number("max_depth")).unwrap_or(3).max(1);
    let by_oid: HashMap<Oid, &View> = database.views.iter().map(|view| (view.oid, view)).collect();
    for view in database.views.iter().filter(|view| view.depth > limit && !view.exempt) {
        let relation = Relation {
            oid: view.oid,
            schema: view.schema.clone(),
            name: view.name.clone(),
            kind: view.kind,
            ..Relation::default()
        };
        let below: Vec<String> = {
            let mut names: Vec<String> =
                view.reads.iter().filter_map(|oid| by_oid.get(oid)).map(|other| other.sql()).collect();
            names.sort_unstable();
            names
        };
        out.relation(&relation, format!("view {} stands on {} layers of views", view.sql(), view.depth - 1))
            .detail(format!("It reads {}, which read other views.", list(&below, 5)))
            .advice("Let it read the tables themselves, or one layer of views.")
            .evidence("depth", view.depth);
    }
}
