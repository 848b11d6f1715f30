//! Inside brackets a bar is a bar: [A-Z|a-z] lets it through.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "check-pattern-accepts-pipe",
    category: Design,
    severity: Warning,
    title: "a pattern of a CHECK lets a bar through",
    why: "In a regular expression [A-Z|a-z] is the letters and the character '|', not 'one or the other': \
          inside brackets the bar has no meaning. A pattern for e-mail addresses that is copied from page to \
          page has it, and accepts ada@example.c|| as an address.",
    remedy: "Write [A-Za-z]. Replace the constraint: add the mended one NOT VALID, drop the old one, then \
          validate.",
    parameters: &[],
    sources: &[Guide("S-064"), Manual("functions-matching", "Bracket Expressions")],
    examples: &[
        bad("CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             email varchar(255) NOT NULL UNIQUE,\n    \
             CONSTRAINT accounts_email_check CHECK (email ~* '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Z|a-z]{2,}$')\n\
             );"),
        good("CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             email varchar(255) NOT NULL UNIQUE,\n    \
             CONSTRAINT accounts_email_check CHECK (email ~* '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}$')\n\
             );"),
        good("CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL CHECK (code ~ '^([A-Z]|[a-z])+$'));")
        .title("a bar between brackets"),
    ],
    check: Check::Of(Aspects::CONSTRAINTS, check),
    also: &[],
    enabled: true,
};

const SLIPS: &[(&str, &str)] =
    &[("A-Z|a-z", "A-Za-z"), ("a-z|A-Z", "a-zA-Z"), ("a-z|0-9", "a-z0-9"), ("A-Z|0-9", "A-Z0-9")];

/// The expression without the bars that stand between two ranges inside brackets; none where there is no such bar.
fn mended(expression: &str) -> Option<String> {
    let mut text = expression.to_owned();
    for (slip, right) in SLIPS {
        let mut at = 0;
        while let Some(found) = text[at..].find(slip).map(|n| at + n) {
            let inside = text[..found].rfind('[').is_some_and(|open| !text[open..found].contains(']'));
            if inside {
                text.replace_range(found..found + slip.len(), right);
            }
            at = found + right.len();
        }
    }
    (text != expression).then_some(text)
}

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if relation.is_partition {
        return;
    }
    for constraint in table.touched_constraints().filter(|c| c.kind == ConstraintKind::Check && !c.inherited) {
        let Some(text) = constraint.expression.as_deref().and_then(mended) else { continue };
        let name = sql::ident(&constraint.name);
        let finding = out.constraint(
            relation,
            &constraint.name,
            format!("the pattern in {name} of {} accepts a bar (|)", relation.display()),
        );
        finding.detail("Inside brackets the bar stands for itself: [A-Z|a-z] is the letters and '|'.");
        if relation.kind.is_table() {
            finding.advice("Replace it; VALIDATE names the rows that slipped through:").remedy(format!(
                "BEGIN;\n\
                 ALTER TABLE {table} DROP CONSTRAINT {name};\n\
                 ALTER TABLE {table} ADD CONSTRAINT {name} CHECK {check} NOT VALID;\n\
                 COMMIT;\n\
                 ALTER TABLE {table} VALIDATE CONSTRAINT {name};",
                check = sql::in_parentheses(&text),
                table = relation.sql()
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::mended;

    #[test]
    fn only_bars_inside_brackets() {
        assert_eq!(mended("x ~ '[A-Z|a-z]{2,}'").as_deref(), Some("x ~ '[A-Za-z]{2,}'"));
        assert_eq!(mended("x ~ '^[_a-z|0-9|.]+$'").as_deref(), Some("x ~ '^[_a-z0-9|.]+$'"));
        assert_eq!(mended("x ~ '(A-Z|a-z)'"), None);
        assert_eq!(mended("x ~ '[A-Z]|[a-z]'"), None);
    }
}
