//! An index that holds many rows which are marked as deleted.

use crate::rule::prelude::*;
use crate::rules::index_use::usual_classes;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "soft-delete-index-not-partial",
    category: Indexes,
    severity: Info,
    title: "an index holds many rows that are marked as deleted",
    why: "Where rows are only marked as deleted they stay in every index. If the queries that use an index ask for live rows, its share \
          of deleted rows is read and thrown away, kept in memory and written by VACUUM for nothing. An index WHERE deleted_at IS \
          NULL leaves them out. The planner uses it for queries that say so themselves, and for no others.",
    remedy: "Build the index over live rows and drop the full one, where the queries that use it ask for live rows \
             (pg_stat_statements shows them).",
    parameters: &[
        Parameter {
            name: "min_deleted_percent",
            default: Integer(20),
            what: "the least share of deleted rows, by the planner's statistics: percent",
        },
        Parameter { name: "min_rows", default: Integer(100_000), what: "smaller tables are left alone: rows" },
    ],
    sources: &[Guide("S-093"), Manual("indexes-partial", "Partial Indexes")],
    examples: &[
        bad("CREATE INDEX idx_orders_amount ON orders (amount);").given(LIMITED),
        bad("CREATE INDEX idx_orders_amount_id ON orders (amount DESC, id);\nALTER TABLE orders DROP COLUMN deleted_at;")
            .title("a flag")
            .given(with!(FLAGGED, SMALL_TOO))
            .advice(),
        good("CREATE INDEX idx_orders_amount ON orders (amount) WHERE deleted_at IS NULL;").given(LIMITED),
        good("CREATE INDEX idx_orders_amount ON orders (amount);").title("a table that is not large").given(DELETED),
        good("CREATE INDEX idx_orders_amount ON orders (amount);")
            .title("few are deleted")
            .given(with!(
                LIMITED,
                "UPDATE orders SET deleted_at = NULL WHERE id % 10 <> 0;\nANALYZE orders;"
            )),
        good("CREATE INDEX idx_orders_customer_id ON orders (customer_id);")
            .title("it serves a foreign key, whose checks look at all rows")
            .given(with!(
                LIMITED,
                "CREATE TABLE customers (id bigint PRIMARY KEY);\n\
                 ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id);"
            )),
        good("CREATE UNIQUE INDEX idx_orders_amount_unique ON orders (amount, id);")
            .title("it keeps rows unique: another rule's matter")
            .given(with!(LIMITED, "SELECT architect.configure('soft-delete-unique-not-partial', 'off');")),
        good("CREATE INDEX idx_orders_deleted_at ON orders (deleted_at, amount);")
            .title("it finds the deleted ones")
            .given(LIMITED),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

const DELETED: &str = "\
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint, amount integer NOT NULL, deleted_at timestamptz);
INSERT INTO orders (amount, deleted_at) SELECT g, CASE WHEN g % 3 = 0 THEN now() END FROM generate_series(1, 5000) AS g;
ANALYZE orders;";

const FLAGGED: &str = "\
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount integer NOT NULL, deleted_at timestamptz, is_deleted boolean NOT NULL);
INSERT INTO orders (amount, is_deleted) SELECT g, g % 3 = 0 FROM generate_series(1, 5000) AS g;
ANALYZE orders;";

const LIMITED: &str = with!(DELETED, SMALL_TOO);

const SMALL_TOO: &str =
    "SELECT architect.configure('soft-delete-index-not-partial', parameters => '{\"min_rows\": 1000}');";

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let large = state.tuples.is_some_and(|rows| rows >= cx.integer("min_rows", relation) as f64);
    if !large || !shape::own_design(table) || relation.kind != RelationKind::Table {
        return;
    }
    let marks = || table.columns.iter().filter(|column| shape::is_soft_delete(column));
    let Some((mark, share)) = marks().find_map(|mark| Some((mark, deleted(mark)?))) else {
        let whole =
            |index: &Index| index.valid && index.method == "btree" && !index.unique && index.predicate.is_none();
        if let Some(mark) = marks().find(|mark| mark.statistics.is_none()).filter(|_| table.indexes.iter().any(whole)) {
            crate::rules::state::no_statistics(relation.display(), table, mark, out);
        }
        return;
    };
    if share * 100.0 < cx.integer("min_deleted_percent", relation) as f64 {
        return;
    }
    let shown = sql::ident(&mark.name);
    let live = if mark.data_type.base == "boolean" { format!("NOT {shown}") } else { format!("{shown} IS NULL") };
    for index in table.indexes.iter().filter(|index| index.valid && index.method == "btree" && !index.unique) {
        let holds_mark = index.keys.iter().filter_map(|key| key.column).chain(index.included.iter().copied());
        if index.predicate.is_some()
            || index.needed(table).is_some()
            || holds_mark.into_iter().any(|number| number == mark.number)
            || foreign_keys(table).any(|key| index.obstacle(key, table).is_none())
        {
            continue;
        }
        let message = format!("index {} on {} holds many deleted rows", index.sql(), relation.display());
        let finding = out.index(&index.schema, &index.name, index.oid, message);
        finding
            .detail(format!(
                "By the planner's statistics {shown} marks at least {:.0} % of the rows as deleted. The index takes {}.",
                share * 100.0,
                bytes(*index.bytes)
            ))
            .evidence("deleted_percent", (share * 100.0).round())
            .evidence("bytes", *index.bytes)
            .impact((*index.bytes as f64 * share) as u64, 0, 0);
        let columns =
            shape::key_columns(table, index).filter(|_| index.included.is_empty() && usual_classes(index, table));
        let Some(columns) = columns.filter(|_| index.keys.iter().all(|key| !key.descending && !key.nulls_first)) else {
            finding.advice(format!(
                "Where the queries that use it ask for live rows, build it WHERE {live}, then drop this one."
            ));
            continue;
        };
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        finding.advice("Where the queries that use it ask for live rows, outside a transaction block:").remedy(
            format!(
                "CREATE INDEX CONCURRENTLY {} ON {} ({}) WHERE {live};\nDROP INDEX CONCURRENTLY {};",
                sql::ident(&recipes::index_name(table, &names)),
                relation.sql(),
                sql::ident_list(&names),
                index.sql()
            ),
        );
    }
}

fn foreign_keys(table: &Table) -> impl Iterator<Item = &Constraint> {
    table.constraints.iter().filter(|constraint| constraint.kind == ConstraintKind::ForeignKey)
}

/// The share of rows that the column marks as deleted: at least so many. None where it is not known, or where a live row holds a moment
/// too (`infinity`).
fn deleted(mark: &Column) -> Option<f64> {
    let statistics = mark.statistics.as_ref()?;
    if mark.data_type.base == "boolean" {
        // Which of the two values is the common one is not read: the rarer one's share is certain.
        let common = statistics.most_common.filter(|_| statistics.distinct == 2.0)?;
        return Some((1.0 - statistics.null_fraction - common).min(common));
    }
    // Where no row is live the table keeps what was deleted elsewhere.
    (!mark.not_null && statistics.null_fraction > 0.0).then_some(1.0 - statistics.null_fraction)
}
