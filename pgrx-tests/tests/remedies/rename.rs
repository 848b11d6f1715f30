//! Other names in an example's SQL: names that need quotes, and names with their schema before them.
//!
//! What is a name is not guessed from the text: the example is run once, and the catalog says what it made. Only these words are
//! rewritten, token by token; keywords, PostgreSQL's own types and functions, and literals stay as they are.

use anyhow::Result;
use harness::Session;
use std::collections::BTreeSet;

/// What an example makes, by its names.
#[derive(Debug, Default)]
pub struct Names {
    schemas: BTreeSet<String>,
    /// Tables and all else that can have its schema before its name, but for indexes.
    qualified: BTreeSet<String>,
    tables: BTreeSet<String>,
    indexes: BTreeSet<String>,
    columns: BTreeSet<String>,
    /// Constraints, triggers, policies.
    others: BTreeSet<String>,
}

const CATALOG: &str = "
    WITH n AS (
        SELECT oid, nspname FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public', 'architect')
    ), e AS (
        SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
    ), made AS (
        SELECT 'schema' AS kind, nspname AS name FROM n
        UNION SELECT CASE WHEN relkind IN ('i', 'I') THEN 'index' WHEN relkind IN ('r', 'p', 'v', 'm', 'f') THEN 'table' ELSE 'qualified' END, relname
            FROM pg_class WHERE relnamespace IN (SELECT oid FROM n) AND ('pg_class'::regclass, oid) NOT IN (TABLE e)
        UNION SELECT 'qualified', typname FROM pg_type WHERE typnamespace IN (SELECT oid FROM n) AND typtype <> 'b'
            AND (typtype <> 'c' OR typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c')) AND ('pg_type'::regclass, oid) NOT IN (TABLE e)
        UNION SELECT 'qualified', proname FROM pg_proc WHERE pronamespace IN (SELECT oid FROM n) AND ('pg_proc'::regclass, oid) NOT IN (TABLE e)
        UNION SELECT 'qualified', stxname FROM pg_statistic_ext WHERE stxnamespace IN (SELECT oid FROM n)
        UNION SELECT 'column', attname FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
            WHERE relnamespace IN (SELECT oid FROM n) AND relkind NOT IN ('i', 'I', 'S') AND attnum > 0 AND NOT attisdropped
        UNION SELECT 'other', conname FROM pg_constraint WHERE connamespace IN (SELECT oid FROM n)
        UNION SELECT 'other', tgname FROM pg_trigger WHERE NOT tgisinternal
        UNION SELECT 'other', polname FROM pg_policy
    )
    SELECT kind, name::text FROM made
    WHERE name NOT IN (SELECT word FROM pg_get_keywords())
      AND name NOT IN (SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b')
      AND name NOT IN (SELECT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace)";

impl Names {
    /// What the catalog of the session's database knows besides PostgreSQL's own.
    ///
    /// # Errors
    /// The server's error.
    pub fn read(session: &mut Session) -> Result<Names> {
        let mut names = Names::default();
        for row in session.query(CATALOG, &[])? {
            let (kind, name): (String, String) = (row.get(0), row.get(1));
            match kind.as_str() {
                "schema" => names.schemas.insert(name),
                "table" => names.tables.insert(name.clone()) | names.qualified.insert(name),
                "qualified" => names.qualified.insert(name),
                "index" => names.indexes.insert(name),
                "column" => names.columns.insert(name),
                _ => names.others.insert(name),
            };
        }
        Ok(names)
    }

    /// With what another look at the catalog has found.
    pub fn add(&mut self, more: Names) {
        self.schemas.extend(more.schemas);
        self.qualified.extend(more.qualified);
        self.tables.extend(more.tables);
        self.indexes.extend(more.indexes);
        self.columns.extend(more.columns);
        self.others.extend(more.others);
    }

    fn any(&self, name: &str) -> bool {
        [&self.schemas, &self.qualified, &self.indexes, &self.columns, &self.others]
            .iter()
            .any(|set| set.contains(name))
    }
}

/// How names are written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// With blanks, quotes and signs in every name.
    Odd,
    /// Tables and schemas oddly, the rest with a capital: for rules that read a column's name.
    Capital,
    /// Only tables and schemas oddly, for rules that read a column's exact name.
    Tables,
    /// As they are, with the schema before them.
    Qualified,
}

/// The name of the example's schema.
#[must_use]
pub fn schema(style: Style) -> &'static str {
    if style == Style::Qualified { "shop" } else { "My \"Shop's" }
}

/// Renames what `names` holds.
pub struct Renaming<'a> {
    pub names: &'a Names,
    pub style: Style,
}

fn odd(name: &str) -> String {
    // `$$` would end a body between such quotes.
    format!("M'y \"%$${name}")
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The name in quotes.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Renaming<'_> {
    /// The new name of what is called so.
    fn renamed(&self, name: &str) -> String {
        let names = self.names;
        if self.style == Style::Qualified {
            return name.to_owned();
        }
        if name == "shop" {
            return schema(self.style).to_owned();
        }
        if names.tables.contains(name) || names.schemas.contains(name) {
            return odd(name);
        }
        if names.columns.contains(name) {
            return self.column(name);
        }
        // The server derives names: orders_customer_id_fkey.
        let table =
            names.tables.iter().filter(|table| name.starts_with(&format!("{table}_"))).max_by_key(|table| table.len());
        if let Some(table) = table.filter(|_| !names.qualified.contains(name) || name.ends_with("_seq")) {
            let mut out = odd(table);
            let mut rest = &name[table.len()..];
            while let Some(tail) = rest.strip_prefix('_') {
                let column = names
                    .columns
                    .iter()
                    .filter(|column| tail == column.as_str() || tail.starts_with(&format!("{column}_")))
                    .max_by_key(|column| column.len());
                let end = column.map_or_else(|| tail.find('_').unwrap_or(tail.len()), String::len);
                out.push('_');
                out.push_str(&column.map_or_else(|| tail[..end].to_owned(), |column| self.column(column)));
                rest = &tail[end..];
            }
            return out + rest;
        }
        self.column(name)
    }

    fn column(&self, name: &str) -> String {
        match self.style {
            Style::Odd => odd(name),
            Style::Capital => capital(name),
            Style::Tables | Style::Qualified => name.to_owned(),
        }
    }

    /// The SQL in other words.
    #[must_use]
    pub fn rewrite(&self, sql: &str) -> String {
        let mut out = String::with_capacity(sql.len() * 2);
        // The tokens of the statement so far, in capitals.
        let mut before: Vec<String> = Vec::new();
        for token in tokens(sql) {
            match token {
                Token::Word(word) => self.name(&word.to_lowercase(), word, &mut before, &mut out),
                Token::Quoted(text) => {
                    let name = text[1..text.len() - 1].replace("\"\"", "\"");
                    self.name(&name, text, &mut before, &mut out);
                }
                Token::Literal(text) => {
                    out.push_str(&self.literal(text, &before));
                    before.push("'".to_owned());
                }
                Token::Dollar { tag, body } => {
                    out.push_str(tag);
                    out.push_str(&self.rewrite(body));
                    out.push_str(tag);
                    before.push("'".to_owned());
                }
                Token::Blank(text) => out.push_str(text),
                Token::Sign(text) => {
                    out.push_str(text);
                    before.push(text.to_owned());
                    if text == ";" {
                        before.clear();
                    }
                }
            }
        }
        out
    }

    fn name(&self, name: &str, text: &str, before: &mut Vec<String>, out: &mut String) {
        if !self.names.any(name) {
            out.push_str(text);
            before.push(text.to_uppercase());
            return;
        }
        if self.style == Style::Qualified {
            if self.qualifies(name, before) {
                out.push_str("shop.");
            }
            out.push_str(text);
        } else {
            let renamed = self.renamed(name);
            out.push_str(&if renamed == name { text.to_owned() } else { quoted(&renamed) });
        }
        before.push("a name".to_owned());
    }

    /// Whether the schema can stand before the name here.
    fn qualifies(&self, name: &str, before: &[String]) -> bool {
        let names = self.names;
        let back = |n: usize| before.len().checked_sub(n).and_then(|at| before.get(at)).map_or("", String::as_str);
        let follows = |words: &[&str]| words.contains(&back(1));
        if follows(&[".", "CONSTRAINT", "COLUMN", "TRIGGER", "POLICY", "AS"]) {
            return false;
        }
        if back(1) == "TO" && before.iter().any(|word| word == "RENAME") {
            return false;
        }
        if names.indexes.contains(name) {
            let creates = back_is_create_index(before);
            let clusters = before.first().is_some_and(|word| word == "CLUSTER") || back(2) == "CLUSTER";
            let method = back(1) == "INDEX" && back(2) == "USING";
            return !(creates || method || clusters && follows(&["USING", "ON"]));
        }
        if !names.qualified.contains(name) {
            return false;
        }
        if names.columns.contains(name) {
            return follows(&[
                "TABLE",
                "ONLY",
                "FROM",
                "INTO",
                "UPDATE",
                "ON",
                "REFERENCES",
                "JOIN",
                "EXISTS",
                "VIEW",
                "OF",
            ]);
        }
        true
    }

    /// A literal that is nothing but a table's name, or the body of a function, has names in it.
    fn literal(&self, text: &str, before: &[String]) -> String {
        let plain = text.len() >= 2 && text.starts_with('\'');
        if !plain {
            return text.to_owned();
        }
        let body = text[1..text.len() - 1].replace("''", "'");
        let parts: Vec<&str> = body.split('.').collect();
        let relation = |name: &str| self.names.qualified.contains(name) || self.names.indexes.contains(name);
        let is_name = match parts.as_slice() {
            [table] => relation(table) && !self.names.columns.contains(*table),
            [schema, table] => self.names.schemas.contains(*schema) && relation(table),
            [schema, table, part] => self.names.schemas.contains(*schema) && relation(table) && self.names.any(part),
            _ => false,
        };
        let is_body = before.last().is_some_and(|word| word == "AS") && before.iter().any(|word| word == "FUNCTION");
        // What a DO block executes; format() takes a % of a name for its own.
        let rewritten = if body.starts_with("CREATE ") {
            self.rewrite(&body.replace('%', "\u{1}")).replace('%', "%%").replace('\u{1}', "%")
        } else if is_name || is_body {
            self.rewrite(&body)
        } else {
            return text.to_owned();
        };
        format!("'{}'", rewritten.replace('\'', "''"))
    }
}

/// `CREATE [UNIQUE] INDEX [CONCURRENTLY] [IF NOT EXISTS]` and nothing more.
fn back_is_create_index(before: &[String]) -> bool {
    before.first().is_some_and(|word| word == "CREATE")
        && before.iter().any(|word| word == "INDEX")
        && !before.iter().any(|word| word == "ON")
}

enum Token<'a> {
    Word(&'a str),
    Quoted(&'a str),
    Literal(&'a str),
    Dollar {
        tag: &'a str,
        body: &'a str,
    },
    /// Blanks and comments.
    Blank(&'a str),
    /// Anything else.
    Sign(&'a str),
}

fn tokens<'a>(sql: &'a str) -> Vec<Token<'a>> {
    let mut out = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let word =
            |text: &str| text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len());
        let until = |text: &str, end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
        let (length, make): (usize, fn(&'a str) -> Token<'a>) = if first.is_whitespace() {
            (rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()), Token::Blank)
        } else if rest.starts_with("--") {
            (until(rest, "\n"), Token::Blank)
        } else if rest.starts_with("/*") {
            (until(rest, "*/"), Token::Blank)
        } else if rest.starts_with("E'") || rest.starts_with("e'") {
            (1 + closed(&rest[1..], '\'', true), Token::Literal)
        } else if first == '\'' {
            (closed(rest, '\'', false), Token::Literal)
        } else if first == '"' {
            (closed(rest, '"', false), Token::Quoted)
        } else if first == '$' && rest[1..].find('$').is_some_and(|end| word(&rest[1..=end]) >= end) {
            let tag = &rest[..rest[1..].find('$').map_or(rest.len(), |end| end + 2)];
            let body = &rest[tag.len()..];
            let end = body.find(tag).unwrap_or(body.len());
            out.push(Token::Dollar { tag, body: &body[..end] });
            rest = body.get(end + tag.len()..).unwrap_or_default();
            continue;
        } else if first.is_alphabetic() || first == '_' {
            (word(rest), Token::Word)
        } else if first.is_ascii_digit() {
            (word(rest), Token::Sign)
        } else {
            (first.len_utf8(), Token::Sign)
        };
        out.push(make(&rest[..length]));
        rest = &rest[length..];
    }
    out
}

/// The length of what begins with `quote` and ends with it.
fn closed(text: &str, quote: char, backslashes: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if backslashes && c == '\\' {
            chars.next();
        } else if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return at + quote.len_utf8();
            }
        }
    }
    text.len()
}
