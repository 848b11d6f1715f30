//! An index whose sort column stands behind a range gives no order.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "composite-index-column-order",
    category: Indexes,
    severity: Info,
    title: "a query sorts by an index column that stands behind the column of a range",
    why: "In an index on (status, created_at, name) the entries of one status are in the order of created_at, and only those of one \
          created_at in the order of name. WHERE status = ... AND created_at > ... ORDER BY name has to sort all rows of the range, \
          LIMIT or not.",
    remedy: "Columns of equality first, then those of ORDER BY, then those of ranges, if the order is what counts (LIMIT); where the \
             range leaves few rows, the sort is cheap, and the index needs no sort column.",
    parameters: &[],
    sources: &[Guide("S-228"), Guide("F-12"), Manual("indexes-ordering", "Indexes and ORDER BY")],
    examples: &[
        bad("SELECT id FROM tasks WHERE status = 'open' AND created_at > '2024-01-01' ORDER BY name;")
            .given(TASKS)
            .lint()
            .advice(),
        bad("SELECT id FROM tasks t WHERE t.status = 'open' AND t.created_at BETWEEN '2024-01-01' AND '2024-02-01' ORDER BY t.name DESC LIMIT 10;")
            .title("BETWEEN, with LIMIT")
            .given(TASKS)
            .lint()
            .advice(),
        good("SELECT id FROM tasks WHERE status = 'open' AND created_at > '2024-01-01' ORDER BY created_at, name;")
            .title("in the order of the index")
            .given(TASKS)
            .lint(),
        good("SELECT id FROM tasks WHERE status = 'open' AND created_at = '2024-01-01' ORDER BY name;")
            .title("no range")
            .given(TASKS)
            .lint(),
        good("SELECT id FROM tasks WHERE status = 'open' AND created_at > '2024-01-01' ORDER BY name;")
            .title("another index has the order")
            .given(with!(TASKS, "CREATE INDEX idx_tasks_status_name ON tasks (status, name, created_at);"))
            .lint(),
        good("SELECT id FROM tasks WHERE id = 4 AND status = 'open' AND created_at > '2024-01-01' ORDER BY name;")
            .title("another index finds the rows")
            .given(TASKS)
            .lint(),
        good("SELECT name, count(*) FROM tasks WHERE status = 'open' AND created_at > '2024-01-01' GROUP BY name ORDER BY name;")
            .title("groups are sorted")
            .given(TASKS)
            .lint(),
        good("SELECT id FROM tasks WHERE created_at > '2024-01-01' ORDER BY name;")
            .title("the index cannot find the rows")
            .given(TASKS)
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

const TASKS: &str = "\
CREATE TABLE tasks (id bigint PRIMARY KEY, status text NOT NULL, created_at timestamptz NOT NULL, name text NOT NULL);
INSERT INTO tasks SELECT g, 'open', now(), 'n' || g FROM generate_series(1, 5000) AS g;
CREATE INDEX idx_tasks_status_created_at_name ON tasks (status, created_at, name);
ANALYZE tasks;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    for search in &statement.searches {
        let (table, relation) = (&search.table, &search.table.relation);
        let Some(sort) = search.order.first().filter(|_| !search.range.is_empty() && cx.live(relation)) else {
            continue;
        };
        if search.equal.contains(sort) || search.range.contains(sort) || gives_order(search) {
            continue;
        }
        let found = table.indexes.iter().filter(|index| usable(index)).find(|index| {
            let columns: Vec<i16> = index.keys.iter().filter_map(|key| key.column).collect();
            let equal = columns.iter().take_while(|number| search.equal.contains(number)).count();
            let range = columns.get(equal).is_some_and(|number| search.range.contains(number));
            range && columns.get(equal + 1) == Some(sort) && !found_elsewhere(search, &columns[..=equal])
        });
        let (Some(index), Some(column)) = (found, table.column_by_number(*sort)) else { continue };
        let shown = sql::ident(&column.name);
        out.index(
            &index.schema,
            &index.name,
            index.oid,
            format!("index {} does not give the order of {shown}: it stands behind a range", index.sql()),
        )
        .detail(format!("The rows of {} that the range leaves are sorted.", relation.display()))
        .advice(format!("Put {shown} before the range's column, or leave it out of the index."))
        .evidence("table", relation.display());
    }
}

/// A btree over plain columns and all rows.
fn usable(index: &Index) -> bool {
    index.valid
        && index.method == "btree"
        && index.predicate.is_none()
        && index.keys.iter().all(|key| key.column.is_some())
}

/// Whether a condition about another column than these may find the rows by an index of its own.
fn found_elsewhere(search: &Search, columns: &[i16]) -> bool {
    let conditions =
        || search.equal.iter().chain(&search.range).chain(&search.listed).filter(|number| !columns.contains(number));
    search
        .table
        .indexes
        .iter()
        .filter(|index| index.valid && matches!(index.method.as_str(), "btree" | "hash"))
        .filter_map(|index| index.keys.first()?.column)
        .any(|first| conditions().any(|number| *number == first))
}

/// Whether an index, of any kind, may give the rows in the order that is asked for, by its columns: those of equality before it or
/// among it are no hindrance.
fn gives_order(search: &Search) -> bool {
    search.table.indexes.iter().filter(|index| index.valid && index.method == "btree").any(|index| {
        let mut columns = index.keys.iter().filter(|key| key.column.is_none_or(|n| !search.equal.contains(&n)));
        search
            .order
            .iter()
            .filter(|number| !search.equal.contains(number))
            .all(|number| columns.next().is_some_and(|key| key.column == Some(*number)))
    })
}
