//! What several rules share: which work counts, how a lock is told, and the lock-safe SQL that their remedies are made of.
//!
//! Every statement of a recipe is meant to run by itself, outside a transaction block.

use crate::context::Context;
use crate::estimate::Estimate;
use crate::facts::*;
use crate::sql;
use crate::text::list;

/// The work of one sub-command that `pick` accepts, when it happens to a live table. The partitions of one table count
/// together: a hundred small partitions that are read under one lock are a large table.
pub fn live_work<'a>(
    statement: &'a Statement,
    cx: &Context,
    command: usize,
    pick: impl Fn(&Work) -> bool,
) -> Vec<&'a Effect> {
    let found: Vec<&Effect> = statement.impact.of_command(command).filter(|effect| pick(&effect.work)).collect();
    if found.iter().any(|effect| cx.live(&effect.relation)) {
        return found;
    }
    let Some(target) = statement.target.as_ref() else { return Vec::new() };
    let mut together = target.relation.clone();
    together.size = Size::default().into();
    let mut seen: Vec<Oid> = Vec::new();
    for relation in found.iter().map(|effect| &effect.relation) {
        if relation.is_partition && !relation.created_here && !seen.contains(&relation.oid) {
            seen.push(relation.oid);
            together.size.rows += relation.size.rows;
            together.size.bytes += relation.size.bytes;
        }
    }
    if cx.live(&together) { found } else { Vec::new() }
}

/// The relations of some work, each once.
pub fn relations<'a>(work: &[&'a Effect]) -> Vec<&'a Relation> {
    let mut out: Vec<&Relation> = Vec::new();
    for effect in work {
        if !out.iter().any(|known| known.oid == effect.relation.oid) {
            out.push(&effect.relation);
        }
    }
    out
}

/// `The statement takes SHARE on shop.orders (5,000 rows, 400 kB) and holds it {during}: writes wait.`, and who is in the
/// way of that lock now.
pub fn holds(statement: &Statement, cx: &Context, relation: &Relation, during: &str) -> String {
    let touch = statement
        .impact
        .touches
        .iter()
        .filter(|touch| touch.relation.oid == relation.oid)
        .max_by_key(|touch| touch.lock);
    let lock = touch.map(|touch| touch.lock).unwrap_or_default();
    // Asked last: it reads a table of ours.
    let time = match statement.impact.estimate.and_then(Estimate::worth_saying) {
        Some(about) => format!(", {about} by what was measured on this server"),
        None => String::new(),
    };
    let takes = format!(
        "The statement takes {lock} on {} and holds it {during}{time}: {} wait.",
        cx.sized(relation),
        lock.blocks()
    );
    sentences(&[takes, touch.map(|touch| cx.in_the_way(touch)).unwrap_or_default()])
}

/// ` in 2 partitions (shop.events_2024 and shop.events_2025)` when the work happens to partitions of the table; else nothing.
pub fn in_partitions(table: &Relation, work: &[&Effect]) -> String {
    if table.kind != RelationKind::PartitionedTable {
        return String::new();
    }
    let names: Vec<String> = relations(work).iter().map(|relation| relation.display()).collect();
    let plural = if names.len() == 1 { "partition" } else { "partitions" };
    format!(" in {} {plural} ({})", names.len(), list(&names, 5))
}

/// Sentences in one line, empty ones left out.
pub fn sentences<S: AsRef<str>>(parts: &[S]) -> String {
    let said: Vec<&str> = parts.iter().map(AsRef::as_ref).filter(|part| !part.is_empty()).collect();
    said.join(" ")
}

/// SQL that was decompiled, where it was possible at all.
pub fn known(sql: Option<&String>) -> Option<&str> {
    sql.map(|sql| sql.trim()).filter(|sql| !sql.is_empty())
}

/// The table that the statement names so, other than its target.
pub fn other<'a>(statement: &'a Statement, name: &Name) -> Option<&'a Table> {
    statement.others.iter().find(|table| {
        table.relation.name == name.name && name.schema.as_ref().is_none_or(|schema| *schema == table.relation.schema)
    })
}

/// A table that the statement names, as SQL: with its schema where the table was found.
pub fn named(statement: &Statement, name: &Name) -> String {
    let target = statement.target.as_ref().filter(|table| {
        table.relation.name == name.name && name.schema.as_ref().is_none_or(|schema| *schema == table.relation.schema)
    });
    match other(statement, name).or(target) {
        Some(table) => table.relation.sql(),
        None => name.sql(),
    }
}

/// The first name of `base` and `suffix`, then with a number, that the table's constraints and indexes leave free.
pub fn free_name(table: &Table, base: &str, suffix: &str) -> String {
    let taken = |name: &str| table.constraint(name).is_some() || table.index(name).is_some();
    let mut name = sql::derived_name(base, suffix);
    let mut number = 1;
    while taken(&name) {
        name = sql::derived_name(base, &format!("{suffix}{number}"));
        number += 1;
    }
    name
}

/// A free name for an index: `idx_orders_customer_id`.
pub fn index_name<S: AsRef<str>>(table: &Table, columns: &[S]) -> String {
    let columns: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
    let base = format!("idx_{}_{}", table.relation.name, columns.join("_"));
    if table.index(&sql::derived_name(&base, "")).is_none() {
        return sql::derived_name(&base, "");
    }
    free_name(table, &base, "_v2")
}

/// A free name for a unique index: `idx_orders_code_unique`, which says what it is (the rule unique-index-name-suffix asks for it).
pub fn unique_index_name<S: AsRef<str>>(table: &Table, columns: &[S]) -> String {
    let columns: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
    let base = format!("idx_{}_{}", table.relation.name, columns.join("_"));
    let mut name = sql::derived_name(&base, "_unique");
    let mut number = 2;
    while table.index(&name).is_some() {
        name = sql::derived_name(&base, &format!("_v{number}_unique"));
        number += 1;
    }
    name
}

/// The name that the server itself would give a constraint: `orders_customer_id_fkey`.
pub fn constraint_name<S: AsRef<str>>(table: &Table, columns: &[S], suffix: &str) -> String {
    let mut base = table.relation.name.clone();
    for column in columns {
        base.push('_');
        base.push_str(column.as_ref());
    }
    free_name(table, &base, suffix)
}

/// Adds a constraint without looking at the rows, then looks at them without blocking anybody.
pub fn add_then_validate(table: &Relation, name: &str, definition: &str) -> String {
    let (table, name) = (table.sql(), sql::ident(name));
    format!(
        "ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID;\n\
         ALTER TABLE {table} VALIDATE CONSTRAINT {name};"
    )
}

/// Makes a column NOT NULL without a scan under ACCESS EXCLUSIVE.
pub fn not_null(cx: &Context, table: &Table, column: &str) -> String {
    let relation = &table.relation;
    // One that is there and not validated stands in the way of another.
    let unproven = table.constraints.iter().find(|constraint| {
        constraint.kind == ConstraintKind::NotNull
            && !constraint.validated
            && table.column_names(&constraint.columns) == [column]
    });
    if let Some(constraint) = unproven {
        return format!("ALTER TABLE {} VALIDATE CONSTRAINT {};", relation.sql(), sql::ident(&constraint.name));
    }
    let name = constraint_name(table, &[column], "_not_null");
    let quoted = sql::ident(column);
    if cx.major() >= 18 {
        return add_then_validate(relation, &name, &format!("NOT NULL {quoted}"));
    }
    format!(
        "{}\n\
         ALTER TABLE {table} ALTER COLUMN {quoted} SET NOT NULL;\n\
         ALTER TABLE {table} DROP CONSTRAINT {name};",
        add_then_validate(relation, &name, &format!("CHECK ({quoted} IS NOT NULL)")),
        table = relation.sql(),
        name = sql::ident(&name)
    )
}

/// The columns of a key that never changes place: the primary key, else a unique index over NOT NULL columns.
fn walking_key(table: &Table) -> Option<Vec<&str>> {
    if let Some(key) = table.primary_key() {
        return Some(table.column_names(&key.columns)).filter(|columns| !columns.is_empty());
    }
    let key = table.indexes.iter().find(|index| {
        index.unique
            && index.valid
            && index.predicate.is_none()
            && index.keys.iter().all(|key| {
                key.column.and_then(|number| table.column_by_number(number)).is_some_and(|column| column.not_null)
            })
    })?;
    Some(key.keys.iter().filter_map(|k| k.column.and_then(|n| table.column_by_number(n))).map(|c| &*c.name).collect())
}

/// Variables of a DO block, one for each part of a key: `batch_from`, or `batch_from_1` and so on. None is the name of a column,
/// since a name that is both is the column's in the statements of the block.
fn variables(table: &Table, prefix: &str, parts: usize) -> Vec<String> {
    let mut prefix = prefix.to_owned();
    while table.columns.iter().any(|column| column.name.starts_with(&prefix)) {
        prefix.push('_');
    }
    if parts == 1 { vec![prefix] } else { (1..=parts).map(|part| format!("{prefix}_{part}")).collect() }
}

/// A DO block that runs `UPDATE table SET {assignment}` in batches of 1,000 rows along the key, with a COMMIT after each.
/// None where the table has no key to walk along.
pub fn backfill(table: &Table, assignment: &str, condition: Option<&str>) -> Option<String> {
    let key = walking_key(table)?;
    let relation = table.relation.sql();
    let columns = sql::ident_list(&key);
    let descending = key.iter().map(|column| format!("{} DESC", sql::ident(column))).collect::<Vec<_>>().join(", ");
    let (from, to) = (variables(table, "batch_from", key.len()), variables(table, "batch_to", key.len()));
    let tuple = |parts: &str| if key.len() == 1 { parts.to_owned() } else { format!("({parts})") };
    let declarations: String = from
        .iter()
        .zip(&key)
        .chain(to.iter().zip(&key))
        .map(|(variable, column)| format!("    {variable} {relation}.{}%TYPE;\n", sql::ident(column)))
        .collect();
    let next: String = from.iter().zip(&to).map(|(from, to)| format!("        {from} := {to};\n")).collect();
    let (from, to, row) = (from.join(", "), to.join(", "), tuple(&columns));
    let (from_row, to_row) = (tuple(&from), tuple(&to));
    let condition = condition.map(|condition| format!(" AND {condition}")).unwrap_or_default();
    let body = format!(
        "{}\
         DECLARE\n\
         {declarations}\
         BEGIN\n    \
             SELECT {columns} INTO {from} FROM {relation} ORDER BY {columns} LIMIT 1;\n    \
             LOOP\n        \
                 SELECT {columns} INTO {to}\n        \
                 FROM (SELECT {columns} FROM {relation} WHERE {row} >= {from_row} ORDER BY {columns} LIMIT 1000) AS batch\n        \
                 ORDER BY {descending} LIMIT 1;\n        \
                 UPDATE {relation} SET {assignment}\n        \
                 WHERE {row} >= {from_row} AND {row} <= {to_row}{condition};\n        \
                 COMMIT;\n        \
                 EXIT WHEN {to_row} IS NOT DISTINCT FROM {from_row};\n\
         {next}        \
                 PERFORM pg_sleep(0.1);\n    \
             END LOOP;\n\
         END\n",
        columns_win(table)
    );
    // Rows that a policy hides from whoever runs it would be left out: so the server refuses.
    let all_rows = if table.rights.row_security { "SET row_security = off;\n" } else { "" };
    Some(format!("{all_rows}DO {};", sql::dollar_quoted(&body)))
}

/// The table has a column of the name of a variable that every block has: the column is meant.
fn columns_win(table: &Table) -> &'static str {
    const VARIABLES: [&str; 4] = ["found", "new", "old", "sqlstate"];
    let named = |column: &Column| VARIABLES.contains(&column.name.as_str()) || column.name.starts_with("tg_");
    if table.columns.iter().any(named) { "#variable_conflict use_column\n" } else { "" }
}

/// The name of the column that takes a column's place: `amount_new`, `placed_new_at` (so that it keeps its kind's suffix).
pub fn new_column_name(table: &Table, column: &str) -> String {
    let (base, suffix) = ["_at", "_id"]
        .iter()
        .find_map(|suffix| column.strip_suffix(suffix).map(|base| (base, *suffix)))
        .unwrap_or((column, ""));
    let mut name = sql::derived_name(base, &format!("_new{suffix}"));
    let mut number = 2;
    while table.column(&name).is_some() {
        name = sql::derived_name(base, &format!("_new{number}{suffix}"));
        number += 1;
    }
    name
}

/// A trigger that fills `column` from `expression` (over the table's columns) at every write. Its name puts it behind the triggers
/// that change the row before: they fire in the order of their names.
fn fill_trigger(table: &Table, column: &str, expression: &str, plain: bool) -> String {
    let relation = &table.relation;
    let function = relation.sibling(&sql::derived_name(&format!("fill_{}_{column}", relation.name), ""));
    let trigger = sql::ident(&sql::derived_name(&format!("zz_fill_{column}"), ""));
    let quoted = sql::ident(column);
    // The row as a one-row table under the table's own name: column references in the expression mean what they say.
    let (pin, assignment) = if plain {
        ("", format!("NEW.{quoted} := NEW.{expression};"))
    } else {
        (
            " SET search_path FROM CURRENT",
            format!("SELECT {expression} INTO NEW.{quoted} FROM (SELECT NEW.*) AS {};", sql::ident(&relation.name)),
        )
    };
    let conflict = if plain { "" } else { columns_win(table) };
    let body = format!("{conflict}BEGIN\n    {assignment}\n    RETURN NEW;\nEND\n");
    format!(
        "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql{pin} AS {};\n\
         CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {}\n    \
             FOR EACH ROW EXECUTE FUNCTION {function}();",
        sql::dollar_quoted(&body),
        relation.sql()
    )
}

/// The online half of changing a column's type: a new column, a trigger that keeps it equal, a backfill in batches. None
/// where that cannot be written down: the USING expression cannot be decompiled, the server fills the column by itself, or
/// there is no key to walk along.
///
/// A row trigger holds for the partitions of a table, but not for those that only inherit from it.
pub fn expand(
    statement: &Statement,
    table: &Table,
    column: &str,
    data_type: &str,
    using: Option<&String>,
) -> Option<String> {
    let old = table.column(column)?;
    let inherited = table.relation.kind != RelationKind::PartitionedTable
        && statement.impact.touches.iter().any(|touch| touch.role == Role::Child);
    if old.generated != Generated::No || inherited {
        return None;
    }
    let plain = using.is_none();
    let source = match using {
        Some(_) => known(using)?.to_owned(),
        None => sql::ident(column),
    };
    let new = new_column_name(table, column);
    let quoted = sql::ident(&new);
    Some(format!(
        "ALTER TABLE {} ADD COLUMN {quoted} {data_type};\n{}\n{}",
        table.relation.sql(),
        fill_trigger(table, &new, &source, plain),
        backfill(table, &format!("{quoted} = {source}"), None)?
    ))
}

/// What is left to do after `expand`, in words.
pub const SWAP: &str = "Then give the new column its indexes (CONCURRENTLY) and constraints (NOT VALID, then VALIDATE), let \
                        the application read and write it, and drop the old column in a later release.";

/// A column that a trigger computes, in place of a stored generated column.
pub fn computed(table: &Table, column: &ColumnDef, expression: &str) -> Option<String> {
    Some(format!(
        "ALTER TABLE {} ADD COLUMN {};\n{}\n{}",
        table.relation.sql(),
        column_type(column),
        fill_trigger(table, &column.name, expression, false),
        backfill(table, &format!("{} = {expression}", sql::ident(&column.name)), None)?
    ))
}

/// A UNIQUE or PRIMARY KEY constraint, as a statement wants it.
pub struct Unique<'a> {
    /// PRIMARY KEY, else UNIQUE.
    pub primary: bool,
    /// The constraint's name, where one is given.
    pub name: Option<&'a str>,
    /// Its columns.
    pub columns: &'a [String],
    /// INCLUDE columns.
    pub included: &'a [String],
    /// NULLS NOT DISTINCT.
    pub nulls_not_distinct: bool,
    /// DEFERRABLE.
    pub deferrable: bool,
    /// INITIALLY DEFERRED.
    pub deferred: bool,
}

impl Unique<'_> {
    fn keyword(&self) -> &'static str {
        if self.primary { "PRIMARY KEY" } else { "UNIQUE" }
    }

    fn tail(&self) -> String {
        let included = if self.included.is_empty() {
            String::new()
        } else {
            format!(" INCLUDE ({})", sql::ident_list(self.included))
        };
        let nulls = if self.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
        format!("({}){included}{nulls}", sql::ident_list(self.columns))
    }

    /// The constraint's name: the given one, or what the server would choose.
    pub fn constraint_name(&self, table: &Table) -> String {
        match self.name {
            Some(name) => name.to_owned(),
            None if self.primary => {
                // The one that it replaces is dropped before, and leaves its name.
                let usual = sql::derived_name(&table.relation.name, "_pkey");
                let replaced = table.primary_key().is_some_and(|key| key.name == usual);
                if replaced { usual } else { constraint_name::<&str>(table, &[], "_pkey") }
            }
            // The server names INCLUDE columns, too.
            None => constraint_name(table, &[self.columns, self.included].concat(), "_key"),
        }
    }

    fn using_index(&self, relation: &Relation, constraint: &str, index: &str) -> String {
        format!(
            "CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} {tail};\n\
             ALTER TABLE {table} ADD CONSTRAINT {name} {keyword} USING INDEX {index}{deferrable};",
            index = sql::ident(index),
            table = relation.sql(),
            tail = self.tail(),
            name = sql::ident(constraint),
            keyword = self.keyword(),
            deferrable = deferral(self.deferrable, self.deferred),
        )
    }

    /// Builds the index without blocking writes, then makes the constraint of it. A primary key's columns become NOT NULL
    /// before, without a scan under ACCESS EXCLUSIVE.
    pub fn online(&self, cx: &Context, table: &Table) -> String {
        let mut steps: Vec<String> = self.not_null_steps(cx, table);
        let index = unique_index_name(table, self.columns);
        let made = self.using_index(&table.relation, &self.constraint_name(table), &index);
        // A table has one primary key.
        steps.push(match table.primary_key().filter(|_| self.primary) {
            Some(old) => made.replacen(
                " ADD CONSTRAINT ",
                &format!(" DROP CONSTRAINT {}, ADD CONSTRAINT ", sql::ident(&old.name)),
                1,
            ),
            None => made,
        });
        steps.join("\n")
    }

    /// As `online`, for a table whose columns are NOT NULL already where they must be: one that is to become a partition.
    pub fn online_on(&self, table: &Table) -> String {
        let index = unique_index_name(table, self.columns);
        self.using_index(&table.relation, &self.constraint_name(table), &index)
    }

    /// The same for a partitioned table: one constraint per partition, which the parent's constraint then adopts.
    pub fn online_in(&self, cx: &Context, table: &Table, leaves: &[&Relation]) -> String {
        let mut steps: Vec<String> = self.not_null_steps(cx, table);
        for leaf in leaves {
            let columns = self.columns.join("_");
            let index = sql::derived_name(&format!("idx_{}_{columns}", leaf.name), "_unique");
            let constraint = if self.primary {
                sql::derived_name(&leaf.name, "_pkey")
            } else {
                sql::derived_name(&format!("{}_{columns}", leaf.name), "_key")
            };
            steps.push(self.using_index(leaf, &constraint, &index));
        }
        steps.push(format!(
            "ALTER TABLE {} ADD CONSTRAINT {} {} {}{};",
            table.relation.sql(),
            sql::ident(&self.constraint_name(table)),
            self.keyword(),
            self.parent_tail(),
            deferral(self.deferrable, self.deferred),
        ));
        steps.join("\n")
    }

    // A constraint says NULLS NOT DISTINCT before its columns, an index behind them.
    fn parent_tail(&self) -> String {
        let nulls = if self.nulls_not_distinct { "NULLS NOT DISTINCT " } else { "" };
        let included = if self.included.is_empty() {
            String::new()
        } else {
            format!(" INCLUDE ({})", sql::ident_list(self.included))
        };
        format!("{nulls}({}){included}", sql::ident_list(self.columns))
    }

    fn not_null_steps(&self, cx: &Context, table: &Table) -> Vec<String> {
        if !self.primary {
            return Vec::new();
        }
        let nullable = |name: &&String| table.column(name).is_some_and(|column| !column.not_null);
        self.columns.iter().filter(nullable).map(|column| not_null(cx, table, column)).collect()
    }
}

/// An index on a partitioned table without blocked writes: built CONCURRENTLY on each leaf that needs it, adopted by the
/// parent. None where the definition cannot be written down.
pub fn partitioned_index(statement: &Statement, create: &CreateIndex, leaves: &[&Relation]) -> Option<String> {
    let table = statement.target.as_ref()?;
    let parent = &table.relation;
    if create.definition.is_empty() || leaves.is_empty() {
        return None;
    }
    let unique = if create.unique { "UNIQUE " } else { "" };
    let definition = &create.definition;
    let name = match (&create.name, &create.index) {
        (Some(name), _) => name.clone(),
        (None, Some(index)) => {
            let numbers: Vec<i16> = index.keys.iter().filter_map(|key| key.column).collect();
            index_name(table, &table.column_names(&numbers))
        }
        (None, None) => index_name(table, &["partitioned"]),
    };
    // The leaf's index is called like the parent's, with the leaf's name in place of the parent's.
    let leaf_name = |number: usize, leaf: &Relation| {
        let replaced = name.replacen(&parent.name, &leaf.name, 1);
        if replaced != name && replaced.len() <= 63 {
            replaced
        } else {
            sql::derived_name(&name, &format!("_{number}"))
        }
    };
    let build = |number: usize, leaf: &Relation| {
        format!(
            "CREATE {unique}INDEX CONCURRENTLY {} ON {} {definition};",
            sql::ident(&leaf_name(number, leaf)),
            leaf.sql()
        )
    };
    let builds: Vec<String> = leaves.iter().enumerate().map(|(i, leaf)| build(i + 1, leaf)).collect();
    // ATTACH PARTITION by hand needs every leaf directly below the parent, each with an index of this recipe. Else the
    // parent's CREATE INDEX finds the matching indexes itself and builds nothing.
    let children = statement.impact.touches.iter().filter(|touch| touch.role == Role::Child);
    let flat = children.clone().all(|touch| touch.relation.kind == RelationKind::Table)
        && children.filter(|touch| touch.relation.kind == RelationKind::Table).count() <= leaves.len();
    if !flat {
        return Some(format!(
            "{}\nCREATE {unique}INDEX {} ON {} {definition};",
            builds.join("\n"),
            sql::ident(&name),
            parent.sql()
        ));
    }
    let attach: Vec<String> = leaves
        .iter()
        .enumerate()
        .map(|(i, leaf)| {
            format!("ALTER INDEX {} ATTACH PARTITION {};", parent.sibling(&name), leaf.sibling(&leaf_name(i + 1, leaf)))
        })
        .collect();
    Some(format!(
        "CREATE {unique}INDEX {} ON ONLY {} {definition};\n{}\n{}",
        sql::ident(&name),
        parent.sql(),
        builds.join("\n"),
        attach.join("\n")
    ))
}

fn action(event: &str, action: ReferentialAction) -> String {
    let words = match action {
        ReferentialAction::NoAction => return String::new(),
        ReferentialAction::Restrict => "RESTRICT",
        ReferentialAction::Cascade => "CASCADE",
        ReferentialAction::SetNull => "SET NULL",
        ReferentialAction::SetDefault => "SET DEFAULT",
    };
    format!(" ON {event} {words}")
}

/// The columns that ON DELETE SET NULL or SET DEFAULT is for; nothing where it is for all.
fn only_columns<S: AsRef<str>>(columns: &[S]) -> String {
    if columns.is_empty() { String::new() } else { format!(" ({})", sql::ident_list(columns)) }
}

fn deferral(deferrable: bool, deferred: bool) -> &'static str {
    match (deferrable, deferred) {
        (_, true) => " DEFERRABLE INITIALLY DEFERRED",
        (true, false) => " DEFERRABLE",
        (false, false) => "",
    }
}

/// `FOREIGN KEY (customer_id) REFERENCES shop.customers (id) ON DELETE CASCADE`.
pub fn foreign_key(statement: &Statement, key: &ConstraintDef, columns: &[String]) -> Option<String> {
    let references = named(statement, key.references.as_ref()?);
    let columns_of = |columns: &[String]| match columns.split_last() {
        Some((last, others)) if key.temporal => {
            let mut list: Vec<String> = others.iter().map(|column| sql::ident(column)).collect();
            list.push(format!("PERIOD {}", sql::ident(last)));
            list.join(", ")
        }
        _ => sql::ident_list(columns),
    };
    let referenced = if key.referenced_columns.is_empty() {
        String::new()
    } else {
        format!(" ({})", columns_of(&key.referenced_columns))
    };
    Some(format!(
        "FOREIGN KEY ({}) REFERENCES {references}{referenced}{}{}{}{}{}",
        columns_of(columns),
        if key.match_full { " MATCH FULL" } else { "" },
        action("DELETE", key.on_delete),
        only_columns(&key.delete_columns),
        action("UPDATE", key.on_update),
        deferral(key.deferrable, key.deferred)
    ))
}

/// CREATE TABLE (LIKE) and ATTACH in place of CREATE TABLE ... PARTITION OF: the parent is not locked for queries. None where the
/// statement says more than a name and a bound.
pub fn attach_new(statement: &Statement, create: &CreateTable, parent: &Table) -> Option<String> {
    let bound = known(statement.impact.partition_bound.as_ref())?;
    let plain = create.columns.is_empty()
        && create.constraints.is_empty()
        && !create.partitioned
        && !create.foreign
        && !create.unlogged
        && !create.temporary;
    if !plain || parent.relation.oid == 0 {
        return None;
    }
    let name = create
        .name
        .schema
        .as_ref()
        .map_or_else(|| parent.relation.sibling(&create.name.name), |schema| sql::qualified(schema, &create.name.name));
    let exists = if create.if_not_exists { "IF NOT EXISTS " } else { "" };
    let parent = parent.relation.sql();
    Some(format!(
        "CREATE TABLE {exists}{name} (LIKE {parent} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING INDEXES \
         INCLUDING STORAGE INCLUDING COMPRESSION);\n\
         ALTER TABLE {parent} ATTACH PARTITION {name} {bound};"
    ))
}

/// A statement that locks two tables one after the other, so that it can end in no deadlock: its waits end before anybody's
/// deadlock_timeout (1 s).
pub fn brief(statement: &str) -> String {
    format!("BEGIN;\nSET LOCAL lock_timeout = '500ms';\n{statement}\nCOMMIT;")
}

/// A CHECK or FOREIGN KEY as the catalog holds it, to be added again; none for other kinds.
pub fn definition(table: &Table, constraint: &Constraint) -> Option<String> {
    match constraint.kind {
        ConstraintKind::Check => {
            let expression = known(constraint.expression.as_ref())?;
            let tail = if constraint.no_inherit { " NO INHERIT" } else { "" };
            Some(format!("CHECK {}{tail}", sql::in_parentheses(expression)))
        }
        ConstraintKind::ForeignKey => {
            let to = constraint.references.as_ref()?;
            Some(format!(
                "FOREIGN KEY ({}) REFERENCES {} ({}){}{}{}{}{}",
                sql::ident_list(&table.column_names(&constraint.columns)),
                sql::qualified(&to.schema, &to.table),
                sql::ident_list(&to.columns),
                if constraint.match_full { " MATCH FULL" } else { "" },
                action("DELETE", to.on_delete),
                only_columns(&table.column_names(&constraint.delete_columns)),
                action("UPDATE", to.on_update),
                deferral(constraint.deferrable, constraint.deferred)
            ))
        }
        _ => None,
    }
}

/// `ALTER TABLE orders ADD COLUMN note text DEFAULT '';` and a new line: the column of a sub-command without those constraints that are
/// to be added by themselves. Nothing where no column is added, or where it is written by the remedy of another finding: it makes the
/// server write the table anew.
pub fn add_column_first(statement: &Statement, command: usize, column: Option<&ColumnDef>) -> String {
    let rewrites = statement.impact.of_command(command).any(|effect| matches!(effect.work, Work::Rewrite(_)));
    match (&statement.target, column) {
        (Some(table), Some(column)) if !rewrites => {
            format!("ALTER TABLE {} {};\n", table.relation.sql(), add_column(column))
        }
        _ => String::new(),
    }
}

fn add_column(column: &ColumnDef) -> String {
    // Each of several constraints has a remedy of its own, and any of them may be the first.
    let exists = if column.constraints.len() > 1 { "IF NOT EXISTS " } else { "" };
    let default = known(column.default.as_ref());
    let value = match (default, column.generated) {
        (Some(sql), Generated::No) => format!(" DEFAULT {sql}"),
        (Some(sql), Generated::Stored) => format!(" GENERATED ALWAYS AS {} STORED", sql::in_parentheses(sql)),
        (Some(sql), Generated::Virtual) => format!(" GENERATED ALWAYS AS {} VIRTUAL", sql::in_parentheses(sql)),
        (None, _) => String::new(),
    };
    // With a default, no row is read for it.
    let not_null = column.not_null && default.is_some() && column.generated == Generated::No;
    format!("ADD COLUMN {exists}{}{value}{}", column_type(column), if not_null { " NOT NULL" } else { "" })
}

/// `note text COLLATE "C"`: a column's name and type with what stands behind the type.
pub fn column_type(column: &ColumnDef) -> String {
    format!("{} {}{}", sql::ident(&column.name), column.data_type.name, column.attributes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{alter, found, names, table, transaction};

    fn partition(oid: Oid, rows: u64) -> Relation {
        Relation { is_partition: true, ..crate::rules::testing::relation(oid, "leaf", rows) }
    }

    fn set_not_null_on_partitions(rows: &[u64]) -> Statement {
        let mut parent = table(1, "events", rows.iter().sum(), &["payload"]);
        parent.relation.kind = RelationKind::PartitionedTable;
        let command = AlterCommand::SetNotNull { column: "payload".to_owned() };
        let mut statement = alter(parent, vec![command], LockMode::AccessExclusive);
        for (oid, rows) in (10..).zip(rows) {
            statement.impact.effects.push(Effect {
                relation: partition(oid, *rows),
                command: 0,
                work: Work::Scan(Scan::NotNull { column: "payload".to_owned() }),
            });
        }
        statement
    }

    #[test]
    fn small_partitions_count_together_and_are_told_once() {
        assert_eq!(names(&found(&set_not_null_on_partitions(&[600, 600]), &transaction(), 15)), ["not-null-scan"]);
        assert!(found(&set_not_null_on_partitions(&[400, 400]), &transaction(), 15).is_empty());
    }

    #[test]
    fn not_null_recipe_follows_the_major() {
        let statement = set_not_null_on_partitions(&[5000]);
        let on_15 = &found(&statement, &transaction(), 15)[0].remedy;
        assert!(on_15.contains("CHECK (payload IS NOT NULL) NOT VALID") && on_15.contains("SET NOT NULL"), "{on_15}");
        let on_18 = &found(&statement, &transaction(), 18)[0].remedy;
        assert!(on_18.contains("NOT NULL payload NOT VALID") && !on_18.contains("CHECK"), "{on_18}");
    }

    #[test]
    fn backfill_walks_a_composite_key_by_rows() {
        let mut events = table(1, "events", 5000, &["payload"]);
        events.constraints[0].columns = vec![1, 2];
        let script = backfill(&events, "payload = 'x'", None).expect("a key");
        assert!(script.contains("WHERE (id, payload) >= (batch_from_1, batch_from_2)"), "{script}");
        assert!(script.contains("ORDER BY id DESC, payload DESC LIMIT 1"), "{script}");
    }

    #[test]
    fn backfill_needs_a_key() {
        let mut events = table(1, "events", 5000, &["payload"]);
        events.constraints.clear();
        assert_eq!(backfill(&events, "payload = 'x'", None), None);
        let key = |column| IndexKey { column: Some(column), ..IndexKey::default() };
        let unique = Index { unique: true, valid: true, name: "u".to_owned(), keys: vec![key(2)], ..Index::default() };
        events.indexes = vec![unique.clone()].into();
        assert_eq!(backfill(&events, "payload = 'x'", None), None, "a nullable key skips rows");
        events.indexes.push(Index { keys: vec![key(1)], ..unique });
        assert!(backfill(&events, "payload = 'x'", None).is_some());
    }

    #[test]
    fn new_columns_keep_the_suffix_of_their_kind() {
        let orders = table(1, "orders", 1, &["placed_at", "amount", "amount_new"]);
        assert_eq!(new_column_name(&orders, "placed_at"), "placed_new_at");
        assert_eq!(new_column_name(&orders, "amount"), "amount_new2");
        assert_eq!(new_column_name(&orders, "id"), "id_new");
    }

    #[test]
    fn names_that_are_taken_get_a_number() {
        let mut orders = table(1, "orders", 1, &["code"]);
        assert_eq!(constraint_name(&orders, &["code"], "_key"), "orders_code_key");
        orders.constraints.push(Constraint { name: "orders_code_key".to_owned(), ..Constraint::default() });
        assert_eq!(constraint_name(&orders, &["code"], "_key"), "orders_code_key1");
        assert_eq!(index_name(&orders, &["code"]), "idx_orders_code");
        orders.indexes.push(Index { name: "idx_orders_code".to_owned(), ..Index::default() });
        assert_eq!(index_name(&orders, &["code"]), "idx_orders_code_v2");
    }

    #[test]
    fn a_foreign_key_written_with_a_column_is_added_behind_it() {
        let key = ConstraintDef {
            kind: ConstraintKind::ForeignKey,
            references: Some(Name::bare("customers")),
            on_delete: ReferentialAction::Cascade,
            ..ConstraintDef::default()
        };
        let column = ColumnDef {
            name: "customer_id".to_owned(),
            data_type: TypeName { name: "bigint".to_owned(), ..TypeName::default() },
            default: Some("1".to_owned()),
            constraints: vec![key],
            ..ColumnDef::default()
        };
        let command = AlterCommand::AddColumn { column, if_not_exists: false };
        let mut statement = alter(table(1, "orders", 5000, &[]), vec![command], LockMode::AccessExclusive);
        statement.others = vec![table(2, "customers", 5, &[])];
        statement.impact.effects.push(Effect {
            relation: statement.target.as_ref().expect("a target").relation.clone(),
            command: 0,
            work: Work::Scan(Scan::ForeignKey { constraint: None }),
        });
        let findings = found(&statement, &transaction(), 15);
        assert_eq!(names(&findings), ["foreign-key-validates"]);
        assert_eq!(
            findings[0].remedy,
            "ALTER TABLE shop.orders ADD COLUMN customer_id bigint DEFAULT 1;\n\
             ALTER TABLE shop.orders ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES \
             shop.customers ON DELETE CASCADE NOT VALID;\n\
             ALTER TABLE shop.orders VALIDATE CONSTRAINT orders_customer_id_fkey;"
        );
    }

    #[test]
    fn a_foreign_key_keeps_what_was_said_of_it() {
        let key = ConstraintDef {
            kind: ConstraintKind::ForeignKey,
            columns: vec!["a".to_owned(), "b".to_owned()],
            references: Some(Name::bare("far")),
            on_delete: ReferentialAction::SetNull,
            match_full: true,
            deferrable: true,
            deferred: true,
            delete_columns: vec!["b".to_owned()],
            ..ConstraintDef::default()
        };
        let statement = alter(table(1, "orders", 5, &["a", "b"]), Vec::new(), LockMode::AccessExclusive);
        assert_eq!(
            foreign_key(&statement, &key, &key.columns).expect("SQL"),
            "FOREIGN KEY (a, b) REFERENCES far MATCH FULL ON DELETE SET NULL (b) DEFERRABLE INITIALLY DEFERRED"
        );
        let mut orders = table(1, "orders", 5, &["a", "b"]);
        let reference = Reference {
            schema: "shop".to_owned(),
            table: "far".to_owned(),
            columns: vec!["x".to_owned(), "y".to_owned()],
            on_delete: ReferentialAction::SetNull,
            ..Reference::default()
        };
        let constraint = Constraint {
            kind: ConstraintKind::ForeignKey,
            columns: vec![2, 3],
            match_full: true,
            deferrable: true,
            deferred: true,
            delete_columns: vec![3],
            references: Some(reference.into()),
            ..Constraint::default()
        };
        orders.constraints = vec![constraint.clone()].into();
        assert_eq!(
            definition(&orders, &constraint).expect("SQL"),
            "FOREIGN KEY (a, b) REFERENCES shop.far (x, y) MATCH FULL ON DELETE SET NULL (b) DEFERRABLE INITIALLY DEFERRED"
        );
    }
}
