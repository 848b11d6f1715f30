//! A pair that outlives neither of its halves, and has to be deleted by hand.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "junction-foreign-key-not-cascading",
    category: Design,
    severity: Info,
    title: "a junction table does not follow when one of its sides is deleted",
    why: "A row of a junction table means nothing without both of its sides. With ON DELETE CASCADE on both it \
          goes with either of them; without, every DELETE of a parent fails until somebody has deleted the \
          pairs. RESTRICT may be meant.",
    remedy: "Declare both foreign keys ON DELETE CASCADE.",
    parameters: &[],
    sources: &[Guide("S-048"), Manual("ddl-constraints", "Foreign Keys")],
    examples: &[
        bad("CREATE TABLE post_tags (\n    \
             post_id bigint REFERENCES posts ON DELETE CASCADE,\n    \
             tag_id bigint REFERENCES tags,\n    \
             PRIMARY KEY (post_id, tag_id)\n\
             );\n\
             CREATE INDEX idx_post_tags_tag_id ON post_tags (tag_id);")
        .given(
            "CREATE TABLE posts (id bigint PRIMARY KEY);\n\
             CREATE TABLE tags (id bigint PRIMARY KEY);",
        ),
        good(
            "CREATE TABLE post_tags (\n    \
             post_id bigint REFERENCES posts ON DELETE CASCADE,\n    \
             tag_id bigint REFERENCES tags ON DELETE CASCADE,\n    \
             PRIMARY KEY (post_id, tag_id)\n\
             );",
        )
        .given(
            "CREATE TABLE posts (id bigint PRIMARY KEY);\n\
             CREATE TABLE tags (id bigint PRIMARY KEY);",
        ),
        good(
            "CREATE TABLE post_tags (\n    \
             post_id bigint REFERENCES posts ON DELETE CASCADE,\n    \
             tag_id bigint REFERENCES tags NOT ENFORCED,\n    \
             PRIMARY KEY (post_id, tag_id)\n\
             );",
        )
        .given(
            "CREATE TABLE posts (id bigint PRIMARY KEY);\n\
             CREATE TABLE tags (id bigint PRIMARY KEY);",
        )
        .title("a key that is not enforced keeps no row")
        .since(18),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let Some((one, other)) = shape::junction(table) else { return };
    for key in [one, other].into_iter().filter(|key| key.enforced) {
        let Some(reference) = key.references.as_ref().filter(|r| r.on_delete != ReferentialAction::Cascade) else {
            continue;
        };
        let name = sql::ident(&key.name);
        let finding = out.constraint(
            relation,
            &key.name,
            format!("junction table {} does not follow through {name}", relation.display()),
        );
        finding.detail(format!(
            "A row of {} cannot go while pairs refer to it.",
            sql::qualified(&reference.schema, &reference.table)
        ));
        let mut meant = key.clone();
        meant.delete_columns.clear();
        if let Some(reference) = &mut meant.references {
            reference.on_delete = ReferentialAction::Cascade;
        }
        match recipes::definition(table, &meant) {
            Some(definition) if relation.kind == RelationKind::Table => {
                finding.advice("Let pairs go with either side:").remedy(format!(
                    "BEGIN;\n\
                     ALTER TABLE {table} DROP CONSTRAINT {name};\n\
                     ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID;\n\
                     COMMIT;\n\
                     ALTER TABLE {table} VALIDATE CONSTRAINT {name};",
                    table = relation.sql()
                ));
            }
            _ => {
                finding.advice("Declare it ON DELETE CASCADE.");
            }
        }
    }
}
