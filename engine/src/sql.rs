//! Writing SQL: identifiers and literals.

use crate::lexer::{Kind, Lexer};

/// Words that cannot stand as a bare column or table name: the reserved and type-function keywords and those that cannot be
/// bare column names. `quote_identifier` quotes every keyword that is not unreserved.
/// Source: `src/include/parser/kwlist.h` of 15 to 18 (a test compares the list with `pg_get_keywords()`).
const KEYWORDS: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

/// Where the keywords of each first letter begin; names are asked for by the hundred thousand.
const BY_LETTER: [usize; 27] = {
    let mut begins = [0; 27];
    let (mut letter, mut at) = (0, 0);
    while letter < 27 {
        while at < KEYWORDS.len() && ((KEYWORDS[at].as_bytes()[0] - b'a') as usize) < letter {
            at += 1;
        }
        begins[letter] = at;
        letter += 1;
    }
    begins
};

/// Whether a bare identifier of this spelling is a keyword on some supported major.
#[must_use]
pub fn is_keyword(word: &str) -> bool {
    let Some(first @ b'a'..=b'z') = word.as_bytes().first() else { return false };
    let letter = usize::from(first - b'a');
    let (from, to) = (BY_LETTER[letter], BY_LETTER[letter + 1]);
    let beginning = beginning(word.as_bytes());
    (from..to).any(|n| BEGINNINGS[n] == beginning && KEYWORDS[n] == word)
}

/// The first eight bytes of a word as one number; a shorter word is followed by zeros.
const fn beginning(word: &[u8]) -> u64 {
    let (mut number, mut n) = (0, 0);
    while n < 8 && n < word.len() {
        number |= (word[n] as u64) << (8 * n);
        n += 1;
    }
    number
}

/// The first eight bytes of each keyword: few others begin so.
const BEGINNINGS: [u64; KEYWORDS.len()] = {
    let mut list = [0; KEYWORDS.len()];
    let mut n = 0;
    while n < list.len() {
        list[n] = beginning(KEYWORDS[n].as_bytes());
        n += 1;
    }
    list
};

/// The identifier, quoted where PostgreSQL's `quote_identifier` would (for any supported major).
#[must_use]
pub fn ident(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    push_ident(&mut text, name);
    text
}

/// Writes the identifier behind a text.
pub fn push_ident(text: &mut String, name: &str) {
    let mut bytes = name.bytes();
    let plain = matches!(bytes.next(), Some(b'a'..=b'z' | b'_'))
        && bytes.all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        && !is_keyword(name);
    if plain {
        text.push_str(name);
    } else {
        text.push('"');
        text.push_str(&name.replace('"', "\"\""));
        text.push('"');
    }
}

/// `schema.name`, each part quoted where needed; the bare name for an empty schema.
#[must_use]
pub fn qualified(schema: &str, name: &str) -> String {
    if schema.is_empty() {
        return ident(name);
    }
    let mut text = String::with_capacity(schema.len() + name.len() + 3);
    push_ident(&mut text, schema);
    text.push('.');
    push_ident(&mut text, name);
    text
}

/// A string literal; with `E''` where it holds a backslash, as `quote_literal` writes it.
#[must_use]
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// Identifiers, quoted where needed, joined by a comma and a space.
#[must_use]
pub fn ident_list<S: AsRef<str>>(names: &[S]) -> String {
    names.iter().map(|name| ident(name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// The expression in one pair of parentheses, as CHECK, WHERE and GENERATED ask for: pairs around all of it, which PostgreSQL's
/// decompiled expressions mostly have, are not doubled. A row `(a, b)` and a sub-select need a pair of their own.
#[must_use]
pub fn in_parentheses(expression: &str) -> String {
    let mut inner = expression.trim();
    while let Some(bare) = without_outer_pair(inner) {
        inner = bare;
    }
    format!("({inner})")
}

/// What stands between the first and the last character, where these are a pair that encloses one expression.
fn without_outer_pair(text: &str) -> Option<&str> {
    let mut depth = 0usize;
    let mut last = None;
    for (number, token) in Lexer::new(text, 0, false).enumerate() {
        if number == 0 && !token.is_symbol(text, '(') || number > 0 && depth == 0 {
            return None;
        }
        let query = ["select", "with", "values", "table"].iter().any(|word| token.is(text, word));
        if number == 1 && query {
            return None;
        }
        match token.text(text) {
            _ if token.kind == Kind::Comment => return None,
            _ if token.kind != Kind::Symbol => {}
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.checked_sub(1)?,
            "," if depth == 1 => return None,
            _ => {}
        }
        last = Some(token);
    }
    let end = last.filter(|token| depth == 0 && token.end == text.len() && token.is_symbol(text, ')'))?;
    Some(text.get(1..end.start)?.trim()).filter(|inner| !inner.is_empty())
}

/// A name of at most 63 bytes made of `base` and `suffix`: the base is cut, never the suffix.
#[must_use]
pub fn derived_name(base: &str, suffix: &str) -> String {
    let room = 63usize.saturating_sub(suffix.len());
    let mut end = base.len().min(room);
    while !base.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{suffix}", &base[..end])
}

/// The names of columns as the server puts them into the name of an index or a foreign key (`ChooseIndexNameAddition`).
#[must_use]
pub fn joined_name(columns: &[String]) -> String {
    let mut joined = String::new();
    for column in columns {
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(column);
        if joined.len() >= 64 {
            break;
        }
    }
    joined
}

/// The identifiers of a text that are longer than the server keeps (63 bytes), each once. Strings, dollar-quoted bodies and comments
/// are passed over.
#[must_use]
pub fn long_names(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for token in Lexer::new(text, 0, false) {
        let written = token.text(text);
        let name = match token.kind {
            Kind::Word if written.len() > 63 => written.to_lowercase(),
            Kind::QuotedName if written.len() > 63 && written.starts_with('"') => {
                written.get(1..written.len() - 1).unwrap_or_default().replace("\"\"", "\"")
            }
            _ => continue,
        };
        if name.len() > 63 && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// The schemas of a search_path as it is stored: `"$user", public`.
#[must_use]
pub fn path_entries(path: &str) -> Vec<String> {
    let mut list = Vec::new();
    let mut entry = String::new();
    let mut quoted = false;
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                entry.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => list.push(std::mem::take(&mut entry)),
            c if c.is_whitespace() && !quoted => {}
            c => entry.push(c),
        }
    }
    list.push(entry);
    // `SET search_path = ''` is stored as one empty name: no schema at all.
    list.retain(|schema| !schema.is_empty());
    list
}

/// A text between dollar quotes whose tag it does not hold: names in it may hold any.
#[must_use]
pub fn dollar_quoted(text: &str) -> String {
    let mut tag = "$$".to_owned();
    let mut number = 0;
    while text.contains(&tag) {
        number += 1;
        tag = format!("$body{number}$");
    }
    format!("{tag}\n{text}{tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted(), "binary_search needs order");
        assert!(KEYWORDS.iter().all(|word| is_keyword(word)));
        assert!(["", "zebra", "a", "tables", "Order", "_all", "éa"].iter().all(|word| !is_keyword(word)));
    }

    #[test]
    fn quoting() {
        assert_eq!(ident("orders"), "orders");
        assert_eq!(ident("Order"), "\"Order\"");
        assert_eq!(ident("order"), "\"order\"");
        assert_eq!(ident("a\"b"), "\"a\"\"b\"");
        assert_eq!(ident(""), "\"\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal(r"a\b"), r"E'a\\b'");
        assert_eq!(derived_name(&"ä".repeat(40), "_x").len(), 62);
    }

    #[test]
    fn one_pair_of_parentheses_is_enough() {
        for (expression, wanted) in [
            ("qty > 0", "(qty > 0)"),
            ("(qty > 0)", "(qty > 0)"),
            (" ((qty > 0)) ", "(qty > 0)"),
            ("(a) OR (b)", "((a) OR (b))"),
            ("((a) OR (b))", "((a) OR (b))"),
            ("(a > 0) AND b", "((a > 0) AND b)"),
            // What stands in quotes is no parenthesis.
            ("(a = ')') OR (b = '(')", "((a = ')') OR (b = '('))"),
            ("(a = ')(')", "(a = ')(')"),
            ("(\"odd)\" > 0) OR (\"(\" > 0)", "((\"odd)\" > 0) OR (\"(\" > 0))"),
            ("(a = E'\\')') AND (b)", "((a = E'\\')') AND (b))"),
            ("(a = $x$ ) ( $x$)", "(a = $x$ ) ( $x$)"),
            ("(status = ANY (ARRAY['a'::text, 'b'::text]))", "(status = ANY (ARRAY['a'::text, 'b'::text]))"),
            ("(tags[1] = 'x'::text)", "(tags[1] = 'x'::text)"),
            // A row and a sub-select are no expressions without their own pair.
            ("(a, b)", "((a, b))"),
            ("((a, b) = (1, 2))", "((a, b) = (1, 2))"),
            ("(SELECT true)", "((SELECT true))"),
            ("((select true))", "((select true))"),
            // Not understood: left as it is.
            ("()", "(())"),
            ("(a", "((a)"),
            ("a)", "(a))"),
            ("(a) -- b", "((a) -- b)"),
            ("", "()"),
        ] {
            assert_eq!(in_parentheses(expression), wanted, "{expression}");
        }
    }

    #[test]
    fn names_of_columns_are_joined_as_far_as_a_name_reaches() {
        assert_eq!(super::joined_name(&["a".to_owned(), "b".to_owned()]), "a_b");
        assert_eq!(super::joined_name(&["c".repeat(70), "d".to_owned()]), "c".repeat(70));
    }

    #[test]
    fn names_that_are_too_long_are_found_outside_of_strings() {
        let long = "a".repeat(64);
        let fits = "b".repeat(63);
        assert_eq!(
            super::long_names(&format!("CREATE TABLE {long} ({fits} int, \"{long}\" int);")),
            std::slice::from_ref(&long)
        );
        for silent in [
            format!("SELECT '{long}', E'it\\'s {long}', $$ {long} $$, $x$ {long} $$ {long} $x$ -- {long}"),
            format!("/* {long} /* {long} */ {long} */ SELECT 1"),
            format!("SELECT {}", "1".repeat(70)),
        ] {
            assert!(super::long_names(&silent).is_empty(), "{silent}");
        }
        let accents = "é".repeat(32);
        assert_eq!(super::long_names(&format!("SELECT \"{accents}\" FROM t")), [accents], "bytes count");
        assert!(super::long_names("SELECT \"").is_empty());
    }

    #[test]
    fn a_stored_path_is_read_as_postgres_reads_it() {
        assert_eq!(path_entries(r#""$user", public"#), ["$user", "public"]);
        assert_eq!(path_entries(r#""a,b" , "c""d",pg_temp"#), ["a,b", "c\"d", "pg_temp"]);
        assert_eq!(path_entries(r#""""#), Vec::<String>::new());
        assert_eq!(path_entries(""), Vec::<String>::new());
    }
}
