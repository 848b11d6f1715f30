//! Where a remedy cannot do what it should, and why. Each reason is looked at: a test that passes in spite of one fails.

/// One of them.
pub struct Reason {
    /// The test and the variant; without one all variants but `end`.
    pub test: &'static str,
    /// What the failure says.
    pub says: &'static str,
    /// Why that is right.
    pub why: &'static str,
}

const REASONS: &[Reason] = &[
    Reason {
        test: "partition-detach-not-concurrent/bad-1/end",
        says: "+ constraint shop.events_2024 CHECK",
        why: "DETACH CONCURRENTLY leaves a CHECK that says what the bound said; PostgreSQL adds it",
    },
    Reason {
        test: "partition-detach-not-concurrent/bad-2/end",
        says: "+ constraint shop.events_2024 CHECK",
        why: "DETACH CONCURRENTLY leaves a CHECK that says what the bound said; PostgreSQL adds it",
    },
    Reason {
        test: "column-default-rewrite/bad-4/end",
        says: "- sequence shop.orders_number_seq",
        why: "an identity column cannot be added without a rewrite; the advice says that the column can become one afterwards",
    },
    Reason { test: "column-default-rewrite/bad-5/end", says: "- sequence shop.orders_number_seq", why: "as above" },
    Reason { test: "column-default-rewrite/bad-8/end", says: "- column shop.orders gross", why: "as below" },
    Reason {
        test: "column-default-rewrite/bad-7/end",
        says: "- column shop.orders gross",
        why: "a stored generated column cannot be added without a rewrite; a trigger fills the column, or (18) it is virtual",
    },
    Reason {
        test: "column-renamed/bad-1/end",
        says: "+ column shop.orders note",
        why: "the remedy is the first step; the advice tells the others, which belong to later releases",
    },
    Reason {
        test: "validate-in-same-transaction/bad-4/end",
        says: "- column shop.orders comment",
        why: "the remedy is what goes into a transaction of its own; the rest of the transaction stays as it is",
    },
    Reason {
        test: "uuid-key-without-default/bad-1",
        says: "NOTHING found",
        why: "in strict primary-key-type-policy says the same, and this rule leaves it to that one",
    },
    Reason {
        test: "json-as-text/bad-1",
        says: "[jsonb-not-null-default]",
        why: "the column could be NULL before; whether it may be is another question than its type, and another finding",
    },
    Reason {
        test: "column-name-abbreviated/bad-1/strict",
        says: "[money-without-scale]",
        why: "only the clear name says that the column holds money",
    },
    Reason {
        test: "standard-timestamp-column-names/bad-2/strict",
        says: "[standard-timestamp-nullable]",
        why: "only the standard name makes it a standard column",
    },
    Reason {
        test: "invalid-index-kept/bad-2/strict",
        says: "[unique-index-name-suffix]",
        why: "the name is the user's: the statement, with IF NOT EXISTS, looks for it again",
    },
    Reason {
        test: "invalid-index-kept/bad-2/elsewhere",
        says: "[unique-index-name-suffix]",
        why: "the name is the user's: the statement, with IF NOT EXISTS, looks for it again",
    },
];

/// The reason of a test.
pub fn of(name: &str) -> Option<&'static Reason> {
    let all = name.rsplit_once('/').filter(|(_, variant)| *variant != "end").map(|(test, _)| test);
    REASONS.iter().find(|reason| name == reason.test || all == Some(reason.test))
}
