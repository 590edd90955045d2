use std::fmt;

use crate::goal::Goal;
use crate::table::Table;

/// Figures, and the goals about them.
#[derive(Default)]
pub struct Report {
    pub tables: Vec<Table>,
    pub goals: Vec<Goal>,
}

impl Report {
    /// Formats all tables, without the goals.
    pub fn figures(&self) -> String {
        self.tables.iter().map(|table| format!("{table}\n")).collect()
    }

    /// Returns the first table with these words in its title.
    pub fn table(&self, words: &str) -> &Table {
        let table = self.tables.iter().find(|table| table.title.contains(words));
        table.expect("the title is written here too")
    }

    pub fn holds(&self) -> bool {
        self.goals.iter().all(Goal::holds)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.figures())?;
        if !self.goals.is_empty() {
            writeln!(f, "| goal | at most | is | holds |\n| --- | ---: | ---: | --- |")?;
        }
        for goal in &self.goals {
            writeln!(f, "{goal}")?;
        }
        Ok(())
    }
}
