//! RFC 7617: user name and password in the scheme `Basic`.

use sansocket::handshake::{Credentials, InvalidArgument};

fn basic(user: &str, password: &str) -> Result<String, InvalidArgument> {
    Credentials::new(user, password).basic()
}

#[test]
fn user_name_and_password_are_joined_by_a_colon_and_encoded() {
    for (user, password, expected) in [
        // The examples of RFC 7617 2 and 2.1.
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test", "123\u{a3}", "Basic dGVzdDoxMjPCow=="),
        ("", "", "Basic Og=="),
        ("user", "a:b", "Basic dXNlcjphOmI="),
    ] {
        assert_eq!(basic(user, password).as_deref(), Ok(expected));
    }
    let not_utf8 = Credentials::new(*b"\xff", *b"\xfe");
    assert_eq!(not_utf8.basic().as_deref(), Ok("Basic /zr+"));
}

#[test]
fn a_user_name_holds_no_colon_and_neither_holds_a_control_character() {
    for (user, password) in [("a:b", "c"), (":", ""), ("a\0", ""), ("a", "b\r\n"), ("\x7f", "")] {
        assert_eq!(basic(user, password), Err(InvalidArgument::Credentials));
    }
}

#[test]
fn credentials_are_not_in_debug_output() {
    let text = format!("{:?}", Credentials::new("Aladdin", "sesame"));
    assert_eq!(text, "Credentials(..)");
}
