//! What a database looks like, but for the names of constraints and indexes: two ways to the same end must give the same.

use anyhow::Result;
use harness::Session;

/// Line by line: what is there besides PostgreSQL's own.
const CATALOG: &str = "
    WITH n AS (
        SELECT oid, nspname FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public', 'architect')
    ), c AS (
        SELECT k.*, format('%I.%I', nspname, relname) AS called FROM pg_class AS k JOIN n ON n.oid = relnamespace
    ), lines AS (
        SELECT concat_ws(' ', 'relation', called, relkind, relpersistence, 'rls', relrowsecurity, relforcerowsecurity, relreplident,
                relispopulated, reloptions, 'tablespace ' || (SELECT spcname FROM pg_tablespace WHERE oid = reltablespace), 'owner', relowner::regrole, 'acl', relacl,
                pg_get_expr(relpartbound, oid), pg_get_partkeydef(oid), obj_description(oid, 'pg_class'),
                (SELECT string_agg(inhparent::regclass::text || inhdetachpending::text, ',') FROM pg_inherits WHERE inhrelid = oid)) AS line
        FROM c WHERE relkind NOT IN ('i', 'I', 'c', 'S')
        UNION ALL
        SELECT concat_ws(' ', 'column', called, attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END,
                nullif(attidentity, ''), nullif(attgenerated, ''), 'DEFAULT ' || pg_get_expr(adbin, adrelid),
                nullif(attcollation, 0)::regcollation, attacl, col_description(attrelid, attnum))
        FROM pg_attribute JOIN c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relkind NOT IN ('i', 'I', 'S') AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT concat_ws(' ', 'constraint', called, pg_get_constraintdef(k.oid), CASE WHEN NOT convalidated THEN 'NOT VALID' END, k.condeferrable, k.condeferred)
        FROM pg_constraint AS k JOIN c ON c.oid = conrelid WHERE contype NOT IN ('t', 'n')
        UNION ALL
        SELECT concat_ws(' ', 'not null', called, pg_get_constraintdef(k.oid), CASE WHEN NOT convalidated THEN 'NOT VALID' END)
        FROM pg_constraint AS k JOIN c ON c.oid = conrelid WHERE contype = 'n' AND NOT convalidated
        UNION ALL
        SELECT concat_ws(' ', 'index', replace(pg_get_indexdef(i.indexrelid), format(' INDEX %I ON ', x.relname), ' INDEX ON '), indisvalid, indisready,
                indisprimary, indisclustered, indisreplident, (SELECT spcname FROM pg_tablespace WHERE oid = x.reltablespace), x.reloptions)
        FROM pg_index AS i JOIN c ON c.oid = indrelid JOIN pg_class AS x ON x.oid = indexrelid
        UNION ALL
        SELECT concat_ws(' ', 'sequence', called, seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin, seqcycle,
                (SELECT refobjid::regclass || '.' || refobjsubid || deptype::text FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = seqrelid AND deptype IN ('a', 'i')))
        FROM pg_sequence JOIN c ON c.oid = seqrelid
        UNION ALL
        SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), tgenabled) FROM pg_trigger AS t WHERE NOT tgisinternal
        UNION ALL
        SELECT concat_ws(' ', 'policy', to_jsonb(p)) FROM pg_policies AS p
        UNION ALL
        SELECT concat_ws(' ', 'view', called, pg_get_viewdef(oid)) FROM c WHERE relkind IN ('v', 'm')
        UNION ALL
        SELECT concat_ws(' ', 'function', pg_get_functiondef(p.oid), proacl, proowner::regrole) FROM pg_proc AS p JOIN n ON n.oid = pronamespace
        WHERE prokind <> 'a' AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
        UNION ALL
        SELECT concat_ws(' ', 'type', typname, typtype, format_type(typbasetype, typtypmod), typnotnull, typdefault,
                (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
                (SELECT string_agg(pg_get_constraintdef(oid) || convalidated, ',') FROM pg_constraint WHERE contypid = t.oid))
        FROM pg_type AS t JOIN n ON n.oid = typnamespace WHERE typtype IN ('e', 'd', 'r')
        UNION ALL
        SELECT concat_ws(' ', 'statistics', pg_get_statisticsobjdef(s.oid)) FROM pg_statistic_ext AS s JOIN n ON n.oid = stxnamespace
        UNION ALL
        SELECT concat_ws(' ', 'schema', nspname) FROM n
    )
    SELECT line FROM lines ORDER BY line COLLATE \"C\"";

/// The tables with rows, and the columns of theirs that are the same in every run: no times, no random values.
const TABLES: &str = "
    SELECT format('%I.%I', nspname, relname), array_remove(array_agg(CASE WHEN atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'uuid'::regtype,
        'date'::regtype, 'float8'::regtype, 'time'::regtype, 'timetz'::regtype) THEN attname::text END), NULL)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'architect') AND (relkind = 'r' OR relkind = 'm' AND relispopulated)
    GROUP BY 1";

/// The state of the session's database, rows included.
///
/// # Errors
/// The server's error.
pub fn read(session: &mut Session) -> Result<Vec<String>> {
    // What is decompiled does not depend on the session that way.
    session.batch_execute("SET search_path = pg_catalog; SET statement_timeout = 0")?;
    let mut out: Vec<String> = session.query(CATALOG, &[])?.iter().map(|row| row.get(0)).collect();
    for row in session.query(TABLES, &[])? {
        let (table, changing): (String, Vec<String>) = (row.get(0), row.get(1));
        let query = format!(
            "SELECT concat_ws(' ', count(*), md5(string_agg(r, E'\\n' ORDER BY r))) FROM (SELECT (to_jsonb(t) - $1::text[])::text AS r FROM {table} AS t) AS q"
        );
        let rows: String = session.query_one(&query, &[&changing])?.get(0);
        out.push(format!("rows {table} {rows}"));
    }
    Ok(out)
}

/// What only one of two states has: `- line` of the first, `+ line` of the second.
#[must_use]
pub fn difference(first: &[String], second: &[String]) -> Vec<String> {
    let mut left: Vec<&String> = second.iter().collect();
    let mut out = Vec::new();
    for line in first {
        match left.iter().position(|other| *other == line) {
            Some(at) => {
                left.swap_remove(at);
            }
            None => out.push(format!("- {line}")),
        }
    }
    out.extend(left.iter().map(|line| format!("+ {line}")));
    out
}

/// What ends an expansion that the difference shows: `orders.amount_new` beside `orders.amount` becomes `orders.amount`. None where
/// there is none.
#[must_use]
pub fn swap(difference: &[String]) -> Option<String> {
    // A column that is there in both ways, of another type or name, and a new one.
    let parts = |line: &str| -> Option<(String, String)> {
        let mut words = line.split(' ').skip(2);
        Some((words.next()?.to_owned(), words.next()?.to_owned()))
    };
    let columns = |sign: &str| -> Vec<(String, String)> {
        difference
            .iter()
            .filter(|line| line.starts_with(&format!("{sign} column ")))
            .filter_map(|line| parts(line))
            .collect()
    };
    let (wanted, reached) = (columns("-"), columns("+"));
    let (table, old) = wanted.iter().find(|column| reached.contains(column))?;
    let (_, new) = reached.iter().find(|column| column.0 == *table && !wanted.contains(column))?;
    let trigger = difference
        .iter()
        .find_map(|line| line.strip_prefix("+ trigger CREATE TRIGGER ")?.split(' ').next())
        .map(|trigger| format!("DROP TRIGGER {trigger} ON {table};\n"))?;
    let function = difference
        .iter()
        .find_map(|line| line.strip_prefix("+ function CREATE OR REPLACE FUNCTION ")?.split('(').next())
        .map(|function| format!("DROP FUNCTION {function}();\n"))?;
    Some(format!(
        "{trigger}{function}ALTER TABLE {table} DROP COLUMN {old} CASCADE;\nALTER TABLE {table} RENAME COLUMN {new} TO {old};"
    ))
}

/// The columns' types and the rows alone.
#[must_use]
pub fn bare(state: &[String]) -> Vec<String> {
    let kept = state.iter().filter(|line| line.starts_with("column ") || line.starts_with("rows "));
    kept.map(|line| {
        let end = [" NOT NULL", " DEFAULT "].iter().filter_map(|tail| line.find(tail)).min().unwrap_or(line.len());
        line[..end].to_owned()
    })
    .collect()
}
