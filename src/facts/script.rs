//! A text of SQL: parsed by the server's own parser, judged statement by statement, never executed.

use engine::context::Moment;
use engine::convention;
use engine::facts::*;
use engine::finding::Finding;
use engine::inline::Allowed;
use engine::judge::{self, Surroundings};
use engine::lexer::{Embedded, Kind, Lexer};
use engine::plpgsql::{Step, Structure};
use engine::policy::Policy;
use pgrx::pg_sys::{self, NodeTag};
use std::ffi::CStr;

use super::body::{self, Body};
use super::overlay::{Overlay, server_role, server_written_path, split_path};
use super::world::World;
use super::{aftermath, again, analyse, estimate, lower, node, readers, routines, searches, types};
use crate::pg::attempt::{Failure, attempt, attempt_again};
use crate::pg::{guc, ours, session};

/// The longest text that is judged, in bytes. The parse tree of a text takes ten to thirty times its size in memory.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Why a text cannot be judged.
pub enum Unusable {
    /// It is longer than [`MAX_BYTES`].
    TooLong(usize),
    /// It holds a zero byte.
    ZeroByte,
    /// The server's parser refused it.
    Refused(Failure),
}

/// One statement of a text: its tree, and where it begins, in bytes.
pub(super) struct Piece {
    pub(super) raw: *mut pg_sys::Node,
    pub(super) position: usize,
}

/// A statement whose facts could not be established.
pub struct NotJudged {
    /// Where it begins.
    pub position: usize,
    /// Its tag.
    pub tag: String,
    /// Why.
    pub failure: Failure,
}

/// A statement of which something could not be established.
pub struct JudgedInPart {
    /// Where it begins.
    pub position: usize,
    /// Its tag.
    pub tag: String,
    /// What is not known, each a clause.
    pub unknown: Vec<String>,
}

/// What a text gives.
pub struct Verdict {
    /// The findings, in the order of the text.
    pub findings: Vec<Finding>,
    /// What could not be judged.
    pub not_judged: Vec<NotJudged>,
    /// What could be judged in part only.
    pub in_part: Vec<JudgedInPart>,
}

pub(super) fn parse(sql: &str) -> Result<Vec<Piece>, Unusable> {
    if sql.len() > MAX_BYTES {
        return Err(Unusable::TooLong(sql.len()));
    }
    if sql.contains('\0') {
        return Err(Unusable::ZeroByte);
    }
    let text = crate::pg::text::to_server(sql);
    // The tree must outlive the internal subtransaction, and does: attempt() restores the memory context.
    let list = attempt(|| {
        // SAFETY: a NUL-terminated text. The parser checks its stack and raises an ERROR for what nests too deeply.
        unsafe { pg_sys::raw_parser(text.as_ptr(), pg_sys::RawParseMode::RAW_PARSE_DEFAULT) as usize }
    })
    .map_err(Unusable::Refused)?;
    // SAFETY: raw_parser gives a list of RawStmt nodes.
    let statements = unsafe { node::list::<pg_sys::RawStmt>(list as *const pg_sys::List) };
    Ok(statements
        .into_iter()
        .map(|statement| {
            // SAFETY: a RawStmt.
            let (raw, start) = unsafe { ((*statement).stmt, (*statement).stmt_location.max(0) as usize) };
            Piece { raw, position: skip_blanks(sql, start) }
        })
        .collect())
}

/// The parser's position of a statement is the end of the one before: blanks, comments and semicolons are skipped.
fn skip_blanks(sql: &str, at: usize) -> usize {
    // A position that is none (the database has another encoding) stays as it is.
    if !sql.is_char_boundary(at) {
        return at.min(sql.len());
    }
    Lexer::new(sql, at, body::backslashes())
        .find(|token| token.kind != Kind::Comment && !token.is_symbol(sql, ';'))
        .map_or(sql.len(), |token| token.start)
}

/// The settings of a session that matter here.
#[derive(Clone)]
struct Settings {
    lock_timeout_ms: u64,
    auto_lock_timeout_ms: u64,
    statement_timeout_ms: u64,
    /// As it is written, with `$user`.
    search_path: Vec<String>,
    role: String,
}

impl Settings {
    /// Those of the session that asks.
    fn of_server() -> Settings {
        // SAFETY: plain variables of a backend.
        let (lock, statement) = unsafe { (pg_sys::LockTimeout.max(0) as u64, pg_sys::StatementTimeout.max(0) as u64) };
        let role = server_role();
        Settings {
            lock_timeout_ms: lock,
            auto_lock_timeout_ms: if guard_fires() { guc::auto_lock_timeout() as u64 } else { 0 },
            statement_timeout_ms: statement,
            search_path: server_written_path(&role),
            role,
        }
    }
}

/// Whether DDL of this session would meet the guard: else nobody gives it a lock_timeout.
fn guard_fires() -> bool {
    #[cfg(any(feature = "pg17", feature = "pg18"))]
    if !session::event_triggers_fire() {
        return false;
    }
    !guc::off()
        && !session::exempt()
        && ours::find().is_some_and(|ours| {
            let state = ours::trigger_state(c"pg_architect_ddl_command_start", ours.extension);
            matches!(state, ours::TriggerState::Enabled | ours::TriggerState::Always)
        })
}

/// What a text has done up to a point.
#[derive(Clone)]
struct State {
    overlay: Overlay,
    transaction: Transaction,
    settings: Settings,
    new_values: Vec<NewValue>,
}

/// What ROLLBACK TO goes back to.
struct Savepoint {
    name: String,
    overlay: Overlay,
    transaction: Transaction,
    settings: Settings,
    new_values: Vec<NewValue>,
}

/// The simulated session of a text.
struct Session {
    world: World,
    transaction: Transaction,
    /// The session's own settings, to which those of SET LOCAL fall back when the transaction ends.
    settings: Settings,
    /// What ROLLBACK goes back to.
    begun: Option<Box<(Overlay, Settings)>>,
    savepoints: Vec<Savepoint>,
    /// What RESET search_path goes back to.
    default_path: Vec<String>,
    /// What RESET ROLE goes back to.
    default_role: String,
    /// The last transaction that was prepared, and what ROLLBACK PREPARED goes back to as long as nothing follows.
    prepared: Option<(String, Box<Overlay>)>,
    /// The statements outside of transaction blocks that fail when they are run once more.
    fail_again: Vec<FailsAgain>,
    /// Some statement shows that the text commits one by one.
    one_by_one: bool,
    /// Where the last statement begins that changes something.
    last: usize,
    /// The columns that got another name, in any transaction of the text.
    renamed: Vec<RenamedColumn>,
}

impl Session {
    fn new() -> Session {
        let settings = Settings::of_server();
        Session {
            world: World {
                overlay: Some(Overlay::new(settings.search_path.clone(), settings.role.clone())),
                ..World::default()
            },
            transaction: Session::transaction(&settings),
            begun: None,
            savepoints: Vec::new(),
            fail_again: Vec::new(),
            one_by_one: false,
            last: 0,
            renamed: Vec::new(),
            default_path: settings.search_path.clone(),
            default_role: settings.role.clone(),
            prepared: None,
            settings,
        }
    }

    /// A transaction that has done nothing.
    fn transaction(settings: &Settings) -> Transaction {
        Transaction {
            lock_timeout_ms: settings.lock_timeout_ms,
            auto_lock_timeout_ms: settings.auto_lock_timeout_ms,
            statement_timeout_ms: settings.statement_timeout_ms,
            lock_slots: super::transaction::lock_slots(),
            ..Transaction::default()
        }
    }

    /// What a branch of a body starts from, and is taken back to.
    fn state(&self) -> State {
        State {
            overlay: self.world.overlay.clone().unwrap_or_default(),
            transaction: self.transaction.clone(),
            settings: self.settings.clone(),
            new_values: self.world.new_values.clone(),
        }
    }

    fn restore(&mut self, state: State) {
        self.world.overlay = Some(state.overlay);
        self.transaction = state.transaction;
        self.settings = state.settings;
        self.world.new_values = state.new_values;
    }

    fn overlay(&mut self) -> &mut Overlay {
        self.world.overlay.get_or_insert_with(Overlay::default)
    }

    /// The statement has been judged: the session as it is after it.
    fn advance(&mut self, statement: &Statement, raw: *mut pg_sys::Node) {
        match &statement.ddl {
            Ddl::Transaction(command) => {
                let in_block = self.transaction.in_block;
                // SAFETY: a TransactionStmt.
                let prepared = unsafe {
                    let command = &*raw.cast::<pg_sys::TransactionStmt>();
                    let prepares = command.kind == pg_sys::TransactionStmtKind::TRANS_STMT_PREPARE;
                    node::text(command.gid).filter(|_| prepares)
                };
                let before = self.begun.as_ref().map(|begun| Box::new(begun.0.clone()));
                self.transaction_command(command);
                if let (Some(name), Some(before)) = (prepared, before) {
                    self.prepared = Some((name, before));
                }
                // SAFETY: a TransactionStmt.
                if in_block && unsafe { (*raw.cast::<pg_sys::TransactionStmt>()).chain } {
                    self.transaction_command(&TransactionCommand::Begin);
                }
                return;
            }
            Ddl::Set(set) => return self.set(set),
            Ddl::CreateFunction(_) => {
                // SAFETY: a CreateFunctionStmt.
                if let Some(function) = unsafe { function(raw.cast(), &self.world) } {
                    self.overlay().add_function(function, statement.position);
                }
            }
            Ddl::Other(_) => {
                // SELECT set_config('search_path', ...) is how pg_dump sets it.
                // SAFETY: a raw statement.
                for set in unsafe { set_config(raw) } {
                    self.set(&set);
                }
                // SAFETY: as above.
                unsafe { self.other(raw, statement.position) };
            }
            _ => {}
        }
        if !matches!(statement.ddl, Ddl::Other(_)) {
            self.prepared = None;
        }
        // SAFETY: as above.
        unsafe { routines::follow(raw, self.overlay(), statement.position) };
        self.overlay().apply(statement);
        // SAFETY: as above.
        if let Some(name) = unsafe { goes_at_commit(raw) }.filter(|_| !statement.nothing_to_do) {
            self.overlay().keep_until_commit(&name);
        }
        if !self.transaction.in_block {
            self.overlay().end_transaction(statement.position);
        }
        self.renamed.extend(super::transaction::renamed_column(statement));
        if self.transaction.in_block {
            self.hold(statement);
            self.rename_held(statement);
        }
    }

    /// DISCARD and ROLLBACK PREPARED.
    ///
    /// # Safety
    /// `raw` points to a raw statement.
    unsafe fn other(&mut self, raw: *mut pg_sys::Node, position: usize) {
        // SAFETY: each node is read as its tag says.
        unsafe {
            match node::tag(raw) {
                NodeTag::T_DiscardStmt => {
                    use pg_sys::DiscardMode as D;
                    let target = (*raw.cast::<pg_sys::DiscardStmt>()).target;
                    if target == D::DISCARD_ALL {
                        for name in ["", "role"] {
                            self.set(&SetParameter { name: name.to_owned(), value: None, local: false });
                        }
                    }
                    if matches!(target, D::DISCARD_ALL | D::DISCARD_TEMP) {
                        self.overlay().discard_temporary(position);
                    }
                }
                NodeTag::T_TransactionStmt => {
                    let command = &*raw.cast::<pg_sys::TransactionStmt>();
                    if command.kind == pg_sys::TransactionStmtKind::TRANS_STMT_ROLLBACK_PREPARED
                        && let Some((_, before)) =
                            self.prepared.take().filter(|(name, _)| node::text(command.gid).as_ref() == Some(name))
                    {
                        let path = self.overlay().written_path();
                        self.world.overlay = Some(*before);
                        self.overlay().set_search_path(path);
                    }
                }
                _ => {}
            }
        }
    }

    /// What is locked goes by its name of now. What is dropped stays locked.
    fn rename_held(&mut self, statement: &Statement) {
        let partitions = |command: &AlterCommand| {
            matches!(command, AlterCommand::AttachPartition { .. } | AlterCommand::DetachPartition { .. })
        };
        let all = match &statement.ddl {
            Ddl::Rename(rename) => rename.what == Renamed::Other("SCHEMA"),
            Ddl::SetSchema(_) | Ddl::Drop(_) => false,
            _ if statement.commands().any(|(_, command)| partitions(command)) => false,
            _ => return,
        };
        let about: Vec<Oid> =
            statement.target.iter().chain(&statement.others).map(|table| table.relation.oid).collect();
        let Some(overlay) = &self.world.overlay else { return };
        let renamed = |held: &&mut HeldLock| {
            // A partitioned table holds what its partitions hold.
            all || held.relation.kind == RelationKind::PartitionedTable || about.contains(&held.relation.oid)
        };
        for held in self.transaction.held.iter_mut().filter(renamed) {
            let now = overlay.table_by_oid(held.relation.oid);
            if let Some(Some(now)) = now {
                held.relation = now.relation.clone();
            } else if now.is_some() {
                // It was dropped before.
            } else if let Some(schema) = overlay.renamed_schema(&held.relation.schema).filter(|_| all) {
                held.relation.schema = schema;
            }
        }
    }

    fn hold(&mut self, statement: &Statement) {
        for touch in &statement.impact.touches {
            let relation = &touch.relation;
            if touch.lock < LockMode::Share || relation.created_here || relation.oid == 0 {
                continue;
            }
            match self.transaction.held.iter_mut().find(|held| held.relation.oid == relation.oid) {
                Some(held) if held.mode >= touch.lock => {}
                Some(held) => {
                    held.mode = touch.lock;
                    held.taken_by.clone_from(&statement.tag);
                }
                None => self.transaction.held.push(HeldLock {
                    relation: relation.clone(),
                    mode: touch.lock,
                    held_ms: 0,
                    taken_by: statement.tag.clone(),
                }),
            }
        }
        if let (Ddl::Rename(Rename { what: Renamed::Constraint(old), new_name, .. }), Some(table)) =
            (&statement.ddl, &statement.target)
        {
            let renamed = |added: &&mut (Oid, String)| added.0 == table.relation.oid && added.1 == *old;
            self.transaction.not_valid.iter_mut().filter(renamed).for_each(|added| added.1.clone_from(new_name));
        }
        self.transaction.worked.extend(super::transaction::worked(statement));
        self.transaction.renamed_columns.extend(super::transaction::renamed_column(statement));
        match &statement.ddl {
            Ddl::AddEnumValue(value) if !value.there => self.world.new_values.push(value.clone()),
            Ddl::RenameEnumValue { data_type, old, new } => {
                let renamed = |value: &&mut NewValue| value.data_type == *data_type && value.label == *old;
                self.world.new_values.iter_mut().filter(renamed).for_each(|value| value.label.clone_from(new));
            }
            _ => {}
        }
        let Some(table) = &statement.target else { return };
        if let Ddl::Dml(change) = &statement.ddl {
            let relation = &table.relation;
            if change.bulk && !self.transaction.changed.iter().any(|known| known.oid == relation.oid) {
                self.transaction.changed.push(relation.clone());
            }
            return;
        }
        for (_, command) in statement.commands() {
            if let AlterCommand::AddConstraint(def) = command
                && def.not_valid
            {
                let name = self
                    .world
                    .table_by_oid(pg_sys::Oid::from(table.relation.oid))
                    .and_then(|now| now.constraints.last().map(|c| c.name.clone()));
                self.transaction.not_valid.extend(name.map(|name| (table.relation.oid, name)));
            }
        }
    }

    /// # Safety
    /// `raw` points to the raw statement that `statement` was lowered from.
    unsafe fn note_failing_again(&mut self, raw: *mut pg_sys::Node, statement: &Statement) {
        if self.transaction.in_block || statement.nothing_to_do {
            return;
        }
        // SAFETY: the caller's promise.
        let (alone, fails) = unsafe { (again::commits_by_itself(raw, statement), again::fails(raw, statement)) };
        if !matches!(statement.ddl, Ddl::Set(_) | Ddl::Transaction(_)) {
            self.last = statement.position;
        }
        self.one_by_one |= alone;
        self.fail_again.extend(fails);
    }

    fn transaction_command(&mut self, command: &TransactionCommand) {
        match command {
            TransactionCommand::Begin => {
                if !self.transaction.in_block {
                    let overlay = self.overlay().clone();
                    self.begun = Some(Box::new((overlay, self.settings.clone())));
                    self.transaction.in_block = true;
                }
            }
            TransactionCommand::Commit => self.end(),
            TransactionCommand::Rollback => {
                if let Some(begun) = self.begun.take() {
                    let (overlay, settings) = *begun;
                    self.world.overlay = Some(overlay);
                    self.settings = settings;
                }
                self.end();
            }
            TransactionCommand::Savepoint(name) => {
                let overlay = self.overlay().clone();
                self.savepoints.push(Savepoint {
                    new_values: self.world.new_values.clone(),
                    name: name.clone(),
                    overlay,
                    transaction: self.transaction.clone(),
                    settings: self.settings.clone(),
                });
            }
            TransactionCommand::Release(name) => {
                if let Some(at) = self.savepoints.iter().rposition(|known| known.name == *name) {
                    self.savepoints.truncate(at);
                }
            }
            TransactionCommand::RollbackTo(name) => {
                if let Some(at) = self.savepoints.iter().rposition(|known| known.name == *name) {
                    self.savepoints.truncate(at + 1);
                    let savepoint = &self.savepoints[at];
                    self.transaction = savepoint.transaction.clone();
                    self.settings = savepoint.settings.clone();
                    self.world.overlay = Some(savepoint.overlay.clone());
                    self.world.new_values.clone_from(&savepoint.new_values);
                }
            }
        }
    }

    fn end(&mut self) {
        self.begun = None;
        self.savepoints.clear();
        self.world.new_values.clear();
        self.transaction = Session::transaction(&self.settings);
        let (path, role) = (self.settings.search_path.clone(), self.settings.role.clone());
        self.overlay().set_search_path(path);
        self.overlay().set_role(role);
        self.overlay().end_transaction(0);
    }

    fn set(&mut self, set: &SetParameter) {
        // SET LOCAL outside a block has no effect.
        if set.local && !self.transaction.in_block {
            return;
        }
        match set.name.to_ascii_lowercase().as_str() {
            "lock_timeout" => {
                let value = timeout(c"lock_timeout", set.value.as_deref());
                self.transaction.lock_timeout_ms = value;
                if !set.local {
                    self.settings.lock_timeout_ms = value;
                }
            }
            "statement_timeout" => {
                let value = timeout(c"statement_timeout", set.value.as_deref());
                self.transaction.statement_timeout_ms = value;
                if !set.local {
                    self.settings.statement_timeout_ms = value;
                }
            }
            "architect.auto_lock_timeout" => {
                let value =
                    if guard_fires() { timeout(c"architect.auto_lock_timeout", set.value.as_deref()) } else { 0 };
                self.transaction.auto_lock_timeout_ms = value;
                if !set.local {
                    self.settings.auto_lock_timeout_ms = value;
                }
            }
            "search_path" => {
                let path = match &set.value {
                    // What the server refuses changes nothing.
                    Some(value) => match split_path(value) {
                        Some(path) => path,
                        None => return,
                    },
                    None => reset_path().unwrap_or_else(|| self.default_path.clone()),
                };
                if !set.local {
                    self.settings.search_path.clone_from(&path);
                }
                self.overlay().set_search_path(path);
            }
            "role" => {
                let value = set.value.as_ref().filter(|role| *role != "none");
                let role = value.unwrap_or(&self.default_role).trim_matches('"').to_owned();
                if !set.local {
                    self.settings.role.clone_from(&role);
                }
                self.overlay().set_role(role);
            }
            // RESET ALL.
            "" => {
                for name in ["lock_timeout", "architect.auto_lock_timeout", "statement_timeout", "search_path"] {
                    self.set(&SetParameter { name: name.to_owned(), value: None, local: false });
                }
            }
            _ => {}
        }
    }
}

/// The milliseconds that SET gives a timeout; without a value those that RESET gives it.
fn timeout(name: &CStr, value: Option<&str>) -> u64 {
    let reset = || {
        // SAFETY: both timeouts exist in every server. The string is the server's, to be copied at once; without a unit it is in
        // milliseconds.
        unsafe { node::text(pg_sys::GetConfigOptionResetString(name.as_ptr())) }
    };
    match value {
        Some(value) => milliseconds(value),
        None => reset().as_deref().and_then(milliseconds),
    }
    .unwrap_or(0)
}

/// `2s`, `500`, `'5 min'` as milliseconds.
fn milliseconds(text: &str) -> Option<u64> {
    let text = text.trim().trim_matches('\'');
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let factor = match text[digits..].trim() {
        "" | "ms" => 1.0,
        "us" => 0.001,
        "s" => 1000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    Some((number * factor) as u64)
}

/// What RESET search_path leads to; none where that is the session's own value.
fn reset_path() -> Option<Vec<String>> {
    // SAFETY: the parameter exists in every server; the strings are the server's, to be copied at once.
    let (reset, now) = unsafe {
        (
            node::text(pg_sys::GetConfigOptionResetString(c"search_path".as_ptr()))?,
            node::text(pg_sys::GetConfigOption(c"search_path".as_ptr(), true, false)),
        )
    };
    if now.as_deref() == Some(reset.as_str()) { None } else { split_path(&reset) }
}

/// What `SELECT pg_catalog.set_config('search_path', '', false)` sets, as pg_dump writes it: each call among the results of a query.
///
/// # Safety
/// `raw` points to a raw statement.
unsafe fn set_config(raw: *mut pg_sys::Node) -> Vec<SetParameter> {
    // SAFETY: each node is read as its tag says.
    unsafe {
        let Some(select) = node::cast::<pg_sys::SelectStmt>(raw, NodeTag::T_SelectStmt) else { return Vec::new() };
        let targets = node::list::<pg_sys::ResTarget>((*select).targetList);
        targets.into_iter().filter_map(|target| set_config_call((*target).val)).collect()
    }
}

/// # Safety
/// `raw` is NULL or points to a raw expression.
unsafe fn set_config_call(raw: *mut pg_sys::Node) -> Option<SetParameter> {
    // SAFETY: each node is read as its tag says.
    unsafe {
        let call = node::cast::<pg_sys::FuncCall>(raw, NodeTag::T_FuncCall)?;
        let called = node::name_of_strings((*call).funcname);
        if called.name != "set_config" || called.schema.is_some_and(|schema| schema != "pg_catalog") {
            return None;
        }
        let [name, value, local] = node::list::<pg_sys::Node>((*call).args)[..] else { return None };
        let text = |argument: *mut pg_sys::Node| {
            let constant = node::cast::<pg_sys::A_Const>(argument, NodeTag::T_A_Const)?;
            let value = &raw const (*constant).val;
            node::cast::<pg_sys::String>(value.cast_mut().cast(), NodeTag::T_String)
                .and_then(|string| node::text((*string).sval))
        };
        let local = node::cast::<pg_sys::A_Const>(local, NodeTag::T_A_Const).is_some_and(|constant| {
            let value = &raw const (*constant).val;
            node::cast::<pg_sys::Boolean>(value.cast_mut().cast(), NodeTag::T_Boolean).is_some_and(|yes| (*yes).boolval)
        });
        Some(SetParameter { name: text(name)?, value: Some(text(value)?), local })
    }
}

/// The temporary table that the statement makes and that goes when the transaction ends.
///
/// # Safety
/// `raw` points to a raw statement.
unsafe fn goes_at_commit(raw: *mut pg_sys::Node) -> Option<String> {
    // SAFETY: each node is read as its tag says.
    unsafe {
        let (relation, action) = match node::tag(raw) {
            NodeTag::T_CreateStmt => {
                let create = &*raw.cast::<pg_sys::CreateStmt>();
                (create.relation, create.oncommit)
            }
            NodeTag::T_CreateTableAsStmt => {
                let into = &*(*raw.cast::<pg_sys::CreateTableAsStmt>()).into;
                (into.rel, into.onCommit)
            }
            _ => return None,
        };
        let drops = action == pg_sys::OnCommitAction::ONCOMMIT_DROP;
        drops.then(|| node::name_of_range(relation).name)
    }
}

/// The function that CREATE FUNCTION would make.
///
/// # Safety
/// `raw` points to a CreateFunctionStmt.
unsafe fn function(raw: *mut pg_sys::CreateFunctionStmt, world: &World) -> Option<Function> {
    // SAFETY: the fields of a CreateFunctionStmt.
    unsafe {
        let name = node::name_of_strings((*raw).funcname);
        // As pg_get_function_identity_arguments prints them.
        use pg_sys::FunctionParameterMode as M;
        let arguments: Vec<String> = node::list::<pg_sys::FunctionParameter>((*raw).parameters)
            .into_iter()
            .filter(|parameter| (**parameter).mode != M::FUNC_PARAM_TABLE)
            .map(|parameter| {
                let mode = match (*parameter).mode {
                    M::FUNC_PARAM_OUT => "OUT ",
                    M::FUNC_PARAM_INOUT => "INOUT ",
                    M::FUNC_PARAM_VARIADIC => "VARIADIC ",
                    _ if (*raw).is_procedure => "IN ",
                    _ => "",
                };
                let name = node::text((*parameter).name).map(|name| format!("{} ", engine::sql::ident(&name)));
                let mut data_type = types::written((*parameter).argType).0;
                if data_type.oid != 0 {
                    data_type = TypeName::clone(&types::known(pg_sys::Oid::from(data_type.oid), -1));
                }
                format!("{mode}{}{}", name.unwrap_or_default(), data_type.name)
            })
            .collect();
        let mut result = Function {
            schema: name.schema.clone().or_else(|| world.creation_schema()).unwrap_or_default(),
            name: name.name,
            arguments: arguments.join(", "),
            keyword: if (*raw).is_procedure { "PROCEDURE" } else { "FUNCTION" },
            sql_body: !(*raw).sql_body.is_null(),
            ..Function::default()
        };
        let given = node::list::<pg_sys::FunctionParameter>((*raw).parameters)
            .into_iter()
            .filter(|parameter| !matches!((**parameter).mode, M::FUNC_PARAM_OUT | M::FUNC_PARAM_TABLE));
        result.takes = routines::types_of(given.map(|parameter| (*parameter).argType).collect());
        // Those of a session are judged by nobody.
        result.exempt = result.schema == super::overlay::TEMPORARY;
        let (mut volatility, mut body) = ("volatile".to_owned(), None);
        for option in node::list::<pg_sys::DefElem>((*raw).options) {
            let word = || {
                node::cast::<pg_sys::String>((*option).arg, NodeTag::T_String).and_then(|word| node::text((*word).sval))
            };
            match node::text((*option).defname).as_deref() {
                Some("volatility") => volatility = word().unwrap_or(volatility),
                Some("language") => result.language = word().unwrap_or_default(),
                Some("as") => {
                    let parts = node::list::<pg_sys::String>((*option).arg.cast());
                    body = parts.first().and_then(|part| node::text((**part).sval));
                }
                Some("security") => result.security_definer = pg_sys::defGetBoolean(option),
                Some("set") => {
                    if let Some(set) = node::cast::<pg_sys::VariableSetStmt>((*option).arg, NodeTag::T_VariableSetStmt)
                        && node::text((*set).name).is_some_and(|name| name == "search_path")
                    {
                        result.search_path = routines::pinned_path(set, world.overlay.as_ref());
                    }
                }
                _ => {}
            }
        }
        if result.sql_body {
            "sql".clone_into(&mut result.language);
        }
        // One in SQL may be put where it is called (`inline_function`), and then what it calls counts.
        result.volatile = match (volatility.as_str(), result.language.as_str()) {
            ("immutable" | "stable", _) => Some(false),
            (_, "sql") => {
                let parsed = body.and_then(|body| parse(&body).ok()).unwrap_or_default();
                let mut roots: Vec<*mut pg_sys::Node> =
                    parsed.iter().flat_map(|piece| super::walk::roots(piece.raw)).collect();
                if let Some(body) = node::cast::<pg_sys::ReturnStmt>((*raw).sql_body, NodeTag::T_ReturnStmt) {
                    roots.push((*body).returnval);
                }
                roots.into_iter().any(|root| super::impact::calls_volatile(root, world)).then_some(true)
            }
            _ => Some(true),
        };
        let returns = (*raw).returnType;
        if !returns.is_null() {
            let oid = types::written(returns).0.oid;
            result.for_triggers = [pg_sys::TRIGGEROID, pg_sys::EVENT_TRIGGEROID].iter().any(|t| t.to_u32() == oid);
        }
        result.in_writable_schema = aftermath::is_writable(&result.schema);
        if let Some(path) = &result.search_path {
            result.writable_schemas = aftermath::writable_schemas(path);
        }
        Some(result)
    }
}

/// What is wanted of a text besides the facts of its statements.
#[derive(Clone, Copy, Default)]
struct Wanted {
    /// What static SQL in the bodies of functions says, too.
    routines: bool,
    /// The planner's estimate for changes of tables with more rows than this.
    estimates_over: Option<u64>,
    /// The statements of pg_stat_statements that name what goes.
    readers: bool,
    /// How queries look for rows.
    searches: bool,
}

/// A text on its way: the simulated session, and who is told of every statement.
struct Walk<'a> {
    session: Session,
    wanted: Wanted,
    not_judged: &'a mut Vec<NotJudged>,
    each: &'a mut dyn FnMut(&Statement, &Transaction),
    /// The comments, where they are read.
    allowed: Option<Allowed>,
    /// Names that are too long were told for the statement around this one.
    names_known: bool,
    depth: usize,
}

/// A structure around the statements of a body.
struct Around {
    structure: Structure,
    /// The state at its begin, where it has branches.
    begin: Option<Box<State>>,
    /// The state at the end of its first branch.
    first: Option<Box<State>>,
}

/// DO in EXECUTE in DO: nobody writes more.
const DEEPEST: usize = 8;

impl Walk<'_> {
    /// The statements of a parsed text. `source` is that text, and knows where it stands in the whole.
    fn pieces(&mut self, pieces: &[Piece], source: &Embedded, place: &Place) {
        let ends = pieces.iter().skip(1).map(|piece| piece.position).chain([source.text.len()]);
        for (piece, end) in pieces.iter().zip(ends) {
            let written = source.text.get(piece.position..end).unwrap_or_default();
            let mut long_names = if self.names_known { Vec::new() } else { engine::sql::long_names(written) };
            session::check_for_interrupts();
            // What CREATE SCHEMA holds is made in the new schema.
            // SAFETY: a raw statement of the parser's.
            let schema = unsafe { lower::new_schema(piece.raw) };
            let path = schema.map(|schema| self.session.overlay().enter_schema(&schema));
            for raw in super::elements(piece.raw) {
                self.statement(raw, source.at(piece.position), place, std::mem::take(&mut long_names), false);
                // SAFETY: a raw statement of the parser's, which nobody reads after this.
                for change in unsafe { lower::changes_inside(raw) } {
                    self.statement(change, source.at(piece.position), place, Vec::new(), true);
                }
            }
            if let Some(path) = path {
                self.session.overlay().set_search_path(path);
            }
            self.body(piece, end, source);
        }
    }

    /// One statement; `inside` says that it is a part of another, which was looked at as a whole.
    fn statement(
        &mut self,
        raw: *mut pg_sys::Node,
        position: usize,
        place: &Place,
        long_names: Vec<String>,
        inside: bool,
    ) {
        let outcome = attempt_again(|| {
            // SAFETY: a raw statement of the parser's.
            unsafe { analyse(raw, &self.session.world, position) }
        });
        match outcome {
            Ok(mut statement) => {
                statement.long_names = long_names;
                if let Ddl::Dml(change) = &mut statement.ddl {
                    // The statement around it may put rows back.
                    change.empties &= !inside;
                }
                statement.place = place.clone();
                if let Some(limit) = self.wanted.estimates_over {
                    // SAFETY: the raw statement that was analysed.
                    statement.estimated_rows = unsafe { estimate::rows(raw, &statement, &self.session.world, limit) };
                }
                if self.wanted.readers {
                    statement.readers = readers::of(&statement, &self.session.world);
                }
                // SAFETY: the raw statement that was analysed; what cannot be read is not judged.
                if self.wanted.searches && !inside && unsafe { searches::may_be_in(raw) } {
                    // SAFETY: as above.
                    let found = attempt_again(|| unsafe { searches::of(raw, &self.session.world) });
                    statement.searches = found.unwrap_or_default();
                }
                // SAFETY: a raw statement and its facts.
                unsafe { self.session.note_failing_again(raw, &statement) };
                (self.each)(&statement, &self.session.transaction);
                self.session.advance(&statement, raw);
            }
            // In a body a name may be a variable.
            Err(_) if *place != Place::Text => {}
            Err(failure) => self.not_judged.push(NotJudged {
                position,
                // SAFETY: a raw statement.
                tag: unsafe { lower::tag(raw) },
                failure,
            }),
        }
    }

    /// The body that a statement brings: that of DO runs here, that of CREATE FUNCTION does not.
    fn body(&mut self, piece: &Piece, end: usize, source: &Embedded) {
        // SAFETY: a raw statement of the parser's.
        let Some(body) = (unsafe { Body::of(piece.raw, piece.position, end, source) }) else { return };
        if self.depth >= DEEPEST || body.name.is_some() && !self.wanted.routines {
            return;
        }
        self.depth += 1;
        let names_known = std::mem::replace(&mut self.names_known, body.written_out);
        match &body.name {
            None => {
                let own = !self.session.transaction.in_block;
                if own {
                    // What ROLLBACK goes back to costs a copy of every table that is changed: kept only where it is written.
                    self.session.transaction.in_block = true;
                    if body.source.text.to_ascii_lowercase().contains("rollback") {
                        self.session.transaction.in_block = false;
                        self.session.transaction_command(&TransactionCommand::Begin);
                    }
                }
                self.steps(&body, &Place::Block { may: false });
                if own {
                    self.session.end();
                }
            }
            Some(name) => {
                // It runs some day, in a transaction of which nothing is known.
                let before = self.session.state();
                let begun = self.session.begun.take();
                self.session.transaction =
                    Transaction { in_block: true, ..Session::transaction(&self.session.settings) };
                for set in &body.settings {
                    self.session.set(set);
                }
                self.steps(&body, &Place::Routine { name: name.clone() });
                self.session.restore(before);
                self.session.begun = begun;
            }
        }
        self.names_known = names_known;
        self.depth -= 1;
    }

    fn steps(&mut self, body: &Body, place: &Place) {
        let source = &body.source;
        let mut parts: Vec<std::ops::Range<usize>> = Vec::new();
        let mut open: Vec<Around> = Vec::new();
        let branched = branched(&body.steps);
        for (number, step) in body.steps.iter().enumerate() {
            let may = open.iter().any(|around| around.structure != Structure::Block || around.first.is_some());
            let here = match place {
                Place::Block { .. } => Place::Block { may },
                place => place.clone(),
            };
            match step {
                Step::Sql(sql) => {
                    parts.push(sql.at(0)..sql.at(sql.text.len()));
                    self.sql(sql.clone().inside(source), &here);
                }
                Step::Dynamic { position, expression } => {
                    parts.push(*position..position + expression.len());
                    let mut statement = Statement::new("EXECUTE", Ddl::DynamicSql { expression: expression.clone() });
                    statement.position = source.at(*position);
                    statement.place = here;
                    (self.each)(&statement, &self.session.transaction);
                }
                Step::Open(structure) => {
                    let begin = branched.contains(&number).then(|| Box::new(self.session.state()));
                    open.push(Around { structure: *structure, begin, first: None });
                }
                Step::Branch => {
                    if let Some(Around { begin: Some(begin), first, .. }) = open.last_mut() {
                        first.get_or_insert_with(|| Box::new(self.session.state()));
                        self.session.restore(begin.as_ref().clone());
                    }
                }
                Step::Close => {
                    if let Some(Around { first: Some(first), .. }) = open.pop() {
                        self.session.restore(*first);
                    }
                }
            }
        }
        parts.sort_by_key(|part| part.start);
        if let Some(allowed) = self.allowed.as_mut().filter(|_| !body.written_out) {
            allowed.read_inside(source, &parts, body::backslashes());
        }
    }

    /// One statement of a body. What is no SQL for the parser is passed over: a variable may stand where none can.
    fn sql(&mut self, sql: Embedded, place: &Place) {
        if !body::worth_parsing(&sql.text) {
            return;
        }
        let Ok(pieces) = parse(&sql.text) else { return };
        self.pieces(&pieces, &sql, place);
        // COMMIT in a DO block begins the next transaction at once.
        if !self.session.transaction.in_block {
            self.session.transaction_command(&TransactionCommand::Begin);
        }
    }
}

/// Which of the steps open a structure of several branches: only those need a copy of the state.
fn branched(steps: &[Step]) -> std::collections::HashSet<usize> {
    let (mut open, mut found) = (Vec::new(), std::collections::HashSet::new());
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Open(_) => open.push(number),
            Step::Branch => found.extend(open.last().copied()),
            Step::Close => {
                open.pop();
            }
            Step::Sql(_) | Step::Dynamic { .. } => {}
        }
    }
    found
}

/// Calls `each` for every statement with its facts and the simulated transaction, carrying what the text did on.
fn walk(
    sql: &str,
    wanted: Wanted,
    not_judged: &mut Vec<NotJudged>,
    mut each: impl FnMut(&Statement, &Transaction),
) -> Result<(Session, Allowed), Unusable> {
    let pieces = parse(sql)?;
    // SAFETY: allowed at any point of a transaction.
    unsafe { pg_sys::AcceptInvalidationMessages() };
    let starts: Vec<usize> = pieces.iter().map(|piece| piece.position).collect();
    let allowed = wanted.routines.then(|| Allowed::read(sql, body::extents(sql, &starts), body::backslashes()));
    let mut walk =
        Walk { session: Session::new(), wanted, not_judged, each: &mut each, allowed, names_known: false, depth: 0 };
    walk.pieces(&pieces, &Embedded::shifted(sql, 0), &Place::Text);
    Ok((walk.session, walk.allowed.unwrap_or_default()))
}

/// Judges a text.
pub fn lint(sql: &str, policy: &Policy) -> Result<Verdict, Unusable> {
    guc::fail_if_asked();
    let server_version_num = session::server_version_num();
    let mut findings: Vec<Finding> = Vec::new();
    let mut not_judged = Vec::new();
    let wanted =
        Wanted { routines: true, estimates_over: Some(estimate::least_rows(policy)), readers: true, searches: true };
    let mut in_part = Vec::new();
    let (session, mut allowed) = walk(sql, wanted, &mut not_judged, |statement, transaction| {
        let is_new = statement.target.as_ref().is_some_and(|table| table.relation.created_here);
        // What stands in a function runs some day, when more may be there.
        let runs = !matches!(statement.place, Place::Routine { .. });
        if runs && !is_new && !statement.nothing_to_do && !statement.impact.unknown.is_empty() {
            in_part.push(JudgedInPart {
                position: statement.position,
                tag: statement.tag.clone(),
                unknown: statement.impact.unknown.clone(),
            });
        }
        let surroundings = Surroundings { moment: Moment::Lint, server_version_num, transaction, policy };
        findings.extend(judge::statement(statement, &surroundings));
    })?;
    // What the text leaves behind is that of all its transactions.
    let whole = Transaction { renamed_columns: session.renamed.clone(), ..session.transaction.clone() };
    let surroundings = Surroundings { moment: Moment::Lint, server_version_num, transaction: &whole, policy };
    if let Some(overlay) = &session.world.overlay {
        let mut aftermath = overlay.aftermath();
        if session.one_by_one {
            // If the last statement fails, it has not committed.
            aftermath.fail_again = session.fail_again.iter().filter(|f| f.position < session.last).cloned().collect();
        }
        let mut left = judge::aftermath(&aftermath, &surroundings);
        for finding in left.iter_mut().filter(|finding| finding.position.is_none()) {
            finding.position = overlay.place(&finding.object);
        }
        // Before they are put together: a comment may allow the one statement that adds the fourth column.
        left.retain(|finding| !allowed.covers(finding));
        findings.retain(|finding| !allowed.covers(finding));
        findings.extend(convention::of_tables(left, &aftermath));
    } else {
        findings.retain(|finding| !allowed.covers(finding));
    }
    findings.extend(judge::comments(&allowed.into_suppressions(policy), &surroundings));
    findings.retain(|finding| finding.severity >= policy.min_severity);
    findings.sort_by_key(|finding| finding.position.unwrap_or(usize::MAX));
    Ok(Verdict { findings, not_judged, in_part })
}

/// The facts of every statement of a text that would run, those in DO blocks included.
pub fn explain(sql: &str) -> Result<(Vec<Statement>, Vec<NotJudged>), Unusable> {
    let mut statements = Vec::new();
    let mut not_judged = Vec::new();
    walk(sql, Wanted::default(), &mut not_judged, |statement, _| {
        if !matches!(statement.ddl, Ddl::DynamicSql { .. }) {
            // While the relations are there; what fails is tried again by whoever asks for it.
            let _ = attempt_again(|| statement.impact.works.relations.len());
            statements.push(statement.clone());
        }
    })?;
    Ok((statements, not_judged))
}

/// The statements of a text, each as it is written, with its semicolon, and with its facts where they could be established.
///
/// # Errors
/// When the server's parser refuses the text.
pub fn split(sql: &str) -> Result<Vec<(String, Option<Statement>)>, Unusable> {
    let pieces = parse(sql)?;
    let (statements, _) = explain(sql)?;
    let ends = pieces.iter().skip(1).map(|piece| piece.position).chain([sql.len()]);
    Ok(pieces
        .iter()
        .zip(ends)
        .map(|(piece, end)| {
            let text = sql.get(piece.position..end).unwrap_or_default().trim_end();
            let facts = statements.iter().find(|statement| statement.position == piece.position).cloned();
            (text.to_owned(), facts)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{milliseconds, skip_blanks};

    #[test]
    fn a_statement_begins_behind_blanks_and_comments() {
        let text = " ;-- first\n/* second /* nested */ */\n  SELECT 1";
        assert_eq!(&text[skip_blanks(text, 0)..], "SELECT 1");
        assert_eq!(skip_blanks("-- only", 0), 7);
    }

    #[test]
    fn timeouts_have_units() {
        assert_eq!(milliseconds("2s"), Some(2000));
        assert_eq!(milliseconds("'5 min'"), Some(300_000));
        assert_eq!(milliseconds("250"), Some(250));
        assert_eq!(milliseconds("soon"), None);
    }
}
