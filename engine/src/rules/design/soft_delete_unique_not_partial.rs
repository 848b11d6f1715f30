//! A unique key that counts deleted rows keeps their names taken.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "soft-delete-unique-not-partial",
    category: Design,
    severity: Info,
    title: "a unique key of a table with soft deletion holds for deleted rows too",
    why: "In a table whose rows are only marked as deleted, UNIQUE (email) goes on counting them: whoever was \
          deleted cannot come back under the same name, and the error says that a row exists which no query \
          shows. Sooner or later somebody writes '_deleted_17' into the data to get around it.",
    remedy: "Build the unique index over live rows only: CREATE UNIQUE INDEX CONCURRENTLY ... WHERE deleted_at IS \
          NULL, then drop the full one. Where a name must never be given again, keep it and suppress the \
          finding.",
    parameters: &[],
    sources: &[Guide("S-067"), Guide("S-093"), Manual("indexes-partial", "A Partial Unique Index")],
    examples: &[
        bad("CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             email text NOT NULL UNIQUE,\n    \
             deleted_at timestamptz\n\
             );"),
        bad("CREATE TABLE memberships (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             team_id bigint NOT NULL,\n    \
             user_id bigint NOT NULL,\n    \
             is_deleted boolean NOT NULL DEFAULT false,\n    \
             UNIQUE (team_id, user_id)\n\
             );")
        .title("a flag, and two columns"),
        good("CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             email text NOT NULL,\n    \
             deleted_at timestamptz\n\
             );\n\
             CREATE UNIQUE INDEX idx_accounts_email ON accounts (email) WHERE deleted_at IS NULL;")
        .check(),
        good("CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             public_key uuid NOT NULL UNIQUE,\n    \
             reset_token text UNIQUE,\n    \
             cognito_id text UNIQUE,\n    \
             deleted_at timestamptz\n\
             );")
        .title("identifiers are not given twice anyway"),
        good("CREATE TABLE products (id bigint PRIMARY KEY, tenant text NOT NULL, sku text NOT NULL, deleted_at timestamptz, UNIQUE (tenant, sku));\n\
             CREATE TABLE prices (id bigint PRIMARY KEY, tenant text NOT NULL, sku text NOT NULL, FOREIGN KEY (tenant, sku) REFERENCES products (tenant, sku), UNIQUE (tenant, sku));")
        .title("a foreign key refers to it")
        .check(),
    ],
    check: Check::Of(Aspects::COLUMNS.or(Aspects::INDEXES), check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let Some(mark) = table.columns.iter().find(|column| shape::is_soft_delete(column)) else { return };
    if !shape::own_design(table) {
        return;
    }
    for index in table.indexes.iter().filter(|index| {
        (index.touched || mark.touched) && index.unique && !index.primary && index.valid && index.predicate.is_none()
    }) {
        let Some(columns) = shape::key_columns(table, index) else { continue };
        if columns.iter().any(|column| column.number == mark.number)
            || columns.iter().all(|column| is_identifier(column))
            || shape::is_referenced(table, index)
        {
            continue;
        }
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let shown = sql::ident_list(&names);
        let finding = out.index(
            &index.schema,
            &index.name,
            index.oid,
            format!("unique key {} of {} holds for deleted rows too", sql::ident(&index.name), relation.display()),
        );
        finding
            .detail(format!("A row that {} marks as deleted keeps its ({shown}) taken.", sql::ident(&mark.name)))
            .evidence("columns", names.clone())
            .impact(*index.bytes, relation.size.rows, 0);
        if relation.kind == RelationKind::PartitionedTable {
            finding.advice("Put a unique index over the live rows in its place.");
            continue;
        }
        let live = if mark.data_type.base == "boolean" {
            format!("NOT {}", sql::ident(&mark.name))
        } else {
            format!("{} IS NULL", sql::ident(&mark.name))
        };
        let name = recipes::unique_index_name(table, &names);
        let drop = match &*index.constraint {
            Some(constraint) => format!("ALTER TABLE {} DROP CONSTRAINT {};", relation.sql(), sql::ident(constraint)),
            None => format!("DROP INDEX CONCURRENTLY {};", index.sql()),
        };
        finding.advice("Let it hold for live rows only:").remedy(format!(
            "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({shown}) WHERE {live};\n{drop}",
            sql::ident(&name),
            relation.sql()
        ));
    }
}

/// Whether nobody would want the same value again: generated keys, tokens, identifiers of other systems.
fn is_identifier(column: &Column) -> bool {
    const WORDS: &[&str] = &[
        "token",
        "hash",
        "digest",
        "uuid",
        "guid",
        "ulid",
        "checksum",
        "fingerprint",
        "nonce",
        "secret",
        "url",
        "uri",
    ];
    let external = shape::is_text(&column.data_type) && shape::ends_in(&column.name, "id");
    column.data_type.base == "uuid"
        || column.identity
        || column.serial_sequence.is_some()
        || external
        || shape::has_word(&column.name, WORDS)
}
