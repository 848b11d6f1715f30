//! What a partition takes: from its bound in the catalog, and from the bound that a text gives it.

use engine::facts::{BoundValue, Column, PartitionBound, Table};
use pgrx::pg_sys::{self, NodeTag};

use super::catalog;
use super::server::catalog as catalogs;
use super::{node, types};
use crate::pg::text::to_server;

/// The bound of a partition of the catalog, as the server keeps it; NULL for what is no partition.
pub fn spec_of(oid: pg_sys::Oid) -> *mut pg_sys::PartitionBoundSpec {
    let mut spec = std::ptr::null_mut();
    catalog::by_oid(catalogs::CLASS, oid, |row| {
        if let Some(text) = row.c_text("relpartbound") {
            // SAFETY: relpartbound is PostgreSQL's own node text.
            spec = unsafe { pg_sys::stringToNode(text).cast() };
        }
    });
    spec
}

/// What a bound takes that the server has analysed.
///
/// # Safety
/// `spec` is NULL or points to an analysed PartitionBoundSpec.
pub unsafe fn of_spec(spec: *mut pg_sys::PartitionBoundSpec) -> PartitionBound {
    // SAFETY: the caller's promise; the ends of a range are PartitionRangeDatums.
    unsafe {
        if spec.is_null() {
            return PartitionBound::Other;
        }
        let end = |list| -> Option<Vec<BoundValue>> {
            node::list::<pg_sys::PartitionRangeDatum>(list).into_iter().map(|datum| of_datum(datum)).collect()
        };
        match (*spec).strategy as u8 {
            _ if (*spec).is_default => PartitionBound::Default,
            b'h' => {
                PartitionBound::Hash { modulus: i64::from((*spec).modulus), remainder: i64::from((*spec).remainder) }
            }
            b'r' => match (end((*spec).lowerdatums), end((*spec).upperdatums)) {
                (Some(from), Some(to)) => PartitionBound::Range { from, to },
                _ => PartitionBound::Other,
            },
            _ => PartitionBound::Other,
        }
    }
}

/// One end's value for one column; none for types that are not PostgreSQL's own.
///
/// # Safety
/// `datum` points to an analysed PartitionRangeDatum.
unsafe fn of_datum(datum: *mut pg_sys::PartitionRangeDatum) -> Option<BoundValue> {
    use pg_sys::PartitionRangeDatumKind as Kind;
    // SAFETY: the caller's promise; the value of an analysed datum is a Const that is not NULL.
    unsafe {
        match (*datum).kind {
            Kind::PARTITION_RANGE_DATUM_MINVALUE => return Some(BoundValue::Least),
            Kind::PARTITION_RANGE_DATUM_MAXVALUE => return Some(BoundValue::Most),
            _ => {}
        }
        let constant = node::cast::<pg_sys::Const>((*datum).value, NodeTag::T_Const)?;
        let data_type = (*constant).consttype;
        if (*constant).constisnull || data_type.to_u32() >= pg_sys::FirstNormalObjectId {
            return None;
        }
        let (mut output, mut is_varlena) = (pg_sys::InvalidOid, false);
        pg_sys::getTypeOutputInfo(data_type, &mut output, &mut is_varlena);
        let text = node::text(pg_sys::OidOutputFunctionCall(output, (*constant).constvalue))?;
        let sql = end_as_sql(pg_sys::lappend(std::ptr::null_mut(), datum.cast()))?;
        Some(BoundValue::Value {
            data_type: data_type.to_u32(),
            collation: (*constant).constcollid.to_u32(),
            text,
            sql,
        })
    }
}

/// An end of a range as SQL, without its parentheses.
///
/// # Safety
/// `datums` is a list of analysed PartitionRangeDatums.
pub unsafe fn end_as_sql(datums: *mut pg_sys::List) -> Option<String> {
    // SAFETY: the caller's promise.
    let sql = unsafe { node::text(pg_sys::get_range_partbound_string(datums))? };
    Some(sql.strip_prefix('(')?.strip_suffix(')')?.to_owned())
}

/// Whether the values of a bound are written as keywords and literals, for a key of types whose input runs nobody's code: the server
/// analyses a bound by computing it, functions and the CHECKs of domains included.
///
/// # Safety
/// `bound` points to a raw PartitionBoundSpec.
pub unsafe fn is_plain(parent: &Table, bound: *mut pg_sys::PartitionBoundSpec) -> bool {
    let of_server = |oid: u32| oid < pg_sys::FirstNormalObjectId;
    let key = parent.partition_key.iter().filter_map(|number| parent.column_by_number(*number));
    let known = |column: &Column| {
        let oid = column.data_type.oid;
        // SAFETY: takes any OID.
        let is_enum = || unsafe { pg_sys::get_typtype(pg_sys::Oid::from(oid)) as u8 } == pg_sys::TYPTYPE_ENUM;
        of_server(oid) || is_enum()
    };
    if !key.into_iter().all(known) {
        return false;
    }
    // SAFETY: the caller's promise.
    unsafe {
        let values = [(*bound).lowerdatums, (*bound).upperdatums, (*bound).listdatums];
        values.into_iter().flat_map(|list| node::list::<pg_sys::Node>(list)).all(|value| match node::tag(value) {
            NodeTag::T_A_Const | NodeTag::T_ColumnRef => true,
            NodeTag::T_TypeCast => {
                let cast: *mut pg_sys::TypeCast = value.cast();
                node::tag((*cast).arg) == NodeTag::T_A_Const && of_server(types::written((*cast).typeName).0.oid)
            }
            _ => false,
        })
    }
}

/// What a bound takes of a parent that only the text makes. Raises an ERROR for a value that its type does not take.
///
/// # Safety
/// `bound` points to a raw PartitionBoundSpec that is plain.
pub unsafe fn of_raw(parent: &Table, bound: *mut pg_sys::PartitionBoundSpec) -> PartitionBound {
    // SAFETY: the caller's promise.
    unsafe {
        if (*bound).is_default || (*bound).strategy as u8 != b'r' {
            return of_spec(bound);
        }
        let end = |list| -> Option<Vec<BoundValue>> {
            let values = node::list::<pg_sys::Node>(list);
            if values.len() != parent.partition_key.len() {
                return None;
            }
            let key = parent.partition_key.iter().map(|number| parent.column_by_number(*number));
            values.into_iter().zip(key).map(|(value, column)| of_literal(value, column?)).collect()
        };
        match (end((*bound).lowerdatums), end((*bound).upperdatums)) {
            (Some(from), Some(to)) => PartitionBound::Range { from, to },
            _ => PartitionBound::Other,
        }
    }
}

/// A literal as a value of the key's column; none for what the server would convert, and for types whose order is a collation's:
/// which one that is, the text alone does not tell.
///
/// # Safety
/// `value` points to a raw expression.
unsafe fn of_literal(value: *mut pg_sys::Node, column: &Column) -> Option<BoundValue> {
    // SAFETY: each node is read as its tag says. The input function of a type of PostgreSQL's own gets a C string.
    unsafe {
        if let Some(keyword) = node::cast::<pg_sys::ColumnRef>(value, NodeTag::T_ColumnRef) {
            return match node::strings((*keyword).fields).as_slice() {
                [name] if name == "minvalue" => Some(BoundValue::Least),
                [name] if name == "maxvalue" => Some(BoundValue::Most),
                _ => None,
            };
        }
        let data_type = pg_sys::Oid::from(column.data_type.oid);
        if !(1..pg_sys::FirstNormalObjectId).contains(&data_type.to_u32())
            || pg_sys::get_typcollation(data_type) != pg_sys::InvalidOid
        {
            return None;
        }
        let mut literal = value;
        if let Some(cast) = node::cast::<pg_sys::TypeCast>(value, NodeTag::T_TypeCast) {
            let (written, _) = types::written((*cast).typeName);
            if written.oid != column.data_type.oid || written.modifier != column.data_type.modifier {
                return None;
            }
            literal = (*cast).arg;
        }
        let constant = node::cast::<pg_sys::A_Const>(literal, NodeTag::T_A_Const).filter(|c| !(**c).isnull)?;
        let held = &raw const (*constant).val;
        let text = match node::tag(held.cast()) {
            NodeTag::T_Integer => (*held.cast::<pg_sys::Integer>()).ival.to_string(),
            NodeTag::T_Float => node::text((*held.cast::<pg_sys::Float>()).fval)?,
            NodeTag::T_Boolean => (*held.cast::<pg_sys::Boolean>()).boolval.to_string(),
            NodeTag::T_String => node::text((*held.cast::<pg_sys::String>()).sval)?,
            _ => return None,
        };
        let value = datum_of(data_type, column.data_type.modifier, &text);
        let (mut length, mut by_value) = (0, false);
        pg_sys::get_typlenbyval(data_type, &mut length, &mut by_value);
        let datum = node::make::<pg_sys::PartitionRangeDatum>(NodeTag::T_PartitionRangeDatum);
        (*datum).kind = pg_sys::PartitionRangeDatumKind::PARTITION_RANGE_DATUM_VALUE;
        let modifier = column.data_type.modifier;
        let none = pg_sys::InvalidOid;
        (*datum).value = pg_sys::makeConst(data_type, modifier, none, i32::from(length), value, false, by_value).cast();
        of_datum(datum)
    }
}

/// A text as a value of a type of PostgreSQL's own. Raises an ERROR for what the type does not take.
///
/// # Safety
/// `data_type` is such a type.
pub unsafe fn datum_of(data_type: pg_sys::Oid, modifier: i32, text: &str) -> pg_sys::Datum {
    let text = to_server(text);
    // SAFETY: the caller's promise; the string outlives the call, and what it gives is in the memory of the statement.
    unsafe {
        let (mut input, mut parameter) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
        pg_sys::getTypeInputInfo(data_type, &mut input, &mut parameter);
        pg_sys::OidInputFunctionCall(input, text.as_ptr().cast_mut(), parameter, modifier)
    }
}
