//! A `varchar(n)` that is meant to hold whatever people write.

use super::{length_of, own_columns};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "varchar-large-text",
    category: Types,
    severity: Info,
    title: "a long text is kept in varchar(n)",
    why: "varchar(n) is stored exactly as text is; n saves nothing. A limit of some thousand characters, or a limit on a description, is \
          rarely a rule of the business: it is a guess that fails an INSERT one day, with 'value too long'.",
    remedy: "Use text. From varchar to text PostgreSQL changes the catalog only, at any size. A limit that is meant goes into a CHECK, \
             which can be changed without touching the type.",
    parameters: &[
        Parameter {
            name: "length",
            default: Integer(1000),
            what: "from this length on a limit is taken for a guess: characters",
        },
        Parameter {
            name: "prose_columns",
            default: List(&["body", "content", "description"]),
            what: "names of columns that hold prose, which has no natural limit",
        },
    ],
    sources: &[Guide("S-075"), Manual("datatype-character", "Character Types"), Manual("sql-altertable", "Notes")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, terms varchar(4000));"),
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, description varchar(255));")
            .title("prose"),
        bad("ALTER TABLE orders ADD COLUMN remarks varchar(2000);")
            .title("a live table: the change is as cheap there")
            .given(ORDERS),
        good(
            "CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, description text, terms varchar, number varchar(20));",
        ),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let mut settings = None;
    for column in own_columns(table).filter(|column| column.data_type.base == "character varying") {
        let Some(length) = length_of(&column.data_type) else { continue };
        let (most, prose) =
            settings.get_or_insert_with(|| (cx.integer("length", relation), cx.list("prose_columns", relation)));
        let is_prose = prose.contains(&column.name);
        if i64::from(length) < *most && !is_prose {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} is {}", relation.display(), column.data_type.name),
        );
        finding
            .detail(if is_prose {
                format!("Prose has no natural end at {length} characters.")
            } else {
                format!("A limit of {} characters saves nothing.", count(length.unsigned_abs().into()))
            })
            .evidence("length", length);
        let to = if column.data_type.is_array { "text[]" } else { "text" };
        super::change_type(finding, table, column, to, None, column.data_type.is_array, cx);
    }
}
