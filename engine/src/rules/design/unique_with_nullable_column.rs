//! UNIQUE over a column that may be NULL does not keep rows with a NULL apart.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "unique-with-nullable-column",
    category: Design,
    severity: Warning,
    title: "a unique key does not hold for rows with a NULL in it",
    why: "To a unique index NULLs are different from each other: UNIQUE (parent_id, name) lets the same name \
          in twice at the top of the tree, where parent_id is NULL. With UNIQUE (email, deleted_at) it is \
          worse: deleted_at is NULL in every live row, so nothing is unique among them.",
    remedy: "Say NULLS NOT DISTINCT, which makes a NULL equal to a NULL. For soft deletion use a partial index \
          instead: UNIQUE (email) WHERE deleted_at IS NULL. Where the column need not be NULL, make it NOT \
          NULL.",
    parameters: &[],
    sources: &[Guide("S-066"), Manual("ddl-constraints", "Unique Constraints"), Manual("sql-createindex", "NULLS NOT DISTINCT")],
    examples: &[
        bad("CREATE TABLE folders (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             parent_id bigint REFERENCES folders ON DELETE CASCADE,\n    \
             name text NOT NULL,\n    \
             UNIQUE (parent_id, name)\n\
             );"),
        bad("CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             email text NOT NULL,\n    \
             deleted_at timestamptz,\n    \
             UNIQUE (email, deleted_at)\n\
             );")
        .title("nothing is unique among live rows"),
        bad("CREATE UNIQUE INDEX idx_folders_owner_id_name ON folders (owner_id, name);")
        .given("CREATE TABLE folders (id bigint PRIMARY KEY, owner_id bigint, name text NOT NULL);")
        .title("a plain index"),
        good("CREATE TABLE folders (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             parent_id bigint REFERENCES folders ON DELETE CASCADE,\n    \
             name text NOT NULL,\n    \
             UNIQUE NULLS NOT DISTINCT (parent_id, name)\n\
             );")
        .title("NULLS NOT DISTINCT"),
        good("CREATE TABLE folders (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             parent_id bigint REFERENCES folders ON DELETE CASCADE,\n    \
             name text NOT NULL,\n    \
             UNIQUE (parent_id, name)\n\
             );\n\
             CREATE UNIQUE INDEX idx_folders_root_name ON folders (name) WHERE parent_id IS NULL;")
        .title("another index holds for those rows")
        .check(),
        good("CREATE TABLE folders (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             parent_id bigint REFERENCES folders ON DELETE CASCADE,\n    \
             name text NOT NULL UNIQUE,\n    \
             UNIQUE (parent_id, name)\n\
             );")
        .title("a part of it is unique by itself"),
        good("CREATE TABLE folders (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             parent_id bigint REFERENCES folders ON DELETE CASCADE,\n    \
             name text NOT NULL,\n    \
             UNIQUE (parent_id, name),\n    \
             CONSTRAINT folders_of_all UNIQUE NULLS NOT DISTINCT (name, parent_id) DEFERRABLE\n\
             );")
        .title("another key makes NULLs equal"),
        bad("CREATE TABLE folders (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             parent_id bigint REFERENCES folders ON DELETE CASCADE,\n    \
             name text NOT NULL,\n    \
             alias text,\n    \
             UNIQUE (parent_id, name, alias),\n    \
             UNIQUE (alias)\n\
             );")
        .title("the narrow one does not hold for NULLs either")
        .advice(),
        good("CREATE TABLE recipients (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             document_id bigint,\n    \
             template_id bigint,\n    \
             email text NOT NULL,\n    \
             UNIQUE (document_id, email),\n    \
             UNIQUE (template_id, email),\n    \
             CONSTRAINT one_of_both CHECK (num_nonnulls(document_id, template_id) = 1)\n\
             );")
        .title("rows of either of two things, each with its key"),
        good("CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             tenant_id bigint NOT NULL,\n    \
             reference text,\n    \
             UNIQUE (tenant_id, reference)\n\
             );")
        .title("unique where there is a value"),
        good("CREATE TABLE invitations (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             team_id bigint NOT NULL,\n    \
             user_id bigint,\n    \
             UNIQUE (team_id, user_id)\n\
             );")
        .title("a pair that is not complete yet"),
        good("CREATE TABLE folders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner_id bigint, name text NOT NULL);\n\
             CREATE UNIQUE INDEX idx_folders_owner_id_name ON folders (owner_id, name) WHERE owner_id IS NOT NULL;")
        .title("rows with a NULL are left out on purpose")
        .check(),
    ],
    check: Check::Of(Aspects::INDEXES, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !shape::own_design(table) {
        return;
    }
    for index in table.touched_indexes().filter(|index| {
        index.unique && !index.primary && index.valid && !index.nulls_not_distinct && index.keys.len() > 1
    }) {
        let Some(columns) = shape::key_columns(table, index) else { continue };
        let predicate = index.predicate.as_deref().unwrap_or_default();
        let free = |column: &Column| !column.not_null && !shape::mentions(predicate, &column.name);
        // What the rows belong to, against what names them there.
        let scope = |column: &Column| shape::is_reference(table, column.number) || shape::ends_in(&column.name, "id");
        let gone: Vec<&str> =
            columns.iter().filter(|c| free(c) && shape::is_soft_delete(c)).map(|c| c.name.as_str()).collect();
        let open: Vec<&str> = columns.iter().filter(|c| free(c) && scope(c)).map(|c| c.name.as_str()).collect();
        let named = columns.iter().any(|column| column.not_null && !scope(column));
        let holes = if gone.is_empty() { &open } else { &gone };
        if holes.is_empty()
            || gone.is_empty() && !named
            || covered(table, index, holes)
            || has_turn(table, index, holes)
        {
            continue;
        }
        let shown = sql::ident_list(holes);
        let finding = out.index(
            &index.schema,
            &index.name,
            index.oid,
            format!(
                "unique key {} of {} does not keep rows apart where {shown} is NULL",
                sql::ident(&index.name),
                relation.display()
            ),
        );
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let example = if gone.is_empty() {
            format!(
                "Rows that are equal in ({}) are accepted any number of times with {shown} NULL.",
                sql::ident_list(&names)
            )
        } else {
            format!("{shown} is NULL in every live row: nothing of ({}) is unique among them.", sql::ident_list(&names))
        };
        finding.detail(example).evidence("nullable_columns", holes.clone());
        finding.impact(*index.bytes, relation.size.rows, 0);
        mend(finding, table, index, &columns, &gone);
    }
}

/// Whether another unique index holds for the rows with a NULL: over some of the columns, WHERE the column IS NULL, or for all rows
/// where it knows no NULL.
fn covered(table: &Table, index: &Index, holes: &[&str]) -> bool {
    let same = |key: &IndexKey| {
        key.column.is_some()
            && index.keys.iter().any(|other| other.column == key.column && other.collation == key.collation)
    };
    let never_null = |key: &IndexKey| {
        key.column.and_then(|number| table.column_by_number(number)).is_some_and(|column| column.not_null)
    };
    table.indexes.iter().any(|other| {
        let holds = match &other.predicate {
            Some(predicate) => holes.iter().any(|hole| predicate.contains(&format!("{} IS NULL", sql::ident(hole)))),
            // Not the index itself, which has a key that may be NULL.
            None => other.nulls_not_distinct || other.keys.iter().all(never_null),
        };
        other.unique && other.valid && holds && other.keys.iter().all(same)
    })
}

/// Whether rows with a NULL there belong to something else, which has a unique key of the same form: (document_id, email) beside
/// (template_id, email). The NULLs say no more than whose row it is not, and NULLS NOT DISTINCT would refuse good rows.
fn has_turn(table: &Table, index: &Index, holes: &[&str]) -> bool {
    let kept: Vec<i16> = index
        .keys
        .iter()
        .filter_map(|key| key.column)
        .filter(|number| table.column_by_number(*number).is_none_or(|column| !holes.contains(&column.name.as_str())))
        .collect();
    table.indexes.iter().filter(|other| other.unique && other.valid).any(|other| {
        let columns: Vec<i16> = other.keys.iter().filter_map(|key| key.column).collect();
        let instead = |number: &&i16| !index.keys.iter().any(|key| key.column == Some(**number));
        let nullable = |number: &i16| table.column_by_number(*number).is_some_and(|column| !column.not_null);
        kept.iter().all(|number| columns.contains(number))
            && columns.len() == index.keys.len()
            && columns.iter().filter(instead).count() == holes.len()
            && columns.iter().filter(instead).all(nullable)
    })
}

fn mend(finding: &mut Finding, table: &Table, index: &Index, columns: &[&Column], gone: &[&str]) {
    let relation = &table.relation;
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let others: Vec<&str> = names.iter().copied().filter(|name| !gone.contains(name)).collect();
    // A NULL in a column that names the row means that it has no name yet: NULLS NOT DISTINCT would allow one such row.
    let optional =
        columns.iter().any(|c| !c.not_null && !shape::is_reference(table, c.number) && !shape::ends_in(&c.name, "id"));
    let (kind, on, tail) = if gone.is_empty() {
        ("NULLS NOT DISTINCT", &names, " NULLS NOT DISTINCT".to_owned())
    } else {
        (
            "a partial index",
            &others,
            format!(" WHERE {} IS NULL", gone.iter().map(|c| sql::ident(c)).collect::<Vec<_>>().join(" IS NULL AND ")),
        )
    };
    let partitioned = relation.kind == RelationKind::PartitionedTable;
    if partitioned
        || gone.is_empty() && optional
        || shape::is_referenced(table, index)
        || index.predicate.is_some()
        || others.is_empty()
    {
        finding.advice(format!("Put {kind} in its place, or make the columns NOT NULL."));
        return;
    }
    let name = recipes::unique_index_name(table, on);
    let drop = match &*index.constraint {
        Some(constraint) => format!("ALTER TABLE {} DROP CONSTRAINT {};", relation.sql(), sql::ident(constraint)),
        None => format!("DROP INDEX CONCURRENTLY {};", index.sql()),
    };
    finding.advice(format!("Put {kind} in its place; the build fails where rows are equal already:")).remedy(format!(
        "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({}){tail};\n{drop}",
        sql::ident(&name),
        relation.sql(),
        sql::ident_list(on)
    ));
}
