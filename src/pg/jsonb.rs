//! JSON as jsonb, made without its text: to print it and have the server read it again costs twice as much.

use crate::pg::text;
use pgrx::pg_sys;
use pgrx::pg_sys::{Datum, JsonbIteratorToken, JsonbValue, jbvType};
use serde_json::Value;

mod raw {
    use pgrx::pg_sys;

    // src/include/utils/jsonb.h, src/include/utils/numeric.h: without the bindings' guard around each call.
    unsafe extern "C-unwind" {
        pub fn pushJsonbValue(
            state: *mut *mut pg_sys::JsonbParseState,
            token: pg_sys::JsonbIteratorToken::Type,
            value: *mut pg_sys::JsonbValue,
        ) -> *mut pg_sys::JsonbValue;
        pub fn JsonbValueToJsonb(value: *mut pg_sys::JsonbValue) -> *mut pg_sys::Jsonb;
        pub fn int64_to_numeric(value: i64) -> pg_sys::Numeric;
    }
}

/// The longest text that is passed on as it is; the server's own limit is higher.
const LONGEST: usize = 1 << 20;

/// The jsonb, in the current memory context. None where the server should read the text: fractions, texts that it would hold in
/// another way, and what is no object.
pub fn datum(json: &Value) -> Option<Datum> {
    if !json.is_object() || !is_plain(json) {
        return None;
    }
    // SAFETY: nothing in the closure must be dropped: an ERROR passes over it. What is passed lives until the value is copied into
    // the jsonb.
    Some(unsafe {
        pg_sys::ffi::pg_guard_ffi_boundary(|| {
            let mut state = std::ptr::null_mut();
            let made = push(json, JsonbIteratorToken::WJB_VALUE, &raw mut state);
            Datum::from(raw::JsonbValueToJsonb(made))
        })
    })
}

fn is_plain_text(text: &str) -> bool {
    text.len() <= LONGEST && text::is_as_in_server(text)
}

fn is_plain(json: &Value) -> bool {
    match json {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => number.as_i64().is_some(),
        Value::String(text) => is_plain_text(text),
        Value::Array(list) => list.iter().all(is_plain),
        Value::Object(map) => map.iter().all(|(key, value)| is_plain_text(key) && is_plain(value)),
    }
}

fn string(text: &str) -> JsonbValue {
    let mut value = JsonbValue { type_: jbvType::jbvString, ..JsonbValue::default() };
    // No longer than `LONGEST`.
    value.val.string.len = text.len() as i32;
    value.val.string.val = text.as_ptr().cast_mut().cast();
    value
}

/// Adds a value to what is being made: as an element of a list, as what belongs to a key, or as the whole.
///
/// # Safety
/// Runs inside a guard, and the value is plain.
unsafe fn push(
    json: &Value,
    token: JsonbIteratorToken::Type,
    state: *mut *mut pg_sys::JsonbParseState,
) -> *mut JsonbValue {
    let null = std::ptr::null_mut;
    // SAFETY: the caller's promise; the server copies the structure that is passed, not the text in it.
    unsafe {
        let mut value = match json {
            Value::Object(map) => {
                raw::pushJsonbValue(state, JsonbIteratorToken::WJB_BEGIN_OBJECT, null());
                for (key, value) in map {
                    let mut key = string(key);
                    raw::pushJsonbValue(state, JsonbIteratorToken::WJB_KEY, &raw mut key);
                    push(value, JsonbIteratorToken::WJB_VALUE, state);
                }
                return raw::pushJsonbValue(state, JsonbIteratorToken::WJB_END_OBJECT, null());
            }
            Value::Array(list) => {
                raw::pushJsonbValue(state, JsonbIteratorToken::WJB_BEGIN_ARRAY, null());
                for element in list {
                    push(element, JsonbIteratorToken::WJB_ELEM, state);
                }
                return raw::pushJsonbValue(state, JsonbIteratorToken::WJB_END_ARRAY, null());
            }
            Value::String(text) => string(text),
            Value::Number(number) => {
                let mut value = JsonbValue { type_: jbvType::jbvNumeric, ..JsonbValue::default() };
                value.val.numeric = raw::int64_to_numeric(number.as_i64().unwrap_or(0));
                value
            }
            Value::Bool(yes) => {
                let mut value = JsonbValue { type_: jbvType::jbvBool, ..JsonbValue::default() };
                value.val.boolean = *yes;
                value
            }
            Value::Null => JsonbValue { type_: jbvType::jbvNull, ..JsonbValue::default() },
        };
        raw::pushJsonbValue(state, token, &raw mut value)
    }
}
