//! Roles that reach the server's files and programs without being superuser.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "server-file-roles",
    category: Security,
    severity: Error,
    title: "a role may read or write the server's files or run programs there",
    why: "COPY and the file functions act as the operating system user of the server. pg_execute_server_program runs any \
          command, pg_write_server_files changes the server's own files: both are as good as superuser. \
          pg_read_server_files reads the data files of every database, and the keys that lie beside them. Membership is \
          inherited through other roles, where nobody looks.",
    remedy: "Revoke the membership. Load and unload through the client (\\copy), or through a SECURITY DEFINER function for one \
             folder.",
    parameters: &[],
    sources: &[Guide("S-438"), Manual("predefined-roles", "pg_execute_server_program"), Manual("sql-copy", "Notes")],
    examples: &[
        bad("BEGIN;\nCREATE ROLE shop_loader LOGIN IN ROLE pg_write_server_files;"),
        bad("BEGIN;\nCREATE ROLE shop_reader LOGIN IN ROLE pg_read_server_files;").title("only reading: warning"),
        bad("BEGIN;\nCREATE ROLE shop_jobs IN ROLE pg_execute_server_program;\nCREATE ROLE shop_worker LOGIN IN ROLE shop_jobs;")
            .title("through another role")
            .advice(),
        good("BEGIN;\nCREATE ROLE shop_analyst LOGIN IN ROLE pg_read_all_data;").title("data, not files"),
        good("BEGIN;\nCREATE ROLE shop_superuser SUPERUSER IN ROLE pg_write_server_files;").title("a superuser anyway"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    let access = &database.access;
    for (name, what, severity) in [
        ("pg_execute_server_program", "run programs on the server", Error),
        ("pg_write_server_files", "write files of the server", Error),
        ("pg_read_server_files", "read files of the server", Warning),
    ] {
        let Some(of) = access.by_name(name) else { continue };
        for member in access.members(of, false) {
            let Some(role) = access.roles.get(&member).filter(|role| role.oid != of && !role.superuser) else {
                continue;
            };
            let shown = sql::ident(&role.name);
            let direct = access.memberships.iter().any(|m| m.member == member && m.role == of);
            let finding = out.object("role", "", &role.name, format!("role {shown} may {what}"));
            finding
                .severity(severity)
                .detail(format!("It is a member of {name}."))
                .discriminator(name)
                .evidence("member_of", name);
            if direct {
                finding.remedy(format!("REVOKE {name} FROM {shown};"));
            } else {
                finding.advice("Revoke the membership of the role through which it is one.");
            }
        }
    }
}
