use std::fmt;

/// What a figure has to stay below.
pub struct Goal {
    pub what: String,
    pub at_most: f64,
    pub measured: f64,
}

impl Goal {
    pub fn holds(&self) -> bool {
        self.measured <= self.at_most
    }
}

/// A row of a Markdown table.
impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, at_most, measured } = self;
        let holds = if self.holds() { "yes" } else { "no" };
        write!(f, "| {what} | {at_most} | {measured:.2} | {holds} |")
    }
}
