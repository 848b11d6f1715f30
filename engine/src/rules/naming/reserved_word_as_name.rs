//! A name that is a key word of SQL: it works in quotes only, or means something else without them.

use super::{keep, own_names, rename_column};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "reserved-word-as-name",
    category: Naming,
    severity: Warning,
    title: "a table, column or function is named by a reserved word",
    why: "order, user and group exist as names in double quotes only; the query that forgets them is a syntax error. Worse is one that is not: SELECT \
          user FROM accounts gives the name of the session's role for every row. Words that PostgreSQL does not reserve (name, type, value) \
          are fine as they are.",
    remedy: "Use another word: orders, account, role_name. A trailing underscore (user_) works too.",
    parameters: &[],
    sources: &[
        Manual("sql-keywords-appendix", "SQL Key Words"),
        Manual("sql-syntax-lexical", "Identifiers and Key Words"),
        Code("src/include/parser/kwlist.h", "RESERVED_KEYWORD, TYPE_FUNC_NAME_KEYWORD, COL_NAME_KEYWORD"),
    ],
    examples: &[
        bad("CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \"user\" text NOT NULL);").title("SELECT user means the session's role"),
        bad("CREATE TABLE \"references\" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);").title("a table").advice(),
        bad("CREATE VIEW \"all\" AS SELECT id FROM orders;").given(EMPTY_ORDERS).title("a view").advice(),
        bad("CREATE FUNCTION \"position\"(text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT length($1) $$;")
            .title("a function: words that cannot be called without quotes")
            .advice(),
        good("CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, type text, value text, position integer, key text);")
            .title("words that are not reserved, or not as columns"),
        good("CREATE FUNCTION left_half(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT left($1, 3) $$;"),
    ],
    check: Check::Of(Aspects::NAME.or(Aspects::COLUMNS), table),
    also: &[Check::Named(named), Check::Function(function)],
    enabled: true,
};

/// Words that are reserved as names of tables and columns on some supported major (`pg_get_keywords()`: R and T).
const RESERVED: &[&str] = &[
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
    "binary",
    "both",
    "case",
    "cast",
    "check",
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
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// Words that cannot be names of functions without quotes (R and C).
const NOT_A_FUNCTION: &[&str] = &[
    "between",
    "bigint",
    "bit",
    "boolean",
    "char",
    "character",
    "coalesce",
    "dec",
    "decimal",
    "exists",
    "extract",
    "float",
    "greatest",
    "grouping",
    "inout",
    "int",
    "integer",
    "interval",
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
    "least",
    "merge_action",
    "national",
    "nchar",
    "none",
    "normalize",
    "nullif",
    "numeric",
    "out",
    "overlay",
    "position",
    "precision",
    "real",
    "row",
    "setof",
    "smallint",
    "substring",
    "time",
    "timestamp",
    "treat",
    "trim",
    "values",
    "varchar",
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

/// Reserved words that, as they stand, are expressions of their own: the query without quotes runs, and means something else.
const EXPRESSIONS: &[&str] = &[
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "false",
    "localtime",
    "localtimestamp",
    "null",
    "session_user",
    "system_user",
    "true",
    "user",
];

/// Whether a table or column of this name must be quoted.
fn is_reserved(name: &str) -> bool {
    // No name of a thousand is even a keyword, which is asked faster.
    sql::is_keyword(name) && RESERVED.binary_search(&name).is_ok()
}

fn consequence(name: &str) -> String {
    if EXPRESSIONS.contains(&name) {
        format!("Without quotes {name} is an expression of its own: the query runs, and gives something else.")
    } else {
        format!("{} is reserved: the name exists in double quotes only.", name.to_uppercase())
    }
}

fn table(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !own_names(table) {
        return;
    }
    if table.named && is_reserved(&relation.name) {
        relation_name(relation, cx, out);
    }
    for column in
        table.columns.iter().filter(|column| super::has_new_name(table, column, cx) && is_reserved(&column.name))
    {
        let finding = out.column(
            relation,
            &column.name,
            format!("column name {} is a reserved word", super::column_path(relation, &column.name)),
        );
        finding.detail(consequence(&column.name));
        rename_column(finding, table, &column.name, Some(&format!("{}_", column.name)), cx);
    }
}

fn named(named: &NamedRelation, cx: &Context, out: &mut Findings) {
    if !named.kind.is_index() && !named.relation.is_partition && is_reserved(&named.relation.name) {
        relation_name(&named.relation, cx, out);
    }
}

fn relation_name(relation: &Relation, cx: &Context, out: &mut Findings) {
    let kind = relation.kind.as_str();
    let finding = out.relation(relation, format!("{kind} name {} is a reserved word", relation.display()));
    finding.detail(consequence(&relation.name));
    keep(finding, "give it a name that needs no quotes", cx);
}

fn function(function: &Function, _: &Context, out: &mut Findings) {
    if NOT_A_FUNCTION.binary_search(&function.name.as_str()).is_err() && !is_only_reserved(&function.name) {
        return;
    }
    let finding = out.function(function, format!("function name {} is a reserved word", function.sql()));
    finding
        .detail(format!("{} cannot be called without double quotes.", function.name.to_uppercase()))
        .advice("Give it a name that needs no quotes.");
}

/// Reserved for functions as well: of the reserved words only those that may be type or function names are free.
fn is_only_reserved(name: &str) -> bool {
    is_reserved(name) && !TYPE_OR_FUNCTION.contains(&name)
}

/// Words that may be the name of a function or type, and of nothing else (T).
const TYPE_OR_FUNCTION: &[&str] = &[
    "authorization",
    "binary",
    "collation",
    "concurrently",
    "cross",
    "current_schema",
    "freeze",
    "full",
    "ilike",
    "inner",
    "is",
    "isnull",
    "join",
    "left",
    "like",
    "natural",
    "notnull",
    "outer",
    "overlaps",
    "right",
    "similar",
    "tablesample",
    "verbose",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_agree() {
        assert!(RESERVED.is_sorted() && NOT_A_FUNCTION.is_sorted() && TYPE_OR_FUNCTION.is_sorted());
        assert!(TYPE_OR_FUNCTION.iter().all(|word| is_reserved(word)));
        assert!(NOT_A_FUNCTION.iter().all(|word| !is_reserved(word)));
        for word in RESERVED.iter().chain(NOT_A_FUNCTION) {
            assert!(crate::sql::is_keyword(word), "{word}");
        }
        assert!(is_reserved("user") && !is_reserved("values") && !is_reserved("name"));
        assert!(is_only_reserved("order") && !is_only_reserved("left"));
    }
}
