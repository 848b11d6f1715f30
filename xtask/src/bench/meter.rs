//! Time and memory of processes, from `/proc`.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

/// A tick of the times in `/proc/<pid>/stat`: USER_HZ is 100 wherever Linux runs.
const TICK: Duration = Duration::from_millis(10);

/// What a piece of work took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// As the client sees it.
    pub wall: Duration,
    /// CPU time of the process that did the work.
    pub cpu: Duration,
}

impl std::ops::AddAssign for Times {
    fn add_assign(&mut self, other: Times) {
        self.wall += other.wall;
        self.cpu += other.cpu;
    }
}

/// Measures work that a server process does for us.
///
/// # Errors
/// When the work fails, or the process is gone.
pub fn server<T>(pid: i32, work: impl FnOnce() -> Result<T>) -> Result<(T, Times)> {
    let cpu = cpu_of(pid)?;
    let started = Instant::now();
    let value = work()?;
    let wall = started.elapsed();
    Ok((value, Times { wall, cpu: cpu_of(pid)?.saturating_sub(cpu) }))
}

/// Measures work that consists of running a program to its end.
///
/// # Errors
/// When the work fails.
pub fn program<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Times)> {
    let cpu = cpu_of_children()?;
    let started = Instant::now();
    let value = work()?;
    let wall = started.elapsed();
    Ok((value, Times { wall, cpu: cpu_of_children()?.saturating_sub(cpu) }))
}

/// CPU time that a process has used.
fn cpu_of(pid: i32) -> Result<Duration> {
    // Nanoseconds on the CPU come first. Kernels without scheduler statistics have ticks only.
    let exact = fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap_or_default();
    match exact.split_whitespace().next().and_then(|word| word.parse().ok()) {
        Some(nanoseconds) if nanoseconds > 0 => Ok(Duration::from_nanos(nanoseconds)),
        _ => ticks(&format!("/proc/{pid}/stat"), 11),
    }
}

/// CPU time of the child processes that have ended.
fn cpu_of_children() -> Result<Duration> {
    ticks("/proc/self/stat", 13)
}

/// The sum of two neighbouring times in a `stat` file; `first` counts from behind the program's name.
fn ticks(file: &str, first: usize) -> Result<Duration> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    // The name, in parentheses, may hold blanks.
    let rest = text.rsplit_once(')').map_or(text.as_str(), |(_, rest)| rest);
    let sum: u32 = rest.split_whitespace().skip(first).take(2).filter_map(|word| word.parse::<u32>().ok()).sum();
    Ok(TICK * sum)
}

/// Memory in kB that a process has for itself alone: without the server's shared memory and without mapped files.
///
/// # Errors
/// When the process is gone.
pub fn private_memory(pid: i32) -> Result<u64> {
    let file = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
    text.lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|word| word.parse().ok())
        .with_context(|| format!("{file} has no RssAnon"))
}

/// Where and when it was measured.
pub struct Machine {
    processor: String,
    processors: usize,
    load: f64,
}

impl Machine {
    /// Looks at this one.
    pub fn look() -> Machine {
        let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = information
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
            .map_or("a processor without a name", |(_, name)| name.trim())
            .to_owned();
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Machine {
            processor,
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            load: load.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_default(),
        }
    }

    /// Whether other programs keep it busy.
    pub fn busy(&self) -> bool {
        self.load > self.processors as f64 * 0.75
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        json!({ "processor": self.processor, "processors": self.processors, "load": self.load })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} processors ({}), load {:.2} over the last minute", self.processors, self.processor, self.load)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn work_of_another_process_is_seen() {
        let mut busy = Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
        let pid = i32::try_from(busy.id()).unwrap();
        let measured = server(pid, || {
            std::thread::sleep(Duration::from_millis(300));
            private_memory(pid)
        });
        busy.kill().unwrap();
        busy.wait().unwrap();
        let (memory, times) = measured.unwrap();
        assert!(times.wall >= Duration::from_millis(300), "{times:?}");
        assert!(times.cpu > Duration::ZERO && times.cpu < times.wall * 2, "{times:?}");
        assert!(memory > 0);
    }

    #[test]
    fn work_of_a_program_is_seen() {
        let ((), times) = program(|| {
            Command::new("sh").args(["-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"]).status()?;
            Ok(())
        })
        .unwrap();
        assert!(times.cpu > Duration::ZERO, "{times:?}");
    }
}
