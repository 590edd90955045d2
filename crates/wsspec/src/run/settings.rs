use std::time::Duration;

/// What a run needs to know beside its case.
///
/// ```
/// use std::time::Duration;
/// use wsspec::Settings;
///
/// let slow = Settings { round_trip: Duration::from_millis(200), ..Settings::default() };
/// assert_eq!(slow.patience(), Duration::from_millis(800));
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// The value of Host in requests.
    pub host: String,
    /// The resource name in requests.
    pub path: String,
    /// Whether connections are encrypted with TLS.
    pub is_secure: bool,
    /// Further headers of requests: each replaces the one of its name.
    pub headers: Vec<(String, String)>,
    /// How what is sent is cut.
    pub cut: Cut,
    /// How long the target takes to answer: the longest of some.
    pub round_trip: Duration,
    /// All limits in time, in percent of what they are.
    pub timeout_percent: u32,
    /// From which the keys of connection and frames are derived.
    pub seed: u64,
}

/// How what is sent is cut into writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cut {
    /// Each step is a write.
    #[default]
    Whole,
    /// Each byte is a write.
    OneByte,
    /// In two, after so many bytes from the start of what is sent after the opening; or of the opening,
    /// if the case is about it.
    After(usize),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            path: "/".to_owned(),
            is_secure: false,
            headers: Vec::new(),
            cut: Cut::Whole,
            round_trip: Duration::ZERO,
            timeout_percent: 100,
            seed: 0,
        }
    }
}

impl Settings {
    /// Returns how long a target may take for an answer before it is asked whether it is still there.
    #[must_use]
    pub fn patience(&self) -> Duration {
        const SHORTEST: Duration = Duration::from_millis(250);
        self.scaled((self.round_trip * 4).max(SHORTEST))
    }

    pub(super) fn scaled(&self, time: Duration) -> Duration {
        time * self.timeout_percent / 100
    }
}
