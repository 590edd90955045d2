//! Serde's types as values, and back.

use std::collections::BTreeMap;

use sansocket_socketio::{Arguments, Binary, Value};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    Newtype(u8),
    Tuple(u8, String),
    Struct { file: Binary },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct All {
    z_first: bool,
    number: i16,
    large: u64,
    float: f32,
    letter: char,
    text: String,
    none: Option<u8>,
    some: Option<Binary>,
    unit: (),
    pair: (u8, i64),
    list: Vec<Shape>,
    by_number: BTreeMap<i8, Value>,
    by_truth: BTreeMap<bool, u8>,
    wrapped: Wrapped,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(Vec<f64>);

fn all() -> All {
    All {
        z_first: true,
        number: -5,
        large: u64::MAX,
        float: 1.5,
        letter: 'ü',
        text: "hello".into(),
        none: None,
        some: Some(vec![1, 2].into()),
        unit: (),
        pair: (1, i64::MIN),
        list: vec![
            Shape::Unit,
            Shape::Newtype(7),
            Shape::Tuple(1, "a".into()),
            Shape::Struct { file: vec![3].into() },
        ],
        by_number: [(-1, Value::from(Binary::from(vec![4]))), (2, Value::Null)].into(),
        by_truth: [(true, 1)].into(),
        wrapped: Wrapped(vec![0.5, -0.5]),
    }
}

fn read_again<T: Serialize + DeserializeOwned>(value: &T) -> T {
    Value::new(value).unwrap().read().unwrap()
}

#[test]
fn every_kind_of_type_becomes_a_value_and_back() {
    assert_eq!(read_again(&all()), all());
}

#[test]
fn values_have_the_form_that_json_has() {
    let value = Value::new(&(Shape::Unit, Shape::Newtype(7), Shape::Tuple(1, "a".into()))).unwrap();
    assert_eq!(value, json!(["Unit", { "Newtype": 7 }, { "Tuple": [1, "a"] }]).into());
    assert_eq!(Value::new(&f64::NAN), Ok(Value::Null));
    assert_eq!(Value::new(&[1_u8, 2][..]), Ok(json!([1, 2]).into()));
}

#[test]
fn values_go_through_json_unless_they_have_binary() {
    let json = json!({ "a": [1, -2, 1.5, null, true, "x"], "b": {} });
    let value: Value = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(value, json.clone().into());
    assert_eq!(serde_json::to_value(&value).unwrap(), json);
    assert_eq!(read_again(&value), value);
}

#[test]
fn types_that_do_not_fit_are_errors() {
    assert!(Value::new(&BTreeMap::from([((1, 2), 3)])).is_err());
    assert!(Value::new(&u128::MAX).is_err());
    assert!(Value::from("a").read::<u8>().is_err());
    assert!(Value::from(300_u32).read::<u8>().is_err());
    assert!(Value::from(Binary::from(vec![1])).read::<u8>().is_err());
    assert!(Value::from("a").read::<Binary>().is_err());
    assert!(Value::from(json!([1, 2, 3])).read::<(u8, u8)>().is_err());
    assert!(Value::from(json!({ "Unit": 1 })).read::<Shape>().is_err());
    assert!(Value::from(json!("Newtype")).read::<Shape>().is_err());
    assert!(Value::from(json!({ "Newtype": 1, "Unit": null })).read::<Shape>().is_err());
    assert!(Value::from(json!(1)).read::<Shape>().is_err());
}

#[test]
fn an_error_has_the_kind_of_the_value_and_not_the_value() {
    fn error<T: DeserializeOwned + std::fmt::Debug>(value: impl Into<Value>) -> String {
        let error = value.into().read::<T>().unwrap_err().to_string();
        let reason = error.strip_prefix("the value does not fit the type: ");
        reason.expect("what it is about").to_owned()
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Known {
        #[expect(dead_code, reason = "it is only read")]
        known: u8,
    }

    assert_eq!(error::<u8>("secret"), "a string instead of u8");
    assert_eq!(error::<String>(31337), "a number instead of a string");
    assert_eq!(error::<String>(31337.5), "a number instead of a string");
    assert_eq!(error::<String>(-31337), "a number instead of a string");
    assert_eq!(error::<u8>(31337), "a number that is not u8");
    assert_eq!(error::<char>("secret"), "a string that is not a character");
    assert_eq!(error::<u8>(Binary::from(b"secret".to_vec())), "binary instead of u8");
    assert_eq!(error::<u8>(json!(["secret"])), "an array instead of u8");
    assert_eq!(error::<u8>(json!({ "secret": 1 })), "an object instead of u8");
    assert_eq!(error::<u8>(true), "a boolean instead of u8");
    assert_eq!(error::<u8>(json!(null)), "null instead of u8");
    assert!(
        error::<Shape>("secret").starts_with("an unknown variant, instead of one of [\"Unit\"")
    );
    assert_eq!(error::<Known>(json!({ "secret": 1 })), "an unknown member, beside [\"known\"]");
}

#[test]
fn a_tuple_is_several_arguments_and_anything_else_is_one() {
    let count = |arguments: Result<Arguments, _>| arguments.unwrap().len();
    assert_eq!(count(Arguments::new(&())), 0);
    assert_eq!(count(Arguments::new(&((),))), 1);
    assert_eq!(count(Arguments::new(&(1, "a", [1, 2]))), 3);
    assert_eq!(count(Arguments::new(&[1, 2])), 2);
    assert_eq!(count(Arguments::new(&vec![1, 2])), 1);
    assert_eq!(count(Arguments::new(&all())), 1);
    assert_eq!(count(Arguments::new(&None::<u8>)), 1);
    let arguments = Arguments::new(&(1, "a")).unwrap();
    assert_eq!(Arguments::new(&arguments), Ok(arguments));
}

#[test]
fn arguments_are_read_as_tuples_single_values_or_not_at_all() {
    let arguments = || Arguments::new(&(1, "a", Binary::from(vec![2]))).unwrap();
    assert_eq!(arguments().read::<(u8, String, Binary)>(), Ok((1, "a".into(), vec![2].into())));
    assert_eq!(arguments().read::<(u8, String)>(), Ok((1, "a".into())));
    assert_eq!(arguments().read::<u8>(), Ok(1));
    assert_eq!(arguments().read::<()>(), Ok(()));
    assert_eq!(arguments().read::<Value>(), Ok(1_u64.into()));
    assert!(arguments().read::<(u8, String, Binary, u8)>().is_err());
    assert_eq!(Arguments::default().read::<Option<u8>>(), Ok(None));
    assert_eq!(arguments().read::<Option<u8>>(), Ok(Some(1)));
    assert_eq!(
        Arguments::default().read::<u8>().unwrap_err().to_string(),
        "the value does not fit the type: there is no argument"
    );
    assert_eq!(Arguments::new(&all()).unwrap().read::<All>(), Ok(all()));
    assert_eq!(Arguments::new(&Shape::Unit).unwrap().read::<Shape>(), Ok(Shape::Unit));
}

#[test]
fn large_binary_is_shared_and_moved() {
    let binary = Binary::from(vec![7; 1000]);
    let start = binary.as_ptr();
    let value = Value::from(binary.clone());
    drop(binary);
    let binary: Binary = value.read().unwrap();
    let bytes = binary.into_vec();
    assert_eq!(bytes.as_ptr(), start);
}

#[test]
fn a_value_takes_little_memory() {
    assert!(size_of::<Value>() <= 32);
}
