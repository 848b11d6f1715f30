//! Values on their way into rows: those of the types that our rows are mostly made of as they are, all others as text, through the
//! input function of the column's type.

use crate::pg::{session, text};
use pgrx::pg_sys;
use pgrx::pg_sys::{Datum, Oid};

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// A text, or anything that is written like one.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// jsonb.
    Json(serde_json::Value),
    /// text[].
    List(Vec<String>),
    /// timestamptz.
    Timestamp(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Value {
        Value::Integer(n)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Value {
        Value::Boolean(yes)
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Value {
        Value::Json(json)
    }
}

impl From<Vec<String>> for Value {
    fn from(list: Vec<String>) -> Value {
        Value::List(list)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl Value {
    /// A text; NULL where it is empty.
    pub fn or_null(text: impl Into<String>) -> Value {
        let text = text.into();
        if text.is_empty() { Value::Null } else { Value::Text(text) }
    }

    fn text(&self) -> Option<String> {
        Some(match self {
            Value::Null => return None,
            Value::Text(text) => text.clone(),
            Value::Integer(n) => n.to_string(),
            Value::Boolean(yes) => yes.to_string(),
            Value::Json(json) => json.to_string(),
            Value::Timestamp(i64::MAX) => "infinity".to_owned(),
            Value::Timestamp(i64::MIN) => "-infinity".to_owned(),
            Value::Timestamp(at) => session::timestamp(*at),
            Value::List(list) => {
                let mut literal = String::from("{");
                for (i, element) in list.iter().enumerate() {
                    literal.push_str(if i == 0 { "\"" } else { ",\"" });
                    literal.push_str(&element.replace('\\', "\\\\").replace('"', "\\\""));
                    literal.push('"');
                }
                literal.push('}');
                literal
            }
        })
    }

    /// The value as the server has it, for a column of this type; none for NULL.
    pub fn datum(&self, type_oid: Oid, modifier: i32) -> Option<Datum> {
        // The types that our rows are made of need no detour.
        match (self, type_oid) {
            (Value::Null, _) => return None,
            (Value::Text(text), pg_sys::TEXTOID) => return Some(text_datum(text)),
            (Value::Boolean(yes), pg_sys::BOOLOID) => return Some(Datum::from(*yes)),
            (Value::Integer(n), pg_sys::INT8OID) => return Some(Datum::from(*n)),
            (Value::Timestamp(at), pg_sys::TIMESTAMPTZOID) if modifier < 0 => return Some(Datum::from(*at)),
            (Value::List(list), pg_sys::TEXTARRAYOID) => return Some(list_datum(list)),
            _ => {}
        }
        let literal = text::to_server(&self.text()?);
        // SAFETY: the type's own input function, on a C string that it does not keep.
        unsafe {
            let mut input = pg_sys::InvalidOid;
            let mut parameter = pg_sys::InvalidOid;
            pg_sys::getTypeInputInfo(type_oid, &raw mut input, &raw mut parameter);
            Some(pg_sys::OidInputFunctionCall(input, literal.as_ptr().cast_mut(), parameter, modifier))
        }
    }
}

/// A text of the server.
fn text_datum(text: &str) -> Datum {
    // Most are as the server has them, and are copied once.
    if text::is_as_in_server(text)
        && let Ok(length) = i32::try_from(text.len())
    {
        // SAFETY: copies as many bytes as there are.
        return unsafe { Datum::from(pg_sys::cstring_to_text_with_len(text.as_ptr().cast(), length)) };
    }
    let text = text::to_server(text);
    // SAFETY: copies a C string.
    unsafe { Datum::from(pg_sys::cstring_to_text(text.as_ptr())) }
}

/// A text[] of the server.
fn list_datum(list: &[String]) -> Datum {
    let mut elements: Vec<Datum> = list.iter().map(|text| text_datum(text)).collect();
    // SAFETY: length, passing and alignment of text; the elements are copied.
    unsafe {
        let array = if elements.is_empty() {
            pg_sys::construct_empty_array(pg_sys::TEXTOID)
        } else {
            let count = i32::try_from(elements.len()).unwrap_or(i32::MAX);
            pg_sys::construct_array(elements.as_mut_ptr(), count, pg_sys::TEXTOID, -1, false, b'i' as std::ffi::c_char)
        };
        Datum::from(array)
    }
}

/// A value of the server as text, by the output function of its type.
///
/// # Safety
/// `datum` is a value of the type, not NULL.
pub unsafe fn output(datum: Datum, type_oid: Oid) -> String {
    // SAFETY: the caller's promise; the type's own output function gives a C string.
    unsafe {
        match type_oid {
            pg_sys::BOOLOID => return if datum.value() as u8 != 0 { "t" } else { "f" }.to_owned(),
            pg_sys::TEXTOID => return text::from_server(pg_sys::text_to_cstring(datum.cast_mut_ptr())),
            _ => {}
        }
        let mut function = pg_sys::InvalidOid;
        let mut is_varlena = false;
        pg_sys::getTypeOutputInfo(type_oid, &raw mut function, &raw mut is_varlena);
        text::from_server(pg_sys::OidOutputFunctionCall(function, datum))
    }
}

/// The elements of a text[]; those that are NULL are left out.
///
/// # Safety
/// `datum` is a `text[]`, not NULL.
pub unsafe fn texts(datum: Datum) -> Vec<String> {
    // SAFETY: the caller's promise; the elements are copied.
    unsafe {
        let array = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast::<pg_sys::ArrayType>();
        let (mut values, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
        pg_sys::deconstruct_array(
            array,
            pg_sys::TEXTOID,
            -1,
            false,
            b'i' as std::ffi::c_char,
            &raw mut values,
            &raw mut nulls,
            &raw mut count,
        );
        (0..usize::try_from(count).unwrap_or(0))
            .filter(|n| !*nulls.add(*n))
            .map(|n| output(*values.add(n), pg_sys::TEXTOID))
            .collect()
    }
}

/// Type and modifier of a column; none for a dropped one.
///
/// # Safety
/// `descriptor` is a tuple descriptor with more than `n` columns.
pub unsafe fn column(descriptor: pg_sys::TupleDesc, n: usize) -> Option<(Oid, i32)> {
    // SAFETY: the caller's promise.
    unsafe {
        #[cfg(not(feature = "pg18"))]
        let attribute = (*descriptor).attrs.as_ptr().add(n);
        #[cfg(feature = "pg18")]
        let attribute = pg_sys::TupleDescAttr(descriptor, n as i32);
        (!(*attribute).attisdropped).then_some(((*attribute).atttypid, (*attribute).atttypmod))
    }
}

/// A row as the server has it, for a descriptor: missing values at its end are NULL, surplus ones are left out. (Library and SQL
/// may be of different versions.)
///
/// # Safety
/// `descriptor` is a tuple descriptor.
pub unsafe fn form(descriptor: pg_sys::TupleDesc, row: &[Value]) -> pg_sys::HeapTuple {
    // SAFETY: the caller's promise; the arrays have one element per column.
    unsafe {
        let width = usize::try_from((*descriptor).natts).unwrap_or(0);
        let mut values = vec![Datum::null(); width];
        let mut nulls = vec![true; width];
        for (n, value) in row.iter().enumerate().take(width) {
            let Some((type_oid, modifier)) = column(descriptor, n) else { continue };
            if let Some(datum) = value.datum(type_oid, modifier) {
                values[n] = datum;
                nulls[n] = false;
            }
        }
        pg_sys::heap_form_tuple(descriptor, values.as_mut_ptr(), nulls.as_mut_ptr())
    }
}
