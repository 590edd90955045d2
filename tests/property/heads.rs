//! However a head is cut into reads, it is what a naive reader makes of the whole: the same end, the
//! same lines, or the same error for the same byte.

use core::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sansocket::handshake::{HandshakeError, HeadError, HeadLimits, HeadScanner, RequestError};
use sansocket::session::{Accepting, Step, Writing};
use sansocket::{Parsed, Timeouts, Timestamp};

/// RFC 9110 5.6.2 and 5.5.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}

/// Whether `byte` may follow on what was read `before`: each byte by a look at its whole line.
fn follow(before: &[u8], byte: u8, limits: &HeadLimits) -> Result<(), HeadError> {
    let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |lf| lf + 1);
    let line = &before[line_start..];
    let words: Vec<_> = line.split(|&byte| byte == b' ').collect();
    let lines = before.iter().filter(|&&byte| byte == b'\n').count();
    let is_valid = if line.ends_with(b"\r") {
        byte == b'\n'
    } else if line_start == 0 {
        let limit = limits.get_max_target_len();
        if words.len() == 2 && words[1].len() == limit && is_text(byte) && byte != b' ' {
            return Err(HeadError::TargetTooLong { limit });
        }
        match byte {
            _ if line.is_empty() => is_token(byte),
            b'\r' => words.len() > 1,
            _ => is_text(byte),
        }
    } else if line.is_empty() {
        let limit = limits.get_max_headers();
        if is_token(byte) && lines > limit {
            return Err(HeadError::TooManyHeaders { limit });
        }
        byte == b'\r' || is_token(byte)
    } else if line.contains(&b':') {
        byte == b'\r' || is_text(byte)
    } else {
        byte == b':' || is_token(byte)
    };
    let position = before.len();
    is_valid.then_some(()).ok_or(HeadError::InvalidByte { byte, position })
}

fn naive(input: &[u8], limits: &HeadLimits) -> Result<Parsed<()>, HandshakeError> {
    let limit = limits.get_max_head_len();
    for (position, &byte) in input.iter().enumerate().take(limit) {
        let before = &input[..position];
        follow(before, byte, limits).map_err(|error| match error {
            HeadError::InvalidByte { byte: 0x15 | 0x16, position: 0 } => RequestError::Tls,
            HeadError::InvalidByte { byte: b'\r' | b'\n', position: 0 } => error.into(),
            HeadError::InvalidByte { .. } if !before.contains(&b' ') => RequestError::NotHttp,
            error => error.into(),
        })?;
        if input[..=position].ends_with(b"\r\n\r\n") {
            return Ok(Parsed::Complete { value: (), consumed: position + 1 });
        }
    }
    if input.len() >= limit {
        return Err(RequestError::from(HeadError::TooLong { limit }).into());
    }
    Ok(Parsed::Partial { needed: 1 })
}

/// What the scanner makes of reads that end at `ends`.
fn scan(
    input: &[u8],
    limits: &HeadLimits,
    ends: impl IntoIterator<Item = usize>,
) -> Result<Parsed<()>, HandshakeError> {
    let mut scanner = HeadScanner::new(limits);
    for end in ends {
        match scanner.scan(&input[..end])? {
            Parsed::Partial { .. } => {}
            complete => return Ok(complete),
        }
    }
    scanner.scan(input)
}

/// The method, the target and the header lines of a request.
type Lines = (String, String, Vec<(String, Vec<u8>)>);

/// The lines of a complete head, if it is of a request of HTTP/1.
fn naive_lines(head: &[u8]) -> Option<Lines> {
    let head = &head[..head.len() - 4];
    // Lines end in CRLF, and neither byte is elsewhere.
    let mut lines = head.split(|&byte| byte == b'\r');
    let words: Vec<_> = lines.next()?.split(|&byte| byte == b' ').collect();
    let [method, target, [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0'..=b'9']] = words[..]
    else {
        return None;
    };
    let word = |bytes: &[u8]| String::from_utf8(bytes.into()).ok();
    let headers = lines.map(|line| {
        let (name, value) = line[1..].split_at(line.iter().position(|&b| b == b':').unwrap() - 1);
        (word(name).unwrap(), value[1..].trim_ascii().to_vec())
    });
    let is_method = !method.is_empty() && method.iter().all(|&byte| is_token(byte));
    is_method.then_some((word(method)?, word(target)?, headers.collect()))
}

/// What a session makes of a complete head that comes in two reads.
fn lines(head: &[u8], limits: &HeadLimits, cut: usize) -> Option<Lines> {
    let now = Timestamp::default();
    let mut accepting = Accepting::new(limits, Duration::from_secs(1), Timeouts::default());
    let mut writing = Writing::new(None);
    for read in [&head[..cut], &head[cut..]] {
        if !read.is_empty() {
            assert_eq!(accepting.next(now, &mut writing), Ok(Step::Read));
            accepting.unfilled()[..read.len()].copy_from_slice(read);
            accepting.filled(read.len());
        }
    }
    assert_eq!(accepting.next(now, &mut writing), Ok(Step::Request));
    let request = accepting.request().ok()?;
    let headers = request.headers().iter().map(|(name, value)| (name.into(), value.into()));
    Some((request.method().into(), request.target().into(), headers.collect()))
}

/// Bytes that are a head or nearly one.
fn heads() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "[!-~]{1,12}: ?[\t -~]{0,40}",
        "[!#-'*+.^_`|~0-9A-Za-z-]{1,20}:[\t -~\u{80}-\u{ff}]{0,20}",
        select(vec!["Host: example.com", "A:", "a: \t b \t", "Upgrade: websocket"])
            .prop_map(String::from),
    ];
    let start_line = prop_oneof![
        4 => "[A-Z]{1,8} [!-~]{0,12} HTTP/1\\.[01]",
        1 => "[!-~]{1,6} [ -~\u{e9}]{0,12} ?HTTP/[0-9]\\.[0-9]",
        1 => "[ -~]{0,12}",
    ];
    let change = prop::option::weighted(0.3, (any::<Index>(), any::<u8>()));
    (start_line, vec(line, 0..6), change).prop_map(|(start_line, lines, change)| {
        let mut head = Vec::new();
        for line in [&start_line].into_iter().chain(&lines).map(String::as_str).chain([""]) {
            head.extend_from_slice(line.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        if let Some((place, byte)) = change {
            let place = place.index(head.len());
            head[place] = byte;
        }
        head
    })
}

fn limits() -> impl Strategy<Value = HeadLimits> {
    let tight = (1_usize..200, 0_usize..6, 0_usize..12).prop_map(|(len, headers, target)| {
        HeadLimits::default().max_head_len(len).max_headers(headers).max_target_len(target)
    });
    prop_oneof![3 => Just(HeadLimits::default()), 1 => tight]
}

proptest! {
    #[test]
    fn a_head_ends_where_a_naive_reader_ends(
        head in heads(),
        behind in vec(any::<u8>(), 0..4),
        limits in limits(),
    ) {
        let input = [head, behind].concat();
        let expected = naive(&input, &limits);
        prop_assert_eq!(&scan(&input, &limits, []), &expected);
        prop_assert_eq!(&scan(&input, &limits, 0..input.len()), &expected);
        for cut in 0..input.len() {
            prop_assert_eq!(&scan(&input, &limits, [cut]), &expected, "{}", cut);
        }
    }

    #[test]
    fn the_lines_of_a_head_are_those_of_a_naive_reader(head in heads()) {
        let limits = HeadLimits::default();
        if let Ok(Parsed::Complete { consumed, .. }) = naive(&head, &limits) {
            let expected = naive_lines(&head[..consumed]);
            for cut in 0..consumed {
                prop_assert_eq!(&lines(&head, &limits, cut), &expected, "{}", cut);
            }
        }
    }
}
