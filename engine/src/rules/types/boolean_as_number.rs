//! Yes and no, spelt 1 and 0, or Y and N.

use super::{is_integer, is_string, length_of, own_columns, words};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "boolean-as-number",
    category: Types,
    severity: Info,
    title: "a yes-or-no column is kept as a number or a letter",
    why: "An integer takes 2, 7 and NULL as well as 0 and 1; a letter takes y, Y and blank. Every query has to know the code, and a value \
          outside it is neither. boolean takes one byte, holds true and false, and stands in a condition as it is.",
    remedy: "Use boolean NOT NULL with a default.",
    parameters: &[],
    sources: &[Manual("datatype-boolean", "Boolean Type")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, is_paid smallint NOT NULL DEFAULT 0);"),
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, is_paid char(1) NOT NULL DEFAULT 'N');")
            .title("Y and N")
            .advice(),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, is_paid boolean NOT NULL DEFAULT false);"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, has_items_count integer, is_valid_until text);")
            .title("names that only begin alike"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table) {
        let data_type = &column.data_type;
        let letter = is_string(data_type) && length_of(data_type) == Some(1);
        if !(is_integer(data_type) || letter) || data_type.is_array {
            continue;
        }
        let words = words(&column.name);
        let question = words.len() > 1 && matches!(words[0].as_ref(), "can" | "has" | "is" | "should" | "was");
        let last = words.last().map(AsRef::as_ref).unwrap_or_default();
        let another = matches!(
            last,
            "at" | "by" | "code" | "count" | "id" | "level" | "number" | "of" | "since" | "type" | "until" | "version"
        );
        if !question || another {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} answers yes or no in {}", relation.display(), data_type.name),
        );
        finding
            .detail("By its name it is a question; its type takes more answers than two.")
            .evidence("type", data_type.name.as_str());
        if letter {
            finding.advice(
                "Make it boolean: ALTER COLUMN ... TYPE boolean USING column = 'Y', whatever letter means yes.",
            );
        } else {
            super::change_type(finding, table, column, "boolean", Some(&format!("{shown} <> 0")), true, cx);
            // There is no cast from smallint and bigint to boolean for the default.
            if !finding.remedy.is_empty() {
                let remedy = finding.remedy.replace("::boolean", "::integer::boolean");
                finding.remedy(remedy);
            }
            super::losing(finding, relation, "whatever is not 0 becomes true", cx);
        }
    }
}
