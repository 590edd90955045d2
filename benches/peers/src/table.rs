use std::fmt;

/// A table of figures, in Markdown.
pub struct Table {
    pub title: String,
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

pub struct Row {
    pub title: String,
    /// One for each column; `None`: there is no such figure.
    pub figures: Vec<Option<f64>>,
}

impl Table {
    pub fn new<T: ToString>(title: impl ToString, columns: impl IntoIterator<Item = T>) -> Self {
        let columns = columns.into_iter().map(|column| column.to_string()).collect();
        Self { title: title.to_string(), columns, rows: Vec::new() }
    }

    /// Returns the figure of a row in a column, if it is there.
    pub fn figure(&self, title: &str, column: usize) -> Option<f64> {
        let row = self.rows.iter().find(|row| row.title == title)?;
        row.figures.get(column).copied().flatten()
    }

    pub fn push(&mut self, title: impl ToString, figures: impl IntoIterator<Item = Option<f64>>) {
        let figures = figures.into_iter().collect();
        self.rows.push(Row { title: title.to_string(), figures });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.title)?;
        writeln!(f, "| | {} |", self.columns.join(" | "))?;
        writeln!(f, "| --- |{}", " ---: |".repeat(self.columns.len()))?;
        for Row { title, figures } in &self.rows {
            write!(f, "| {title} |")?;
            for figure in figures {
                match figure {
                    Some(figure) => write!(f, " {} |", rounded(*figure))?,
                    None => write!(f, " |")?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Formats a figure with three significant digits, and a comma before each three.
pub fn rounded(figure: f64) -> String {
    if figure.fract() == 0.0 && figure < 1000.0 {
        return figure.to_string();
    }
    if figure < 0.1 {
        return format!("{figure:.3}");
    }
    if figure < 10.0 {
        return format!("{figure:.2}");
    }
    if figure < 100.0 {
        return format!("{figure:.1}");
    }
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
