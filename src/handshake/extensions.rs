use alloc::{borrow::Cow, string::String};
use core::fmt;

use super::{byte_run::token_len, grammar::is_token_byte};
use crate::redacted::Redacted;

/// An iterator over the extensions of one `Sec-WebSocket-Extensions` line (RFC 6455 9.1).
///
/// An element that breaks the grammar is an error, and the last item. An empty list has no items.
///
/// ```
/// use sansocket::handshake::Extensions;
///
/// let mut extensions = Extensions::new(b"mux; max-channels=\"4\"; flow-control, deflate-stream");
/// let mux = extensions.next().unwrap()?;
/// assert_eq!(mux.name(), "mux");
/// let params: Vec<_> = mux.params().collect();
/// assert_eq!(params, [("max-channels", Some("4".into())), ("flow-control", None)]);
/// assert_eq!(extensions.next().unwrap()?.name(), "deflate-stream");
/// assert!(extensions.next().is_none());
/// # Ok::<(), sansocket::handshake::InvalidExtension>(())
/// ```
#[derive(Clone, Debug)]
pub struct Extensions<'b> {
    rest: Lexer<'b>,
}

/// An extension and its parameters, as offered or accepted (RFC 6455 9.1).
#[derive(Clone, Debug)]
pub struct Extension<'b> {
    name: &'b str,
    /// The part after the name, which is validated already.
    params: Lexer<'b>,
}

/// An element of `Sec-WebSocket-Extensions` that breaks the grammar of RFC 6455 9.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed extension")]
#[non_exhaustive]
pub struct InvalidExtension;

impl<'b> Extensions<'b> {
    /// Creates an iterator over the extensions in the value of a header.
    #[must_use]
    pub const fn new(value: &'b [u8]) -> Self {
        Self { rest: Lexer { rest: value } }
    }

    fn extension(&mut self) -> Result<Extension<'b>, InvalidExtension> {
        let name = self.rest.token()?;
        let params = self.rest.clone();
        while self.rest.param()?.is_some() {}
        if self.rest.is_at_end() || self.rest.eat(b',') {
            Ok(Extension { name, params })
        } else {
            Err(InvalidExtension)
        }
    }
}

impl<'b> Iterator for Extensions<'b> {
    type Item = Result<Extension<'b>, InvalidExtension>;

    fn next(&mut self) -> Option<Self::Item> {
        // RFC 9110 5.6.1: empty elements of a list are skipped.
        while self.rest.eat(b',') {}
        if self.rest.is_at_end() {
            return None;
        }
        let extension = self.extension();
        if extension.is_err() {
            self.rest = Lexer { rest: &[] };
        }
        Some(extension)
    }
}

impl<'b> Extension<'b> {
    /// Returns the name, as written.
    #[must_use]
    pub const fn name(&self) -> &'b str {
        self.name
    }

    /// Returns the parameters in order: names, and optional values without quotes.
    pub fn params(&self) -> impl Iterator<Item = (&'b str, Option<Cow<'b, str>>)> {
        let mut params = self.params.clone();
        core::iter::from_fn(move || params.param().ok().flatten())
    }
}

/// A name, and an optional value without quotes.
type Param<'b> = (&'b str, Option<Cow<'b, str>>);

/// A lexer that removes elements from the front of a value. It skips whitespace before each: RFC
/// 6455 9.1 has the implied whitespace of RFC 2616.
#[derive(Clone)]
struct Lexer<'b> {
    rest: &'b [u8],
}

impl<'b> Lexer<'b> {
    fn is_at_end(&mut self) -> bool {
        self.rest = self.rest.trim_ascii_start();
        self.rest.is_empty()
    }

    /// Consumes the byte if it comes next.
    fn eat(&mut self, byte: u8) -> bool {
        self.rest = self.rest.trim_ascii_start();
        match self.rest.split_first() {
            Some((&first, rest)) if first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn token(&mut self) -> Result<&'b str, InvalidExtension> {
        self.rest = self.rest.trim_ascii_start();
        let (token, rest) =
            self.rest.split_at_checked(token_len(self.rest)).ok_or(InvalidExtension)?;
        self.rest = rest;
        match str::from_utf8(token) {
            Ok(token) if !token.is_empty() => Ok(token),
            _ => Err(InvalidExtension),
        }
    }

    /// Consumes a semicolon and the parameter after it, if they come next.
    fn param(&mut self) -> Result<Option<Param<'b>>, InvalidExtension> {
        if !self.eat(b';') {
            return Ok(None);
        }
        let name = self.token()?;
        let value = if !self.eat(b'=') {
            None
        } else if self.eat(b'"') {
            Some(self.rest_of_quoted()?)
        } else {
            Some(Cow::Borrowed(self.token()?))
        };
        Ok(Some((name, value)))
    }

    /// Consumes the text after an opening quote, up to the closing one.
    fn rest_of_quoted(&mut self) -> Result<Cow<'b, str>, InvalidExtension> {
        let mut value = String::new();
        let mut bytes = self.rest.iter();
        loop {
            let byte = match bytes.next() {
                Some(b'"') => break,
                // RFC 9110 5.6.4: a backslash quotes the byte after it.
                Some(b'\\') => bytes.next(),
                byte => byte,
            };
            // RFC 6455 9.1: without quotes and backslashes, the value must be a token.
            match byte {
                Some(&byte) if is_token_byte(byte) => value.push(char::from(byte)),
                _ => return Err(InvalidExtension),
            }
        }
        self.rest = bytes.as_slice();
        if value.is_empty() {
            return Err(InvalidExtension);
        }
        Ok(Cow::Owned(value))
    }
}

impl fmt::Debug for Lexer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Redacted(self.rest).fmt(f)
    }
}
