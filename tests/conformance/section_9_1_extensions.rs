//! RFC 6455 9.1: the grammar of extensions.

use sansocket::handshake::{Extensions, HeadError, RequestError};

use crate::upgrade::{Head, refused, request};

/// Returns the extensions as text, or `None` if they break the grammar.
fn read(value: &str) -> Option<Vec<String>> {
    Extensions::new(value.as_bytes())
        .map(|extension| {
            let extension = extension.ok()?;
            let params = extension.params().map(|(name, value)| match value {
                Some(value) => format!(";{name}={value}"),
                None => format!(";{name}"),
            });
            Some(extension.name().to_string() + &params.collect::<String>())
        })
        .collect()
}

const VALID: [(&str, &[&str]); 14] = [
    ("", &[]),
    (" , ,", &[]),
    ("foo", &["foo"]),
    ("deflate-stream", &["deflate-stream"]),
    (
        "mux; max-channels=4; flow-control, deflate-stream",
        &["mux;max-channels=4;flow-control", "deflate-stream"],
    ),
    ("foo, bar; baz=2", &["foo", "bar;baz=2"]),
    (
        "permessage-deflate; client_max_window_bits, permessage-deflate",
        &["permessage-deflate;client_max_window_bits", "permessage-deflate"],
    ),
    ("a;b=\"c\"", &["a;b=c"]),
    ("a;b=\"1\\5\",c", &["a;b=15", "c"]),
    (" a ; b = c ; d , e ", &["a;b=c;d", "e"]),
    ("a\t;\tb\t=\t\"c\"\t,d", &["a;b=c", "d"]),
    ("a;b;b;b=1", &["a;b;b;b=1"]),
    ("a,,b", &["a", "b"]),
    ("constructor;__proto__=1", &["constructor;__proto__=1"]),
];

const INVALID: [&str; 22] = [
    ";",
    "a;",
    "a;;b",
    "a;b=",
    "a;=c",
    "a;b==c",
    "a b",
    "a/b",
    "a;b c",
    "a;b=c d",
    "a;b=\"",
    "a;b=\"c",
    "a;b=\"\"",
    "a;b=\"c d\"",
    "a;b=\"c,d\"",
    "a;b=\"c;d\"",
    "a;b=\"c\\",
    "a;b=\"c\\\"\"",
    "a;b=\"c\"d",
    "\"a\"",
    "a=b",
    "\u{fc}",
];

// Shows 6455-4.2.1-10, 6455-4.3-3 (server).
#[test]
fn extensions_have_names_and_parameters() {
    for (value, expected) in VALID {
        assert_eq!(read(value).unwrap(), expected, "{value}");
        let line = format!("Sec-WebSocket-Extensions: {value}");
        request(&Head::request().with(&line).bytes());
    }
}

// Shows 6455-4.3-3 (server), 6455-9.1-1 (server).
#[test]
fn invalid_grammar_is_refused() {
    let expected = RequestError::Head(HeadError::InvalidHeader("Sec-WebSocket-Extensions"));
    for value in INVALID {
        // Also after a valid one.
        for value in [value.to_string(), format!("x;y=z, {value}")] {
            assert_eq!(read(&value), None, "{value}");
            let line = format!("Sec-WebSocket-Extensions: {value}");
            assert_eq!(refused(&Head::request().with(&line)), expected, "{value}");
        }
    }
    assert_eq!(expected.status(), 400);
}

#[test]
fn an_error_is_the_last_item() {
    let mut extensions = Extensions::new(b"a, b c, d");
    assert_eq!(extensions.next().unwrap().unwrap().name(), "a");
    assert!(extensions.next().unwrap().is_err());
    assert!(extensions.next().is_none());
}

// Shows 6455-9.1-2 (server).
#[test]
fn every_line_is_checked() {
    let head = Head::request()
        .with("Sec-WebSocket-Extensions: foo")
        .with("Sec-WebSocket-Extensions: bar; baz=2");
    request(&head.bytes());
    let expected = HeadError::InvalidHeader("Sec-WebSocket-Extensions");
    let head = head.with("Sec-WebSocket-Extensions: a b");
    assert_eq!(refused(&head), expected.into());
}
