//! Tables in Markdown.

pub fn print_head<T: ToString>(title: &str, columns: impl IntoIterator<Item = T>) {
    let columns: Vec<_> = columns.into_iter().map(|column| column.to_string()).collect();
    print_row(title, &columns);
    print_row("---", columns.iter().map(|_| "---:"));
}

pub fn print_row<T: ToString>(title: &str, cells: impl IntoIterator<Item = T>) {
    print!("| {title:<22} |");
    for cell in cells {
        print!(" {:>19} |", cell.to_string());
    }
    println!();
}
