use std::fmt;

use crate::goal::Goal;
use crate::table::Table;

/// What was measured, and what it should have been.
#[derive(Default)]
pub struct Report {
    pub tables: Vec<Table>,
    pub goals: Vec<Goal>,
}

impl Report {
    pub fn holds(&self) -> bool {
        self.goals.iter().all(Goal::holds)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in &self.tables {
            writeln!(f, "{table}")?;
        }
        if !self.goals.is_empty() {
            writeln!(f, "| goal | at most | is | holds |\n| --- | ---: | ---: | --- |")?;
        }
        for goal in &self.goals {
            writeln!(f, "{goal}")?;
        }
        Ok(())
    }
}
