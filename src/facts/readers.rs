//! The statements of pg_stat_statements that name what a statement drops or renames: a match of words, and said to be one.

use engine::facts::{AlterCommand, Ddl, DropKind, Oid, Reader, Renamed, Statement, Table};
use engine::hash::QuickMap;
use engine::lexer::{Kind, Lexer};
use engine::snapshot::{Row, Source};

use super::world::World;
use crate::pg::attempt::attempt;
use crate::pg::spi::Spi;

/// What ran on this server, as far as the caller may see it.
#[derive(Default)]
pub struct Statements {
    list: Vec<(String, u64)>,
    /// Which of them hold a name, in order.
    words: QuickMap<String, Vec<u32>>,
}

/// More are not kept by any sane `pg_stat_statements.max`; the most frequent are read.
const MOST: usize = 10_000;

impl Statements {
    /// Reads the view; nothing where the extension is not in this database, or not loaded by the server.
    fn read() -> Statements {
        let mut statements = Statements::default();
        // What the view refuses is no error of the text's.
        let rows = attempt(|| Spi::run(query)).unwrap_or_default();
        for (query, calls) in rows {
            statements.add(query, calls);
        }
        statements
    }

    fn add(&mut self, query: String, calls: u64) {
        let number = self.list.len() as u32;
        let mut first = true;
        for token in Lexer::new(&query, 0, false) {
            let written = token.text(&query);
            let word = match token.kind {
                Kind::Word => written.to_lowercase(),
                Kind::QuotedName if written.len() > 1 => written[1..written.len() - 1].replace("\"\"", "\""),
                _ => continue,
            };
            // DDL is no reader: it is what the text at hand is made of.
            if std::mem::take(&mut first)
                && !matches!(
                    word.as_str(),
                    "select"
                        | "with"
                        | "insert"
                        | "update"
                        | "delete"
                        | "merge"
                        | "table"
                        | "values"
                        | "copy"
                        | "declare"
                )
            {
                return;
            }
            let list = self.words.entry(word).or_default();
            if list.last() != Some(&number) {
                list.push(number);
            }
        }
        self.list.push((query, calls));
    }

    /// Those that hold all of these names.
    fn with(&self, names: &[&str]) -> Vec<&(String, u64)> {
        let mut lists: Vec<&[u32]> =
            names.iter().map(|name| self.words.get(*name).map(Vec::as_slice).unwrap_or_default()).collect();
        lists.sort_by_key(|list| list.len());
        let Some((shortest, others)) = lists.split_first() else { return Vec::new() };
        shortest
            .iter()
            .filter(|number| others.iter().all(|list| list.binary_search(number).is_ok()))
            .filter_map(|number| self.list.get(*number as usize))
            .collect()
    }
}

fn query(spi: &mut Spi) -> Vec<(String, u64)> {
    let mut schema = None;
    let found = spi.query(
        "SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace \
         WHERE e.extname OPERATOR(pg_catalog.=) 'pg_stat_statements'",
        &[],
        &mut |row: &dyn Row| {
            schema = row.text(0);
            Ok(())
        },
    );
    let (Ok(()), Some(schema)) = (found, schema) else { return Vec::new() };
    let mut rows = Vec::new();
    let text = format!(
        "SELECT s.query, s.calls FROM {}.pg_stat_statements s WHERE s.dbid OPERATOR(pg_catalog.=) \
         (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) \
         AND s.calls OPERATOR(pg_catalog.>) 0 AND s.query IS NOT NULL ORDER BY s.calls DESC LIMIT {MOST}",
        engine::sql::ident(&schema)
    );
    let read = spi.query(&text, &[], &mut |row: &dyn Row| {
        if let (Some(query), Some(calls)) = (row.text(0), row.integer(1)) {
            rows.push((query, u64::try_from(calls).unwrap_or(0)));
        }
        Ok(())
    });
    if read.is_ok() { rows } else { Vec::new() }
}

/// The statements that name what this one drops or renames.
pub fn of(statement: &Statement, world: &World) -> Vec<Reader> {
    let gone = gone(statement);
    if gone.is_empty() || statement.nothing_to_do {
        return Vec::new();
    }
    let statements = world.statements.get_or_init(Statements::read);
    let mut readers = Vec::new();
    for (relation, table, column) in gone {
        let names: Vec<&str> = std::iter::once(table.as_str()).chain(column.as_deref()).collect();
        readers.extend(statements.with(&names).into_iter().map(|(query, calls)| Reader {
            relation,
            query: query.split_whitespace().collect::<Vec<_>>().join(" "),
            calls: *calls,
            column: column.clone(),
        }));
    }
    readers
}

/// What goes: relations, or columns of them. What the text itself has made nobody has read.
fn gone(statement: &Statement) -> Vec<(Oid, String, Option<String>)> {
    let of = |table: &Table, column: Option<&String>| {
        let relation = &table.relation;
        (relation.oid != 0 && !relation.created_here).then(|| (relation.oid, relation.name.clone(), column.cloned()))
    };
    let Some(target) = &statement.target else { return Vec::new() };
    match &statement.ddl {
        Ddl::AlterTable(_) => statement
            .commands()
            .filter_map(|(_, command)| match command {
                AlterCommand::DropColumn { column, .. } => of(target, Some(column)),
                _ => None,
            })
            .collect(),
        Ddl::Rename(rename) => match &rename.what {
            Renamed::Column(column) => of(target, Some(column)).into_iter().collect(),
            Renamed::Relation(_) if statement.index.is_none() => of(target, None).into_iter().collect(),
            _ => Vec::new(),
        },
        Ddl::Drop(drop) if matches!(drop.kind, DropKind::Relation(_)) && statement.index.is_none() => {
            std::iter::once(target).chain(&statement.others).filter_map(|table| of(table, None)).collect()
        }
        _ => Vec::new(),
    }
}
