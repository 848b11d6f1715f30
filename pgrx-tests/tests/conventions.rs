//! A table whose columns break one naming rule together is one finding, and what is accepted of it is neither counted nor named.

mod common;

use common::*;
use harness::Run;

/// One name for all: `cargo xtask test conventions`.
mod conventions {
    use super::*;

    const RULE: &str = "column-name-snake-case";

    /// A table in camelCase of so many columns, beside its key.
    fn parcels(columns: usize) -> String {
        let columns: Vec<String> = (0..columns).map(|n| format!("\"side{}\" integer", letter(n))).collect();
        format!("CREATE TABLE parcels (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {})", columns.join(", "))
    }

    fn letter(n: usize) -> char {
        char::from(b'A' + u8::try_from(n).expect("a letter"))
    }

    #[track_caller]
    fn said(run: &Run) -> Vec<(String, String)> {
        let of_rule = |message: &&&harness::Message| message.message.ends_with(&format!("[{RULE}]"));
        ours(&run.messages)
            .iter()
            .filter(of_rule)
            .map(|message| (message.message.clone(), message.column.clone().unwrap_or_default()))
            .collect()
    }

    #[test]
    fn three_columns_are_three_findings_and_four_are_one() {
        let db = database();
        let mut session = connect(&db);
        let three = said(&ok(&mut session, &parcels(3)));
        assert_eq!(three.iter().map(|(_, column)| column.as_str()).collect::<Vec<_>>(), ["sideA", "sideB", "sideC"]);
        ok(&mut session, "DROP TABLE parcels");
        let run = ok(&mut session, &parcels(4));
        let four = said(&run);
        assert_eq!(four.len(), 1, "{four:?}");
        assert!(four[0].0.starts_with("4 columns of public.parcels: "), "{four:?}");
        assert_eq!(four[0].1, "");
        let (kind, object, columns, proposed): (String, String, i32, String) = {
            let row = session
                .query_one(
                    "SELECT object_kind, object, jsonb_array_length(evidence -> 'columns'),
                            evidence -> 'proposed_names' ->> 'sideD'
                     FROM architect.last_findings() WHERE rule = $1",
                    &[&RULE],
                )
                .expect("a row");
            (row.get(0), row.get(1), row.get(2), row.get(3))
        };
        assert_eq!((kind.as_str(), object.as_str(), columns), ("table", "public.parcels", 4));
        assert_eq!(proposed, "side_d");
    }

    #[test]
    fn a_transaction_is_judged_as_a_whole_and_tables_apart() {
        let db = database();
        let mut session = connect(&db);
        ok(&mut session, "BEGIN");
        ok(&mut session, &parcels(2));
        ok(&mut session, &parcels(2).replace("parcels", "boxes"));
        ok(&mut session, "ALTER TABLE parcels ADD COLUMN \"sideX\" integer");
        ok(&mut session, "ALTER TABLE parcels ADD COLUMN \"sideY\" integer");
        let said = said(&ok(&mut session, "COMMIT"));
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said.iter().any(|(message, _)| message.starts_with("4 columns of public.parcels")), "{said:?}");
    }

    #[test]
    fn what_is_suppressed_is_not_counted_and_not_named() {
        let db = database();
        let mut session = connect(&db);
        let suppress = |column: &str| format!("SELECT architect.suppress('{RULE}', 'public.parcels{column}', 'kept')");
        ok(&mut session, &suppress(".\"sideA\""));
        let three = said(&ok(&mut session, &parcels(4)));
        assert_eq!(three.len(), 3, "{three:?}");
        ok(&mut session, "DROP TABLE parcels");
        let five = said(&ok(&mut session, &parcels(5)));
        assert!(five.len() == 1 && five[0].0.starts_with("4 columns"), "{five:?}");
        let named: bool = value(
            &mut session,
            "SELECT bool_or(evidence -> 'columns' ? 'sideA' OR remedy LIKE '%sideA%' OR detail LIKE '%sideA%')
             FROM architect.last_findings()",
        );
        assert!(!named);
        ok(&mut session, "DROP TABLE parcels");
        ok(&mut session, &suppress(""));
        assert!(said(&ok(&mut session, &parcels(5))).is_empty());
    }

    #[test]
    fn what_was_adopted_is_not_counted() {
        let db = database();
        let mut session = connect(&db);
        ok(&mut session, &parcels(5));
        ok(&mut session, "SELECT architect.adopt()");
        let one = said(&ok(&mut session, "ALTER TABLE parcels ADD COLUMN \"sideX\" integer"));
        assert_eq!(one.len(), 1, "{one:?}");
        assert_eq!(one[0].1, "sideX");
    }

    #[test]
    fn it_stops_the_commit_as_each_of_its_columns_would() {
        let db = database();
        let mut session = connect(&db);
        session
            .batch_execute(
                "SET architect.mode = enforce; SET architect.enforce_severity = warning; SET lock_timeout = '2s'",
            )
            .expect("settings");
        // Plain and without need for quotes: information. With one in capitals: a warning, and all are named.
        let plain =
            "CREATE TABLE boxes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a__a text, b__b text, c__c text,
                     d__d text)";
        ok(&mut session, plain);
        let run = session.run(&plain.replace("boxes", "crates").replace("a__a", "\"A\""));
        let error = run.error.expect("an error");
        assert!(error.message.starts_with("4 columns of public.crates: "), "{error}");
    }

    #[test]
    fn the_remedy_mends_all_of_it() {
        let db = database();
        let mut session = connect(&db);
        ok(&mut session, &parcels(6));
        let remedy: String = value(&mut session, "SELECT remedy FROM architect.last_findings()");
        silent(&mut session, &remedy);
        let left: i64 = value(
            &mut session,
            "SELECT count(*) FROM pg_attribute WHERE attrelid = 'parcels'::regclass AND attname <> lower(attname)",
        );
        assert_eq!(left, 0);
        assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.check() WHERE category = 'naming'"), 0);
    }

    #[test]
    fn a_comment_in_a_text_allows_its_own_statement() {
        let db = database();
        let mut session = connect(&db);
        let mut lint = |sql: &str| -> Vec<String> {
            session
                .query(
                    "SELECT coalesce(column_name, object_kind) FROM architect.lint($1) WHERE rule = $2 ORDER BY 1",
                    &[&sql, &RULE],
                )
                .expect("rows")
                .iter()
                .map(|row| row.get(0))
                .collect()
        };
        let table = parcels(4);
        assert_eq!(lint(&table), ["table"]);
        assert!(lint(&format!("-- architect: allow {RULE} our mapper quotes\n{table}")).is_empty());
        let more = "ALTER TABLE parcels ADD COLUMN \"sideX\" integer";
        let both = lint(&format!("{table};\n{more};"));
        assert_eq!(both, ["sideX", "table"]);
        assert_eq!(lint(&format!("{table};\n-- architect: allow {RULE} once\n{more};")), ["table"]);
        assert_eq!(lint(&format!("-- architect: allow {RULE} once\n{table};\n{more};")), ["sideX"]);
    }

    /// What the oldest tables are called is kept in the session; what counts is what they are called now.
    #[test]
    fn the_style_of_a_schema_is_that_of_today() {
        const NAMES: [&str; 8] = ["animal", "bridge", "candle", "desk", "engine", "flower", "garden", "hammer"];
        let db = database();
        let mut session = connect(&db);
        let told = |session: &mut harness::Session, sql: &str| {
            let run = ok(session, sql);
            ours(&run.messages).iter().any(|message| message.message.ends_with("[table-name-plural]"))
        };
        let key = "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
        for name in NAMES {
            ok(&mut session, &format!("CREATE TABLE {name}s ({key})"));
        }
        assert!(!told(&mut session, &format!("CREATE TABLE islands ({key})")), "one more among plurals");
        for name in NAMES {
            ok(&mut session, &format!("ALTER TABLE {name}s RENAME TO {name}"));
        }
        assert!(told(&mut session, &format!("CREATE TABLE jackets ({key})")), "a plural among singulars");
        ok(&mut session, "BEGIN");
        for name in NAMES {
            ok(&mut session, &format!("ALTER TABLE {name} RENAME TO {name}s"));
        }
        ok(&mut session, "COMMIT");
        assert!(!told(&mut session, &format!("CREATE TABLE kettles ({key})")), "plurals again");
        ok(&mut session, &NAMES.map(|name| format!("DROP TABLE {name}s;")).concat());
        ok(&mut session, "DROP TABLE islands, jackets, kettles");
        for name in ["ladder", "mirror", "needle", "orange", "pencil", "quilt", "rocket", "saddle", "tunnel", "violin"]
        {
            ok(&mut session, &format!("CREATE TABLE {name} ({key})"));
        }
        assert!(told(&mut session, &format!("CREATE TABLE windows ({key})")), "the oldest ones are gone");
    }
}
