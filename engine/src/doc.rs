//! A rule's page.
