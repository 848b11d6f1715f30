//! A reference that does not say what it refers to.

use super::{among, column_path, is_folded, named_columns, own_names, rename_column};
use crate::rule::prelude::*;
use crate::words::singular_name;

/// The rule.
pub static RULE: Rule = Rule {
    name: "fk-column-name",
    category: Naming,
    severity: Info,
    title: "a foreign key column is not named after what it refers to",
    why: "customer_id says that the column refers to customers, with which column, and that the value is an identifier. customer \
          might be a name or a document, cust_id sends its reader to the constraint, and customers_id breaks every tool that \
          derives one name from the other.",
    remedy: "Use the referenced table's name in the singular and _id: customer_id; with a role before it (billing_customer_id) or \
             in its place (owner_id, parent_id, created_by). A reference to a key that means something takes that key's name: \
             country_code.",
    parameters: &[
        Parameter {
            name: "roles",
            default: List(&["approved_by", "assigned_to", "created_by", "deleted_by", "updated_by"]),
            what: "names that are fine as they are",
        },
        Parameter {
            name: "strict",
            default: Boolean(false),
            what: "accept <role>_id only where role ends in the table's name or the whole name is in roles",
        },
    ],
    sources: &[Guide("S-008")],
    examples: &[
        bad("BEGIN;\n\
             CREATE TABLE invoices (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 customer bigint NOT NULL REFERENCES customers\n\
             );\n\
             CREATE INDEX idx_invoices_customer ON invoices (customer);\n\
             COMMIT;")
        .title("no _id")
        .given(EMPTY_ORDERS),
        bad("BEGIN;\n\
             CREATE TABLE invoices (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 customers_id bigint NOT NULL REFERENCES customers\n\
             );\n\
             CREATE INDEX idx_invoices_customers_id ON invoices (customers_id);\n\
             COMMIT;")
        .title("a plural")
        .given(EMPTY_ORDERS),
        bad("BEGIN;\n\
             CREATE TABLE invoices (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 cust_id bigint NOT NULL REFERENCES customers\n\
             );\n\
             CREATE INDEX idx_invoices_cust_id ON invoices (cust_id);\n\
             COMMIT;")
        .title("an abbreviation")
        .given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
              CREATE TABLE invoices (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  billing_customer_id bigint NOT NULL REFERENCES customers,\n    \
                  owner_id bigint NOT NULL REFERENCES customers,\n    \
                  parent_id bigint REFERENCES invoices,\n    \
                  created_by bigint REFERENCES customers\n\
              );\n\
              CREATE INDEX idx_invoices_billing ON invoices (billing_customer_id);\n\
              CREATE INDEX idx_invoices_owner ON invoices (owner_id);\n\
              CREATE INDEX idx_invoices_parent ON invoices (parent_id);\n\
              CREATE INDEX idx_invoices_created_by ON invoices (created_by);\n\
              COMMIT;",
        )
        .title("with a role")
        .given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
              CREATE TABLE branches (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  country_code text NOT NULL REFERENCES countries\n\
              );\n\
              CREATE INDEX idx_branches_country_code ON branches (country_code);\n\
              COMMIT;",
        )
        .title("a reference to a key that means something")
        .given("CREATE TABLE countries (code text PRIMARY KEY);"),
        good("CREATE TABLE customer_profiles (customer bigint PRIMARY KEY REFERENCES customers);")
            .title("the key is shared")
            .given(EMPTY_ORDERS),
    ],
    check: Check::Of(Aspects::COLUMNS.or(Aspects::CONSTRAINTS), check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !own_names(table) || !table.touches_constraints() {
        return;
    }
    let (roles, strict) = (cx.words("roles", relation), cx.boolean("strict", relation));
    for key in table.foreign_keys().filter(|key| !key.inherited) {
        let ([number], Some(reference)) = (key.columns.as_slice(), &key.references) else { continue };
        let Some(column) = table.column_by_number(*number) else { continue };
        let judged = key.touched && crate::words::is_snake(&column.name)
            || named_columns(table).any(|named| named.number == *number);
        if !judged {
            continue;
        }
        let shared = table.primary_key().is_some_and(|primary| primary.columns == [*number]);
        let referenced = reference.columns.first().map_or("id", String::as_str);
        let name = column.name.as_str();
        // `policyid` where camelCase was folded.
        let folded = name.strip_suffix("id").filter(|stem| !stem.is_empty() && is_folded(table));
        let read_as = folded.map_or_else(|| name.to_owned(), |stem| format!("{stem}_id"));
        if shared || among(&roles, name) || fits(&read_as, &reference.table, referenced, strict) {
            continue;
        }
        let target = sql::qualified(&reference.schema, &reference.table);
        let finding = out.column(
            relation,
            name,
            format!("foreign key column name {} does not say that it refers to {target}", column_path(relation, name)),
        );
        finding
            .detail(format!("Foreign key {} refers to {target} ({}).", sql::ident(&key.name), sql::ident(referenced)))
            .evidence("referenced_table", target.as_str());
        rename_column(finding, table, name, Some(&proposal(name, &reference.table, strict)), cx);
    }
}

/// Whether the column's name tells what it refers to.
fn fits(name: &str, table: &str, referenced: &str, strict: bool) -> bool {
    let singular = singular_name(table);
    let after_role_in =
        |name: &str, end: &str| name == end || name.strip_suffix(end).is_some_and(|role: &str| role.ends_with('_'));
    let after_role = |end: &str| after_role_in(name, end);
    // Any ending of the table's name, by words: `role_id` for app_roles.
    let by_table = singular
        .match_indices('_')
        .map(|(at, _)| at + 1)
        .chain([0])
        .any(|at| name.strip_suffix("_id").is_some_and(|stem| after_role_in(stem, &singular[at..])));
    // A key that is not called id: `country_code` for countries (code), `currency` for currencies (code).
    let by_key = referenced != "id" && (after_role(referenced) || after_role(&singular));
    if by_table || by_key {
        return true;
    }
    if strict {
        return false;
    }
    // A role is anything that is not a bad spelling of the table's own name.
    let Some(role) = name.strip_suffix("_id").or_else(|| name.strip_suffix("_by").filter(|verb| !verb.is_empty()))
    else {
        return false;
    };
    let word = role.rsplit('_').next().unwrap_or(role);
    let own = singular.rsplit('_').next().unwrap_or(&singular);
    let plural = word != own && singular_name(word) == own;
    !plural && !is_abbreviation(word, own)
}

/// Whether the word is the other with letters left out: `cust` and `cstmr` for customer.
fn is_abbreviation(word: &str, of: &str) -> bool {
    let mut rest = of.chars();
    word.len() >= 2
        && word.len() < of.len()
        && word.chars().next() == of.chars().next()
        && word.chars().all(|letter| rest.any(|c| c == letter))
}

/// `customer`, `customers_id` and `cust_id` give `customer_id`; a role before it (`billing_cust_id`), or in its place (`owner`),
/// stays.
fn proposal(name: &str, table: &str, strict: bool) -> String {
    let singular = singular_name(table);
    let own = singular.rsplit('_').next().unwrap_or(&singular);
    let bare = ["_id", "_fk", "_ref"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    let stem = singular_name(bare);
    let (role, word) = stem.rsplit_once('_').unwrap_or(("", &stem));
    if word == own {
        return format!("{stem}_id");
    }
    // `nid` for networks: the beginning of the table's name, and `id`.
    let short = word.strip_suffix("id").is_some_and(|start| !start.is_empty() && own.starts_with(start));
    match (is_abbreviation(word, own) || short || strict, role) {
        (true, "") => format!("{singular}_id"),
        (true, role) => format!("{role}_{own}_id"),
        (false, _) => format!("{stem}_id"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_fit() {
        for (name, table, referenced) in [
            ("customer_id", "customers", "id"),
            ("billing_customer_id", "customers", "id"),
            ("customer_id", "shop_customers", "id"),
            ("parent_id", "categories", "id"),
            ("category_id", "categories", "id"),
            ("author_id", "users", "id"),
            ("reviewed_by", "users", "id"),
            ("country_code", "countries", "code"),
            ("currency", "currencies", "code"),
            ("customer_uuid", "customers", "uuid"),
            ("customer_id", "customer", "customer_id"),
            ("depends_on_id", "tasks", "id"),
        ] {
            assert!(fits(name, table, referenced, false), "{name} for {table}");
        }
        assert!(!fits("author_id", "users", "id", true));
        assert_eq!(proposal("author_id", "users", true), "user_id");
        assert!(fits("author_user_id", "users", "id", true));
    }

    #[test]
    fn names_that_do_not() {
        for (name, table, proposed) in [
            ("customer", "customers", "customer_id"),
            ("customers_id", "customers", "customer_id"),
            ("cust_id", "customers", "customer_id"),
            ("billing_customer", "customers", "billing_customer_id"),
            ("customer_fk", "customers", "customer_id"),
            ("nid", "networks", "network_id"),
            ("usr_id", "users", "user_id"),
            ("owner", "users", "owner_id"),
            ("system_account", "person", "system_account_id"),
            ("billing_cust_id", "customers", "billing_customer_id"),
        ] {
            assert!(!fits(name, table, "id", false), "{name} for {table}");
            assert_eq!(proposal(name, table, false), proposed);
        }
    }
}
