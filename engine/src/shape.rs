//! What the shape of a table says: the words and structures that several rules of design go by.

use crate::facts::*;
use crate::words::{TOOL_TABLES, singular_name};

/// Whether the table's design is its maker's own: an ordinary or partitioned table, no partition (its parent has the same), and
/// not one that a migration tool makes for itself.
#[must_use]
pub fn own_design(table: &Table) -> bool {
    let relation = &table.relation;
    relation.kind.is_table() && !relation.is_partition && !crate::text::among(TOOL_TABLES, &relation.name)
}

/// Whether the type holds one text: `text`, `varchar`, `char`, `citext`; no array.
#[must_use]
pub fn is_text(data_type: &TypeName) -> bool {
    let base = data_type.base.as_str();
    !data_type.is_array
        && (matches!(base, "text" | "character varying" | "character" | "citext") || base.ends_with(".citext"))
}

/// Whether the type is a moment: `timestamp` or `timestamptz`; no array.
#[must_use]
pub fn is_moment(data_type: &TypeName) -> bool {
    !data_type.is_array && data_type.base.starts_with("timestamp")
}

/// Whether the type is a whole number.
#[must_use]
pub fn is_integer(data_type: &TypeName) -> bool {
    !data_type.is_array && matches!(data_type.base.as_str(), "smallint" | "integer" | "bigint")
}

/// Whether the name ends in the word: `is_word("task_status", "status")`.
#[must_use]
pub fn ends_in(name: &str, word: &str) -> bool {
    name.strip_suffix(word).is_some_and(|head| head.is_empty() || head.ends_with('_'))
}

/// Whether one of the words of the name is in the list.
#[must_use]
pub fn has_word(name: &str, words: &[&str]) -> bool {
    name.split('_').any(|part| crate::text::among(words, part))
}

/// Whether the table is a log, a copy or a staging area by its name: references and keys are left out there on purpose.
#[must_use]
pub fn is_side_table(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "archive",
        "archived",
        "archives",
        "audit",
        "audits",
        "backup",
        "backups",
        "bak",
        "dump",
        "hist",
        "history",
        "import",
        "imports",
        "journal",
        "log",
        "logs",
        "old",
        "outbox",
        "queue",
        "raw",
        "scratch",
        "snapshot",
        "snapshots",
        "staging",
        "stage",
        "stg",
        "temp",
        "tmp",
        "versions",
    ];
    if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return has_word(name, WORDS);
    }
    let snake = crate::words::to_snake(name);
    has_word(snake.as_deref().unwrap_or(name), WORDS)
}

/// Whether the column says by its name that the row is gone: a moment or a flag.
#[must_use]
pub fn is_soft_delete(column: &Column) -> bool {
    let name = column.name.as_str();
    let moment = matches!(name, "deleted_at" | "deleted_on" | "deleted_time" | "date_deleted" | "removed_at");
    let flag = matches!(name, "is_deleted" | "deleted" | "is_removed");
    moment && (is_moment(&column.data_type) || column.data_type.base == "date")
        || flag && column.data_type.base == "boolean"
}

/// Whether the column only keeps the books: surrogate key, moments and makers of the row, its place in a list.
#[must_use]
pub fn is_bookkeeping(table: &Table, column: &Column) -> bool {
    let name = column.name.as_str();
    let moments = [
        "added_at",
        "assigned_at",
        "created_at",
        "created_on",
        "deleted_at",
        "inserted_at",
        "joined_at",
        "linked_at",
        "modified_at",
        "updated_at",
        "updated_on",
        "created",
        "updated",
        "last_update",
        "last_updated",
    ];
    let surrogate = column.identity
        || column.serial_sequence.is_some()
        || column.default.is_some() && table.primary_key().is_some_and(|key| key.columns == [column.number]);
    surrogate
        || name == "id"
        || moments.contains(&name)
        || name.ends_with("_by")
        || matches!(name, "position" | "sort_order" | "sort" | "ordinal" | "display_order" | "version" | "lock_version")
}

/// A table that only joins two others: apart from bookkeeping its columns are those of exactly two foreign keys.
#[must_use]
pub fn junction(table: &Table) -> Option<(&Constraint, &Constraint)> {
    // What others refer to is a thing of its own: a copy of a film in a store.
    if !own_design(table) || !table.referenced_by.is_empty() {
        return None;
    }
    // created_by and its like refer to somebody, but join nothing.
    let actor = |key: &Constraint| {
        key.columns.iter().all(|n| table.column_by_number(*n).is_some_and(|column| column.name.ends_with("_by")))
    };
    let mut keys = table.foreign_keys().filter(|key| !actor(key) && !key.columns.is_empty());
    let (one, other) = (keys.next()?, keys.next()?);
    if keys.next().is_some() || one.columns == other.columns {
        return None;
    }
    let joined = |column: &Column| one.columns.contains(&column.number) || other.columns.contains(&column.number);
    let surrogate_only = table.columns.iter().all(|column| joined(column) || is_bookkeeping(table, column));
    surrogate_only.then_some((one, other))
}

/// A table that joins others: a junction, also with columns of its own, or a closure table. Its primary key is made of two foreign
/// keys or more.
#[must_use]
pub fn joins(table: &Table) -> bool {
    let keyed = || {
        let key = table.primary_key()?;
        let whole = table.foreign_keys().filter(|foreign| foreign.columns.iter().all(|n| key.columns.contains(n)));
        let mut parts: Vec<&[i16]> = whole.map(|foreign| foreign.columns.as_slice()).collect();
        parts.sort_unstable();
        parts.dedup();
        Some(parts.len() > 1 && key.columns.iter().all(|n| parts.iter().any(|part| part.contains(n))))
    };
    junction(table).is_some() || own_design(table) && keyed().unwrap_or(false)
}

/// Both keys' columns, each once.
#[must_use]
pub fn both(one: &Constraint, other: &Constraint) -> Vec<i16> {
    let mut columns = one.columns.clone();
    columns.extend(other.columns.iter().filter(|number| !one.columns.contains(number)));
    columns
}

/// Whether a CHECK of the table looks at the column. An expression that could not be read counts as one that does.
#[must_use]
pub fn is_checked(table: &Table, column: &Column) -> bool {
    table.constraints.iter().filter(|constraint| constraint.kind == ConstraintKind::Check).any(|constraint| {
        constraint.columns.contains(&column.number)
            || constraint.columns.is_empty()
                && constraint.expression.as_deref().is_none_or(|sql| sql.is_empty() || mentions(sql, &column.name))
    })
}

/// Whether SQL that PostgreSQL printed names the column as a whole word.
#[must_use]
pub fn mentions(sql: &str, column: &str) -> bool {
    let name = crate::sql::ident(column);
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '"';
    sql.match_indices(&name).any(|(at, _)| {
        !sql[..at].chars().next_back().is_some_and(part) && !sql[at + name.len()..].chars().next().is_some_and(part)
    })
}

/// Whether the column belongs to a foreign key of the table.
#[must_use]
pub fn is_reference(table: &Table, column: i16) -> bool {
    table.foreign_keys().any(|key| key.columns.contains(&column))
}

/// Whether a foreign key refers to the columns of the index, so that it cannot be given up.
#[must_use]
pub fn is_referenced(table: &Table, index: &Index) -> bool {
    table.referenced_by.iter().any(|key| {
        key.index != 0 && key.index == index.oid
            || key.index == 0
                && key.references.as_ref().is_some_and(|reference| {
                    let columns: Vec<&str> = index
                        .keys
                        .iter()
                        .filter_map(|k| k.column.and_then(|n| table.column_by_number(n)))
                        .map(|c| c.name.as_str())
                        .collect();
                    reference.columns.len() == columns.len()
                        && reference.columns.iter().all(|c| columns.contains(&c.as_str()))
                })
    })
}

/// The columns of an index whose keys are all plain columns.
#[must_use]
pub fn key_columns<'a>(table: &'a Table, index: &Index) -> Option<Vec<&'a Column>> {
    index.keys.iter().map(|key| key.column.and_then(|number| table.column_by_number(number))).collect()
}

/// Whether a valid unique index over the columns, or some of them, keeps rows apart (NULLs and predicates not looked at).
#[must_use]
pub fn unique_within(table: &Table, columns: &[i16]) -> bool {
    table.indexes.iter().any(|index| {
        index.valid
            && (index.unique || index.exclusion)
            && index.keys.iter().all(|key| key.column.is_some_and(|number| columns.contains(&number)))
    })
}

/// The word that a table's name and its references share: `order_items` and `order_item_id` give `order_item`.
#[must_use]
pub fn stem(table: &str) -> String {
    singular_name(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        assert!(ends_in("task_status", "status") && ends_in("status", "status"));
        assert!(!ends_in("prostatus", "status"));
        assert!(is_side_table("order_history") && is_side_table("stg_orders"));
        assert!(!is_side_table("catalogs") && !is_side_table("prologue"));
        assert!(mentions("((a > 1) AND (tag <> 'x'))", "tag"));
        assert!(!mentions("(tags <> 'x')", "tag") && !mentions("(my_tag <> 'x')", "tag"));
        assert!(mentions("(\"Tag\" <> 'x')", "Tag") && !mentions("(tag <> 'x')", "Tag"));
    }
}
