//! What the server tells an event trigger.

use crate::pg::{session, text};
use pgrx::pg_sys;
use pgrx::pg_sys::{AlterTableType, Node, NodeTag, Oid};

/// One firing of an event trigger.
#[derive(Clone, Copy)]
pub struct Event {
    /// The statement. It lives as long as the statement runs, and at the same address.
    pub parsetree: *mut Node,
    tag: pg_sys::CommandTag::Type,
}

impl Event {
    /// The event; none if the function was not called by the event trigger manager.
    ///
    /// # Safety
    /// `fcinfo` is what the server called an event trigger function with.
    pub unsafe fn of(fcinfo: pg_sys::FunctionCallInfo) -> Option<Event> {
        // SAFETY: the context is null or a node; its tag says which.
        unsafe {
            let context = (*fcinfo).context;
            if context.is_null() || (*context).type_ != NodeTag::T_EventTriggerData {
                return None;
            }
            let data = &*context.cast::<pg_sys::EventTriggerData>();
            (!data.parsetree.is_null()).then_some(Event { parsetree: data.parsetree, tag: data.tag })
        }
    }

    /// The command tag: `ALTER TABLE`.
    pub fn tag(&self) -> String {
        // SAFETY: a static table of the server.
        unsafe { text::from_server(pg_sys::GetCommandTagName(self.tag)) }
    }

    /// Tells this statement from others that run at the same time, around it or inside it.
    pub fn key(&self) -> usize {
        self.parsetree as usize
    }

    /// Whether the locks that the statement takes outlive it: a transaction block is open, or a function or procedure runs it. To
    /// be asked before an internal subtransaction begins, which looks like a block.
    pub fn in_block(&self) -> bool {
        // A function's statements have no portal of their own: there it holds the SELECT, CALL or DO that runs the function.
        // SAFETY: reads the state of the transaction; the node is the statement that the event is about.
        unsafe { pg_sys::IsTransactionBlock() || session::utility() != Some((*self.parsetree).type_) }
    }

    /// Whether the statement is DROP.
    pub fn drops(&self) -> bool {
        // SAFETY: every node begins with its tag.
        unsafe { (*self.parsetree).type_ == NodeTag::T_DropStmt }
    }

    /// Whether the statement is REFRESH MATERIALIZED VIEW.
    pub fn refreshes(&self) -> bool {
        // SAFETY: every node begins with its tag.
        unsafe { (*self.parsetree).type_ == NodeTag::T_RefreshMatViewStmt }
    }

    /// Whether the statement commits in several transactions. Asked of the parse tree alone, so that the answer is there even
    /// when the judgement fails: such a statement must never be stopped halfway.
    pub fn several_transactions(&self) -> bool {
        // SAFETY: the tag says what the node is.
        unsafe {
            match (*self.parsetree).type_ {
                NodeTag::T_IndexStmt => (*self.parsetree.cast::<pg_sys::IndexStmt>()).concurrent,
                NodeTag::T_DropStmt => (*self.parsetree.cast::<pg_sys::DropStmt>()).concurrent,
                // REINDEX SCHEMA, DATABASE and of partitioned relations too.
                NodeTag::T_ReindexStmt => true,
                NodeTag::T_AlterTableStmt => {
                    let list = (*self.parsetree.cast::<pg_sys::AlterTableStmt>()).cmds;
                    let length = if list.is_null() { 0 } else { (*list).length };
                    (0..length).any(|n| {
                        let command = (*(*list).elements.add(n as usize)).ptr_value.cast::<pg_sys::AlterTableCmd>();
                        let detaches = !command.is_null() && (*command).subtype == AlterTableType::AT_DetachPartition;
                        detaches && {
                            let partition = (*command).def.cast::<pg_sys::PartitionCmd>();
                            !partition.is_null() && (*partition).concurrent
                        }
                    })
                }
                _ => false,
            }
        }
    }
}

/// In a `table_rewrite` event: the table that is about to be written anew, unless it is a temporary one.
///
/// # Safety
/// To be called only in that event, with what the server called the trigger function with.
pub unsafe fn rewritten(fcinfo: pg_sys::FunctionCallInfo) -> Option<Oid> {
    // SAFETY: the function looks at the event's state and not at its arguments; the OID is that of a relation that is locked.
    unsafe {
        let datum = pg_sys::pg_event_trigger_table_rewrite_oid(fcinfo);
        let oid = Oid::from(datum.value() as u32);
        (pg_sys::get_rel_persistence(oid) != pg_sys::RELPERSISTENCE_TEMP as std::ffi::c_char).then_some(oid)
    }
}
