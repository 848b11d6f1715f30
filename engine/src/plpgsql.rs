//! The static SQL of a PL/pgSQL body: its statements in order, with the branches and loops around them.
//!
//! The server's own parser of PL/pgSQL is not for others to call, so this reads as it reads (`pl_gram.y`: `read_sql_construct` ends
//! at THEN, LOOP or a semicolon outside of parentheses; `make_execsql_stmt` takes INTO out). What it does not understand it passes
//! over.

use crate::lexer::{Embedded, Kind, Lexer, Token};

/// What surrounds statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// BEGIN ... EXCEPTION ... END; its branches are the handlers.
    Block,
    /// IF.
    If,
    /// CASE.
    Case,
    /// LOOP, WHILE, FOR, FOREACH.
    Loop,
}

/// One thing of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A statement of SQL, also one that EXECUTE runs from a constant.
    Sql(Embedded),
    /// EXECUTE of a text that is computed.
    Dynamic {
        /// Where EXECUTE stands, in bytes.
        position: usize,
        /// The expression.
        expression: String,
    },
    /// What follows is inside of this.
    Open(Structure),
    /// Another branch of the innermost structure.
    Branch,
    /// Its end.
    Close,
}

/// The steps of a body. `backslashes`: they escape in plain strings (`standard_conforming_strings` is off).
#[must_use]
pub fn steps(body: &str, backslashes: bool) -> Vec<Step> {
    let tokens: Vec<Token> = code(body, backslashes).collect();
    let mut reader = Reader { body, tokens, at: 0, steps: Vec::new(), open: Vec::new() };
    while reader.at < reader.tokens.len() {
        let before = reader.at;
        reader.statement();
        reader.at = reader.at.max(before + 1);
    }
    reader.steps
}

/// The statements between BEGIN ATOMIC and its END, in a CREATE FUNCTION.
#[must_use]
pub fn atomic(statement: &str, backslashes: bool) -> Vec<Embedded> {
    let tokens: Vec<Token> = code(statement, backslashes).collect();
    let begin = tokens.windows(2).position(|pair| pair[0].is(statement, "begin") && pair[1].is(statement, "atomic"));
    begin.map_or_else(Vec::new, |begin| cut(statement, &tokens[begin + 2..]))
}

/// The statements of the body of a function in SQL.
#[must_use]
pub fn statements(body: &str, backslashes: bool) -> Vec<Embedded> {
    cut(body, &code(body, backslashes).collect::<Vec<_>>())
}

fn code(text: &str, backslashes: bool) -> impl Iterator<Item = Token> {
    Lexer::new(text, 0, backslashes).filter(|token| token.kind != Kind::Comment)
}

/// Cuts at the semicolons, up to an END that is not of a CASE.
fn cut(text: &str, tokens: &[Token]) -> Vec<Embedded> {
    let mut found = Vec::new();
    let (mut first, mut last) = (None, 0);
    let (mut parentheses, mut cases) = (0usize, 0usize);
    for token in tokens {
        if token.is_symbol(text, '(') {
            parentheses += 1;
        } else if token.is_symbol(text, ')') {
            parentheses = parentheses.saturating_sub(1);
        } else if token.is(text, "case") {
            cases += 1;
        } else if token.is(text, "end") {
            if cases == 0 {
                break;
            }
            cases -= 1;
        } else if token.is_symbol(text, ';') && parentheses == 0 {
            if let Some(start) = first.take() {
                found.push(Embedded::shifted(&text[start..last], start));
            }
            continue;
        }
        first.get_or_insert(token.start);
        last = token.end;
    }
    // The last one of a body needs no semicolon.
    found.extend(first.map(|start| Embedded::shifted(&text[start..last], start)));
    found
}

struct Reader<'a> {
    body: &'a str,
    tokens: Vec<Token>,
    at: usize,
    steps: Vec<Step>,
    open: Vec<Structure>,
}

impl Reader<'_> {
    fn word(&self, at: usize) -> String {
        match self.tokens.get(at) {
            Some(token) if token.kind == Kind::Word => token.text(self.body).to_ascii_lowercase(),
            _ => String::new(),
        }
    }

    fn symbol(&self, at: usize) -> Option<char> {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Symbol)?;
        token.text(self.body).chars().next()
    }

    /// The tokens `first..end` as they are written.
    fn slice(&self, first: usize, end: usize) -> Embedded {
        let start = self.tokens[first].start;
        let end = self.tokens[end.max(first + 1) - 1].end;
        Embedded::shifted(self.body.get(start..end).unwrap_or_default(), start)
    }

    /// The next of these words, or the semicolon, outside of parentheses; the end of the body if there is none.
    fn find(&self, from: usize, words: &[&str]) -> usize {
        let mut depth = 0usize;
        for at in from..self.tokens.len() {
            match self.symbol(at) {
                Some('(' | '[') => depth += 1,
                Some(')' | ']') => depth = depth.saturating_sub(1),
                Some(';') if depth == 0 => return at,
                None if depth == 0 && words.contains(&self.word(at).as_str()) => return at,
                _ => {}
            }
        }
        self.tokens.len()
    }

    fn open(&mut self, structure: Structure) {
        self.open.push(structure);
        self.steps.push(Step::Open(structure));
    }

    /// One statement, or one word that begins or ends a structure.
    fn statement(&mut self) {
        let start = self.at;
        match self.word(start).as_str() {
            "" => self.no_word(),
            "declare" => {
                // Until BEGIN: it is reserved, and no declaration can hold it.
                self.at = (start..self.tokens.len()).find(|at| self.word(*at) == "begin").unwrap_or(self.tokens.len());
            }
            "begin" => {
                self.open(Structure::Block);
                self.at += 1;
            }
            "if" => {
                self.open(Structure::If);
                self.at = self.find(start, &["then"]) + 1;
            }
            "case" => {
                self.open(Structure::Case);
                self.at = self.find(start, &["then"]) + 1;
            }
            "elsif" | "elseif" | "when" => {
                self.steps.push(Step::Branch);
                self.at = self.find(start, &["then"]) + 1;
            }
            "else" => {
                self.steps.push(Step::Branch);
                self.at += 1;
            }
            "exception" => self.at += 1,
            "for" => {
                self.query_of_for();
                self.open(Structure::Loop);
            }
            "foreach" | "while" => {
                self.at = self.find(start, &["loop"]) + 1;
                self.open(Structure::Loop);
            }
            "loop" => {
                self.open(Structure::Loop);
                self.at += 1;
            }
            "end" => {
                if self.open.pop().is_some() {
                    self.steps.push(Step::Close);
                }
                self.at = self.find(start, &[]) + 1;
            }
            "execute" => self.at = self.execute(start, &[]) + 1,
            "return" if self.word(start + 1) == "query" => {
                self.at = self.query(start + 2, &[]) + 1;
            }
            "open" => {
                let query = self.find(start, &["for"]);
                self.at = if self.word(query) == "for" { self.query(query + 1, &[]) } else { query } + 1;
            }
            "perform" => {
                let end = self.find(start, &[]);
                let mut query = self.slice(start, end);
                // As long as PERFORM, so that all places stay.
                query.text.replace_range(..7, "SELECT ");
                self.sql(query);
                self.at = end + 1;
            }
            "return" | "raise" | "assert" | "get" | "move" | "fetch" | "close" | "exit" | "continue" | "null" => {
                self.at = self.find(start, &[]) + 1;
            }
            // A variable that is assigned to.
            _ if matches!(self.symbol(start + 1), Some(':' | '=' | '[' | '.')) => {
                self.at = self.find(start, &[]) + 1;
            }
            _ => {
                let end = self.end_of_sql(start);
                let sql = self.without_into(start, end);
                self.sql(sql);
                self.at = end + 1;
            }
        }
    }

    fn no_word(&mut self) {
        let start = self.at;
        match self.symbol(start) {
            // <<label>>
            Some('<') if self.symbol(start + 1) == Some('<') => {
                let end = (start..self.tokens.len()).find(|at| self.symbol(*at) == Some('>'));
                self.at = end.map_or(self.tokens.len(), |end| end + 2);
            }
            // #option, to the end of its line.
            Some('#') => {
                let from = self.tokens[start].start;
                let line = self.body[from..].find('\n').map_or(self.body.len(), |length| from + length);
                self.at = self.tokens.partition_point(|token| token.start < line);
            }
            Some(';') => self.at += 1,
            // A quoted variable that is assigned to, or what cannot be.
            _ => self.at = self.find(start, &[]) + 1,
        }
    }

    /// `FOR r IN query LOOP`: leaves the place behind LOOP.
    fn query_of_for(&mut self) {
        let source = self.find(self.at, &["in", "loop"]);
        let end = if self.word(source) == "in" { self.query(source + 1, &["loop"]) } else { source };
        self.at = end + 1;
    }

    /// A query, or EXECUTE, up to one of these words; the end of it.
    fn query(&mut self, start: usize, until: &[&str]) -> usize {
        let first = self.word(start);
        if first == "execute" {
            return self.execute(start, until);
        }
        let end = self.find(start, until);
        let is_query = matches!(first.as_str(), "select" | "with" | "insert" | "update" | "delete" | "merge");
        if is_query && end > start {
            let query = self.slice(start, end);
            self.sql(query);
        }
        end
    }

    /// EXECUTE: its end.
    fn execute(&mut self, start: usize, until: &[&str]) -> usize {
        let stops: Vec<&str> = until.iter().copied().chain(["into", "using"]).collect();
        let stop = self.find(start + 1, &stops);
        if stop > start + 1 {
            let parts = &self.tokens[start + 1..stop];
            let constant = |parts: &[Token]| {
                let strings: Vec<Token> = parts.iter().copied().filter(Token::is_string).collect();
                let joined = parts.iter().all(|part| part.is_string() || part.is_symbol(self.body, '|'));
                if joined { Embedded::constant(self.body, &strings) } else { None }
            };
            match constant(parts) {
                Some(sql) => self.sql(sql),
                None => {
                    let expression = self.slice(start + 1, stop).text;
                    self.steps.push(Step::Dynamic { position: self.tokens[start].start, expression });
                }
            }
        }
        self.find(stop, until)
    }

    /// The end of a statement of SQL. CREATE FUNCTION ... BEGIN ATOMIC holds semicolons of its own.
    fn end_of_sql(&self, start: usize) -> usize {
        let routine = self.word(start) == "create"
            && (start + 1..start + 4).any(|at| matches!(self.word(at).as_str(), "function" | "procedure"));
        let (mut parentheses, mut begins) = (0usize, 0usize);
        for at in start..self.tokens.len() {
            match (self.symbol(at), self.word(at).as_str()) {
                (Some('('), _) => parentheses += 1,
                (Some(')'), _) => parentheses = parentheses.saturating_sub(1),
                (_, "begin") if routine => begins += 1,
                (_, "case") if begins > 0 => begins += 1,
                (_, "end") => begins = begins.saturating_sub(1),
                (Some(';'), _) if parentheses == 0 && begins == 0 => return at,
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// A statement with blanks in place of PL/pgSQL's INTO and its variables: every byte stays where it is.
    fn without_into(&self, start: usize, end: usize) -> Embedded {
        let mut sql = self.slice(start, end);
        if self.word(start) == "import" {
            return sql;
        }
        let found = (start + 1..end)
            .find(|at| self.word(*at) == "into" && !matches!(self.word(at - 1).as_str(), "insert" | "merge"));
        let Some(into) = found else { return sql };
        let mut at = into + 1;
        if self.word(at) == "strict" {
            at += 1;
        }
        loop {
            at += 1;
            while at < end && matches!(self.symbol(at), Some('.' | '[')) {
                at = if self.symbol(at) == Some('.') {
                    at + 2
                } else {
                    (at..end).find(|at| self.symbol(*at) == Some(']')).unwrap_or(end) + 1
                };
            }
            if at >= end || self.symbol(at) != Some(',') {
                break;
            }
            at += 1;
        }
        let offset = self.tokens[start].start;
        let (from, to) = (self.tokens[into].start - offset, self.tokens[at.min(end) - 1].end - offset);
        sql.text.replace_range(from..to, &" ".repeat(to - from));
        sql
    }

    fn sql(&mut self, sql: Embedded) {
        self.steps.push(Step::Sql(sql));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps in short: SQL without needless blanks, `{` `|` `}` for structures, `?` for what is computed.
    fn short(body: &str) -> Vec<String> {
        steps(body, false)
            .into_iter()
            .map(|step| match step {
                Step::Sql(sql) => sql.text.split_whitespace().collect::<Vec<_>>().join(" "),
                Step::Dynamic { expression, .. } => format!("? {expression}"),
                Step::Open(structure) => format!("{{{structure:?}"),
                Step::Branch => "|".to_owned(),
                Step::Close => "}".to_owned(),
            })
            .collect()
    }

    #[test]
    fn statements_and_structures() {
        for (body, expected) in [
            ("BEGIN DROP TABLE a; END", vec!["{Block", "DROP TABLE a", "}"]),
            (
                "<<x>> DECLARE n int := 1; c CURSOR FOR SELECT 1; BEGIN n := 2; n = 3; r.x := (SELECT 1); a[1] := 2; END x;",
                vec!["{Block", "}"],
            ),
            (
                "#variable_conflict use_column\nBEGIN IF a THEN DROP TABLE a; ELSIF (CASE WHEN b THEN c END) THEN NULL; ELSE DROP TABLE b; END IF; END",
                vec!["{Block", "{If", "DROP TABLE a", "|", "|", "DROP TABLE b", "}", "}"],
            ),
            (
                "BEGIN CASE x WHEN 1, 2 THEN DROP TABLE a; WHEN 3 THEN DROP TABLE b; ELSE NULL; END CASE; END;",
                vec!["{Block", "{Case", "DROP TABLE a", "|", "DROP TABLE b", "|", "}", "}"],
            ),
            (
                "BEGIN DROP TABLE a; EXCEPTION WHEN undefined_table OR others THEN DROP TABLE b; WHEN others THEN RAISE; END",
                vec!["{Block", "DROP TABLE a", "|", "DROP TABLE b", "|", "}"],
            ),
            (
                "BEGIN FOR i IN 1..10 LOOP DELETE FROM a WHERE b = i; END LOOP; WHILE x LOOP NULL; END LOOP y; LOOP EXIT; END LOOP; END",
                vec!["{Block", "{Loop", "DELETE FROM a WHERE b = i", "}", "{Loop", "}", "{Loop", "}", "}"],
            ),
            (
                "BEGIN FOR r IN UPDATE a SET b = 1 RETURNING * LOOP NULL; END LOOP; FOR r IN EXECUTE 'DELETE FROM a' LOOP END LOOP; FOREACH x SLICE 1 IN ARRAY y LOOP END LOOP; END",
                vec![
                    "{Block",
                    "UPDATE a SET b = 1 RETURNING *",
                    "{Loop",
                    "}",
                    "DELETE FROM a",
                    "{Loop",
                    "}",
                    "{Loop",
                    "}",
                    "}",
                ],
            ),
            (
                "BEGIN EXECUTE 'DROP TABLE ' || quote_ident(x); EXECUTE 'DROP TABLE a'; EXECUTE format('x', $1) INTO y USING z; EXECUTE 'SELECT $1' USING x; END",
                vec![
                    "{Block",
                    "? 'DROP TABLE ' || quote_ident(x)",
                    "DROP TABLE a",
                    "? format('x', $1)",
                    "SELECT $1",
                    "}",
                ],
            ),
            (
                "BEGIN RETURN QUERY DELETE FROM a RETURNING *; RETURN QUERY EXECUTE x; RETURN 1; OPEN c FOR SELECT 1; OPEN c; PERFORM f(1); END",
                vec!["{Block", "DELETE FROM a RETURNING *", "? x", "SELECT 1", "SELECT f(1)", "}"],
            ),
            (
                "BEGIN INSERT INTO a VALUES (1) RETURNING b INTO STRICT r.x, y[1], z; SELECT INTO x, y c, d FROM a; SELECT c INTO x FROM a; END",
                vec!["{Block", "INSERT INTO a VALUES (1) RETURNING b", "SELECT c, d FROM a", "SELECT c FROM a", "}"],
            ),
            (
                "BEGIN CREATE RULE r AS ON INSERT TO a DO (DELETE FROM b; DELETE FROM c); CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END; DROP TABLE a; END",
                vec![
                    "{Block",
                    "CREATE RULE r AS ON INSERT TO a DO (DELETE FROM b; DELETE FROM c)",
                    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END",
                    "DROP TABLE a",
                    "}",
                ],
            ),
            (
                "BEGIN RAISE NOTICE 'DROP TABLE a;'; -- DROP TABLE b;\n/* DROP TABLE c; */ ASSERT true; GET DIAGNOSTICS x = ROW_COUNT; END",
                vec!["{Block", "}"],
            ),
        ] {
            assert_eq!(short(body), expected, "{body}");
        }
    }

    #[test]
    fn places_stay() {
        let body = "BEGIN\n  INSERT INTO a VALUES (1) RETURNING b INTO x;\n  EXECUTE 'DROP TABLE it''s';\nEND";
        let list = steps(body, false);
        let Step::Sql(insert) = &list[1] else { panic!("{list:?}") };
        assert!(body[insert.at(0)..].starts_with("INSERT"));
        let Step::Sql(drop) = &list[2] else { panic!("{list:?}") };
        assert!(body[drop.at(5)..].starts_with("TABLE"));
    }

    #[test]
    fn no_text_makes_it_fail() {
        let words = [
            "begin", "if", "then", "end", ";", "for", "in", "loop", "execute", "into", "(", "'x'", "case", "x", ".",
            "<<",
        ];
        let mut texts = vec![String::new()];
        for _ in 0..4 {
            texts = texts.iter().flat_map(|text| words.iter().map(move |word| format!("{text} {word}"))).collect();
            for text in &texts {
                let (mut depth, steps) = (0usize, steps(text, false));
                for step in steps {
                    match step {
                        Step::Open(_) => depth += 1,
                        Step::Close => depth = depth.checked_sub(1).expect("balanced"),
                        _ => {}
                    }
                }
                let _ = atomic(text, false);
            }
        }
    }

    #[test]
    fn a_standard_body_is_cut() {
        let sql =
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC UPDATE a SET b = CASE WHEN c THEN 1 END; ; SELECT (1); END";
        let list = atomic(sql, false);
        assert_eq!(
            list.iter().map(|part| part.text.as_str()).collect::<Vec<_>>(),
            ["UPDATE a SET b = CASE WHEN c THEN 1 END", "SELECT (1)"]
        );
        assert!(sql[list[1].at(0)..].starts_with("SELECT (1)"));
        assert!(atomic("CREATE FUNCTION f() AS 'begin atomic x; end'", false).is_empty());
        let list = statements("SELECT ';'; DELETE FROM a -- ;\n", false);
        assert_eq!(list.iter().map(|part| part.text.as_str()).collect::<Vec<_>>(), ["SELECT ';'", "DELETE FROM a"]);
    }
}
