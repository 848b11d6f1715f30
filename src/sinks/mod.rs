//! Where findings go: to the client and the server log, and into `architect.ddl_log`.

pub mod ddl_log;
pub mod measured_work;
pub mod messages;
