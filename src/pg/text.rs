//! Text between Rust (UTF-8) and the server (the database's encoding). Nothing here fails on bytes that cannot be converted: a
//! name that is shown with a replacement character is a blemish, a CREATE TABLE that fails because of it is damage.

use pgrx::pg_sys;
use std::ffi::{CStr, CString, c_char};

/// `pg_enc` numbers that every major shares (`mb/pg_wchar.h`).
const SQL_ASCII: i32 = 0;
const UTF8: i32 = 6;

fn database_encoding() -> i32 {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::GetDatabaseEncoding() }
}

/// The bytes of a text in another encoding; as far as they can be converted.
fn convert(bytes: &[u8], from: i32, to: i32) -> Option<Vec<u8>> {
    // The widest character of any server encoding has four bytes.
    let room = bytes.len().checked_mul(4)?.checked_add(1)?;
    let mut out: Vec<u8> = Vec::new();
    out.try_reserve_exact(room).ok()?;
    out.resize(room, 0);
    let source = CString::new(bytes).ok()?;
    // SAFETY: source ends in NUL as the conversion functions ask for, `out` has the length that is passed, and noError keeps a
    // character that cannot be converted from raising an error.
    let converted = unsafe {
        let procedure = pg_sys::FindDefaultConversionProc(from, to);
        if procedure == pg_sys::InvalidOid {
            return None;
        }
        pg_sys::pg_do_encoding_conversion_buf(
            procedure,
            from,
            to,
            source.as_ptr().cast_mut().cast(),
            i32::try_from(bytes.len()).ok()?,
            out.as_mut_ptr(),
            i32::try_from(room).ok()?,
            true,
        )
    };
    if usize::try_from(converted) != Ok(bytes.len()) {
        return None;
    }
    let end = out.iter().position(|byte| *byte == 0).unwrap_or(out.len());
    out.truncate(end);
    Some(out)
}

/// Whether the bytes of the text are what the database would hold.
pub fn is_as_in_server(text: &str) -> bool {
    let as_it_is = text.is_ascii() || {
        let encoding = database_encoding();
        encoding == UTF8 || encoding == SQL_ASCII
    };
    as_it_is && !text.as_bytes().contains(&0)
}

/// A text in the encoding of the database. NUL bytes are left out, and a text that the encoding cannot hold keeps its ASCII part.
pub fn to_server(text: &str) -> CString {
    let bytes: Vec<u8> = if text.as_bytes().contains(&0) {
        text.bytes().filter(|byte| *byte != 0).collect()
    } else {
        text.as_bytes().to_vec()
    };
    let as_it_is = bytes.is_ascii() || {
        let encoding = database_encoding();
        encoding == UTF8 || encoding == SQL_ASCII
    };
    let bytes = if as_it_is {
        bytes
    } else {
        let encoding = database_encoding();
        convert(&bytes, UTF8, encoding).unwrap_or_else(|| {
            text.chars().filter(|c| *c != '\0').map(|c| if c.is_ascii() { c as u8 } else { b'?' }).collect()
        })
    };
    CString::new(bytes).unwrap_or_default()
}

/// A text of the server without a copy, where it is the same in all encodings.
pub fn as_ascii(bytes: &[u8]) -> Option<&str> {
    // SAFETY: ASCII is UTF-8.
    bytes.is_ascii().then(|| unsafe { std::str::from_utf8_unchecked(bytes) })
}

/// A text of the server as Rust has it; what is not valid in the encoding of the database becomes U+FFFD.
pub fn from_bytes(bytes: &[u8]) -> String {
    if let Some(text) = as_ascii(bytes) {
        return text.to_owned();
    }
    let encoding = database_encoding();
    if encoding == UTF8 || encoding == SQL_ASCII {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let converted = convert(bytes, encoding, UTF8);
    String::from_utf8_lossy(converted.as_deref().unwrap_or(bytes)).into_owned()
}

/// A C string of the server as Rust has it; the empty text for a null pointer.
///
/// # Safety
/// `text` is null or points to a C string.
pub unsafe fn from_server(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    from_bytes(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// A C string in the current memory context; null for the empty text.
pub fn palloc(text: &str) -> *mut c_char {
    if text.is_empty() {
        return std::ptr::null_mut();
    }
    let text = to_server(text);
    // SAFETY: copies a C string into the current memory context.
    unsafe { pg_sys::pstrdup(text.as_ptr()) }
}
