//! Tables that refer to each other in a circle, where no row can be the first.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-key-cycle",
    category: Design,
    severity: Info,
    title: "tables refer to each other in a circle that no single INSERT can begin",
    why: "When every foreign key of a circle is NOT NULL and checked at once, no first row can be inserted: \
          each needs the other. It takes one statement that inserts into both tables, or constraints switched \
          off; loading data, restoring one table and deleting a pair have the same trouble.",
    remedy: "Make one of the keys DEFERRABLE INITIALLY DEFERRED, let one of the columns be NULL, or move the \
          relation into a table of its own.",
    parameters: &[],
    sources: &[Manual("sql-set-constraints", "SET CONSTRAINTS"), Guide("S-044")],
    examples: &[
        bad("CREATE TABLE teams (id bigint PRIMARY KEY, captain_id bigint NOT NULL UNIQUE);\n\
             CREATE TABLE players (id bigint PRIMARY KEY, team_id bigint NOT NULL UNIQUE REFERENCES teams);\n\
             ALTER TABLE teams ADD CONSTRAINT teams_captain_id_fkey FOREIGN KEY (captain_id) REFERENCES players;"),
        good("CREATE TABLE teams (id bigint PRIMARY KEY, captain_id bigint UNIQUE);\n\
             CREATE TABLE players (id bigint PRIMARY KEY, team_id bigint NOT NULL UNIQUE REFERENCES teams);\n\
             ALTER TABLE teams ADD CONSTRAINT teams_captain_id_fkey FOREIGN KEY (captain_id) REFERENCES players;")
        .title("one of them may be NULL"),
        good("CREATE TABLE teams (id bigint PRIMARY KEY, captain_id bigint NOT NULL UNIQUE);\n\
             CREATE TABLE players (id bigint PRIMARY KEY, team_id bigint NOT NULL UNIQUE REFERENCES teams);\n\
             ALTER TABLE teams ADD CONSTRAINT teams_captain_id_fkey FOREIGN KEY (captain_id) REFERENCES players DEFERRABLE;")
        .title("one of them can wait until COMMIT"),
        good("CREATE TABLE categories (id bigint PRIMARY KEY, parent_id bigint NOT NULL UNIQUE REFERENCES categories);")
        .title("a row may refer to itself"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

/// The foreign keys that a row must satisfy at once, to another table.
fn strict(table: &Table) -> impl Iterator<Item = &Constraint> {
    let required = |key: &&Constraint| {
        let far = key.references.as_ref().map_or(0, |reference| reference.oid);
        let not_null = key.columns.iter().all(|n| table.column_by_number(*n).is_some_and(|column| column.not_null));
        !key.inherited && !key.deferrable && key.enforced && far != 0 && far != table.relation.oid && not_null
    };
    table.foreign_keys().filter(required)
}

/// The circles: strongly connected components of two tables or more (Tarjan, without recursion: chains can be long).
fn circles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let (mut number, mut low) = (vec![NEW; edges.len()], vec![0; edges.len()]);
    let mut on_stack = vec![false; edges.len()];
    let (mut stack, mut next, mut found) = (Vec::new(), 0, Vec::new());
    for start in 0..edges.len() {
        let mut work = if number[start] == NEW { vec![(start, 0)] } else { Vec::new() };
        while let Some((node, edge)) = work.pop() {
            if edge == 0 {
                (number[node], low[node]) = (next, next);
                next += 1;
                stack.push(node);
                on_stack[node] = true;
            } else {
                let done = edges[node][edge - 1];
                if on_stack[done] {
                    low[node] = low[node].min(low[done]);
                }
            }
            if let Some(to) = edges[node].get(edge).copied() {
                work.push((node, edge + 1));
                if number[to] == NEW {
                    work.push((to, 0));
                }
                continue;
            }
            if low[node] == number[node] {
                let mut circle = Vec::new();
                while let Some(top) = stack.pop() {
                    on_stack[top] = false;
                    circle.push(top);
                    if top == node {
                        break;
                    }
                }
                if circle.len() > 1 {
                    found.push(circle);
                }
            }
        }
    }
    found
}

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let tables = &database.tables;
    let edges: Vec<Vec<usize>> = tables
        .iter()
        .map(|table| {
            let far = |key: &Constraint| database.places.get(&key.references.as_ref()?.oid).copied();
            if table.relation.is_partition { Vec::new() } else { strict(table).filter_map(far).collect() }
        })
        .collect();
    for mut circle in circles(&edges) {
        circle.sort_by_key(|place| tables[*place].relation.display());
        let Some(first) = circle.iter().map(|place| &tables[*place]).find(|table| !*table.relation.exempt) else {
            continue;
        };
        let names: Vec<String> = circle.iter().map(|place| tables[*place].relation.display()).collect();
        let inside = |key: &&Constraint| {
            let far = key.references.as_ref().and_then(|reference| database.places.get(&reference.oid));
            far.is_some_and(|far| circle.contains(far))
        };
        let Some(key) = strict(first).find(inside) else { continue };
        let relation = &first.relation;
        out.relation(
            relation,
            format!("{} refer to each other in a circle, and no row can be the first", list(&names, 5)),
        )
        .detail("Every foreign key of the circle is NOT NULL and checked at the end of each statement.")
        .advice("Let one of the keys wait until COMMIT; this only writes the catalog:")
        .remedy(format!(
            "ALTER TABLE {} ALTER CONSTRAINT {} DEFERRABLE INITIALLY DEFERRED;",
            relation.sql(),
            sql::ident(&key.name)
        ))
        .evidence("tables", names.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::circles;

    #[test]
    fn circles_are_found_once() {
        let sorted = |mut all: Vec<Vec<usize>>| {
            all.iter_mut().for_each(|circle| circle.sort_unstable());
            all.sort();
            all
        };
        assert!(circles(&[vec![1], vec![2], vec![]]).is_empty());
        assert_eq!(sorted(circles(&[vec![1], vec![0]])), [[0, 1]]);
        assert_eq!(sorted(circles(&[vec![1], vec![2], vec![0], vec![0, 4], vec![3]])), [vec![0, 1, 2], vec![3, 4]]);
        assert_eq!(sorted(circles(&[vec![1, 2], vec![], vec![1, 0]])), [[0, 2]]);
        let chain: Vec<Vec<usize>> = (0..100_000).map(|n| if n == 99_999 { vec![0] } else { vec![n + 1] }).collect();
        assert_eq!(circles(&chain)[0].len(), 100_000);
    }
}
