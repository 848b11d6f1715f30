//! Names under which rules are known elsewhere, or were planned: whoever writes one gets the rule.

/// Another name, and the rule's own.
pub static OTHER_NAMES: &[(&str, &str)] = &[
    ("char-type", "char-type-use"),
    ("collation-change-rebuild", "type-change-index-rebuild"),
    ("domain-validate-scan", "domain-constraint-validates"),
    ("float-money", "money-as-float"),
    ("foreign-key-without-on-delete", "foreign-key-on-delete-unspecified"),
    ("hash-partitions-incomplete", "hash-partition-incomplete"),
    ("inheritance-created", "inheritance-table"),
    ("json-not-jsonb", "json-instead-of-jsonb"),
    ("junction-without-key", "junction-key-missing"),
    ("junction-without-reverse-index", "foreign-key-without-index"),
    ("rls-without-policy", "rls-no-policy"),
    ("rule-created", "rewrite-rule"),
    ("self-junction-without-check", "self-junction-unchecked"),
    ("serial-column", "serial-instead-of-identity"),
    ("set-null-on-not-null", "foreign-key-action-impossible"),
    ("status-unconstrained", "status-column-unconstrained"),
    ("table-of-many-columns", "table-too-wide"),
    ("timetz-type", "time-with-time-zone"),
    ("unlogged-data", "unlogged-table"),
];

/// The rule's own name; what is no other name is given back.
#[must_use]
pub fn own_name(name: &str) -> &str {
    OTHER_NAMES.iter().find(|(other, _)| *other == name).map_or(name, |(_, own)| own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;

    #[test]
    fn other_names_lead_to_rules_and_are_none() {
        let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        for (other, own) in OTHER_NAMES {
            assert!(names.contains(own), "{own}");
            assert!(!names.contains(other), "{other}");
            assert_eq!(crate::judge::rule(other).map(|rule| rule.name), Some(*own));
        }
        assert!(OTHER_NAMES.is_sorted(), "in the order of the alphabet, each once");
    }
}
