//! The ends of transactions and subtransactions: before a commit (and before PREPARE TRANSACTION) what the transaction leaves
//! behind is judged.

use crate::facts;
use crate::hooks::{memory, policy};
use crate::pg::attempt::attempt_again;
use crate::pg::report::{self, Line, Message};
use crate::pg::session::{self, ActiveSnapshot};
use crate::pg::{guc, ours};
use crate::sinks::messages::{self, Moment};
use engine::convention;
use engine::judge::{self, Surroundings};
use pgrx::pg_sys;
use pgrx::pg_sys::{SubTransactionId, SubXactEvent, XactEvent};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Asks the server to call us.
pub fn install() {
    // SAFETY: done once, while the library is loaded; the callbacks stay as long as the library.
    unsafe {
        pg_sys::RegisterXactCallback(Some(transaction), std::ptr::null_mut());
        pg_sys::RegisterSubXactCallback(Some(subtransaction), std::ptr::null_mut());
    }
}

unsafe extern "C-unwind" fn transaction(event: XactEvent::Type, _arg: *mut c_void) {
    match event {
        XactEvent::XACT_EVENT_PRE_COMMIT | XactEvent::XACT_EVENT_PRE_PREPARE => {
            if guc::off() || memory::is_empty() {
                return;
            }
            // SAFETY: called by the server; this frame holds nothing. An ERROR here aborts the transaction.
            unsafe { report::guarded(before_commit) };
        }
        // From here on nothing may fail; nothing here calls the server, or does more than read its variables.
        XactEvent::XACT_EVENT_COMMIT => quietly(|| memory::committed(session::between_transactions())),
        XactEvent::XACT_EVENT_ABORT | XactEvent::XACT_EVENT_PREPARE => quietly(memory::over),
        _ => {}
    }
}

unsafe extern "C-unwind" fn subtransaction(
    event: SubXactEvent::Type,
    this: SubTransactionId,
    parent: SubTransactionId,
    _arg: *mut c_void,
) {
    match event {
        SubXactEvent::SUBXACT_EVENT_COMMIT_SUB => quietly(|| memory::promote(this, parent)),
        SubXactEvent::SUBXACT_EVENT_ABORT_SUB => quietly(|| memory::roll_back(this)),
        _ => {}
    }
}

/// Runs what must not fail: the transaction is past the point at which it could be undone. A panic of ours would be a bug; losing
/// a note is better than losing the server.
fn quietly(work: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(work));
}

fn before_commit() -> *mut Message {
    // In the middle of a statement that makes several transactions nothing is finished; what it leaves is judged with the last.
    if session::exempt() || session::between_transactions() {
        return std::ptr::null_mut();
    }
    // To be asked before an attempt, whose subtransaction looks like a block.
    // SAFETY: reads the state of this backend's transaction.
    let in_block = unsafe { pg_sys::IsTransactionBlock() };
    let judged = attempt_again(|| {
        // Deferred triggers have run already: from here on the catalogs are only read.
        let policy = policy::current()?;
        let snapshot = ActiveSnapshot::ensure();
        guc::fail_if_asked();
        let aftermath = facts::aftermath(&memory::touched());
        let transaction = facts::transaction_at_commit(in_block);
        let findings = judge::aftermath(
            &aftermath,
            &Surroundings {
                moment: engine::context::Moment::Commit,
                server_version_num: session::server_version_num(),
                transaction: &transaction,
                policy: &policy,
            },
        );
        let findings = convention::of_tables(findings, &aftermath);
        snapshot.pop();
        Some((findings, policy))
    });
    let mut lines = match judged {
        Ok(None) => Vec::new(),
        Ok(Some((findings, policy))) => {
            let may_block = !memory::parts_committed();
            messages::decide(&findings, &policy, Moment::Commit { may_block })
        }
        Err(failure) => {
            vec![Line::failure("pg_architect could not judge what this transaction leaves behind", &failure)]
        }
    };
    if memory::overflowed() && ours::find().is_some() {
        lines.insert(
            0,
            Line::new(
                report::Level::Warning,
                report::GUARD_FAILED,
                "pg_architect judged only a part of what this transaction leaves behind",
            )
            .detail(format!("The transaction touched more than {} objects.", memory::MOST_TOUCHED))
            .hint("SELECT * FROM architect.check();"),
        );
    }
    report::messages(&lines)
}
