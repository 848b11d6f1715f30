//! What breaks running code.

mod cached_plans_invalidated;
mod column_drop_collateral;
mod column_dropped;
mod column_renamed;
pub(in crate::rules) mod column_type_incompatible;
mod default_dropped;
mod dependent_object_blocks;
mod function_body_mentions;
mod function_signature_replaced;
mod not_null_dropped;
mod not_null_without_default;
mod published_table_changed;
mod relation_renamed;
mod replica_identity_lost;
mod sequence_left_narrow;
mod statement_reads_it;
mod subscription_table_changed;
mod table_recreated;
mod type_value_renamed;
mod view_dropped;

use crate::facts::{Collateral, ConstraintKind, Statement};
use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &column_renamed::RULE,
    &relation_renamed::RULE,
    &column_dropped::RULE,
    &column_drop_collateral::RULE,
    &not_null_without_default::RULE,
    &replica_identity_lost::RULE,
    &default_dropped::RULE,
    &not_null_dropped::RULE,
    &type_value_renamed::RULE,
    &sequence_left_narrow::RULE,
    &dependent_object_blocks::RULE,
    &published_table_changed::RULE,
    &column_type_incompatible::RULE,
    &table_recreated::RULE,
    &view_dropped::RULE,
    &function_signature_replaced::RULE,
    &function_body_mentions::RULE,
    &cached_plans_invalidated::RULE,
    &subscription_table_changed::RULE,
    &statement_reads_it::RULE,
];

/// What goes silently with the column that a sub-command drops, unique ones first. `column-dropped` is silent where this
/// list has an entry: `column-drop-collateral` speaks then.
fn silently_lost(statement: &Statement, command: usize) -> Vec<&Collateral> {
    let part_of_the_column = |description: &str| {
        // Its default and, from 18 on, its NOT NULL constraint are the column itself.
        description.starts_with("default value for ")
            || statement.target.iter().flat_map(|table| &table.constraints).any(|constraint| {
                constraint.kind == ConstraintKind::NotNull
                    && description.starts_with(&format!("constraint {} on ", constraint.name))
            })
    };
    let mut lost: Vec<&Collateral> = statement
        .impact
        .collateral
        .iter()
        .filter(|c| c.command == command && !c.by_cascade && !part_of_the_column(&c.description))
        .collect();
    lost.sort_by_key(|c| !c.unique);
    lost
}

#[cfg(test)]
mod tests {
    use crate::context::Moment;
    use crate::facts::*;
    use crate::judge::{Surroundings, aftermath, statement};
    use crate::policy::Policy;

    const OURS: &[&str] =
        &["column-renamed", "relation-renamed", "column-dropped", "column-drop-collateral", "not-null-without-default"];

    fn column(number: i16, name: &str) -> Column {
        let data_type = TypeName { name: "text".to_owned(), modifier: -1, ..TypeName::default() };
        Column { number, name: name.to_owned(), data_type: data_type.into(), ..Column::default() }
    }

    fn table(rows: u64) -> Table {
        let size = Size { rows, bytes: rows.div_ceil(100) * 8192 };
        let relation = Relation {
            oid: 1,
            schema: "shop".to_owned(),
            name: "orders".to_owned(),
            size: size.into(),
            ..Relation::default()
        };
        Table { relation, columns: vec![column(1, "note"), column(2, "code")].into(), ..Table::default() }
    }

    fn alter(table: Table, commands: Vec<AlterCommand>) -> Statement {
        let ddl = Ddl::AlterTable(AlterTable { target: Name::bare("orders"), commands, ..AlterTable::default() });
        Statement { target: Some(table), ..Statement::new("ALTER TABLE", ddl) }
    }

    fn rename(table: Table, column: &str) -> Statement {
        let ddl = Ddl::Rename(Rename {
            what: Renamed::Column(column.to_owned()),
            target: Name::bare("orders"),
            new_name: "remark".to_owned(),
            if_exists: false,
        });
        Statement { target: Some(table), ..Statement::new("ALTER TABLE", ddl) }
    }

    fn drop(column: &str) -> AlterCommand {
        AlterCommand::DropColumn { column: column.to_owned(), cascade: false, if_exists: false }
    }

    fn add(column: ColumnDef, if_not_exists: bool) -> AlterCommand {
        AlterCommand::AddColumn { column, if_not_exists }
    }

    /// `(rule, object, remedy)` of the findings of this category.
    fn found(judged: &Statement) -> Vec<(&'static str, String, String)> {
        let (policy, transaction) =
            (Policy::default(), Transaction { lock_timeout_ms: 2000, ..Transaction::default() });
        let surroundings = Surroundings {
            moment: Moment::Start,
            server_version_num: 150_000,
            transaction: &transaction,
            policy: &policy,
        };
        statement(judged, &surroundings)
            .into_iter()
            .filter(|finding| OURS.contains(&finding.rule.name))
            .map(|finding| (finding.rule.name, finding.object.identity(), finding.remedy))
            .collect()
    }

    fn rules(judged: &Statement) -> Vec<&'static str> {
        found(judged).into_iter().map(|(rule, _, _)| rule).collect()
    }

    #[test]
    fn a_rename_proposes_the_first_step() {
        assert_eq!(
            found(&rename(table(5000), "note")),
            [(
                "column-renamed",
                "shop.orders.note".to_owned(),
                "ALTER TABLE shop.orders ADD COLUMN remark text;".to_owned()
            )]
        );
        assert!(rules(&rename(table(0), "note")).is_empty(), "empty");
        assert!(rules(&rename(table(10), "note")).is_empty(), "small");
        let mut new = table(5000);
        new.columns[0].created_here = true;
        assert!(rules(&rename(new, "note")).is_empty(), "a column of this transaction");
        let mut view = table(0);
        view.relation.kind = RelationKind::View;
        assert_eq!(rules(&rename(view.clone(), "note")), ["column-renamed"]);
        view.relation.created_here = true;
        assert!(rules(&rename(view, "note")).is_empty(), "a view of this transaction");
    }

    #[test]
    fn a_dropped_column_has_one_finding() {
        assert_eq!(rules(&alter(table(10), vec![drop("note")])), ["column-dropped"]);
        assert!(rules(&alter(table(0), vec![drop("note")])).is_empty(), "empty");
        assert!(rules(&alter(table(10), vec![drop("colour")])).is_empty(), "no such column");
        let mut statement = alter(table(10), vec![drop("note"), drop("code")]);
        let collateral = |command, description: &str, by_cascade| Collateral {
            command,
            description: description.to_owned(),
            by_cascade,
            unique: false,
        };
        statement.impact.collateral.push(collateral(1, "index idx_orders_code", false));
        assert_eq!(
            found(&statement).into_iter().map(|(rule, object, _)| (rule, object)).collect::<Vec<_>>(),
            [
                ("column-dropped", "shop.orders.note".to_owned()),
                ("column-drop-collateral", "shop.orders.code".to_owned())
            ]
        );
        let mut statement = alter(table(10), vec![drop("note")]);
        statement.impact.collateral.push(collateral(0, "default value for column note of table orders", false));
        statement.impact.collateral.push(collateral(0, "view totals", true));
        assert_eq!(rules(&statement), ["column-dropped"], "what CASCADE takes is for cascade-collateral");
    }

    #[test]
    fn a_not_null_constraint_is_part_of_its_column() {
        let mut orders = table(10);
        orders.constraints.push(Constraint {
            name: "orders_note_not_null".to_owned(),
            kind: ConstraintKind::NotNull,
            columns: vec![1],
            ..Constraint::default()
        });
        let mut statement = alter(orders, vec![drop("note")]);
        statement.impact.collateral.push(Collateral {
            command: 0,
            description: "constraint orders_note_not_null on table orders".to_owned(),
            by_cascade: false,
            unique: false,
        });
        assert_eq!(rules(&statement), ["column-dropped"]);
    }

    #[test]
    fn not_null_needs_a_value() {
        let data_type = TypeName { name: "text".to_owned(), ..TypeName::default() };
        let plain = ColumnDef { name: "currency".to_owned(), not_null: true, data_type, ..ColumnDef::default() };
        let with = |default: &str| ColumnDef { default: Some(default.to_owned()), ..plain.clone() };
        assert_eq!(
            found(&alter(table(1), vec![add(plain.clone(), false)])),
            [(
                "not-null-without-default",
                "shop.orders.currency".to_owned(),
                "ALTER TABLE shop.orders ADD COLUMN currency text;".to_owned()
            )]
        );
        for null in ["NULL", "null::text"] {
            assert_eq!(rules(&alter(table(1), vec![add(with(null), false)])), ["not-null-without-default"], "{null}");
        }
        for filled in [
            with("'EUR'"),
            ColumnDef { identity: true, ..plain.clone() },
            ColumnDef { serial: Some("bigserial".to_owned()), ..plain.clone() },
            ColumnDef { generated: Generated::Stored, ..plain.clone() },
            ColumnDef { not_null: false, ..plain.clone() },
        ] {
            assert!(rules(&alter(table(1), vec![add(filled, false)])).is_empty());
        }
        assert!(rules(&alter(table(0), vec![add(plain.clone(), false)])).is_empty(), "empty");
        let there = ColumnDef { name: "note".to_owned(), ..plain };
        assert!(rules(&alter(table(1), vec![add(there, true)])).is_empty(), "IF NOT EXISTS hits");
    }

    fn renamed(oid: Oid, old: &str, new: &str, kind: RelationKind) -> RenamedRelation {
        let mut relation = table(5000).relation;
        (relation.oid, relation.name, relation.kind) = (oid, new.to_owned(), kind);
        RenamedRelation {
            relation,
            old_schema: "shop".to_owned(),
            old_name: old.to_owned(),
            taken_over: false,
            owner: 0,
            position: 0,
        }
    }

    fn renames(list: Vec<RenamedRelation>) -> Vec<String> {
        let (policy, transaction) = (Policy::default(), Transaction::default());
        let surroundings = Surroundings {
            moment: Moment::Commit,
            server_version_num: 150_000,
            transaction: &transaction,
            policy: &policy,
        };
        aftermath(&Aftermath { renamed: list, ..Aftermath::default() }, &surroundings)
            .into_iter()
            .map(|finding| format!("{} {}", finding.rule.name, finding.object.identity()))
            .collect()
    }

    #[test]
    fn a_renamed_relation_is_told_unless_its_name_is_taken_over() {
        let kind = RelationKind::Table;
        assert_eq!(renames(vec![renamed(1, "orders", "purchases", kind)]), ["relation-renamed shop.purchases"]);
        let mut taken = renamed(1, "orders", "orders_old", kind);
        taken.taken_over = true;
        assert!(renames(vec![taken, renamed(2, "orders_new", "orders", kind)]).is_empty(), "a swap");
        assert!(renames(vec![renamed(1, "orders", "orders", kind)]).is_empty(), "there and back");
        assert!(renames(vec![renamed(1, "i", "j", RelationKind::Index)]).is_empty(), "an index");
        let mut partition = renamed(1, "orders_1", "orders_2", kind);
        partition.relation.is_partition = true;
        assert!(renames(vec![partition]).is_empty(), "a partition");
    }

    #[test]
    fn a_moved_table_takes_its_sequence_along() {
        let mut moved = renamed(1, "orders", "orders", RelationKind::Table);
        moved.relation.schema = "archive".to_owned();
        let mut sequence = renamed(2, "orders_id_seq", "orders_id_seq", RelationKind::Sequence);
        sequence.relation.schema = "archive".to_owned();
        let by_itself = ["relation-renamed archive.orders_id_seq", "relation-renamed archive.orders"];
        assert_eq!(renames(vec![sequence.clone(), moved.clone()]), by_itself, "a sequence of nobody's");
        sequence.owner = 1;
        assert_eq!(renames(vec![sequence.clone(), moved]), ["relation-renamed archive.orders"]);
        assert_eq!(renames(vec![sequence]), ["relation-renamed archive.orders_id_seq"]);
    }
}
