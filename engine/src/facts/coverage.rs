//! When one index stands in for another, and when an index finds the rows of a foreign key: decided here once, for every rule.

use super::{Constraint, Index, IndexKey, Table};
use crate::sql;

impl Index {
    /// Whether it does everything that the other one does, so that dropping the other loses no plan and no promise: the same
    /// keys, or more of them behind those of a btree; in the same order or in the mirrored one; with all that the other
    /// includes, over the same rows, and unique where the other is.
    ///
    /// Two indexes that stand in for each other are twins. Storage options are no difference; an index that is invalid stands
    /// in for nothing.
    #[must_use]
    pub fn stands_in_for(&self, other: &Index, table: &Table) -> bool {
        let btree = self.method == "btree";
        self.valid
            && self.method == other.method
            && same_rows(self, other, table)
            && promises(self, other, table)
            && if btree { begins_with(self, other) } else { same_keys(self, other) }
            && includes(self, other, btree)
    }

    /// Why the index has to stay whatever else there is: it serves a constraint, a foreign key refers to it, it is the replica
    /// identity, CLUSTER uses it, or it belongs to an index of the parent table.
    #[must_use]
    pub fn needed(&self, table: &Table) -> Option<Need> {
        if let Some(constraint) = &*self.constraint {
            return Some(Need::Constraint(constraint.clone()));
        }
        let target = |key: &&Constraint| self.oid != 0 && key.index == self.oid;
        if let Some(key) = table.referenced_by.iter().find(target) {
            return Some(Need::ForeignKey(key.name.clone()));
        }
        if self.primary || self.exclusion {
            return Some(Need::Constraint(self.name.clone()));
        }
        if self.replica_identity {
            return Some(Need::ReplicaIdentity);
        }
        if self.clustered {
            return Some(Need::Cluster);
        }
        (self.is_partition || self.parent != 0).then_some(Need::Parent)
    }

    /// Why the index does not find the rows of the foreign key; none where it does.
    #[must_use]
    pub fn obstacle(&self, key: &Constraint, table: &Table) -> Option<String> {
        if !self.valid {
            return Some("it is invalid".to_owned());
        }
        let wanted = &key.columns;
        let method = self.method.as_str();
        // GiST, SP-GiST and GIN can search for equality where an operator class has it (btree_gist, btree_gin). BRIN can too, but
        // reads whole ranges of the table.
        let by_equality = matches!(method, "gist" | "spgist" | "gin");
        if !(method == "btree" || by_equality || (method == "hash" && wanted.len() == 1)) {
            return Some(format!("method {method} cannot be searched for the key"));
        }
        let searched = if method == "gin" { self.keys.len() } else { wanted.len() };
        let leading = self.keys.get(..searched).unwrap_or_default();
        let leads = |number: &i16| leading.iter().find(|k| k.column == Some(*number));
        if !wanted.iter().all(|number| leads(number).is_some()) {
            return Some("the key's columns are not its first ones".to_owned());
        }
        let reference = key.references.as_ref();
        let families = reference.map(|r| r.opfamilies.as_slice()).unwrap_or_default();
        let holding = reference.map(|r| r.equality_families.as_slice()).unwrap_or_default();
        for (position, number) in wanted.iter().enumerate() {
            let (Some(found), Some(column)) = (leads(number), table.column_by_number(*number)) else { continue };
            if found.collation != column.collation {
                return Some(format!("its collation is not that of column {}", sql::ident(&column.name)));
            }
            let holds = holding.get(position).is_some_and(|list| list.contains(&found.opfamily));
            // The referenced key's family holds the operator, unless the column is converted first (integer to numeric): then
            // the families differ. A hash index has a family of its own, known only where the server was asked.
            let same = families.get(position).is_some_and(|family| *family == found.opfamily);
            let unknown = families.get(position).is_none() && holding.get(position).is_none();
            let assumed = method == "hash" && holding.get(position).is_none();
            if !(holds || same || assumed || (unknown && !by_equality)) {
                return Some(format!(
                    "its operator class on {} does not hold the operator that the key is compared with",
                    sql::ident(&column.name)
                ));
            }
        }
        match &self.predicate {
            Some(predicate) if !only_not_null(predicate, &table.column_names(wanted)) => {
                Some(format!("it holds only rows with {predicate}"))
            }
            _ => None,
        }
    }
}

/// Why an index has to stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// It serves this constraint.
    Constraint(String),
    /// This foreign key refers to it.
    ForeignKey(String),
    /// It is the replica identity.
    ReplicaIdentity,
    /// `CLUSTER` uses it.
    Cluster,
    /// It is attached to an index of the parent table, and goes only with that.
    Parent,
}

impl Need {
    /// The reason in a clause: `serves constraint orders_pkey`.
    #[must_use]
    pub fn clause(&self) -> String {
        match self {
            Need::Constraint(name) => format!("serves constraint {}", sql::ident(name)),
            Need::ForeignKey(name) => format!("is what foreign key {} refers to", sql::ident(name)),
            Need::ReplicaIdentity => "is the replica identity".to_owned(),
            Need::Cluster => "is the one that CLUSTER uses".to_owned(),
            Need::Parent => "belongs to an index of the parent table".to_owned(),
        }
    }
}

/// The conditions that a predicate, as PostgreSQL prints it, joins by AND; none where it could not be read.
fn conditions(predicate: &str) -> Vec<String> {
    let bare = |text: &str| text.trim().trim_start_matches('(').trim_end_matches(')').to_owned();
    bare(predicate).split(" AND ").map(bare).collect()
}

/// Whether the predicate asks for nothing but NOT NULL of the given columns.
#[must_use]
pub fn only_not_null(predicate: &str, columns: &[&str]) -> bool {
    conditions(predicate).iter().all(|condition| {
        condition
            .strip_suffix(" IS NOT NULL")
            .is_some_and(|name| columns.iter().any(|column| sql::ident(column) == name))
    })
}

/// Whether both hold the same rows. A predicate that could not be read (the table is locked) equals nothing.
fn same_rows(cover: &Index, other: &Index, table: &Table) -> bool {
    let holds_all = |index: &Index| match &index.predicate {
        None => true,
        Some(predicate) => {
            // Of a column that the cover does not hold, it would have to look into the table where a query repeats the predicate.
            let held = table.columns.iter().filter(|column| column.not_null && cover.mentions(column.number));
            let names: Vec<&str> = held.map(|column| column.name.as_str()).collect();
            only_not_null(predicate, &names)
        }
    };
    if cover.predicate == other.predicate {
        return cover.predicate.as_deref() != Some("");
    }
    // An index over all rows proves no predicate, but every query can use it.
    cover.predicate.is_none() && holds_all(other)
}

/// Whether the cover promises what the other does.
fn promises(cover: &Index, other: &Index, table: &Table) -> bool {
    if other.exclusion {
        return false;
    }
    if !other.unique {
        return true;
    }
    let never_null = |key: &IndexKey| {
        key.column.and_then(|number| table.column_by_number(number)).is_some_and(|column| column.not_null)
    };
    let nulls = cover.nulls_not_distinct == other.nulls_not_distinct || other.keys.iter().all(never_null);
    cover.unique
        && !cover.exclusion
        && cover.keys.len() == other.keys.len()
        // A deferrable constraint's index is checked late: it is no target of a foreign key or of ON CONFLICT.
        && (cover.immediate || !other.immediate)
        // ON CONFLICT finds an index by its predicate, too.
        && cover.predicate == other.predicate
        && nulls
}

fn same_key(a: &IndexKey, b: &IndexKey) -> bool {
    a.column == b.column
        && a.expression == b.expression
        // An expression that could not be read equals nothing.
        && a.expression.as_deref() != Some("")
        && a.opclass == b.opclass
        && a.collation == b.collation
}

/// Whether the btree begins with the keys of the other, in its order or in the mirrored one.
fn begins_with(long: &Index, short: &Index) -> bool {
    let pairs = || short.keys.iter().zip(&long.keys);
    let straight = |a: &IndexKey, b: &IndexKey| a.descending == b.descending && a.nulls_first == b.nulls_first;
    let mirrored = |a: &IndexKey, b: &IndexKey| a.descending != b.descending && a.nulls_first != b.nulls_first;
    short.keys.len() <= long.keys.len()
        && pairs().all(|(a, b)| same_key(a, b))
        && (pairs().all(|(a, b)| straight(a, b)) || pairs().all(|(a, b)| mirrored(a, b)))
}

/// Whether both have the same keys with the same options.
fn same_keys(a: &Index, b: &Index) -> bool {
    // What those methods take as storage options changes no plan; elsewhere (BRIN's pages_per_range, bloom's length) it may.
    let tuning = matches!(a.method.as_str(), "hash" | "gist" | "gin" | "spgist");
    a.keys.len() == b.keys.len()
        && a.keys.iter().zip(&b.keys).all(|(a, b)| same_key(a, b))
        && a.class_options == b.class_options
        && (tuning || a.options == b.options)
}

/// Whether the cover holds every column that the other includes. A btree gives its keys back, other methods may not.
fn includes(cover: &Index, other: &Index, btree: bool) -> bool {
    other.included.iter().all(|number| cover.included.contains(number) || (btree && cover.mentions(*number)))
}

#[cfg(test)]
mod tests {
    use super::super::{Column, ConstraintKind, Reference};
    use super::*;

    fn key(column: i16) -> IndexKey {
        IndexKey { column: Some(column), opclass: 1, ..IndexKey::default() }
    }

    fn down(column: i16) -> IndexKey {
        IndexKey { descending: true, nulls_first: true, ..key(column) }
    }

    fn index(keys: &[IndexKey]) -> Index {
        Index { method: "btree".to_owned(), valid: true, immediate: true, keys: keys.to_vec(), ..Index::default() }
    }

    fn twins(a: &Index, b: &Index) -> bool {
        let table = Table::default();
        a.stands_in_for(b, &table) && b.stands_in_for(a, &table)
    }

    #[test]
    fn equal_indexes() {
        let plain = index(&[key(1), key(2)]);
        assert!(twins(&plain, &Index { name: "other".to_owned(), bytes: 8192.into(), ..plain.clone() }));
        assert!(twins(&plain, &Index { options: vec!["fillfactor=70".to_owned()], ..plain.clone() }));
        assert!(twins(
            &Index { included: vec![4, 3], ..plain.clone() },
            &Index { included: vec![3, 4], ..plain.clone() }
        ));
        for other in [
            Index { unique: true, ..plain.clone() },
            Index { method: "gist".to_owned(), ..plain.clone() },
            Index { predicate: Some("(a > 0)".to_owned()), ..plain.clone() },
            Index { included: vec![3], ..plain.clone() },
            Index { valid: false, ..plain.clone() },
            index(&[key(2), key(1)]),
            index(&[key(1), IndexKey { opclass: 2, ..key(2) }]),
            index(&[key(1), IndexKey { collation: 950, ..key(2) }]),
            index(&[key(1)]),
        ] {
            assert!(!twins(&plain, &other), "{other:?}");
        }
        let unique = Index { unique: true, ..plain };
        for other in [
            Index { immediate: false, ..unique.clone() },
            Index { nulls_not_distinct: true, ..unique.clone() },
            Index { exclusion: true, ..unique.clone() },
        ] {
            assert!(!twins(&unique, &other), "{other:?}");
        }
    }

    #[test]
    fn what_could_not_be_read_equals_nothing() {
        let locked = Index { predicate: Some(String::new()), ..index(&[key(1)]) };
        assert!(!twins(&locked, &locked.clone()));
        let locked = index(&[IndexKey { column: None, expression: Some(String::new()), ..key(1) }]);
        assert!(!twins(&locked, &locked.clone()));
    }

    #[test]
    fn the_beginning_of_a_longer_btree() {
        let table = Table::default();
        let long = index(&[key(1), key(2), key(3)]);
        let covered = |new: &Index, old: &Index| old.stands_in_for(new, &table);
        assert!(covered(&index(&[key(1)]), &long));
        assert!(covered(&index(&[key(1), key(2)]), &long));
        assert!(covered(&index(&[down(1), down(2)]), &long), "mirrored");
        assert!(
            covered(&index(&[key(1), key(2), key(3)]), &Index { unique: true, ..long.clone() }),
            "the key's own index"
        );
        assert!(
            covered(&Index { included: vec![3], ..index(&[key(1)]) }, &long),
            "INCLUDE that the other has as a key"
        );
        assert!(!covered(&index(&[key(1), down(2)]), &long), "half mirrored");
        assert!(!covered(&index(&[key(2)]), &long), "not the beginning");
        assert!(!covered(&long, &index(&[key(1)])), "longer");
        assert!(!covered(&Index { unique: true, ..index(&[key(1)]) }, &long), "it promises more");
        assert!(
            !covered(&Index { unique: true, ..index(&[key(1)]) }, &Index { unique: true, ..long.clone() }),
            "it promises more than the longer key"
        );
        assert!(!covered(&Index { included: vec![4], ..index(&[key(1)]) }, &long), "it holds more");
        assert!(
            !covered(&index(&[key(1)]), &Index { predicate: Some("(a > 0)".to_owned()), ..long.clone() }),
            "partial"
        );
        assert!(!covered(&index(&[key(1)]), &Index { method: "gin".to_owned(), ..long }), "not a btree");
    }

    #[test]
    fn a_predicate_that_leaves_nothing_out() {
        let column = Column { number: 1, name: "a".to_owned(), not_null: true, ..Column::default() };
        let table = Table { columns: vec![column].into(), ..Table::default() };
        let (full, partial) =
            (index(&[key(1)]), Index { predicate: Some("(a IS NOT NULL)".to_owned()), ..index(&[key(1)]) });
        assert!(full.stands_in_for(&partial, &table));
        assert!(!partial.stands_in_for(&full, &table), "ORDER BY proves no predicate");
        let nullable = Table { columns: vec![Column { not_null: false, ..table.columns[0].clone() }].into(), ..table };
        assert!(!full.stands_in_for(&partial, &nullable), "the partial one is smaller");
    }

    #[test]
    fn predicates_that_leave_out_only_rows_without_a_reference() {
        let columns = ["customer_id", "Tenant"];
        assert!(only_not_null("(customer_id IS NOT NULL)", &columns));
        assert!(only_not_null("((customer_id IS NOT NULL) AND (\"Tenant\" IS NOT NULL))", &columns));
        assert!(!only_not_null("(other_id IS NOT NULL)", &columns));
        assert!(!only_not_null("((customer_id IS NOT NULL) AND (paid_at IS NULL))", &columns));
        assert!(!only_not_null("((customer_id IS NOT NULL) OR (paid_at IS NOT NULL))", &columns));
        assert!(!only_not_null("(customer_id > 0)", &columns));
        assert!(!only_not_null("", &columns));
    }

    #[test]
    fn only_an_index_that_finds_the_rows_serves() {
        let column = |number: i16, name: &str, collation| Column {
            number,
            name: name.to_owned(),
            collation,
            ..Column::default()
        };
        let table =
            Table { columns: vec![column(1, "tenant", 100), column(2, "customer_id", 0)].into(), ..Table::default() };
        let key = Constraint {
            kind: ConstraintKind::ForeignKey,
            columns: vec![1, 2],
            references: Some(
                Reference {
                    opfamilies: vec![1994, 1976],
                    equality_families: vec![vec![1994, 2095, 1995], vec![1976, 1977]],
                    ..Reference::default()
                }
                .into(),
            ),
            ..Constraint::default()
        };
        let index_key =
            |column, opfamily, collation| IndexKey { column: Some(column), opfamily, collation, ..IndexKey::default() };
        let index = |keys: Vec<IndexKey>| Index { method: "btree".to_owned(), valid: true, keys, ..Index::default() };
        let (tenant, customer) = (index_key(1, 1994, 100), index_key(2, 1976, 0));
        let good = index(vec![customer.clone(), tenant.clone(), index_key(3, 1976, 0)]);
        assert_eq!(good.obstacle(&key, &table), None);
        let refused = |index: Index| index.obstacle(&key, &table).is_some();
        assert!(!refused(index(vec![index_key(1, 2095, 100), customer.clone()])), "pattern_ops has the same equality");
        assert!(refused(Index { valid: false, ..good.clone() }), "invalid");
        assert!(refused(Index { method: "brin".to_owned(), ..good.clone() }), "method");
        assert!(refused(index(vec![customer.clone()])), "too short");
        assert!(refused(index(vec![index_key(3, 1976, 0), tenant.clone(), customer.clone()])), "not leading");
        assert!(refused(Index { included: vec![1], ..index(vec![customer.clone()]) }), "INCLUDE");
        assert!(refused(index(vec![index_key(1, 7777, 100), customer.clone()])), "another operator family");
        assert!(refused(index(vec![index_key(1, 1994, 950), customer.clone()])), "another collation");
        assert!(refused(Index { predicate: Some("(customer_id > 0)".to_owned()), ..good.clone() }), "partial");
        assert!(refused(Index { method: "hash".to_owned(), ..good.clone() }), "hash of two");
        let reference = key.references.clone().expect("a reference");
        let narrow = Reference {
            opfamilies: vec![1976],
            equality_families: vec![reference.equality_families[1].clone()],
            ..Reference::clone(&reference)
        };
        let one = Constraint { columns: vec![2], references: Some(narrow.into()), ..key.clone() };
        let hash = |family| Index { method: "hash".to_owned(), ..index(vec![index_key(2, family, 0)]) };
        assert_eq!(hash(1977).obstacle(&one, &table), None);
        assert!(hash(7777).obstacle(&one, &table).is_some(), "a hash of something else");
        let gist = Index { method: "gist".to_owned(), ..index(vec![index_key(2, 7777, 0)]) };
        assert!(gist.obstacle(&one, &table).is_some(), "no equality in it");
        // The key exists only in a text: its operators are not known.
        let text_only = Constraint { references: Some(Reference::default().into()), ..key };
        assert_eq!(good.obstacle(&text_only, &table), None);
    }
}
