//! Conditions of policies that PostgreSQL refuses: a column compared with a setting, which is text.

use engine::facts::*;
use pgrx::pg_sys::{self, NodeTag};

use super::super::{expression, node, walk};
use super::Builder;

impl Builder<'_> {
    /// Says, in a text, that the types of a comparison do not fit.
    ///
    /// # Safety
    /// `raw` points to a CreatePolicyStmt or an AlterPolicyStmt.
    pub(super) unsafe fn refuse_policy(&mut self, raw: *mut pg_sys::Node, table: &Table) {
        if self.world.overlay.is_none() {
            return;
        }
        let mut comparisons = Vec::new();
        // SAFETY: each node is read as its tag says.
        unsafe {
            let (using, check) = match node::tag(raw) {
                NodeTag::T_CreatePolicyStmt => {
                    let policy = &*raw.cast::<pg_sys::CreatePolicyStmt>();
                    (policy.qual, policy.with_check)
                }
                _ => {
                    let policy = &*raw.cast::<pg_sys::AlterPolicyStmt>();
                    (policy.qual, policy.with_check)
                }
            };
            for condition in [using, check] {
                if !walk::visit_within(100, condition, |found| comparisons.extend(with_setting(found))) {
                    return;
                }
            }
            for (comparison, column) in comparisons {
                let Some(column) = table.column(&column).filter(|column| column.data_type.oid != 0) else { continue };
                let Some(message) = expression::no_operator(comparison, table) else { continue };
                let shown = engine::sql::ident(&column.name);
                let remedy = format!(
                    "Cast the setting, not the column: {shown} = (SELECT current_setting(...)::{}).",
                    column.data_type.name
                );
                self.refuse(0, RefusalKind::Comparison, message, remedy);
            }
        }
    }
}

/// `column = current_setting(...)`, or the sub-select of it, either way round: with the column's name.
unsafe fn with_setting(found: *mut pg_sys::Node) -> Option<(*mut pg_sys::Node, String)> {
    // SAFETY: each node is read as its tag says.
    unsafe {
        let expression = &*node::cast::<pg_sys::A_Expr>(found, NodeTag::T_A_Expr)?;
        if expression.kind != pg_sys::A_Expr_Kind::AEXPR_OP {
            return None;
        }
        let sides = [(expression.lexpr, expression.rexpr), (expression.rexpr, expression.lexpr)];
        sides.into_iter().find_map(|(column, setting)| {
            let column = node::cast::<pg_sys::ColumnRef>(column, NodeTag::T_ColumnRef)?;
            is_setting(setting).then(|| Some((found, node::strings((*column).fields).pop()?)))?
        })
    }
}

unsafe fn is_setting(raw: *mut pg_sys::Node) -> bool {
    // SAFETY: each node is read as its tag says.
    unsafe {
        if let Some(call) = node::cast::<pg_sys::FuncCall>(raw, NodeTag::T_FuncCall) {
            let name = node::name_of_strings((*call).funcname);
            return name.name == "current_setting" && name.schema.is_none_or(|schema| schema == "pg_catalog");
        }
        let Some(link) = node::cast::<pg_sys::SubLink>(raw, NodeTag::T_SubLink) else { return false };
        let Some(select) = node::cast::<pg_sys::SelectStmt>((*link).subselect, NodeTag::T_SelectStmt) else {
            return false;
        };
        // Without FROM: its analysis opens no table.
        let bare = (*select).fromClause.is_null() && (*select).withClause.is_null() && (*select).whereClause.is_null();
        match &node::list::<pg_sys::ResTarget>((*select).targetList)[..] {
            [target] => bare && is_setting((**target).val),
            _ => false,
        }
    }
}
