use std::{env, fs};

use crate::program::file;

/// Compares text with a file in `tests/snapshots`. With `UPDATE=1` it is written.
#[track_caller]
pub(crate) fn assert_snapshot(name: &str, text: &str) {
    let path = file("tests/snapshots").join(format!("{name}.txt"));
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{}: run with UPDATE=1 and look at the difference", path.display());
}
