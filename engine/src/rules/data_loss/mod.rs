//! What loses data.

mod cascade_collateral;
mod constraint_dropped;
mod database_dropped;
mod schema_dropped;
mod table_dropped;
mod triggers_disabled;
mod truncate;
mod unlogged_table;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &table_dropped::RULE,
    &cascade_collateral::RULE,
    &truncate::RULE,
    &schema_dropped::RULE,
    &constraint_dropped::RULE,
    &triggers_disabled::RULE,
    &unlogged_table::RULE,
    &database_dropped::RULE,
];

#[cfg(test)]
mod tests {
    use crate::context::Moment;
    use crate::facts::*;
    use crate::finding::Finding;
    use crate::judge::{Surroundings, statement};
    use crate::policy::Policy;
    use crate::rule::Severity;

    fn table(oid: Oid, name: &str, rows: u64) -> Table {
        let size = Size { rows, bytes: rows.div_ceil(100) * 8192 };
        Table {
            relation: Relation {
                oid,
                schema: "shop".to_owned(),
                name: name.to_owned(),
                size: size.into(),
                ..Relation::default()
            },
            ..Table::default()
        }
    }

    fn drop(kind: DropKind, names: &[&str], tables: Vec<Table>) -> Statement {
        let names = names.iter().map(|name| Name::bare(*name)).collect();
        let ddl = Ddl::Drop(Drop { kind, names, cascade: true, if_exists: false, concurrently: false });
        let mut tables = tables.into_iter();
        Statement { target: tables.next(), others: tables.collect(), ..Statement::new("DROP", ddl) }
    }

    fn taken(command: usize, description: &str) -> Collateral {
        Collateral { command, description: description.to_owned(), by_cascade: true, unique: false }
    }

    fn found(judged: &Statement) -> Vec<Finding> {
        let (policy, transaction) =
            (Policy::default(), Transaction { lock_timeout_ms: 2000, ..Transaction::default() });
        let surroundings = Surroundings {
            moment: Moment::Start,
            server_version_num: 150_000,
            transaction: &transaction,
            policy: &policy,
        };
        let ours = ["table-dropped", "cascade-collateral"];
        statement(judged, &surroundings).into_iter().filter(|finding| ours.contains(&finding.rule.name)).collect()
    }

    const TABLES: DropKind = DropKind::Relation(RelationKind::Table);

    #[test]
    fn each_dropped_table_with_rows_is_told() {
        let mut new = table(3, "new", 10);
        new.relation.created_here = true;
        let mut old_partition = table(4, "orders_2020", 10);
        old_partition.relation.is_partition = true;
        let tables = vec![table(1, "orders", 5000), table(2, "carts", 0), new, old_partition];
        let findings = found(&drop(TABLES, &["orders", "carts", "new", "orders_2020"], tables));
        let told: Vec<_> = findings.iter().map(|f| (f.object.identity(), f.severity)).collect();
        assert_eq!(
            told,
            [("shop.orders".to_owned(), Severity::Error), ("shop.orders_2020".to_owned(), Severity::Warning)]
        );
        assert!(findings[0].message.contains("5,000 rows"), "{}", findings[0].message);
        assert!(found(&drop(DropKind::Relation(RelationKind::View), &["v"], vec![table(1, "v", 10)])).is_empty());
    }

    #[test]
    fn cascade_is_told_once_for_each_command() {
        let mut statement = drop(TABLES, &["orders"], vec![table(1, "orders", 0)]);
        assert!(found(&statement).is_empty(), "nothing depends on it");
        statement.impact.collateral = vec![taken(0, "view shop.totals"), taken(0, "view shop.more")];
        let findings = found(&statement);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].detail, "These go without being named: view shop.totals and view shop.more.");
        statement.target.as_mut().expect("a table").relation.created_here = true;
        assert!(found(&statement).is_empty(), "all of this transaction");

        let commands = ["a", "b"].map(|column| AlterCommand::DropColumn {
            column: column.to_owned(),
            cascade: true,
            if_exists: false,
        });
        let ddl = Ddl::AlterTable(AlterTable { commands: commands.to_vec(), ..AlterTable::default() });
        let mut statement = Statement { target: Some(table(1, "orders", 0)), ..Statement::new("ALTER TABLE", ddl) };
        statement.impact.collateral = vec![taken(1, "view b1"), taken(0, "view a1"), taken(1, "view b2")];
        let objects: Vec<String> = found(&statement).iter().map(|f| f.object.identity()).collect();
        assert_eq!(objects, ["shop.orders.a", "shop.orders.b"]);
    }

    #[test]
    fn cascade_of_what_is_no_relation_names_it() {
        let mut statement = drop(DropKind::Other("SCHEMA"), &["staging"], Vec::new());
        statement.impact.collateral = vec![taken(0, "table staging.imports")];
        let findings = found(&statement);
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].object.kind, findings[0].object.identity()), ("schema", "staging".to_owned()));
        let mut statement = Statement::new("DROP OWNED", Ddl::Other("DROP OWNED".to_owned()));
        statement.impact.collateral = vec![taken(0, "table t")];
        assert_eq!(found(&statement).len(), 1);
    }
}
