//! A foreign key of several columns is not checked at all for a row in which one of them is NULL.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-key-partly-null",
    category: Design,
    severity: Warning,
    title: "a foreign key of several columns is not checked where one of them is NULL",
    why: "With the default MATCH SIMPLE, a row in which any column of the key is NULL refers to nothing and is \
          not checked, whatever the other columns hold. Where two or more of the columns may be NULL, rows \
          with half a reference get in: they point at something, and nothing says that it exists.",
    remedy: "Make the columns NOT NULL, declare the key MATCH FULL (all of them or none), or add a CHECK that \
          says so: CHECK (num_nulls(a, b) IN (0, 2)).",
    parameters: &[],
    sources: &[Manual("sql-createtable", "MATCH SIMPLE"), Code("src/backend/utils/adt/ri_triggers.c", "RI_FKey_check")],
    examples: &[
        bad("CREATE TABLE shipments (\n    \
             id bigint PRIMARY KEY,\n    \
             depot_country text,\n    \
             depot_number integer,\n    \
             UNIQUE (depot_country, depot_number),\n    \
             FOREIGN KEY (depot_country, depot_number) REFERENCES depots (country, number)\n\
             );")
        .given("CREATE TABLE depots (country text, number integer, PRIMARY KEY (country, number));"),
        good(
            "CREATE TABLE shipments (\n    \
             id bigint PRIMARY KEY,\n    \
             depot_country text,\n    \
             depot_number integer,\n    \
             UNIQUE (depot_country, depot_number),\n    \
             FOREIGN KEY (depot_country, depot_number) REFERENCES depots (country, number) MATCH FULL\n\
             );",
        )
        .given("CREATE TABLE depots (country text, number integer, PRIMARY KEY (country, number));")
        .title("all or none"),
        good(
            "CREATE TABLE shipments (\n    \
             id bigint PRIMARY KEY,\n    \
             depot_country text,\n    \
             depot_number integer,\n    \
             UNIQUE (depot_country, depot_number),\n    \
             FOREIGN KEY (depot_country, depot_number) REFERENCES depots (country, number),\n    \
             CHECK ((depot_country IS NULL) = (depot_number IS NULL))\n\
             );",
        )
        .given("CREATE TABLE depots (country text, number integer, PRIMARY KEY (country, number));")
        .title("a CHECK says so"),
        good(
            "CREATE TABLE shipments (\n    \
             tenant_id bigint NOT NULL,\n    \
             id bigint NOT NULL,\n    \
             depot_id bigint,\n    \
             PRIMARY KEY (tenant_id, id),\n    \
             UNIQUE (tenant_id, depot_id),\n    \
             FOREIGN KEY (tenant_id, depot_id) REFERENCES depots (tenant_id, id)\n\
             );",
        )
        .given("CREATE TABLE depots (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));")
        .title("one column decides whether there is a reference"),
    ],
    check: Check::Of(Aspects::CONSTRAINTS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !relation.kind.is_table() || relation.is_part() {
        return;
    }
    for key in table.touched_foreign_keys().filter(|key| !key.inherited && !key.match_full) {
        let nullable: Vec<&Column> = key
            .columns
            .iter()
            .filter_map(|number| table.column_by_number(*number))
            .filter(|column| !column.not_null)
            .collect();
        // With one nullable column that column says whether there is a reference: (tenant_id, depot_id).
        if nullable.len() < 2 {
            continue;
        }
        let together = table.constraints.iter().filter(|c| c.kind == ConstraintKind::Check).any(|check| {
            let seen = |column: &&Column| {
                check.columns.contains(&column.number)
                    || check
                        .expression
                        .as_deref()
                        .is_none_or(|sql| sql.is_empty() || shape::mentions(sql, &column.name))
            };
            nullable.iter().all(seen)
        });
        if together {
            continue;
        }
        let names: Vec<&str> = nullable.iter().map(|column| column.name.as_str()).collect();
        let shown = sql::ident_list(&names);
        let name = recipes::constraint_name(table, &names, "_check");
        out.constraint(
            relation,
            &key.name,
            format!(
                "foreign key {} of {} is not checked where only some of {shown} are NULL",
                sql::ident(&key.name),
                relation.display()
            ),
        )
        .detail(format!(
            "MATCH SIMPLE lets through every row with a NULL in the key; {shown} may be NULL one without the other."
        ))
        .advice("Let the columns be NULL only together:")
        .remedy(recipes::add_then_validate(
            relation,
            &name,
            &format!("CHECK (num_nulls({shown}) IN (0, {}))", names.len()),
        ))
        .evidence("nullable_columns", names.clone());
    }
}
