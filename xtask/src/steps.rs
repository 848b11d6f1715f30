//! Steps with their times: a spinner on a terminal, plain lines elsewhere.

use anyhow::{Context, Result, bail};
use console::style;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, IsTerminal};
use std::process::Command;
use std::time::{Duration, Instant};

/// Runs one step. The closure may run commands through the [`Step`], whose output is shown only when the step fails.
///
/// # Errors
/// The step's own error, after the end of its output and `advice` were printed.
pub fn step<T>(what: &str, advice: &str, work: impl FnOnce(&mut Step) -> Result<T>) -> Result<T> {
    let started = Instant::now();
    let on_terminal = std::io::stderr().is_terminal();
    let bar = if on_terminal {
        let bar = ProgressBar::new_spinner().with_message(what.to_owned());
        if let Ok(template) = ProgressStyle::with_template("{spinner:.cyan} {msg} {elapsed:.dim} {prefix:.dim}") {
            bar.set_style(template);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    } else {
        eprintln!("· {what} ...");
        ProgressBar::hidden()
    };
    let mut step = Step { bar: bar.clone(), output: VecDeque::new(), note: String::new() };
    let result = work(&mut step);
    bar.finish_and_clear();
    let time = style(format!("({})", seconds(started.elapsed()))).dim().for_stderr();
    let note = if step.note.is_empty() { String::new() } else { format!(": {}", step.note) };
    match &result {
        Ok(_) => eprintln!("{} {what}{note} {time}", style("✓").green().for_stderr()),
        Err(_) => {
            for line in &step.output {
                eprintln!("  {line}");
            }
            eprintln!("{} {what} {time}", style("✗").red().bold().for_stderr());
            if !advice.is_empty() {
                eprintln!("  {} {advice}", style("what to do:").yellow().for_stderr());
            }
        }
    }
    result
}

/// `40 ms`, `2.4 s`, `1 min 12 s`.
#[must_use]
pub fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if time.as_millis() < 1000 {
        format!("{} ms", time.as_millis())
    } else if whole < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {} s", whole / 60, whole % 60)
    }
}

/// A step under way.
pub struct Step {
    bar: ProgressBar,
    output: VecDeque<String>,
    note: String,
}

/// Enough to hold a compiler's first errors.
const KEPT_LINES: usize = 120;

impl Step {
    /// A few words that stand behind the step's name when it is done.
    pub fn note(&mut self, note: impl Into<String>) {
        self.note = note.into();
    }

    /// Runs a command; its output is kept for the case that it fails.
    ///
    /// # Errors
    /// When it cannot be run or fails.
    pub fn command(&mut self, command: &mut Command) -> Result<()> {
        let shown = words(command);
        let (reader, writer) = std::io::pipe()?;
        command.stdin(std::process::Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let mut child = command.spawn().with_context(|| format!("cannot run {shown}"))?;
        // The command holds our ends of the pipe, and the reader would wait for them.
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        for line in BufReader::new(reader).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            let plain = console::strip_ansi_codes(line.trim());
            if !plain.is_empty() {
                self.bar.set_prefix(console::truncate_str(&plain, 60, "…").into_owned());
            }
            self.output.push_back(line);
            if self.output.len() > KEPT_LINES {
                self.output.pop_front();
            }
        }
        let status = child.wait()?;
        self.bar.set_prefix("");
        if status.success() {
            self.output.clear();
            return Ok(());
        }
        bail!("`{shown}` failed ({status})")
    }
}

/// The command as one would type it.
#[must_use]
pub fn words(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
