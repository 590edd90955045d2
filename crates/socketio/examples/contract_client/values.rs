//! What is sent, and how it is compared with what comes back.

use sansocket_socketio::{Arguments, Binary, Value};
use serde_json::json;

use crate::Outcome;

pub(crate) fn one(value: impl Into<Value>) -> Arguments {
    Arguments::from(vec![value.into()])
}

pub(crate) fn bytes() -> Binary {
    (0..=u8::MAX).collect::<Vec<_>>().into()
}

pub(crate) fn events() -> Outcome<Vec<Arguments>> {
    Ok(vec![
        Arguments::default(),
        one("Grüße, 世界, 👋🏽, \u{1e}, \0, \u{2028}, \", \\"),
        Arguments::new(&(0, -1, 1.5, 9_007_199_254_740_991_u64, 1e21, true, false, ()))?,
        Arguments::new(&(
            json!([]),
            json!({}),
            json!([[["deep"]]]),
            json!({ "a": { "b": [{ "c": null }] }, "": "under an empty key" }),
        ))?,
        one(json!({ "_placeholder": true, "num": 0 })),
    ])
}

pub(crate) fn binary() -> Vec<Arguments> {
    let part = |range: std::ops::Range<usize>| Value::from(Binary::from(&bytes()[range]));
    let object = |members: Vec<(&str, Value)>| {
        Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    let reversed = bytes().iter().rev().copied().collect::<Vec<_>>();
    vec![
        one(bytes()),
        one(Binary::default()),
        vec![bytes().into(), "between".into(), Binary::from(reversed).into()].into(),
        one(object(vec![
            ("file", bytes().into()),
            ("parts", vec![part(0..1), object(vec![("deep", part(1..3))])].into()),
            ("name", "x".into()),
            ("none", Value::Null),
        ])),
        one(vec![Value::Array(vec![part(7..9)])]),
    ]
}

pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(got: &T, wanted: &T) -> Outcome {
    if got == wanted {
        return Ok(());
    }
    let (got, wanted) = (format!("{got:?}"), format!("{wanted:?}"));
    let short = |text: &str| text.chars().take(200).collect::<String>();
    Err(format!("got {}, wanted {}", short(&got), short(&wanted)).into())
}

/// The same for an event, which may have the offset of recovery as its last argument.
pub(crate) fn equal_arguments(got: Arguments, wanted: Arguments) -> Outcome {
    let mut got = got.into_values();
    if got.len() == wanted.len() + 1 && got.last().is_some_and(|last| last.as_str().is_some()) {
        got.pop();
    }
    equal(&got, &wanted.into_values())
}
