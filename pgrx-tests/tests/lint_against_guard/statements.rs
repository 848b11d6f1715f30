//! Random statements over a schema. Most of them are valid; the server is asked which.

use crate::random::Random;
use crate::schema::{Relation, Schema};

/// Makes statements, with names that no other statement of the script has used.
pub struct Maker<'a> {
    pub random: &'a mut Random,
    pub names: usize,
}

const TYPES: &[&str] = &[
    "text",
    "varchar(20)",
    "integer",
    "bigint",
    "numeric(10,2)",
    "timestamp",
    "timestamptz",
    "json",
    "jsonb",
    "real",
    "money",
    "char(3)",
    "boolean",
    "date",
    "uuid",
    "integer[]",
    "smallint",
];
const CHANGED: &[&str] = &[
    "text",
    "bigint",
    "varchar(40)",
    "varchar(5)",
    "integer",
    "numeric(12,2)",
    "timestamptz",
    "text COLLATE \"POSIX\"",
];

impl Maker<'_> {
    fn name(&mut self, letter: &str) -> String {
        self.names += 1;
        if self.random.one_in(12) { format!("\"{letter} {}\"", self.names) } else { format!("{letter}{}", self.names) }
    }

    /// A name for a relation: a new one, or one that is, or was, somebody else's.
    fn relation_name(&mut self, schema: &Schema, letter: &str) -> String {
        if self.random.one_in(5) {
            let known = ["orders", "customers", "empty", "archive", "loose", "order_view", "parted_1"];
            return (*self.random.pick(&known)).to_owned();
        }
        let name = self.name(letter);
        match schema.schemas.len() {
            n if n > 0 && self.random.one_in(5) => format!("{}.{name}", self.random.pick(&schema.schemas)),
            _ => name,
        }
    }

    fn data_type(&mut self, schema: &Schema) -> String {
        match self.random.below(8) {
            0 => schema.type_of(self.random, 'e').unwrap_or("text").to_owned(),
            1 => schema.type_of(self.random, 'd').unwrap_or("text").to_owned(),
            _ => (*self.random.pick(TYPES)).to_owned(),
        }
    }

    fn references(&mut self, schema: &Schema) -> Option<String> {
        let far = schema.table(self.random)?;
        let action = *self.random.pick(&["", "", " ON DELETE CASCADE", " ON DELETE SET NULL"]);
        Some(format!("{}{action}", far.name))
    }

    /// A column's definition.
    fn column_definition(&mut self, schema: &Schema, name: &str) -> String {
        let data_type = match self.random.below(12) {
            0 => "serial".to_owned(),
            1 => "bigserial".to_owned(),
            2 => "integer GENERATED ALWAYS AS IDENTITY".to_owned(),
            3 => "integer GENERATED ALWAYS AS (1 + 1) STORED".to_owned(),
            _ => self.data_type(schema),
        };
        let mut text = format!("{name} {data_type}");
        if self.random.one_in(3) {
            text.push_str(" NOT NULL");
        }
        let plain = !data_type.contains("serial") && !data_type.contains("GENERATED");
        if plain && self.random.one_in(3) {
            text.push_str(match data_type.as_str() {
                "text" | "varchar(20)" | "char(3)" => " DEFAULT 'x'",
                "timestamp" | "timestamptz" | "date" if self.random.one_in(2) => " DEFAULT clock_timestamp()",
                "timestamp" | "timestamptz" | "date" => " DEFAULT now()",
                "uuid" => " DEFAULT gen_random_uuid()",
                "json" | "jsonb" => " DEFAULT '{}'",
                "boolean" => " DEFAULT true",
                "integer[]" => " DEFAULT '{}'",
                "integer" | "bigint" | "numeric(10,2)" | "smallint" | "real" => " DEFAULT 7",
                _ => " DEFAULT NULL",
            });
        }
        if self.random.one_in(8) {
            text.push_str(" UNIQUE");
        }
        if self.random.one_in(8) {
            text.push_str(&format!(" CHECK ({name} IS NOT NULL)"));
        }
        if self.random.one_in(6)
            && let Some(references) = self.references(schema)
        {
            text.push_str(&format!(" REFERENCES {references}"));
        }
        text
    }

    fn create_table(&mut self, schema: &Schema) -> Option<String> {
        let kind = match self.random.below(10) {
            0 | 1 => "TEMP ",
            2 => "UNLOGGED ",
            _ => "",
        };
        let there = if self.random.one_in(6) { "IF NOT EXISTS " } else { "" };
        let name = if kind == "TEMP " && self.random.one_in(2) {
            schema.any(self.random)?.bare.clone()
        } else {
            self.relation_name(schema, "t")
        };
        match self.random.below(14) {
            0 => {
                let query = schema.any(self.random)?;
                let kind = if kind == "UNLOGGED " { "" } else { kind };
                return Some(format!("CREATE {kind}TABLE {there}{name} AS SELECT * FROM {}", query.name));
            }
            1 => {
                let like = schema.any(self.random)?;
                let all = *self.random.pick(&["", " INCLUDING ALL", " INCLUDING DEFAULTS INCLUDING CONSTRAINTS"]);
                return Some(format!("CREATE {kind}TABLE {there}{name} (LIKE {}{all})", like.name));
            }
            2 => {
                return Some(format!(
                    "CREATE {kind}TABLE {there}{name} (extra text) INHERITS ({})",
                    schema.table(self.random)?.name
                ));
            }
            3 => return Some(format!("SELECT * INTO {name} FROM {}", schema.any(self.random)?.name)),
            _ => {}
        }
        let key = match self.random.below(8) {
            0 => "id bigint PRIMARY KEY",
            1 => "id integer PRIMARY KEY",
            2 => "id serial PRIMARY KEY",
            3 => "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            4 => "id uuid PRIMARY KEY DEFAULT gen_random_uuid()",
            5 => "id bigserial NOT NULL",
            6 => "id integer",
            _ => "id bigint NOT NULL",
        };
        let mut parts = vec![key.to_owned()];
        let columns = self.random.below(4);
        let names: Vec<String> = (0..columns).map(|_| self.name("c")).collect();
        for name in &names {
            parts.push(self.column_definition(schema, name));
        }
        if let Some(first) = names.first() {
            match self.random.below(8) {
                0 => parts.push(format!("UNIQUE ({first}, id)")),
                1 => {
                    let constraint = self.name("k");
                    parts.push(format!("CONSTRAINT {constraint} CHECK ({first} IS NOT NULL)"));
                }
                2 => {
                    if let Some(references) = self.references(schema) {
                        parts.push(format!("FOREIGN KEY ({first}) REFERENCES {references}"));
                    }
                }
                _ => {}
            }
        }
        let partitioned = match self.random.below(8) {
            0 => " PARTITION BY RANGE (id)",
            1 => " PARTITION BY HASH (id)",
            _ => "",
        };
        Some(format!("CREATE {kind}TABLE {there}{name} ({}){partitioned}", parts.join(", ")))
    }

    fn bound(&mut self) -> String {
        self.names += 1;
        let n = self.names;
        // Few of each kind: some follow each other, and some leave gaps.
        match self.random.below(5) {
            0 => "DEFAULT".to_owned(),
            1 => format!("FOR VALUES WITH (MODULUS {}, REMAINDER {})", 2 << (n % 2), n % 2),
            2 => format!("FOR VALUES FROM ({}) TO ({})", n % 6, n % 6 + 1),
            3 => "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')".to_owned(),
            _ => format!("FOR VALUES FROM ('{}-01-01') TO ('{}-01-01')", 2026 + n % 6, 2027 + n % 6),
        }
    }

    fn partition(&mut self, schema: &Schema) -> Option<String> {
        let parent = schema.partitioned(self.random)?.name.clone();
        Some(match self.random.below(6) {
            0 | 1 => {
                let name = self.relation_name(schema, "t");
                format!("CREATE TABLE {name} PARTITION OF {parent} {}", self.bound())
            }
            2 | 3 => {
                let loose =
                    if self.random.one_in(2) { "loose".to_owned() } else { schema.table(self.random)?.name.clone() };
                format!("ALTER TABLE {parent} ATTACH PARTITION {loose} {}", self.bound())
            }
            _ => {
                let parts: Vec<&Relation> = schema.relations.iter().filter(|r| r.is_partition).collect();
                if parts.is_empty() {
                    return None;
                }
                let part = self.random.pick(&parts).name.clone();
                let concurrently = if self.random.one_in(3) { " CONCURRENTLY" } else { "" };
                format!("ALTER TABLE {parent} DETACH PARTITION {part}{concurrently}")
            }
        })
    }

    fn create_index(&mut self, schema: &Schema) -> Option<String> {
        let table = if self.random.one_in(12) { schema.view(self.random)? } else { schema.table(self.random)? };
        let first = &table.column(self.random)?.name;
        let key = match self.random.below(8) {
            0 => format!("{first} DESC"),
            1 => format!("{first} NULLS FIRST"),
            2 => format!("lower({first})"),
            3 | 4 => format!("{first}, {}", table.column(self.random)?.name),
            _ => first.clone(),
        };
        let unique = if self.random.one_in(3) { "UNIQUE " } else { "" };
        let concurrently = if self.random.one_in(3) { "CONCURRENTLY " } else { "" };
        let name = match self.random.below(6) {
            0 => String::new(),
            1 => "IF NOT EXISTS orders_made ".to_owned(),
            _ => format!("{} ", self.name("i")),
        };
        let only = if table.kind == 'p' && self.random.one_in(2) { "ONLY " } else { "" };
        let method = if self.random.one_in(8) { " USING hash" } else { "" };
        let include = if self.random.one_in(8) {
            format!(" INCLUDE ({})", table.column(self.random)?.name)
        } else {
            String::new()
        };
        let filter = if self.random.one_in(6) {
            format!(" WHERE {} IS NOT NULL", table.column(self.random)?.name)
        } else {
            String::new()
        };
        Some(format!(
            "CREATE {unique}INDEX {concurrently}{name}ON {only}{}{method} ({key}){include}{filter}",
            table.name
        ))
    }

    fn index_of<'s>(&mut self, schema: &'s Schema) -> Option<&'s (String, String, bool)> {
        let all: Vec<_> = schema.relations.iter().flat_map(|r| &r.indexes).collect();
        (!all.is_empty()).then(|| *self.random.pick(&all))
    }

    fn alter_index(&mut self, schema: &Schema) -> Option<String> {
        let index = self.index_of(schema)?.1.clone();
        Some(match self.random.below(8) {
            0 | 1 => format!("ALTER INDEX {index} RENAME TO {}", self.name("i")),
            2 => format!("ALTER INDEX {index} SET (fillfactor = 80)"),
            3 => format!("ALTER INDEX {index} ATTACH PARTITION {}", self.index_of(schema)?.1),
            4 => format!("DROP INDEX CONCURRENTLY {index}"),
            5 => format!("DROP INDEX IF EXISTS {index} CASCADE"),
            6 => format!("DROP INDEX {index}, {}", self.index_of(schema)?.1),
            _ => format!("DROP INDEX {index}"),
        })
    }

    fn added_constraint(&mut self, schema: &Schema, table: &Relation) -> Option<String> {
        let named = if self.random.one_in(3) { String::new() } else { format!("CONSTRAINT {} ", self.name("k")) };
        let column = &table.column(self.random)?.name;
        let valid = if self.random.one_in(2) { " NOT VALID" } else { "" };
        Some(match self.random.below(9) {
            0 => format!("ADD {named}PRIMARY KEY ({column})"),
            1 => format!("ADD {named}UNIQUE ({column})"),
            2 => format!("ADD {named}UNIQUE ({column}, {})", table.column(self.random)?.name),
            3 | 4 => format!("ADD {named}CHECK ({column} IS NOT NULL){valid}"),
            5 | 6 => format!("ADD {named}FOREIGN KEY ({column}) REFERENCES {}{valid}", self.references(schema)?),
            _ => {
                let unique: Vec<_> = table.indexes.iter().filter(|index| index.2).collect();
                if unique.is_empty() {
                    return None;
                }
                let kind = *self.random.pick(&["UNIQUE", "PRIMARY KEY"]);
                format!("ADD {named}{kind} USING INDEX {}", self.random.pick(&unique).0)
            }
        })
    }

    fn command(&mut self, schema: &Schema, table: &Relation) -> Option<String> {
        let column = table.column(self.random)?;
        let name = &column.name;
        Some(match self.random.below(26) {
            0..=3 => {
                let new = self.name("c");
                let there = if self.random.one_in(6) { "IF NOT EXISTS " } else { "" };
                let new = if there.is_empty() || self.random.one_in(2) { new } else { name.clone() };
                format!("ADD COLUMN {there}{}", self.column_definition(schema, &new))
            }
            4 | 5 => format!("DROP COLUMN {name}{}", if self.random.one_in(3) { " CASCADE" } else { "" }),
            6..=8 => format!("ALTER COLUMN {name} TYPE {}", self.random.pick(CHANGED)),
            9 if column.default => format!("ALTER COLUMN {name} DROP DEFAULT"),
            9 | 10 => format!("ALTER COLUMN {name} SET DEFAULT NULL"),
            11 | 12 if column.not_null => format!("ALTER COLUMN {name} DROP NOT NULL"),
            11 | 12 => format!("ALTER COLUMN {name} SET NOT NULL"),
            13 if column.identity => format!("ALTER COLUMN {name} DROP IDENTITY"),
            13 => format!("ALTER COLUMN {name} ADD GENERATED BY DEFAULT AS IDENTITY"),
            14..=17 => self.added_constraint(schema, table)?,
            18 | 19 => {
                let (constraint, kind, validated) =
                    (!table.constraints.is_empty()).then(|| self.random.pick(&table.constraints))?;
                if matches!(kind, 'c' | 'f') && (!validated || self.random.one_in(4)) {
                    format!("VALIDATE CONSTRAINT {constraint}")
                } else {
                    format!("DROP CONSTRAINT {constraint}{}", if self.random.one_in(3) { " CASCADE" } else { "" })
                }
            }
            20 if table.persistence == 'u' => "SET LOGGED".to_owned(),
            20 => "SET UNLOGGED".to_owned(),
            21 => format!("REPLICA IDENTITY {}", self.random.pick(&["FULL", "DEFAULT", "NOTHING"])),
            22 => (*self.random.pick(&[
                "ENABLE ROW LEVEL SECURITY",
                "DISABLE TRIGGER ALL",
                "DISABLE TRIGGER USER",
                "ENABLE TRIGGER ALL",
            ]))
            .to_owned(),
            23 => (*self.random.pick(&[
                "SET (fillfactor = 70)",
                "SET (autovacuum_enabled = false)",
                "SET WITHOUT CLUSTER",
            ]))
            .to_owned(),
            24 => format!("ALTER COLUMN {name} SET STATISTICS 50"),
            _ => format!("{} {}", self.random.pick(&["INHERIT", "NO INHERIT"]), schema.table(self.random)?.name),
        })
    }

    fn alter_table(&mut self, schema: &Schema) -> Option<String> {
        let table = schema.table(self.random)?;
        let many = if self.random.one_in(4) { 2 + self.random.below(2) } else { 1 };
        let commands: Vec<String> = (0..many).filter_map(|_| self.command(schema, table)).collect();
        if commands.is_empty() {
            return None;
        }
        let only = if self.random.one_in(15) { "ONLY " } else { "" };
        Some(format!("ALTER TABLE {only}{} {}", table.name, commands.join(", ")))
    }

    fn rename(&mut self, schema: &Schema) -> Option<String> {
        let what = |relation: &Relation| match relation.kind {
            'v' => "VIEW",
            'm' => "MATERIALIZED VIEW",
            'S' => "SEQUENCE",
            _ => "TABLE",
        };
        Some(match self.random.below(8) {
            0..=2 => {
                let relation = schema.any(self.random)?;
                let new = self.relation_name(schema, "t");
                let new = new.rsplit('.').next().unwrap_or_default();
                format!("ALTER {} {} RENAME TO {new}", what(relation), relation.name)
            }
            3 | 4 => {
                let table =
                    if self.random.one_in(5) { schema.view(self.random)? } else { schema.table(self.random)? };
                let new = self.name("c");
                format!(
                    "ALTER {} {} RENAME COLUMN {} TO {new}",
                    what(table),
                    table.name,
                    table.column(self.random)?.name
                )
            }
            5 => {
                let table = schema.table(self.random)?;
                let constraint = (!table.constraints.is_empty()).then(|| self.random.pick(&table.constraints))?;
                format!("ALTER TABLE {} RENAME CONSTRAINT {} TO {}", table.name, constraint.0, self.name("k"))
            }
            _ => {
                let relation = schema.any(self.random)?;
                format!("ALTER {} {} SET SCHEMA {}", what(relation), relation.name, self.random.pick(&schema.schemas))
            }
        })
    }

    fn drop(&mut self, schema: &Schema) -> Option<String> {
        let cascade = if self.random.one_in(2) { " CASCADE" } else { "" };
        let there = if self.random.one_in(3) { "IF EXISTS " } else { "" };
        Some(match self.random.below(9) {
            0..=3 => {
                let first = schema.table(self.random)?;
                let second = if self.random.one_in(5) {
                    format!(", {}", schema.table(self.random)?.name)
                } else {
                    String::new()
                };
                format!("DROP TABLE {there}{}{second}{cascade}", first.name)
            }
            4 => {
                let view = schema.view(self.random)?;
                format!(
                    "DROP {}VIEW {there}{}{cascade}",
                    if view.kind == 'm' { "MATERIALIZED " } else { "" },
                    view.name
                )
            }
            5 => format!("DROP SEQUENCE {there}{}{cascade}", schema.sequence(self.random)?.name),
            6 => {
                let kind = if self.random.one_in(2) { 'e' } else { 'c' };
                format!("DROP TYPE {there}{}{cascade}", schema.type_of(self.random, kind)?)
            }
            7 => format!("DROP DOMAIN {there}{}{cascade}", schema.type_of(self.random, 'd')?),
            _ if self.random.one_in(2) => format!("DROP FUNCTION {there}touch{cascade}"),
            _ if self.random.one_in(2) => "DROP TRIGGER IF EXISTS touched ON customers".to_owned(),
            _ => format!("DROP SCHEMA {there}{}{cascade}", self.random.pick(&schema.schemas)),
        })
    }

    fn type_statement(&mut self, schema: &Schema) -> Option<String> {
        let new = self.name("y");
        Some(match self.random.below(12) {
            0 => format!("CREATE TYPE {new} AS ENUM ('a', 'b')"),
            1 => format!("CREATE TYPE {new} AS (a integer, b text)"),
            2 => format!("CREATE DOMAIN {new} AS {}", self.random.pick(TYPES)),
            3 => format!("CREATE DOMAIN {new} AS text NOT NULL CHECK (VALUE <> '')"),
            4 => format!("ALTER TYPE {} ADD VALUE '{new}'", schema.type_of(self.random, 'e')?),
            5 => format!(
                "ALTER TYPE {} RENAME VALUE '{}' TO 'other'",
                schema.type_of(self.random, 'e')?,
                self.random.pick(&["open", "paid", "a"])
            ),
            6 => format!("ALTER TYPE {} RENAME TO {new}", schema.type_of(self.random, 'e')?),
            7 => format!(
                "ALTER DOMAIN {} ADD CONSTRAINT {new} CHECK (VALUE IS NOT NULL)",
                schema.type_of(self.random, 'd')?
            ),
            8 => format!(
                "ALTER DOMAIN {} ADD CONSTRAINT {new} CHECK (VALUE IS NOT NULL) NOT VALID",
                schema.type_of(self.random, 'd')?
            ),
            9 => format!("ALTER DOMAIN {} SET NOT NULL", schema.type_of(self.random, 'd')?),
            10 => format!("ALTER DOMAIN {} RENAME TO {new}", schema.type_of(self.random, 'd')?),
            _ => format!("ALTER TYPE {} ADD ATTRIBUTE z integer", schema.type_of(self.random, 'c')?),
        })
    }

    fn other(&mut self, schema: &Schema) -> Option<String> {
        let new = self.name("o");
        Some(match self.random.below(25) {
            0 | 1 => format!("CREATE VIEW {new} AS SELECT * FROM {}", schema.any(self.random)?.name),
            2 => format!(
                "CREATE OR REPLACE VIEW order_view AS SELECT id, code, amount FROM {}",
                schema.table(self.random)?.name
            ),
            3 => {
                let data = *self.random.pick(&["", " WITH NO DATA"]);
                format!("CREATE MATERIALIZED VIEW {new} AS SELECT * FROM {}{data}", schema.any(self.random)?.name)
            }
            4 => format!("CREATE {}SEQUENCE {new}", self.random.pick(&["", "TEMP "])),
            5 => format!(
                "ALTER SEQUENCE {} {}",
                schema.sequence(self.random)?.name,
                self.random.pick(&["RESTART", "AS bigint", "OWNED BY NONE", "MAXVALUE 100000"])
            ),
            6 | 7 => format!("CREATE SCHEMA {new}"),
            8 => format!(
                "CREATE SCHEMA {new} CREATE TABLE t1 (id integer, at timestamp) CREATE VIEW v1 AS SELECT 1 AS one"
            ),
            9 | 10 => format!(
                "SET search_path = {}",
                self.random.pick(&["g, f", "g", "f", "pg_temp, f", "f, g, pg_temp", "f, g"])
            ),
            11 => "SET lock_timeout = '2s'".to_owned(),
            12 => format!("REFRESH MATERIALIZED VIEW {}", schema.of(self.random, 'm')?.name),
            13 => format!(
                "CREATE TRIGGER {new} BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION f.touch()",
                schema.table(self.random)?.name
            ),
            14 => format!("CREATE POLICY {new} ON {} USING (true)", schema.table(self.random)?.name),
            15 => {
                format!("CREATE FUNCTION {new}(a integer) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT a'")
            }
            16 => format!("GRANT SELECT ON {} TO PUBLIC", schema.table(self.random)?.name),
            17 => format!("COMMENT ON TABLE {} IS 'x'", schema.table(self.random)?.name),
            18 => format!("CREATE RULE {new} AS ON INSERT TO {} DO ALSO NOTHING", schema.table(self.random)?.name),
            19 => format!("CREATE STATISTICS {new} ON {} FROM {}", "id, code", schema.table(self.random)?.name),
            20..=23 => self.rights(schema)?,
            _ => format!("ALTER SCHEMA {} RENAME TO {new}", self.random.pick(&schema.schemas)),
        })
    }

    /// Privileges, policies and row level security.
    fn rights(&mut self, schema: &Schema) -> Option<String> {
        let table = schema.table(self.random)?.name.clone();
        let (any, role) =
            (schema.any(self.random)?.name.clone(), *self.random.pick(&["PUBLIC", "pg_monitor", "PUBLIC"]));
        let privileges = *self.random.pick(&["SELECT", "ALL", "INSERT, UPDATE", "SELECT (id)", "DELETE"]);
        let inside = *self.random.pick(&["f", "g"]);
        let new = self.name("pub");
        let publish = *self.random.pick(&["", "", " WITH (publish = 'insert')", " WITH (publish = 'insert, update')"]);
        Some(match self.random.below(20) {
            14 => format!("CREATE PUBLICATION {new} FOR TABLE {table}{publish}"),
            15 => format!("CREATE PUBLICATION {new} FOR ALL TABLES{publish}"),
            16 => format!("CREATE PUBLICATION {new} FOR TABLES IN SCHEMA {inside}{publish}"),
            17 => format!("ALTER TABLE {table} REPLICA IDENTITY FULL"),
            18 => format!("ALTER TABLE {table} REPLICA IDENTITY NOTHING"),
            19 => format!("ALTER TABLE {table} REPLICA IDENTITY DEFAULT"),
            0..=3 => format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
            4 => format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
            5 => format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
            6 => format!("DROP POLICY IF EXISTS everybody ON {table}"),
            7 => format!("CREATE POLICY everybody ON {table} USING (true)"),
            8 | 9 => format!("GRANT {privileges} ON {any} TO {role}"),
            10 => format!("REVOKE {privileges} ON {any} FROM {role}"),
            11 => format!("GRANT SELECT ON ALL TABLES IN SCHEMA {inside} TO {role}"),
            12 => format!("GRANT CREATE ON SCHEMA {inside} TO {role}"),
            _ => format!("REVOKE ALL ON ALL TABLES IN SCHEMA {inside} FROM {role}"),
        })
    }

    /// A statement.
    pub fn statement(&mut self, schema: &Schema) -> Option<String> {
        match self.random.below(24) {
            0..=3 => self.create_table(schema),
            4..=5 => self.partition(schema),
            6..=8 => self.create_index(schema),
            9 => self.alter_index(schema),
            10..=15 => self.alter_table(schema),
            16..=18 => self.rename(schema),
            19..=20 => self.drop(schema),
            21 => self.type_statement(schema),
            _ => self.other(schema),
        }
    }
}
