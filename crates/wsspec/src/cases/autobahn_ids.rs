//! The ids of the Autobahn test suite.

/// The ids as ranges: `("1.1", 8)` are 1.1.1 to 1.1.8.
const RANGES: [(&str, u32); 57] = [
    ("1.1", 8),
    ("1.2", 8),
    ("2", 11),
    ("3", 7),
    ("4.1", 5),
    ("4.2", 5),
    ("5", 20),
    ("6.1", 3),
    ("6.2", 4),
    ("6.3", 2),
    ("6.4", 4),
    ("6.5", 5),
    ("6.6", 11),
    ("6.7", 4),
    ("6.8", 2),
    ("6.9", 4),
    ("6.10", 3),
    ("6.11", 5),
    ("6.12", 8),
    ("6.13", 5),
    ("6.14", 10),
    ("6.15", 1),
    ("6.16", 3),
    ("6.17", 5),
    ("6.18", 5),
    ("6.19", 5),
    ("6.20", 7),
    ("6.21", 8),
    ("6.22", 34),
    ("6.23", 7),
    ("7.1", 6),
    ("7.3", 6),
    ("7.5", 1),
    ("7.7", 13),
    ("7.9", 9),
    ("7.13", 2),
    ("9.1", 6),
    ("9.2", 6),
    ("9.3", 9),
    ("9.4", 9),
    ("9.5", 6),
    ("9.6", 6),
    ("9.7", 6),
    ("9.8", 6),
    ("10.1", 1),
    ("12.1", 18),
    ("12.2", 18),
    ("12.3", 18),
    ("12.4", 18),
    ("12.5", 18),
    ("13.1", 18),
    ("13.2", 18),
    ("13.3", 18),
    ("13.4", 18),
    ("13.5", 18),
    ("13.6", 18),
    ("13.7", 18),
];

/// Returns the ids of all cases of the Autobahn test suite, in its order. Some case of
/// [`cases`](super::cases) may have no counterpart there, and the other way around.
///
/// ```
/// let ids = wsspec::autobahn_ids();
/// assert_eq!((&*ids[0], ids.len()), ("1.1.1", 517));
/// ```
#[must_use]
pub fn autobahn_ids() -> Vec<String> {
    let of_range = |(prefix, count)| (1..=count).map(move |number| format!("{prefix}.{number}"));
    RANGES.into_iter().flat_map(of_range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Case, cases};

    #[test]
    fn autobahn_has_517_ids_and_each_alias_is_one_of_them() {
        let ids = autobahn_ids();
        assert_eq!(ids.len(), 517);
        for alias in cases().iter().flat_map(Case::autobahn_ids) {
            assert!(ids.contains(alias), "{alias}");
        }
    }
}
