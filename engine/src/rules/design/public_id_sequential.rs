//! Identifiers that outsiders see and can count.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "public-id-sequential",
    category: Design,
    severity: Warning,
    title: "rows that the public sees are numbered in order",
    why: "Whoever sees /orders/1041 tries 1042, and knows how many orders there are, and how many a day. Whether identifiers leave the \
          house is not in the catalog: only tables whose comment holds the word @public are judged.",
    remedy: "Show another identifier: a column uuid NOT NULL UNIQUE DEFAULT gen_random_uuid() beside the key, which stays what joins use. \
             An identifier that cannot be guessed does not replace a check of rights.",
    parameters: &[],
    sources: &[Guide("S-035"), Manual("functions-uuid", "UUID Functions")],
    examples: &[
        bad("COMMENT ON TABLE orders IS 'What was bought. @public';").given(EMPTY_ORDERS).advice(),
        bad("CREATE TABLE tickets (id bigserial PRIMARY KEY);\nCOMMENT ON TABLE tickets IS '@public';").title("serial").advice(),
        good("COMMENT ON TABLE orders IS 'What was bought, for public and private customers';").given(EMPTY_ORDERS).title("not tagged"),
        good("CREATE TABLE tickets (id uuid PRIMARY KEY DEFAULT gen_random_uuid());\nCOMMENT ON TABLE tickets IS '@public';"),
        good("CREATE TABLE tickets (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, token uuid NOT NULL UNIQUE DEFAULT gen_random_uuid());\n\
              COMMENT ON TABLE tickets IS '@public';")
            .title("it has another identifier to show"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let Some(database) = cx.database.filter(|_| shape::own_design(table) && state.has_tag("public")) else { return };
    let Some([number]) = table.primary_key().map(|key| key.columns.as_slice()) else { return };
    let Some(column) = table.column_by_number(*number).filter(|column| shape::is_integer(&column.data_type)) else {
        return;
    };
    let other =
        table.indexes.iter().filter(|index| index.unique && index.valid && index.keys.len() == 1).any(|index| {
            let key = index.keys[0].column.and_then(|n| table.column_by_number(n));
            key.is_some_and(|column| {
                column.data_type.base == "uuid" || shape::is_text(&column.data_type) && is_token(&column.name)
            })
        });
    if other || database.sequence_of(relation.oid, column.number).is_none() {
        return;
    }
    let shown = sql::ident(&column.name);
    out.column(relation, &column.name, format!("rows of {} are public and numbered in order", relation.display()))
        .detail(format!("Its comment holds @public, and a sequence feeds {shown}: the next identifier can be guessed."))
        .advice(
            "Add a random identifier beside the key and show that one: a uuid column whose default is set after it was added, old rows \
             filled in batches, and a unique index built CONCURRENTLY.",
        );
}

/// Whether a text by that name is an identifier to show.
fn is_token(name: &str) -> bool {
    shape::has_word(name, &["token", "slug", "uuid", "guid", "ulid", "public", "external", "hash", "nanoid", "ksuid"])
}
