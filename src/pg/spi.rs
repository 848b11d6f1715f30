//! Queries inside the server, through SPI, for the catalog snapshot.

use crate::pg::{session, text};
use engine::facts::Size;
use engine::snapshot::{Counters, Error, Parameter, Row, Source};
use pgrx::pg_sys;
use pgrx::pg_sys::{Datum, Oid};
use std::ffi::CString;

/// Rows after which what taking them apart has allocated is freed.
const BATCH: u32 = 500;

/// Runs read-only queries under the snapshot of the calling statement.
pub struct Spi {
    _private: (),
}

impl Spi {
    /// Connects, runs `work`, and disconnects. An ERROR in between unwinds through here; the server then cleans up by itself
    /// (`AtEOSubXact_SPI`).
    pub fn run<T>(work: impl FnOnce(&mut Spi) -> T) -> T {
        // SAFETY: SPI nests; connect and finish are balanced, and the abort of the subtransaction balances them on an ERROR.
        unsafe {
            pg_sys::SPI_connect();
            let result = work(&mut Spi { _private: () });
            pg_sys::SPI_finish();
            result
        }
    }
}

/// One row, taken apart: it lies in the executor's slot, and lasts until the next one.
struct Tuple {
    values: *const Datum,
    nulls: *const bool,
    types: Vec<Oid>,
}

impl Tuple {
    fn get(&self, column: usize) -> Option<(Datum, Oid)> {
        let type_oid = *self.types.get(column)?;
        // SAFETY: the slot has as many values as there are types.
        unsafe { (!*self.nulls.add(column)).then(|| (*self.values.add(column), type_oid)) }
    }

    /// The elements of an array column.
    fn elements(&self, column: usize, element: Oid, length: i32, by_value: bool, align: u8) -> Vec<Option<Datum>> {
        let Some((datum, _)) = self.get(column) else { return Vec::new() };
        // SAFETY: the caller has checked the column's type; the arrays are copied to palloc'd memory and freed.
        unsafe {
            let array = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast::<pg_sys::ArrayType>();
            let (mut values, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
            pg_sys::deconstruct_array(
                array,
                element,
                length,
                by_value,
                align as std::ffi::c_char,
                &raw mut values,
                &raw mut nulls,
                &raw mut count,
            );
            let count = usize::try_from(count).unwrap_or(0);
            let list = (0..count).map(|n| (!*nulls.add(n)).then(|| *values.add(n))).collect();
            if count > 0 {
                pg_sys::pfree(values.cast());
                pg_sys::pfree(nulls.cast());
            }
            list
        }
    }

    /// The elements of an array column that are of a fixed length, where they lie: no copy, no call for each element. None where
    /// the array is not as plain as those of the catalogs are.
    fn plain<T: Copy>(&self, column: usize) -> Option<Vec<T>> {
        let (datum, _) = self.get(column)?;
        // SAFETY: the caller has checked the column's type. One dimension, no NULLs: the elements follow the header and the two
        // numbers of the dimension (`ARR_DATA_PTR`), aligned as `int4` is at least.
        unsafe {
            let array = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast::<pg_sys::ArrayType>();
            if (*array).ndim != 1 || (*array).dataoffset != 0 {
                return None;
            }
            let header = array.add(1).cast::<i32>();
            let count = usize::try_from(*header).ok()?;
            Some(std::slice::from_raw_parts(header.add(2).cast::<T>(), count).to_vec())
        }
    }

    fn is(&self, column: usize, type_oid: Oid) -> bool {
        self.types.get(column) == Some(&type_oid)
    }
}

/// A text datum as a Rust string.
///
/// # Safety
/// The datum is a `text`.
unsafe fn string(datum: Datum) -> String {
    // SAFETY: the caller's promise.
    text::from_bytes(unsafe { bytes(datum) })
}

/// The bytes of a text datum: where they lie, or a copy in the row's memory.
///
/// # Safety
/// The datum is a `text`, and the bytes are not used after the row.
unsafe fn bytes<'a>(datum: Datum) -> &'a [u8] {
    // SAFETY: the caller's promise.
    unsafe {
        let varlena = pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr());
        std::slice::from_raw_parts(
            pgrx::varlena::vardata_any(varlena).cast::<u8>(),
            pgrx::varlena::varsize_any_exhdr(varlena),
        )
    }
}

impl Row for Tuple {
    fn boolean(&self, column: usize) -> bool {
        matches!(self.get(column), Some((datum, pg_sys::BOOLOID)) if datum.value() & 0xff != 0)
    }

    fn integer(&self, column: usize) -> Option<i64> {
        let (datum, type_oid) = self.get(column)?;
        let value = datum.value();
        match type_oid {
            pg_sys::INT2OID => Some(i64::from(value as i16)),
            pg_sys::INT4OID => Some(i64::from(value as i32)),
            pg_sys::INT8OID => Some(value as i64),
            pg_sys::OIDOID => Some(i64::from(value as u32)),
            _ => None,
        }
    }

    fn float(&self, column: usize) -> Option<f64> {
        let (datum, type_oid) = self.get(column)?;
        match type_oid {
            pg_sys::FLOAT4OID => Some(f64::from(f32::from_bits(datum.value() as u32))),
            pg_sys::FLOAT8OID => Some(f64::from_bits(datum.value() as u64)),
            _ => None,
        }
    }

    fn text(&self, column: usize) -> Option<String> {
        let (datum, type_oid) = self.get(column)?;
        match type_oid {
            // SAFETY: the type says that it is a text.
            pg_sys::TEXTOID => Some(unsafe { string(datum) }),
            // SAFETY: a name is a NUL-terminated array.
            pg_sys::NAMEOID => Some(unsafe { text::from_server(datum.cast_mut_ptr()) }),
            _ => None,
        }
    }

    fn lend(&self, column: usize, look: &mut dyn FnMut(&str)) {
        if let Some((datum, pg_sys::TEXTOID)) = self.get(column) {
            // SAFETY: the type says that it is a text; the row outlives the look.
            let bytes = unsafe { bytes(datum) };
            if let Some(text) = text::as_ascii(bytes) {
                return look(text);
            }
        }
        look(&self.text(column).unwrap_or_default());
    }

    fn character(&self, column: usize) -> char {
        match self.get(column) {
            Some((datum, pg_sys::CHAROID)) if datum.value() & 0xff != 0 => char::from(datum.value() as u8),
            _ => ' ',
        }
    }

    fn shorts(&self, column: usize) -> Vec<i16> {
        if !self.is(column, pg_sys::INT2ARRAYOID) {
            return Vec::new();
        }
        if let Some(plain) = self.plain(column) {
            return plain;
        }
        let elements = self.elements(column, pg_sys::INT2OID, 2, true, b's');
        elements.into_iter().flatten().map(|datum| datum.value() as i16).collect()
    }

    fn oids(&self, column: usize) -> Vec<u32> {
        if !self.is(column, pg_sys::OIDARRAYOID) {
            return Vec::new();
        }
        if let Some(plain) = self.plain(column) {
            return plain;
        }
        let elements = self.elements(column, pg_sys::OIDOID, 4, true, b'i');
        elements.into_iter().flatten().map(|datum| datum.value() as u32).collect()
    }

    fn texts(&self, column: usize) -> Vec<String> {
        if !self.is(column, pg_sys::TEXTARRAYOID) {
            return Vec::new();
        }
        let elements = self.elements(column, pg_sys::TEXTOID, -1, false, b'i');
        // SAFETY: elements of a text[].
        elements.into_iter().flatten().map(|datum| unsafe { string(datum) }).collect()
    }
}

/// The parameter's type and value; none for NULL.
fn argument(parameter: &Parameter) -> (Oid, Option<Datum>) {
    // SAFETY: the arrays are made of by-value elements, and copied by the server.
    unsafe {
        let array = |elements: &mut [Datum], element: Oid| {
            let count = i32::try_from(elements.len()).unwrap_or(0);
            let array =
                pg_sys::construct_array(elements.as_mut_ptr(), count, element, 4, true, b'i' as std::ffi::c_char);
            Datum::from(array)
        };
        match parameter {
            Parameter::Text(value) => {
                let datum = value.map(|value| Datum::from(pg_sys::cstring_to_text(text::to_server(value).as_ptr())));
                (pg_sys::TEXTOID, datum)
            }
            Parameter::Oids(value) => {
                let datum = value.map(|oids| {
                    let mut elements: Vec<Datum> = oids.iter().map(|oid| Datum::from(*oid)).collect();
                    array(&mut elements, pg_sys::OIDOID)
                });
                (pg_sys::OIDARRAYOID, datum)
            }
            Parameter::Texts(value) => {
                let mut elements: Vec<Datum> = value
                    .iter()
                    .map(|text| Datum::from(pg_sys::cstring_to_text(text::to_server(text).as_ptr())))
                    .collect();
                let count = i32::try_from(elements.len()).unwrap_or(0);
                let (text, align) = (pg_sys::TEXTOID, b'i' as std::ffi::c_char);
                let array = pg_sys::construct_array(elements.as_mut_ptr(), count, text, -1, false, align);
                (pg_sys::TEXTARRAYOID, Some(Datum::from(array)))
            }
            Parameter::Integers(value) => {
                let mut elements: Vec<Datum> = value.iter().map(|n| Datum::from(*n)).collect();
                (pg_sys::INT4ARRAYOID, Some(array(&mut elements, pg_sys::INT4OID)))
            }
        }
    }
}

impl Source for Spi {
    fn version_num(&self) -> u32 {
        session::server_version_num()
    }

    fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        each: &mut dyn FnMut(&dyn Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let source = CString::new(sql).map_err(|error| Error(error.to_string()))?;
        // SAFETY: parameters, plan and receiver outlive the execution; they are freed here, or with the subtransaction when an ERROR
        // unwinds. Read-only: the query sees the snapshot of the calling statement.
        unsafe {
            let count = i32::try_from(parameters.len()).unwrap_or(0);
            let list = pg_sys::makeParamList(count);
            for (slot, parameter) in (*list).params.as_mut_slice(parameters.len()).iter_mut().zip(parameters) {
                let (type_oid, datum) = argument(parameter);
                slot.ptype = type_oid;
                slot.isnull = datum.is_none();
                slot.value = datum.unwrap_or(Datum::null());
                slot.pflags = pg_sys::PARAM_FLAG_CONST as u16;
            }
            // Without CURSOR_OPT_PARALLEL_OK: a check should not take workers from the queries that the server is there for. (A plan
            // for one use, `SPI_execute_extended`, would be copied less but may be a parallel one; and a setting against that would be
            // seen by the query that reads the settings.)
            let prepare = pg_sys::SPIPrepareOptions {
                parserSetup: (*list).parserSetup,
                parserSetupArg: (*list).parserSetupArg,
                parseMode: pg_sys::RawParseMode::RAW_PARSE_DEFAULT,
                cursorOptions: 0,
            };
            let plan = pg_sys::SPI_prepare_extended(source.as_ptr(), &raw const prepare);
            if plan.is_null() {
                return Err(Error(format!("SPI cannot prepare the query: {}", { pg_sys::SPI_result })));
            }
            let mut receiver = Receiver {
                head: pg_sys::DestReceiver {
                    receiveSlot: Some(receive),
                    rStartup: Some(startup),
                    rShutdown: Some(shutdown),
                    rDestroy: Some(shutdown),
                    mydest: pg_sys::CommandDest::DestNone,
                },
                tuple: Tuple { values: std::ptr::null(), nulls: std::ptr::null(), types: Vec::new() },
                // The closure outlives the execution, which the type of a callback cannot say.
                each: std::mem::transmute::<Each<'_>, Each<'static>>(each),
                result: Ok(()),
                scratch: pg_sys::AllocSetContextCreateExtended(
                    pg_sys::CurrentMemoryContext,
                    c"pg_architect row".as_ptr(),
                    pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
                    pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                    pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
                ),
                taken: 0,
            };
            let options = pg_sys::SPIExecuteOptions {
                params: list,
                read_only: true,
                dest: (&raw mut receiver).cast(),
                ..pg_sys::SPIExecuteOptions::default()
            };
            let code = pg_sys::SPI_execute_plan_extended(plan, &raw const options);
            pg_sys::MemoryContextDelete(receiver.scratch);
            pg_sys::SPI_freeplan(plan);
            pg_sys::pfree(list.cast());
            if code < 0 {
                return Err(Error(format!("SPI cannot execute the query: {code}")));
            }
            receiver.result
        }
    }

    fn columns(&mut self, each: &mut dyn FnMut(&dyn Row) -> Result<(), Error>) -> Option<Result<(), Error>> {
        crate::facts::attributes::each(each)
    }

    fn counters(&self) -> Option<fn(u32) -> Counters> {
        Some(crate::pg::counters::of)
    }

    fn sizes(&mut self, relations: &[u32]) -> Option<Vec<Size>> {
        Some(relations.iter().map(|oid| crate::facts::size_on_disk(Oid::from(*oid))).collect())
    }
}

type Each<'a> = &'a mut dyn FnMut(&dyn Row) -> Result<(), Error>;

/// Takes the rows from the executor as they come, so that they are neither formed as tuples nor kept.
#[repr(C)]
struct Receiver {
    /// The server's view of it; the first field.
    head: pg_sys::DestReceiver,
    tuple: Tuple,
    each: Each<'static>,
    result: Result<(), Error>,
    scratch: pg_sys::MemoryContext,
    taken: u32,
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn startup(
    head: *mut pg_sys::DestReceiver,
    _operation: std::ffi::c_int,
    descriptor: pg_sys::TupleDesc,
) {
    // SAFETY: the head is the receiver's first field, and the receiver is on the stack of `query`.
    unsafe {
        let receiver = &mut *head.cast::<Receiver>();
        let columns = (*descriptor).natts;
        receiver.tuple.types = (1..=columns).map(|n| pg_sys::SPI_gettypeid(descriptor, n)).collect();
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn receive(slot: *mut pg_sys::TupleTableSlot, head: *mut pg_sys::DestReceiver) -> bool {
    // SAFETY: as above; the executor's slot holds a row with the columns that `startup` was told of.
    unsafe {
        let receiver = &mut *head.cast::<Receiver>();
        let columns = receiver.tuple.types.len() as i32;
        if i32::from((*slot).tts_nvalid) < columns {
            pg_sys::slot_getsomeattrs_int(slot, columns);
        }
        (receiver.tuple.values, receiver.tuple.nulls) = ((*slot).tts_values, (*slot).tts_isnull);
        let outer = pg_sys::MemoryContextSwitchTo(receiver.scratch);
        receiver.result = (receiver.each)(&receiver.tuple);
        pg_sys::MemoryContextSwitchTo(outer);
        receiver.taken += 1;
        if receiver.taken >= BATCH {
            receiver.taken = 0;
            pg_sys::MemoryContextReset(receiver.scratch);
        }
        receiver.result.is_ok()
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn shutdown(_head: *mut pg_sys::DestReceiver) {}
