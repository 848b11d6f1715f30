//! Values on their way into rows: those of the types that our rows are mostly made of as they are, all others as text, through the
//! input function of the column's type.

use crate::pg::{jsonb, session, text};
use pgrx::pg_sys;
use pgrx::pg_sys::{Datum, Oid};

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// A text, or anything that is written like one.
    Text(String),
    /// One of our own words.
    Word(&'static str),
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
            Value::Word(word) => (*word).to_owned(),
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
            (Value::Word(word), pg_sys::TEXTOID) => return Some(text_datum(word)),
            (Value::Boolean(yes), pg_sys::BOOLOID) => return Some(Datum::from(*yes)),
            (Value::Integer(n), pg_sys::INT8OID) => return Some(Datum::from(*n)),
            (Value::Integer(n), pg_sys::INT4OID) => {
                if let Ok(n) = i32::try_from(*n) {
                    return Some(Datum::from(n));
                }
            }
            (Value::Json(json), pg_sys::JSONBOID) => {
                if let Some(datum) = jsonb::datum(json) {
                    return Some(datum);
                }
            }
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

/// Forms rows. The texts of a row are laid out in a buffer of ours: the server copies them into its tuple.
pub struct Former {
    descriptor: pg_sys::TupleDesc,
    columns: Vec<Option<(Oid, i32)>>,
    values: Vec<Datum>,
    nulls: Vec<bool>,
    /// Texts of the server, each at a multiple of eight bytes.
    texts: Vec<u64>,
    /// Which columns they are, and where they begin.
    places: Vec<(usize, usize)>,
}

impl Former {
    /// For rows of this form.
    ///
    /// # Safety
    /// `descriptor` is a tuple descriptor that outlives this.
    pub unsafe fn new(descriptor: pg_sys::TupleDesc) -> Former {
        // SAFETY: the caller's promise.
        let (width, columns) = unsafe {
            let width = usize::try_from((*descriptor).natts).unwrap_or(0);
            (width, (0..width).map(|n| column(descriptor, n)).collect())
        };
        Former {
            descriptor,
            columns,
            values: vec![Datum::null(); width],
            nulls: vec![true; width],
            texts: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Safety
    /// `store` is a tuplestore for rows of this form.
    pub unsafe fn put(&mut self, store: *mut pg_sys::Tuplestorestate, row: &[Value]) {
        self.lay_out(row);
        // SAFETY: the caller's promise; there is a value for each column, and what they point to is copied.
        unsafe {
            pg_sys::tuplestore_putvalues(store, self.descriptor, self.values.as_mut_ptr(), self.nulls.as_mut_ptr());
        }
    }

    /// Lays out a row: missing values at its end are NULL, surplus ones are left out. (Library and SQL may be of different versions.)
    /// What is made for it besides texts is left in the current memory context.
    fn lay_out(&mut self, row: &[Value]) {
        self.texts.clear();
        self.places.clear();
        for (n, column) in self.columns.iter().enumerate() {
            let (value, Some((type_oid, modifier))) = (row.get(n).unwrap_or(&Value::Null), *column) else {
                self.nulls[n] = true;
                continue;
            };
            let text = match value {
                Value::Text(text) => Some(text.as_str()),
                Value::Word(word) => Some(*word),
                _ => None,
            };
            match text.filter(|text| type_oid == pg_sys::TEXTOID && text::is_as_in_server(text)) {
                Some(text) if write_text(text, &mut self.texts, n, &mut self.places) => self.nulls[n] = false,
                _ => {
                    let datum = value.datum(type_oid, modifier);
                    self.nulls[n] = datum.is_none();
                    self.values[n] = datum.unwrap_or(Datum::null());
                }
            }
        }
        for (n, at) in &self.places {
            self.values[*n] = Datum::from(self.texts[*at..].as_mut_ptr());
        }
    }
}

/// Writes a text behind others as the server has it: the length of all in four bytes, and its own. False for one that is too long.
fn write_text(text: &str, buffer: &mut Vec<u64>, column: usize, places: &mut Vec<(usize, usize)>) -> bool {
    /// The server's limit for one value is a GiB.
    const MOST: usize = 1 << 29;
    let length = text.len() + pg_sys::VARHDRSZ;
    if length > MOST {
        return false;
    }
    let at = buffer.len();
    buffer.resize(at + length.div_ceil(8), 0);
    let start = buffer[at..].as_mut_ptr();
    // SAFETY: there is room for header and text.
    unsafe {
        pgrx::varlena::set_varsize_4b(start.cast(), length as i32);
        std::ptr::copy_nonoverlapping(text.as_ptr(), start.cast::<u8>().add(pg_sys::VARHDRSZ), text.len());
    }
    places.push((column, at));
    true
}

/// A row as the server has it, for a descriptor.
///
/// # Safety
/// `descriptor` is a tuple descriptor.
pub unsafe fn form(descriptor: pg_sys::TupleDesc, row: &[Value]) -> pg_sys::HeapTuple {
    // SAFETY: the caller's promise; there is a value for each column, and what they point to is copied.
    unsafe {
        let mut former = Former::new(descriptor);
        former.lay_out(row);
        pg_sys::heap_form_tuple(descriptor, former.values.as_mut_ptr(), former.nulls.as_mut_ptr())
    }
}
