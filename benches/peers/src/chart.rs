//! Draws the chart of the front page: the throughput of one core of each server, and its memory.

use std::fmt::Write as _;

use crate::table::{Table, rounded};

const ROW: usize = 22;
const HEAD: usize = 48;
/// The width of the names, of the longest bar, and of a panel.
const NAMES: usize = 150;
const BAR: f64 = 120.0;
const PANEL: usize = 200;

/// For light pages and dark ones.
const STYLE: &str = "\
text { font: 12px sans-serif; fill: #333 }
.title { font-weight: bold }
.bar { fill: #9aa5b1 }
.ours { fill: #2b7de9 }
.limit { fill: #d5dae0 }
@media (prefers-color-scheme: dark) { text { fill: #ccc } .bar { fill: #6b7682 } .limit { fill: #3d444d } }
";

struct Panel {
    title: &'static str,
    unit: &'static str,
    figure: fn(&Table, &Table, &str) -> Option<f64>,
}

const PANELS: [Panel; 4] = [
    Panel {
        title: "16 B, 64 in flight",
        unit: "messages/s of one core",
        figure: |echo, _, name| rate(echo, name, 0),
    },
    Panel {
        title: "1 KiB, 1 in flight",
        unit: "messages/s of one core",
        figure: |echo, _, name| rate(echo, name, 5),
    },
    Panel {
        title: "64 KiB, 4 in flight",
        unit: "messages/s of one core",
        figure: |echo, _, name| rate(echo, name, 3),
    },
    Panel {
        title: "an idle connection",
        unit: "bytes, less is better",
        figure: |_, idle, name| idle.figure(name, 0),
    },
];

/// Returns the messages a second.
fn rate(echo: &Table, name: &str, case: usize) -> Option<f64> {
    Some(1e6 / echo.figure(name, case)?)
}

/// Returns an SVG with a row for each server of the first table.
pub fn draw(echo: &Table, idle: &Table) -> String {
    let names: Vec<_> = echo.rows.iter().map(|row| row.title.as_str()).collect();
    let width = NAMES + PANELS.len() * PANEL;
    let height = HEAD + names.len() * ROW + 8;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\">\n<title>Messages per second and core, and memory per idle \
         connection, of echo servers</title>\n<style>\n{STYLE}</style>\n"
    );
    for (index, name) in names.iter().enumerate() {
        text(&mut svg, "name", 0, HEAD + index * ROW + 15, name);
    }
    for (index, panel) in PANELS.iter().enumerate() {
        draw_panel(&mut svg, NAMES + index * PANEL, panel, &names, (echo, idle));
    }
    svg + "</svg>\n"
}

fn draw_panel(svg: &mut String, x: usize, panel: &Panel, names: &[&str], tables: (&Table, &Table)) {
    text(svg, "title", x, 16, panel.title);
    text(svg, "unit", x, 34, panel.unit);
    let figures: Vec<_> =
        names.iter().map(|name| (panel.figure)(tables.0, tables.1, name)).collect();
    let most = figures.iter().flatten().copied().fold(0.0, f64::max);
    for (index, (name, figure)) in names.iter().zip(figures).enumerate() {
        let Some(figure) = figure else { continue };
        let class = match *name {
            "raw" => "limit",
            name if name.contains("sansocket") => "ours",
            _ => "bar",
        };
        let (y, length) = (HEAD + index * ROW, (figure / most * BAR).max(1.0));
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"{length:.1}\" height=\"14\"/>",
            y + 4
        );
        text(svg, "figure", x + length as usize + 4, y + 15, &short(figure));
    }
}

fn text(svg: &mut String, class: &str, x: usize, y: usize, text: &str) {
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>");
}

/// Formats a figure in millions or thousands.
fn short(figure: f64) -> String {
    match figure {
        1e6.. => format!("{} M", rounded(figure / 1e6)),
        1e4.. => format!("{} k", rounded(figure / 1e3)),
        _ => rounded(figure),
    }
}
