//! Calls of PostgreSQL's own set-returning functions from Rust, without SPI.

use crate::pg::value;
use pgrx::pg_sys;
use pgrx::pg_sys::{NodeTag, Oid, SetFunctionReturnMode};

/// The rows of a set-returning function without arguments, those where one of the columns `any` is true: the columns asked for, as
/// text. (The others may be costly to print.)
fn rows<const N: usize>(function: u32, any: &[usize], columns: [usize; N]) -> Vec<[String; N]> {
    let mut rows = Vec::new();
    // SAFETY: what `ExecMakeTableFunctionResult` does for a function in FROM: the structures live until the end of this block,
    // the function fills a tuplestore (it refuses anything else), which is read and freed.
    unsafe {
        let mut flinfo = pg_sys::FmgrInfo::default();
        pg_sys::fmgr_info(Oid::from(function), &raw mut flinfo);
        let context = pg_sys::CreateStandaloneExprContext();
        let mut result = pg_sys::ReturnSetInfo {
            type_: NodeTag::T_ReturnSetInfo,
            econtext: context,
            expectedDesc: std::ptr::null_mut(),
            allowedModes: SetFunctionReturnMode::SFRM_Materialize as i32,
            returnMode: SetFunctionReturnMode::SFRM_Materialize,
            isDone: pg_sys::ExprDoneCond::ExprSingleResult,
            setResult: std::ptr::null_mut(),
            setDesc: std::ptr::null_mut(),
        };
        let mut call = pg_sys::FunctionCallInfoBaseData {
            flinfo: &raw mut flinfo,
            context: std::ptr::null_mut(),
            resultinfo: (&raw mut result).cast(),
            ..Default::default()
        };
        let Some(entry) = flinfo.fn_addr else { return rows };
        pg_sys::ffi::pg_guard_ffi_boundary(|| entry(&raw mut call));
        if !result.setResult.is_null() && !result.setDesc.is_null() {
            let slot = pg_sys::MakeSingleTupleTableSlot(result.setDesc, &raw const pg_sys::TTSOpsMinimalTuple);
            while pg_sys::tuplestore_gettupleslot(result.setResult, true, false, slot) {
                pg_sys::slot_getallattrs(slot);
                let holds =
                    |n: &usize| !*(*slot).tts_isnull.add(*n) && (*(*slot).tts_values.add(*n)).value() as u8 != 0;
                if !any.is_empty() && !any.iter().any(holds) {
                    continue;
                }
                rows.push(columns.map(|n| match value::column(result.setDesc, n) {
                    Some((type_oid, _)) if !*(*slot).tts_isnull.add(n) => {
                        value::output(*(*slot).tts_values.add(n), type_oid)
                    }
                    _ => String::new(),
                }));
            }
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            pg_sys::tuplestore_end(result.setResult);
        }
        pg_sys::FreeExprContext(context, true);
    }
    rows
}

/// `table shop.orders` and so on: type and identity of what the command made or changed, in `ddl_command_end`.
pub fn commands() -> Vec<String> {
    // classid, objid, objsubid, command_tag, object_type, schema_name, object_identity, ...
    named(rows(pg_sys::F_PG_EVENT_TRIGGER_DDL_COMMANDS, &[], [4, 6]))
}

/// The same for what the command dropped, in `sql_drop`. Objects that went with their table (its type, its TOAST table) are left
/// out.
pub fn dropped() -> Vec<String> {
    // classid, objid, objsubid, original, normal, is_temporary, object_type, schema_name, object_name, object_identity, ...
    named(rows(pg_sys::F_PG_EVENT_TRIGGER_DROPPED_OBJECTS, &[3, 4], [6, 9]))
}

fn named(rows: impl IntoIterator<Item = [String; 2]>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for [kind, identity] in rows {
        let name = format!("{kind} {identity}");
        let name = name.trim().to_owned();
        if !name.is_empty() && names.last() != Some(&name) {
            names.push(name);
        }
    }
    names
}
