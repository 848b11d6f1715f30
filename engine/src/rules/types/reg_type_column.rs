//! A stored OID of an object that the next major release will number anew.

use super::own_types;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "reg-type-column",
    category: Types,
    severity: Warning,
    title: "a column's type keeps pg_upgrade from running",
    why: "regproc, regoper, regconfig and their kin store the OID of an object, and pg_upgrade keeps the OIDs of relations, types and \
          roles only. It therefore refuses a cluster in which any table, materialised view or index holds such a type, also inside an \
          array, a domain or a composite type; the same goes for row types of system tables. regclass, regtype and regrole are \
          allowed.",
    remedy: "Store the name as text and cast it where it is used: name::regprocedure.",
    parameters: &[],
    sources: &[Manual("pgupgrade", "Usage"), Code("src/bin/pg_upgrade/check.c", "check_for_reg_data_type_usage")],
    examples: &[
        bad("CREATE TABLE jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, handler regproc NOT NULL);"),
        bad("CREATE TABLE documents (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, dictionary regconfig NOT NULL DEFAULT 'english');")
            .title("the language of a text"),
        bad("CREATE TABLE jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, handlers regprocedure[]);").title("an array").advice(),
        bad("CREATE TABLE jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, step job_step);")
            .given("CREATE TYPE job_step AS (step text, handler regproc);")
            .title("inside a composite type")
            .check()
            .advice(),
        bad("CREATE TABLE snapshots (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entry pg_database);")
            .title("the row of a system table")
            .check()
            .advice(),
        good("CREATE TABLE jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, target regclass, kind regtype, runs_as regrole);")
            .title("what pg_upgrade keeps"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

const REFUSED: &[&str] = &[
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
];

/// `src/include/catalog/pg_type.dat`: the OIDs of the refused types, which a type's parts are compared with.
const REFUSED_OIDS: &[Oid] = &[24, 2202, 2203, 2204, 3734, 3769, 4089, 4191];

/// What in the type pg_upgrade refuses: the type itself, or a part of a composite type, a domain or a range, to any depth.
fn refused(data_type: &TypeName, cx: &Context) -> Option<String> {
    if REFUSED.contains(&data_type.base.as_str()) {
        return Some(data_type.base.clone());
    }
    if data_type.base_kind == Some('c') && data_type.base_oid < 16_384 {
        return Some(format!("{}, a row of a system table", data_type.base));
    }
    let database = cx.database.filter(|_| matches!(data_type.base_kind, Some('c' | 'r')))?;
    let mut open = vec![data_type.base_oid];
    let mut seen = 0;
    while let Some(oid) = open.pop() {
        seen += 1;
        if seen > 1_000 {
            return None;
        }
        if REFUSED_OIDS.contains(&oid) {
            return Some(format!("a part of {}", data_type.base));
        }
        open.extend(
            database
                .types
                .iter()
                .find(|known| known.oid == oid)
                .into_iter()
                .flat_map(|known| known.parts.iter().copied()),
        );
    }
    None
}

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    // A foreign table stores nothing.
    if !own_types(table) || !relation.kind.is_table() {
        return;
    }
    for column in table.columns.iter().filter(|column| column.touched) {
        let Some(what) = refused(&column.data_type, cx) else { continue };
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!(
                "column {shown} of {} is {}: pg_upgrade will refuse the cluster",
                relation.display(),
                column.data_type.name
            ),
        );
        finding
            .detail(format!("pg_upgrade does not keep the OIDs that its values are made of ({what})."))
            .evidence("type", column.data_type.name.as_str());
        let plain = !column.data_type.is_array && column.data_type.base_kind != Some('c');
        if plain {
            super::change_type(finding, table, column, "text", Some(&format!("{shown}::text")), true, cx);
        } else {
            finding.advice("Store names as text, and cast them where they are used.");
        }
    }
}
