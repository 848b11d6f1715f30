//! A junction table that can hold the same pair twice.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "junction-key-missing",
    category: Design,
    severity: Warning,
    title: "a junction table can hold the same pair twice",
    why: "A table that only joins two others says one thing: this belongs to that. Under a primary key of its \
          own (id) and without a unique key over the pair, two requests at once store it twice: every join \
          then counts double, and a DELETE of the pair by its id leaves the other one behind.",
    remedy: "Make the pair the primary key, or unique. The same index serves the foreign key of its first column.",
    parameters: &[],
    sources: &[Guide("S-047"), Manual("ddl-constraints", "Foreign Keys")],
    examples: &[
        bad("CREATE TABLE post_tags (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,\n    \
             tag_id bigint NOT NULL REFERENCES tags ON DELETE CASCADE\n\
             );\n\
             CREATE INDEX idx_post_tags_post_id ON post_tags (post_id);\n\
             CREATE INDEX idx_post_tags_tag_id ON post_tags (tag_id);")
        .given(
            "CREATE TABLE posts (id bigint PRIMARY KEY);\n\
             CREATE TABLE tags (id bigint PRIMARY KEY);",
        )
        .check(),
        good(
            "CREATE TABLE post_tags (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,\n    \
             tag_id bigint NOT NULL REFERENCES tags ON DELETE CASCADE,\n    \
             UNIQUE (tag_id, post_id)\n\
             );\n\
             CREATE INDEX idx_post_tags_post_id ON post_tags (post_id);",
        )
        .given(
            "CREATE TABLE posts (id bigint PRIMARY KEY);\n\
             CREATE TABLE tags (id bigint PRIMARY KEY);",
        )
        .title("a key of its own, and the pair is unique")
        .check(),
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
        )
        .check(),
        good(
            "CREATE TABLE order_items (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             post_id bigint NOT NULL REFERENCES posts,\n    \
             tag_id bigint NOT NULL REFERENCES tags,\n    \
             quantity integer NOT NULL\n\
             );",
        )
        .given(
            "CREATE TABLE posts (id bigint PRIMARY KEY);\n\
             CREATE TABLE tags (id bigint PRIMARY KEY);",
        )
        .title("more than a pair")
        .check(),
        good(
            "CREATE TABLE copies (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             post_id bigint NOT NULL REFERENCES posts,\n    \
             tag_id bigint NOT NULL REFERENCES tags\n\
             );\n\
             CREATE TABLE loans (id bigint PRIMARY KEY, copy_id bigint NOT NULL UNIQUE REFERENCES copies);",
        )
        .given("CREATE TABLE posts (id bigint PRIMARY KEY);\nCREATE TABLE tags (id bigint PRIMARY KEY);")
        .title("things of their own, to which others refer")
        .check(),
        good(
            "CREATE TABLE view_logs (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             post_id bigint NOT NULL REFERENCES posts,\n    \
             tag_id bigint NOT NULL REFERENCES tags,\n    \
             created_at timestamptz NOT NULL DEFAULT now()\n\
             );",
        )
        .given(
            "CREATE TABLE posts (id bigint PRIMARY KEY);\n\
             CREATE TABLE tags (id bigint PRIMARY KEY);",
        )
        .title("a log repeats itself")
        .check(),
    ],
    check: Check::Of(Aspects::WHOLE, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    const EVENTS: &[&str] = &[
        "access",
        "accesses",
        "click",
        "clicks",
        "event",
        "events",
        "impression",
        "impressions",
        "view",
        "views",
        "visit",
        "visits",
    ];
    // Without any key another rule speaks; a log may say the same thing often.
    if !table.whole
        || table.primary_key().is_none()
        || shape::is_side_table(&relation.name)
        || shape::has_word(&relation.name, EVENTS)
    {
        return;
    }
    let Some((one, other)) = shape::junction(table) else { return };
    let pair = shape::both(one, other);
    let holds = |index: &Index| {
        let keys: Vec<i16> = index.keys.iter().filter_map(|key| key.column).collect();
        let both = one.columns.iter().any(|n| keys.contains(n)) && other.columns.iter().any(|n| keys.contains(n));
        // One of the sides alone is unique: a relation of one to many, kept apart.
        let one_side = keys.len() == index.keys.len() && keys.iter().all(|number| pair.contains(number));
        (index.unique || index.exclusion) && (both || one_side)
    };
    if table.indexes.iter().any(holds) {
        return;
    }
    let names = table.column_names(&pair);
    let shown = sql::ident_list(&names);
    let finding =
        out.relation(relation, format!("junction table {} can hold the same ({shown}) twice", relation.display()));
    finding
        .detail("Its primary key does not contain them, and no unique index does.")
        .evidence("columns", names.clone());
    // A row with a moment of its own may be an event that repeats.
    if table.columns.iter().any(|column| shape::is_moment(&column.data_type)) {
        finding.severity(Info);
    }
    if relation.kind == RelationKind::PartitionedTable {
        finding.advice("Make the pair unique.");
    } else {
        let name = recipes::unique_index_name(table, &names);
        finding.advice("Make the pair unique; the build fails where it is there twice:").remedy(format!(
            "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({shown});",
            sql::ident(&name),
            relation.sql()
        ));
    }
}
