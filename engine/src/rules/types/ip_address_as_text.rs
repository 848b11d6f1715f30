//! An address of the network, kept as text.

use super::{is_string, own_columns, words};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "ip-address-as-text",
    category: Types,
    severity: Info,
    title: "an IP or MAC address is kept as text",
    why: "Text takes any spelling: 010.0.0.1, ::1 and 0:0:0:0:0:0:0:1 are the same address or none. It sorts 10 before 9 and cannot tell \
          whether an address is in a network. inet and cidr check the value, take 7 or 19 bytes, and have operators and GiST \
          classes for 'is contained in'.",
    remedy: "Use inet (or cidr for networks, macaddr for hardware addresses).",
    parameters: &[],
    sources: &[Manual("datatype-net-types", "Network Address Types")],
    examples: &[
        bad("CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, client_ip text NOT NULL);"),
        bad("CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mac_address varchar(17));").title("a hardware address"),
        good("CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, client_ip inet NOT NULL, mac_address macaddr);"),
        good("CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ip_hash text, ip_country text, mac_version text);")
            .title("what is known of an address"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table).filter(|column| is_string(&column.data_type)) {
        let words = words(&column.name);
        let ends =
            |tail: &[&str]| words.len() >= tail.len() && words[words.len() - tail.len()..].iter().eq(tail.iter());
        let to = if ["ip", "ipv4", "ipv6", "ipaddress"].iter().any(|word| ends(&[word]))
            || ends(&["ip", "address"])
            || ends(&["ip", "addr"])
            || ends(&["remote", "addr"])
        {
            "inet"
        } else if ends(&["mac", "address"]) || ends(&["mac", "addr"]) || ends(&["macaddr"]) {
            "macaddr"
        } else {
            continue;
        };
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} keeps an address as {}", relation.display(), column.data_type.name),
        );
        finding
            .detail(format!("By its name it holds addresses, which {to} would check and compare."))
            .evidence("type", column.data_type.name.as_str());
        super::change_type(finding, table, column, to, Some(&format!("{shown}::{to}")), true, cx);
    }
}
