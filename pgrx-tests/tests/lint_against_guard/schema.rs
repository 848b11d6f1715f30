//! The schema as it is at a point of a script: what its next statement may speak of. The server itself is the model.

use crate::random::Random;
use anyhow::Result;
use harness::Session;

/// A column.
pub struct Column {
    pub name: String,
    pub not_null: bool,
    pub default: bool,
    pub identity: bool,
}

/// A table, view or sequence.
pub struct Relation {
    /// As SQL, with its schema only where it needs one.
    pub name: String,
    /// As SQL, without its schema.
    pub bare: String,
    /// `pg_class.relkind`.
    pub kind: char,
    pub is_partition: bool,
    /// `pg_class.relpersistence`.
    pub persistence: char,
    pub columns: Vec<Column>,
    /// Names of constraints, as SQL, with `pg_constraint.contype`, and whether they are validated.
    pub constraints: Vec<(String, char, bool)>,
    /// Names of indexes, as SQL without schema and with it where needed, and whether they are unique and serve no constraint.
    pub indexes: Vec<(String, String, bool)>,
}

/// Everything.
pub struct Schema {
    pub relations: Vec<Relation>,
    /// Enums (`e`), domains (`d`) and composite types (`c`) as SQL.
    pub types: Vec<(String, char)>,
    pub schemas: Vec<String>,
}

const RELATIONS: &str = "
    SELECT c.oid::int8,
           CASE WHEN pg_table_is_visible(c.oid) THEN quote_ident(c.relname)
                WHEN c.relpersistence = 't' THEN 'pg_temp.' || quote_ident(c.relname)
                ELSE format('%I.%I', n.nspname, c.relname) END,
           quote_ident(c.relname), n.nspname::text, c.relkind::text, c.relispartition, c.relpersistence::text,
           coalesce((SELECT json_agg(json_build_array(quote_ident(attname), format_type(atttypid, atttypmod), attnotnull, atthasdef, attidentity <> '')
                            ORDER BY attnum)
                     FROM pg_attribute AS a WHERE a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped), '[]')::text,
           coalesce((SELECT json_agg(json_build_array(quote_ident(conname), contype, convalidated) ORDER BY conname)
                     FROM pg_constraint AS k WHERE k.conrelid = c.oid AND contype <> 't'), '[]')::text,
           coalesce((SELECT json_agg(json_build_array(quote_ident(i.relname),
                                         CASE WHEN pg_table_is_visible(i.oid) THEN quote_ident(i.relname)
                                              ELSE format('%I.%I', n.nspname, i.relname) END,
                                         x.indisunique AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.oid)) ORDER BY i.relname)
                     FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid), '[]')::text
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE (n.nspname !~ '^pg_' OR n.oid = pg_my_temp_schema()) AND n.nspname NOT IN ('information_schema', 'public', 'architect')
      AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"";

impl Schema {
    /// What is there now.
    pub fn read(session: &mut Session) -> Result<Schema> {
        let letter = |text: String| text.chars().next().unwrap_or(' ');
        let list = |text: String| -> Vec<Vec<serde_json::Value>> { serde_json::from_str(&text).unwrap_or_default() };
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let yes = |value: &serde_json::Value| value.as_bool().unwrap_or_default();
        let mut relations = Vec::new();
        for row in session.query(RELATIONS, &[])? {
            let columns = list(row.get(7));
            let columns = columns.iter().map(|c| Column {
                name: text(&c[0]),
                not_null: yes(&c[2]),
                default: yes(&c[3]),
                identity: yes(&c[4]),
            });
            let constraints = list(row.get(8));
            let indexes = list(row.get(9));
            relations.push(Relation {
                name: row.get(1),
                bare: row.get(2),
                kind: letter(row.get(4)),
                is_partition: row.get(5),
                persistence: letter(row.get(6)),
                columns: columns.collect(),
                constraints: constraints.iter().map(|c| (text(&c[0]), letter(text(&c[1])), yes(&c[2]))).collect(),
                indexes: indexes.iter().map(|i| (text(&i[0]), text(&i[1]), yes(&i[2]))).collect(),
            });
        }
        let types = session.query(
            "SELECT CASE WHEN pg_type_is_visible(t.oid) THEN quote_ident(typname) ELSE format('%I.%I', nspname, typname) END, typtype::text
             FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = typnamespace LEFT JOIN pg_class AS c ON c.oid = typrelid
             WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public', 'architect')
               AND (typtype IN ('e', 'd') OR c.relkind = 'c')
             ORDER BY nspname COLLATE \"C\", typname COLLATE \"C\"",
            &[],
        )?;
        let schemas = session.query(
            "SELECT quote_ident(nspname) FROM pg_namespace
             WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public', 'architect') ORDER BY nspname COLLATE \"C\"",
            &[],
        )?;
        Ok(Schema {
            relations,
            types: types.iter().map(|row| (row.get(0), letter(row.get(1)))).collect(),
            schemas: schemas.iter().map(|row| row.get(0)).collect(),
        })
    }

    fn of_kind<'a>(&'a self, random: &mut Random, kinds: &str) -> Option<&'a Relation> {
        let all: Vec<&Relation> = self.relations.iter().filter(|r| kinds.contains(r.kind)).collect();
        (!all.is_empty()).then(|| *random.pick(&all))
    }

    /// A table, partitioned or not.
    pub fn table<'a>(&'a self, random: &mut Random) -> Option<&'a Relation> {
        self.of_kind(random, "rp")
    }

    /// A partitioned table.
    pub fn partitioned<'a>(&'a self, random: &mut Random) -> Option<&'a Relation> {
        self.of_kind(random, "p")
    }

    /// A view or materialised view.
    pub fn view<'a>(&'a self, random: &mut Random) -> Option<&'a Relation> {
        self.of_kind(random, "vm")
    }

    /// A sequence.
    pub fn sequence<'a>(&'a self, random: &mut Random) -> Option<&'a Relation> {
        self.of_kind(random, "S")
    }

    /// A relation of any kind.
    pub fn any<'a>(&'a self, random: &mut Random) -> Option<&'a Relation> {
        self.of_kind(random, "rpvmS")
    }

    /// A relation of this kind.
    pub fn of<'a>(&'a self, random: &mut Random, kind: char) -> Option<&'a Relation> {
        self.of_kind(random, kind.encode_utf8(&mut [0; 4]))
    }

    /// A type of this kind.
    pub fn type_of(&self, random: &mut Random, kind: char) -> Option<&str> {
        let all: Vec<&str> = self.types.iter().filter(|t| t.1 == kind).map(|t| t.0.as_str()).collect();
        (!all.is_empty()).then(|| *random.pick(&all))
    }
}

impl Relation {
    /// One of its columns.
    pub fn column<'a>(&'a self, random: &mut Random) -> Option<&'a Column> {
        (!self.columns.is_empty()).then(|| random.pick(&self.columns))
    }
}
