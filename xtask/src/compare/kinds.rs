//! Which rules mean the same, by the names that each program gives them in its output.

use super::rivals::Tool;

/// Findings that mean the same.
pub struct Kind {
    pub title: &'static str,
    /// What the server does (in the words of `replay/observe.sql`) when such a finding is right, any of them; none where no server
    /// can tell.
    pub evidence: &'static [&'static str],
    /// Some speak at COMMIT or of the file: the file is what can be compared.
    pub by_file: bool,
    /// The guard is not asked about data: `architect.lint` speaks.
    pub by_lint: bool,
    pub ours: &'static [&'static str],
    squawk: &'static [&'static str],
    eugene: &'static [&'static str],
    pgfence: &'static [&'static str],
    pgsafe: &'static [&'static str],
    language_server: &'static [&'static str],
}

impl Kind {
    /// The names of a program's rules.
    #[must_use]
    pub fn of(&self, tool: Tool) -> &'static [&'static str] {
        match tool {
            Tool::Squawk => self.squawk,
            Tool::Eugene => self.eugene,
            Tool::Pgfence => self.pgfence,
            Tool::Pgsafe => self.pgsafe,
            Tool::LanguageServer => self.language_server,
        }
    }
}

/// The statement failed on the rows that were there.
pub const FAILED: &str = "failed";

const NONE: Kind = Kind {
    title: "",
    evidence: &[],
    by_file: false,
    by_lint: false,
    ours: &[],
    squawk: &[],
    eugene: &[],
    pgfence: &[],
    pgsafe: &[],
    language_server: &[],
};

/// A rule in brackets is one that the parser has split by what its message says.
pub const KINDS: &[Kind] = &[
    Kind {
        title: "index built while writes wait",
        evidence: &["index built"],
        ours: &["index-not-concurrent", "partitioned-index-build"],
        squawk: &["require-concurrent-index-creation"],
        eugene: &["E6"],
        pgfence: &["create-index-not-concurrent"],
        pgsafe: &["add-index-non-concurrent"],
        language_server: &["requireConcurrentIndexCreation"],
        ..NONE
    },
    Kind {
        title: "index dropped under a lock",
        evidence: &["index dropped"],
        ours: &["index-drop-not-concurrent"],
        squawk: &["require-concurrent-index-deletion"],
        pgfence: &["drop-index-not-concurrent"],
        pgsafe: &["drop-index-non-concurrent"],
        language_server: &["requireConcurrentIndexDeletion"],
        ..NONE
    },
    Kind {
        title: "type changed: table or index written, or rows read",
        evidence: &["rewritten", "index built", "rows read"],
        ours: &["type-change-rewrite", "type-change-index-rebuild", "type-change-recheck", "type-change-locks-peer"],
        squawk: &["changing-column-type"],
        eugene: &["E5"],
        pgfence: &["alter-column-type", "alter-column-type (if not widening)"],
        pgsafe: &["alter-column-type"],
        language_server: &["changingColumnType"],
        ..NONE
    },
    Kind {
        title: "column added that rewrites the table",
        evidence: &["rewritten"],
        ours: &["column-default-rewrite"],
        squawk: &["adding-field-with-default"],
        eugene: &["E11"],
        pgfence: &["add-column-non-constant-default", "add-column-serial", "add-column-stored-generated"],
        pgsafe: &[
            "add-column-volatile-default",
            "add-column-serial",
            "add-column-identity",
            "add-column-generated-stored",
        ],
        language_server: &["addingFieldWithDefault", "addSerialColumn"],
        ..NONE
    },
    Kind {
        title: "table made logged, unlogged or of another access method",
        evidence: &["rewritten"],
        ours: &["persistence-rewrite", "access-method-rewrite"],
        pgsafe: &["set-logged-unlogged", "set-access-method"],
        ..NONE
    },
    Kind {
        title: "required column without default",
        evidence: &[FAILED],
        ours: &["not-null-without-default"],
        squawk: &["adding-required-field"],
        pgfence: &["add-column-not-null-no-default"],
        pgsafe: &["add-column-not-null-no-default"],
        language_server: &["addingRequiredField"],
        ..NONE
    },
    Kind {
        title: "SET NOT NULL reads all rows",
        evidence: &["rows read"],
        ours: &["not-null-scan"],
        squawk: &["adding-not-nullable-field"],
        eugene: &["E2"],
        pgfence: &["alter-column-set-not-null"],
        pgsafe: &["set-not-null"],
        language_server: &["addingNotNullField"],
        ..NONE
    },
    Kind {
        title: "foreign key or CHECK verified for all rows",
        evidence: &["rows read"],
        ours: &["foreign-key-validates", "check-validates", "validate-in-same-transaction"],
        squawk: &["constraint-missing-not-valid", "adding-foreign-key-constraint"],
        eugene: &["E1"],
        pgfence: &["add-constraint-fk-no-not-valid", "add-constraint-check-no-not-valid"],
        pgsafe: &["add-fk-without-not-valid", "add-check-without-not-valid"],
        language_server: &[
            "constraintMissingNotValid",
            "addingForeignKeyConstraint",
            "requireSeparateConstraintValidation",
        ],
        ..NONE
    },
    Kind {
        title: "UNIQUE or PRIMARY KEY builds its index",
        evidence: &["index built"],
        ours: &["unique-builds-index"],
        squawk: &[
            "disallowed-unique-constraint",
            "adding-serial-primary-key-field",
            "constraint-missing-not-valid (key)",
        ],
        eugene: &["E7"],
        pgfence: &["add-constraint-unique", "add-pk-without-using-index"],
        pgsafe: &["add-unique-constraint", "add-primary-key-without-index"],
        language_server: &["disallowUniqueConstraint", "addingPrimaryKeyConstraint", "constraintMissingNotValid (key)"],
        ..NONE
    },
    Kind {
        title: "EXCLUDE builds its index",
        evidence: &["index built"],
        ours: &["exclusion-builds-index"],
        eugene: &["E8"],
        pgfence: &["add-constraint-exclude"],
        pgsafe: &["add-exclusion-constraint"],
        language_server: &["avoidAddingExclusionConstraint"],
        ..NONE
    },
    Kind {
        title: "column dropped",
        evidence: &["column dropped"],
        ours: &["column-dropped", "column-drop-collateral"],
        squawk: &["ban-drop-column"],
        pgfence: &["drop-column"],
        pgsafe: &["drop-column"],
        language_server: &["banDropColumn"],
        ..NONE
    },
    Kind {
        title: "table dropped",
        evidence: &["table dropped"],
        ours: &["table-dropped"],
        squawk: &["ban-drop-table"],
        pgfence: &["drop-table"],
        pgsafe: &["drop-table"],
        language_server: &["banDropTable"],
        ..NONE
    },
    Kind {
        title: "column renamed",
        evidence: &["column renamed"],
        ours: &["column-renamed"],
        squawk: &["renaming-column"],
        pgfence: &["rename-column"],
        pgsafe: &["rename (column)"],
        language_server: &["renamingColumn"],
        ..NONE
    },
    Kind {
        title: "NOT NULL dropped",
        evidence: &["NOT NULL dropped"],
        ours: &["not-null-dropped"],
        squawk: &["ban-drop-not-null"],
        pgsafe: &["drop-not-null"],
        language_server: &["banDropNotNull"],
        ..NONE
    },
    Kind {
        title: "table renamed",
        by_file: true,
        ours: &["relation-renamed"],
        squawk: &["renaming-table", "renaming-object"],
        pgfence: &["rename-table"],
        pgsafe: &["rename (table)", "rename (view)"],
        language_server: &["renamingTable"],
        ..NONE
    },
    Kind {
        title: "no lock_timeout",
        by_file: true,
        ours: &["lock-timeout-missing"],
        squawk: &["require-lock-timeout"],
        eugene: &["E9"],
        pgfence: &["missing-lock-timeout"],
        pgsafe: &["require-timeout"],
        language_server: &["lockTimeoutWarning"],
        ..NONE
    },
    Kind {
        title: "more statements under ACCESS EXCLUSIVE",
        by_file: true,
        ours: &["work-under-strong-lock", "ddl-late-in-transaction"],
        eugene: &["E4"],
        pgfence: &["statement-after-access-exclusive"],
        language_server: &["runningStatementWhileHoldingAccessExclusive"],
        ..NONE
    },
    Kind {
        title: "UPDATE or DELETE of all rows",
        by_file: true,
        by_lint: true,
        ours: &["data-change-without-where", "backfill-unbatched"],
        pgfence: &["update-in-migration", "delete-without-where"],
        language_server: &["banUpdateWithoutWhere", "banDeleteWithoutWhere"],
        ..NONE
    },
    Kind {
        title: "foreign key without an index",
        by_file: true,
        ours: &["foreign-key-without-index"],
        pgsafe: &["fk-without-covering-index"],
        ..NONE
    },
    Kind {
        title: "timestamp without time zone",
        by_file: true,
        ours: &["timestamp-without-time-zone"],
        squawk: &["prefer-timestamp-tz"],
        pgfence: &["prefer-timestamptz"],
        language_server: &["preferTimestamptz"],
        ..NONE
    },
    Kind {
        title: "json and not jsonb",
        by_file: true,
        ours: &["json-instead-of-jsonb"],
        eugene: &["E3"],
        pgfence: &["add-column-json"],
        pgsafe: &["prefer-jsonb"],
        language_server: &["preferJsonb"],
        ..NONE
    },
    Kind {
        title: "key of four bytes",
        by_file: true,
        ours: &["primary-key-int4"],
        pgsafe: &["prefer-bigint-primary-key"],
        ..NONE
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_rules_are_rules() {
        for kind in KINDS {
            for name in kind.ours {
                assert!(engine::rules::RULES.iter().any(|rule| rule.name == *name), "{name} ({})", kind.title);
            }
        }
    }

    #[test]
    fn a_rule_is_of_one_kind() {
        for tool in Tool::ALL {
            let mut names: Vec<&str> = KINDS.iter().flat_map(|kind| kind.of(tool)).copied().collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{}", tool.name());
        }
    }
}
