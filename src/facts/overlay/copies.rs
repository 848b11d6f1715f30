//! What a new table has from others: INHERITS, PARTITION OF and LIKE.

use engine::facts::*;
use engine::sql::joined_name;

use super::Overlay;

/// The name of a key in the name of an index that is made like another: `generateClonedIndexStmt` takes that of the index's column.
fn key_name(key: &IndexKey, from: &Table) -> String {
    let column = key.column.and_then(|number| from.column_by_number(number));
    match (column, &key.expression) {
        (Some(column), _) => column.name.clone(),
        // A call has the function's name; anything else has none.
        (None, Some(expression)) => {
            let name = expression.split_once('(').map_or("", |(name, _)| name.rsplit('.').next().unwrap_or_default());
            let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            if plain { name.to_owned() } else { "expr".to_owned() }
        }
        (None, None) => "expr".to_owned(),
    }
}

/// The number of the column that has the same name.
fn renumbered(number: i16, from: &Table, to: &Table) -> Option<i16> {
    let name = &from.column_by_number(number)?.name;
    to.column(name).map(|column| column.number)
}

impl Overlay {
    /// The columns of a table that it is a child of, or like.
    fn copy_columns(table: &mut Table, from: &Table, parts: LikeParts) {
        for column in &from.columns {
            let generated = column.generated != Generated::No;
            let default = if generated { parts.generated } else { parts.defaults };
            let identity = column.identity && parts.identity;
            if let Some(known) = table.columns.iter_mut().find(|known| known.name == column.name) {
                known.not_null |= column.not_null;
                continue;
            }
            let number = table.columns.len() as i16 + 1;
            table.columns.push(Column {
                number,
                name: column.name.clone(),
                data_type: column.data_type.clone(),
                collation: column.collation,
                not_null: column.not_null,
                default: if default { column.default.clone() } else { Lazy::default() },
                generated: if default { column.generated } else { Generated::No },
                identity,
                created_here: true,
                touched: true,
                ..Column::default()
            });
        }
    }

    /// The CHECKs of that table.
    fn copy_checks(table: &mut Table, from: &Table, inherited: bool) {
        for check in from.constraints.iter().filter(|known| known.kind == ConstraintKind::Check) {
            if inherited && check.no_inherit || table.constraint(&check.name).is_some() {
                continue;
            }
            let columns = check.columns.iter().filter_map(|number| renumbered(*number, from, table)).collect();
            table.constraints.push(Constraint { oid: 0, table: 0, columns, inherited, touched: true, ..check.clone() });
        }
    }

    /// The indexes of that table, with the keys that they serve.
    fn copy_indexes(&self, table: &mut Table, from: &Table, inherited: bool) {
        for index in from.indexes.iter().filter(|index| index.valid) {
            let renumber = |number: i16| renumbered(number, from, table);
            let mut keys = index.keys.clone();
            keys.iter_mut().for_each(|key| key.column = key.column.and_then(renumber));
            let included: Vec<i16> = index.included.iter().filter_map(|number| renumber(*number)).collect();
            let key = index.constraint.as_deref().and_then(|name| from.constraint(name)).cloned();
            let mut parts: Vec<String> = index.keys.iter().map(|key| key_name(key, from)).collect();
            parts.extend(from.column_names(&index.included).into_iter().map(str::to_owned));
            let middle = joined_name(&parts);
            let (middle, label) = match key.as_ref().map(|key| key.kind) {
                Some(ConstraintKind::PrimaryKey) => (None, "pkey"),
                Some(ConstraintKind::Exclusion) => (Some(&middle), "excl"),
                Some(_) => (Some(&middle), "key"),
                None => (Some(&middle), "idx"),
            };
            let name = self.free_name_in(table, middle.map(String::as_str), label);
            if let Some(key) = key {
                let columns = key.columns.iter().filter_map(|number| renumber(*number)).collect();
                table.constraints.push(Constraint {
                    oid: 0,
                    table: 0,
                    name: name.clone(),
                    columns,
                    inherited,
                    touched: true,
                    ..key
                });
            }
            let constraint = index.constraint.as_ref().map(|_| name.clone());
            table.indexes.push(Index {
                schema: table.relation.schema.clone(),
                name,
                method: index.method.clone(),
                unique: index.unique,
                primary: index.primary,
                exclusion: index.exclusion,
                valid: true,
                immediate: index.immediate,
                nulls_not_distinct: index.nulls_not_distinct,
                constraint: constraint.into(),
                is_partition: inherited,
                keys,
                included,
                predicate: index.predicate.clone(),
                touched: true,
                ..Index::default()
            });
        }
    }

    /// The foreign keys of a partitioned table, which its partition has too.
    fn copy_foreign_keys(table: &mut Table, from: &Table) {
        for key in from.constraints.iter().filter(|known| known.kind == ConstraintKind::ForeignKey) {
            let columns = key.columns.iter().filter_map(|number| renumbered(*number, from, table)).collect();
            table.constraints.push(Constraint {
                oid: 0,
                table: 0,
                columns,
                inherited: true,
                touched: true,
                ..key.clone()
            });
        }
    }

    /// The columns that the table has from others, and their CHECKs.
    pub(super) fn copy_from_others(&self, table: &mut Table, create: &CreateTable) {
        let all = LikeParts { defaults: true, generated: true, constraints: true, identity: false, indexes: false };
        let parents = create.inherits.iter().chain(&create.partition_of).map(|name| (name, all, true));
        let likes = create.like.iter().zip(&create.like_parts).map(|(name, parts)| (name, *parts, false));
        for (name, parts, inherited) in parents.chain(likes) {
            let Some(from) = self.world().table(name) else { continue };
            Overlay::copy_columns(table, &from, parts);
            if parts.constraints {
                Overlay::copy_checks(table, &from, inherited);
            }
        }
    }

    /// The indexes that the table has from others, and the keys with them.
    pub(super) fn copy_keys_from_others(&self, table: &mut Table, create: &CreateTable) {
        for (name, _) in create.like.iter().zip(&create.like_parts).filter(|(_, parts)| parts.indexes) {
            if let Some(from) = self.world().table(name) {
                self.copy_indexes(table, &from, false);
            }
        }
        if let Some(parent) = create.partition_of.as_ref().and_then(|name| self.world().table(name)) {
            self.copy_indexes(table, &parent, true);
            Overlay::copy_foreign_keys(table, &parent);
        }
    }
}
