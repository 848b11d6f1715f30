//! A column whose name says that it holds passwords, and not that they are hashed.

use super::{any_word, is_string, own_columns, words};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "password-column-plaintext",
    category: Types,
    severity: Warning,
    title: "a column seems to hold passwords as they are",
    why: "Whoever reads the table, a backup, a standby, the WAL or the log of a slow statement has every password in it, and people use \
          them elsewhere too. Only a salted, slow hash may be stored (bcrypt, scrypt, argon2), and a name that says so keeps the next \
          person from storing something else.",
    remedy: "Store a hash, made by the application or by crypt() of pgcrypto, in a column called password_hash. If the column holds hashes \
             already, rename it or suppress the finding.",
    parameters: &[Parameter {
        name: "hash_width",
        default: Integer(40),
        what: "mean width from which the values are taken for hashes, where the column was analysed: bytes",
    }],
    sources: &[Guide("S-082"), Manual("pgcrypto", "Password Hashing Functions")],
    examples: &[
        bad("CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, password text NOT NULL);").advice(),
        bad("ALTER TABLE customers ADD COLUMN login_password varchar(50);").given(ORDERS).title("a new column").advice(),
        good("CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, password_hash text NOT NULL);"),
        good("CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, password_changed_at timestamptz, password_hint text, encrypted_password text);")
            .title("what is known of a password, and an encrypted one"),
        good("CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, password text NOT NULL);\n\
              INSERT INTO members (password) SELECT '$2b$12$' || substr(repeat(md5(g::text), 2), 1, 53) FROM generate_series(1, 100) AS g;\n\
              ANALYZE members;")
        .title("values as long as hashes are")
        .check(),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

/// Words that say that the column holds something else than the password itself.
const HARMLESS: &[&str] = &[
    "algorithm",
    "argon2",
    "attempts",
    "bcrypt",
    "changed",
    "cipher",
    "count",
    "crypt",
    "crypted",
    "digest",
    "encoded",
    "encrypted",
    "expires",
    "expiry",
    "hash",
    "hashed",
    "hint",
    "history",
    "id",
    "length",
    "needs",
    "policy",
    "question",
    "reset",
    "salt",
    "scrypt",
    "sha256",
    "status",
    "strength",
    "token",
    "type",
    "updated",
    "url",
    "verifier",
];

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table).filter(|column| is_string(&column.data_type)) {
        let words = words(&column.name);
        // A `secret` is as often a random token that has to be kept as it is.
        let password = any_word(&words, &["passphrase", "passwd", "password", "pwd"]);
        let width = column.statistics.as_ref().map_or(0, |statistics| statistics.width);
        if !password || any_word(&words, HARMLESS) || width >= cx.integer("hash_width", relation) {
            continue;
        }
        let shown = sql::ident(&column.name);
        out.column(
            relation,
            &column.name,
            format!("column {shown} of {} seems to hold passwords as they are", relation.display()),
        )
        .detail("Only its name was looked at: it does not say that the values are hashed.")
        .advice(
            "Store a salted hash in a column called password_hash, and drop this one. If it holds hashes already, rename it or suppress the \
             finding.",
        )
        .evidence("type", column.data_type.name.as_str());
    }
}
