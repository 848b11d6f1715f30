//! Temporary tables that nobody but their own session can vacuum.

use crate::rule::prelude::*;
use crate::rules::state::millions;

/// The rule.
pub static RULE: Rule = Rule {
    name: "orphan-temp-schema",
    category: Health,
    severity: Warning,
    title: "temporary tables of another session hold back the transaction ids of the database",
    why: "No other session can vacuum a temporary table. One that lives for weeks in a pooled connection, or that a crash left behind, keeps \
          the database's oldest transaction id where it is, and autovacuum works against wraparound in vain. Autovacuum drops what a \
          crash left behind when it comes to the database; where it does not come, it stays.",
    remedy: "End the session, or have it drop its temporary tables (DISCARD TEMP in the pooler's reset query). What belongs to no session \
             is dropped with DROP SCHEMA pg_temp_N CASCADE, as a superuser.",
    parameters: &[
        Parameter { name: "transactions", default: Integer(50_000_000), what: "from this age on: transactions" },
        Parameter { name: "orphan_transactions", default: Integer(1_000_000), what: "where the session is gone (known from 16 on): transactions" },
    ],
    sources: &[
        Guide("S-251"),
        Manual("routine-vacuuming", "Preventing Transaction ID Wraparound Failures"),
        Code("src/backend/postmaster/autovacuum.c", "do_autovacuum, orphan temporary tables"),
    ],
    examples: &[
        bad("CREATE TEMPORARY TABLE picked (order_id bigint);\n\
             UPDATE pg_class SET relnamespace = (SELECT min(oid) FROM pg_namespace WHERE nspname LIKE 'pg\\_temp\\_%' AND oid <> pg_my_temp_schema())\n\
             WHERE oid = 'picked'::regclass;")
        .title("a temporary table of a session that is gone (made by hand here, from an age of 0 on)")
        .given(
            "SET allow_system_table_mods = on;\n\
             CREATE SCHEMA pg_temp_9999;\n\
             SELECT architect.configure('orphan-temp-schema', parameters => '{\"transactions\": 0, \"orphan_transactions\": 0}');",
        )
        .advice(),
        good("CREATE TEMPORARY TABLE picked (order_id bigint);").title("one's own"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    // A check of one schema is not about the server.
    if database.scope.is_some() {
        return;
    }
    for schema in &database.temporary_schemas {
        let orphan = schema.session_known && schema.pid.is_none();
        let limit = if orphan {
            cx.number("orphan_transactions").min(cx.number("transactions"))
        } else {
            cx.number("transactions")
        };
        if schema.xid_age < limit {
            continue;
        }
        let message = if orphan {
            "temporary tables that no session owns hold back the transaction ids of the database"
        } else {
            "temporary tables of another session hold back the transaction ids of the database"
        };
        let finding = out.object("schema", "", &schema.name, message);
        finding
            .detail(format!(
                "{} with {}; the oldest is {} transactions old.",
                if schema.tables == 1 { "1 table".to_owned() } else { format!("{} tables", schema.tables) },
                bytes(schema.pages * database.server.block_size),
                millions(schema.xid_age)
            ))
            .evidence("transactions", schema.xid_age)
            .evidence("tables", schema.tables)
            .impact(schema.pages * database.server.block_size, 0, schema.xid_age.unsigned_abs());
        match (orphan, schema.pid) {
            // No step of a script: until that runs, the schema may be a new session's.
            (true, _) => finding.advice(format!(
                "They belong to nobody; drop them, as a superuser: DROP SCHEMA {} CASCADE;",
                sql::ident(&schema.name)
            )),
            (false, Some(pid)) => finding.advice(format!(
                "Have the session drop them, or end it: SELECT pg_catalog.pg_terminate_backend({pid});"
            )),
            (false, None) => finding.advice(
                "Have the session drop them, or end it. Where no session is so old, they are left over from a crash: DROP SCHEMA ... CASCADE.",
            ),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Wanted;
    use crate::policy::Policy;

    fn judged(schema: TemporarySchema) -> Vec<Finding> {
        let database = Database { temporary_schemas: vec![schema], ..Database::default() };
        let all = crate::judge::database(&database, &Policy::default(), &Wanted::default(), &mut || ());
        all.findings.into_iter().filter(|finding| finding.rule.name == RULE.name).collect()
    }

    fn schema(xid_age: i64, session_known: bool, pid: Option<i64>) -> TemporarySchema {
        TemporarySchema {
            name: "pg_temp_3".into(),
            tables: 1,
            xid_age,
            session_known,
            pid,
            ..TemporarySchema::default()
        }
    }

    #[test]
    fn whose_they_are_decides() {
        assert!(judged(schema(2_000_000, true, Some(5))).is_empty());
        assert!(judged(schema(2_000_000, false, None)).is_empty(), "not known before 16");
        let told = |schema, sql: &str| {
            let finding = judged(schema).remove(0);
            finding.remedy.is_empty() && finding.advice.contains(sql)
        };
        assert!(told(schema(2_000_000, true, None), "DROP SCHEMA pg_temp_3 CASCADE;"));
        assert!(told(schema(60_000_000, true, Some(5)), "SELECT pg_catalog.pg_terminate_backend(5);"));
        assert!(told(schema(60_000_000, false, None), "DROP SCHEMA ... CASCADE"));
    }
}
