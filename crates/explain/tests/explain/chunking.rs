use proptest::prelude::*;
use sansocket::{Limits, Role};
use sansocket_explain::{Explainer, Options};

use crate::{
    elements,
    generator::{self, Numbers},
    verdict::options,
};

fn roles() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Client), Just(Role::Server)]
}

/// Checks that the bytes in chunks give the elements that they give at once.
fn check(
    options: &Options,
    sender: Role,
    bytes: &[u8],
    chunks: &[usize],
) -> Result<(), TestCaseError> {
    let whole = elements(options, sender, bytes);
    let mut explainer = Explainer::new(options);
    let mut chunked = Vec::new();
    let mut rest = bytes;
    for len in chunks.iter().cycle() {
        let (mut chunk, more) = rest.split_at_checked(*len).unwrap_or((rest, &[]));
        while let Some(element) = explainer.explain(sender, &mut chunk) {
            chunked.push(element);
        }
        prop_assert!(chunk.is_empty());
        rest = more;
        if rest.is_empty() {
            break;
        }
    }
    chunked.extend(std::iter::from_fn(|| explainer.end(sender)));
    prop_assert_eq!(chunked, whole);
    Ok(())
}

/// Checks that the elements are all bytes, in order and once.
fn check_ranges(options: &Options, sender: Role, bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut at = 0;
    for element in elements(options, sender, bytes) {
        let range = element.root.place.range();
        prop_assert_eq!(range.start, at);
        at = range.end;
    }
    prop_assert_eq!(at, bytes.len() as u64);
    Ok(())
}

proptest! {
    #[test]
    fn any_chunks_of_frames_give_the_same_elements(
        seed: u64,
        sender in roles(),
        chunks in prop::collection::vec(1..40_usize, 1..5),
    ) {
        let mut numbers = Numbers::new(seed);
        let params = generator::params(&mut numbers);
        let bytes = generator::stream(&mut numbers, sender, params.as_ref());
        let options = options(&Limits::default(), params.as_ref());
        check(&options, sender, &bytes, &chunks)?;
        check_ranges(&options, sender, &bytes)?;
        // Without the handshake, too.
        check(&Options::default(), sender, &bytes, &chunks)?;
    }

    #[test]
    fn any_bytes_in_any_chunks_give_the_same_elements(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        sender in roles(),
        chunks in prop::collection::vec(1..40_usize, 1..5),
    ) {
        for options in [Options::default(), Options::handshake(), Options::frames()] {
            check(&options, sender, &bytes, &chunks)?;
            check_ranges(&options, sender, &bytes)?;
        }
    }

    #[test]
    fn any_head_in_any_chunks_gives_the_same_elements(
        lines in prop::collection::vec("[A-Za-z-]{1,20}(: ?[ -~]{0,30})?\r?\n", 0..8),
        sender in roles(),
        chunks in prop::collection::vec(1..40_usize, 1..5),
    ) {
        let first = if sender == Role::Client { "GET / HTTP/1.1\r\n" } else { "HTTP/1.1 101 \r\n" };
        let bytes = [first, &lines.concat(), "\r\n\x01\x00"].concat();
        check(&Options::default(), sender, bytes.as_bytes(), &chunks)?;
        check_ranges(&Options::default(), sender, bytes.as_bytes())?;
    }
}
