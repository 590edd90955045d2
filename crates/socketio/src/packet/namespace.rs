use alloc::{string::String, sync::Arc};
use core::{fmt, str::FromStr};

/// The name of a namespace: `/`, the main one and the default, or a path such as `/admin`.
///
/// ```
/// use sansocket_socketio::Namespace;
///
/// assert_eq!(Namespace::default().as_str(), "/");
/// assert_eq!("/admin".parse::<Namespace>()?.as_str(), "/admin");
/// assert!("/a,b".parse::<Namespace>().is_err());
/// # Ok::<(), sansocket_socketio::packet::NamespaceError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace {
    /// `None` for the main one, which most packets belong to.
    name: Option<Arc<str>>,
}

impl Namespace {
    /// Creates a name.
    ///
    /// # Errors
    ///
    /// It does not start with a slash, or has a comma or a control character, which the wire format
    /// has no escape sequence for.
    pub fn new(name: &str) -> Result<Self, NamespaceError> {
        let is_valid = name.starts_with('/')
            && !name.bytes().any(|byte| byte == b',' || byte.is_ascii_control());
        if !is_valid {
            return Err(NamespaceError { name: name.chars().take(64).collect() });
        }
        Ok(Self { name: (name != MAIN).then(|| name.into()) })
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.name.as_deref().unwrap_or(MAIN)
    }

    /// Returns whether this is `/`.
    #[must_use]
    pub fn is_main(&self) -> bool {
        self.name.is_none()
    }
}

const MAIN: &str = "/";

impl FromStr for Namespace {
    type Err = NamespaceError;

    fn from_str(name: &str) -> Result<Self, NamespaceError> {
        Self::new(name)
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// A name is no name of a namespace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name:?} is no namespace: it must start with a slash, without commas and control characters"
)]
pub struct NamespaceError {
    /// The beginning: a peer may have chosen it, and errors are logged and cloned.
    name: String,
}
