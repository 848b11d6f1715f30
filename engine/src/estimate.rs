//! How long work takes on this server: bytes, divided by speeds that were measured here.
//!
//! The model is small on purpose. A statement reads some bytes, writes some and sorts some (the entries of the indexes that it
//! builds), one after the other; each of the three has a speed. The speeds come from statements of this server whose work was known
//! before and whose time was taken; before there is any, from stated defaults.

/// What a statement does to relations, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// Heap and TOAST pages that are read.
    pub read: u64,
    /// Heap and TOAST pages that are written.
    pub write: u64,
    /// Entries of indexes that are built, by rows and width.
    pub sort: u64,
}

impl Workload {
    /// All of it.
    #[must_use]
    pub fn total(self) -> u64 {
        self.read.saturating_add(self.write).saturating_add(self.sort)
    }

    fn parts(self) -> [f64; KINDS] {
        [self.read as f64, self.write as f64, self.sort as f64]
    }
}

impl std::ops::AddAssign for Workload {
    fn add_assign(&mut self, other: Workload) {
        self.read = self.read.saturating_add(other.read);
        self.write = self.write.saturating_add(other.write);
        self.sort = self.sort.saturating_add(other.sort);
    }
}

/// A statement that was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement {
    /// What it did.
    pub work: Workload,
    /// How long that took.
    pub seconds: f64,
}

/// Work of less than this is no measurement: what is fixed in every statement would count as its speed.
pub const LEAST_BYTES: u64 = 8 * 1024 * 1024;

/// Nor is work that took less than this.
pub const LEAST_SECONDS: f64 = 0.05;

/// So many of the last measurements count. A server changes: other disks, more memory.
pub const MOST_MEASUREMENTS: usize = 200;

const KINDS: usize = 3;

/// The kinds of work, as `architect.work_speeds()` names them.
pub const NAMES: [&str; KINDS] = ["read", "write", "sort"];

/// Before any measurement: bytes per second of reading, writing and sorting. Slower than most servers, so that the first estimate
/// rather warns than lulls.
pub const DEFAULTS: [f64; KINDS] = [200e6, 50e6, 20e6];

/// A speed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Speed {
    /// Bytes per second.
    pub bytes_per_second: f64,
    /// How many measured statements did work of this kind worth mentioning; 0: the speed is the default.
    pub measurements: usize,
}

/// The speeds of a server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speeds(pub [Speed; KINDS]);

impl Default for Speeds {
    fn default() -> Speeds {
        Speeds(DEFAULTS.map(|bytes_per_second| Speed { bytes_per_second, measurements: 0 }))
    }
}

/// A time that was estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// How long.
    pub seconds: f64,
    /// The speeds of all that matters in it were measured on this server.
    pub measured: bool,
}

impl Estimate {
    /// `about 40 s`, where that is more than a second and rests on measurements.
    #[must_use]
    pub fn worth_saying(self) -> Option<String> {
        (self.measured && self.seconds > 1.0)
            .then(|| format!("about {}", crate::text::duration((rounded(self.seconds) * 1000.0) as u64)))
    }
}

/// Two digits: an estimate does not pretend to more than it knows.
#[must_use]
pub fn rounded(seconds: f64) -> f64 {
    if seconds < 0.001 || !seconds.is_finite() {
        return 0.0;
    }
    let unit = 10f64.powi(seconds.log10().floor() as i32 - 1);
    ((seconds / unit).round() * unit * 1000.0).round() / 1000.0
}

/// A part of less than this share of the time is not worth mentioning.
const SHARE: f64 = 0.2;

impl Speeds {
    /// The speeds that explain the measurements best.
    ///
    /// One statement has one time and up to three kinds of work in it. So the time is shared out by the speeds known so far, each
    /// speed is moved by the middle of what the statements say of it, weighted by its share in them, and so again until nothing
    /// moves. The middle and not the mean: a statement that waited for something else must not count.
    #[must_use]
    pub fn fit(measurements: &[Measurement]) -> Speeds {
        let usable: Vec<&Measurement> = measurements
            .iter()
            .filter(|m| m.work.total() >= LEAST_BYTES && m.seconds.is_finite() && m.seconds >= LEAST_SECONDS)
            .collect();
        let usable = &usable[usable.len().saturating_sub(MOST_MEASUREMENTS)..];
        let mut speeds = DEFAULTS;
        let mut counts = [0; KINDS];
        for _ in 0..40 {
            let mut said: [Vec<(f64, f64)>; KINDS] = Default::default();
            for measurement in usable {
                let times = times(measurement.work, &speeds);
                let total: f64 = times.iter().sum();
                for kind in 0..KINDS {
                    let share = times[kind] / total;
                    if share > 0.0 {
                        said[kind].push(((total / measurement.seconds).ln(), share));
                    }
                }
            }
            for kind in 0..KINDS {
                counts[kind] = said[kind].iter().filter(|(_, share)| *share >= SHARE).count();
                if counts[kind] > 0 {
                    speeds[kind] = (speeds[kind] * middle(&mut said[kind]).exp()).clamp(1e3, 1e12);
                }
            }
        }
        let mut found = Speeds::default();
        for kind in 0..KINDS {
            found.0[kind] = Speed { bytes_per_second: speeds[kind], measurements: counts[kind] };
        }
        found
    }

    /// How long the work takes.
    #[must_use]
    pub fn time(&self, work: Workload) -> Estimate {
        let times = times(work, &self.0.map(|speed| speed.bytes_per_second));
        let seconds: f64 = times.iter().sum();
        let known = |kind: usize| self.0[kind].measurements > 0 || times[kind] < SHARE * seconds;
        Estimate { seconds, measured: seconds > 0.0 && (0..KINDS).all(known) }
    }
}

fn times(work: Workload, speeds: &[f64; KINDS]) -> [f64; KINDS] {
    let bytes = work.parts();
    std::array::from_fn(|kind| bytes[kind] / speeds[kind])
}

/// The weighted median.
fn middle(values: &mut [(f64, f64)]) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut below = 0.0;
    for (n, (value, weight)) in values.iter().enumerate() {
        below += weight;
        if below > half {
            return *value;
        }
        if below == half {
            return values.get(n + 1).map_or(*value, |(next, _)| (value + next) / 2.0);
        }
    }
    values.last().map_or(0.0, |(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    fn measured(read: u64, write: u64, sort: u64, seconds: f64) -> Measurement {
        Measurement { work: Workload { read: read * MB, write: write * MB, sort: sort * MB }, seconds }
    }

    /// The times of a server with these speeds, in MB per second.
    fn server(read: f64, write: f64, sort: f64, work: &[(u64, u64, u64)]) -> Vec<Measurement> {
        work.iter()
            .map(|(r, w, s)| measured(*r, *w, *s, *r as f64 / read + *w as f64 / write + *s as f64 / sort))
            .collect()
    }

    #[test]
    fn nothing_measured_is_said_to_be_so() {
        let speeds = Speeds::fit(&[]);
        assert_eq!(speeds, Speeds::default());
        let estimate = speeds.time(Workload { read: 200_000_000, write: 50_000_000, sort: 20_000_000 });
        assert_eq!(estimate, Estimate { seconds: 3.0, measured: false });
        assert_eq!(estimate.worth_saying(), None);
    }

    #[test]
    fn mixed_work_is_taken_apart() {
        let known =
            server(400.0, 80.0, 30.0, &[(100, 0, 0), (500, 0, 0), (200, 0, 60), (900, 900, 0), (300, 300, 120)]);
        let speeds = Speeds::fit(&known);
        for (speed, real) in speeds.0.iter().zip([400.0, 80.0, 30.0]) {
            let found = speed.bytes_per_second / MB as f64;
            assert!((found / real - 1.0).abs() < 0.1, "{found} for {real}");
        }
        let other = server(400.0, 80.0, 30.0, &[(2000, 2000, 700)])[0];
        let estimate = speeds.time(other.work);
        assert!(
            estimate.measured && (estimate.seconds / other.seconds - 1.0).abs() < 0.1,
            "{estimate:?} for {other:?}"
        );
    }

    #[test]
    fn what_waited_does_not_count() {
        let mut known = server(300.0, 60.0, 20.0, &[(100, 0, 0), (200, 0, 0), (300, 0, 0), (50, 0, 0), (70, 0, 0)]);
        known[1].seconds = 3_600.0;
        let speed = Speeds::fit(&known).0[0];
        assert!((speed.bytes_per_second / MB as f64 / 300.0 - 1.0).abs() < 0.01, "{speed:?}");
    }

    #[test]
    fn small_work_is_no_measurement() {
        assert_eq!(Speeds::fit(&[measured(7, 0, 0, 10.0), measured(700, 0, 0, 0.01)]), Speeds::default());
        // And one kind of work says nothing of the others.
        let speeds = Speeds::fit(&server(300.0, 60.0, 20.0, &[(100, 0, 0)]));
        assert_eq!(speeds.0[1], Speeds::default().0[1]);
        assert!(!speeds.time(Workload { read: 0, write: 100 * MB, sort: 0 }).measured);
        assert!(speeds.time(Workload { read: 900 * MB, write: 0, sort: 0 }).measured);
    }

    #[test]
    fn an_estimate_has_two_digits() {
        assert_eq!(rounded(1_234.5), 1_200.0);
        assert_eq!(rounded(12.345), 12.0);
        assert_eq!(rounded(0.987_6), 0.99);
        assert_eq!(rounded(0.000_01), 0.0);
        let estimate = Estimate { seconds: 41.7, measured: true };
        assert_eq!(estimate.worth_saying().as_deref(), Some("about 42 s"));
        assert_eq!(Estimate { seconds: 0.9, ..estimate }.worth_saying(), None);
    }
}
