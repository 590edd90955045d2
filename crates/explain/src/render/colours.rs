use crate::Level;

/// Whether text has colours. They repeat what the text says, and never say more.
///
/// ```
/// use sansocket::Role;
/// use sansocket_explain::render::{Colours, text};
/// use sansocket_explain::{Explainer, Options};
///
/// let mut explainer = Explainer::new(&Options::frames());
/// // A client must mask.
/// let frame = explainer.explain(Role::Client, &mut &b"\x81\x00"[..]).unwrap();
/// assert!(text(&frame, Colours::Always).contains("\x1b[1;31m    1  0......."));
/// assert!(!text(&frame, Colours::Never).contains('\x1b'));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "text has colours or it has not")]
pub enum Colours {
    /// None: for a file or a pipe.
    #[default]
    Never,
    /// The colours of a terminal (ECMA-48).
    Always,
}

impl Colours {
    /// Paints a line in the colour of a level.
    pub(super) fn level(self, level: Level, line: &str) -> String {
        match level {
            Level::Plain => line.into(),
            Level::Remark => self.paint("33", line),
            Level::Violation => self.paint("1;31", line),
        }
    }

    pub(super) fn bold(self, line: &str) -> String {
        self.paint("1", line)
    }

    fn paint(self, code: &str, line: &str) -> String {
        match self {
            Self::Never => line.into(),
            Self::Always => format!("\x1b[{code}m{line}\x1b[0m"),
        }
    }
}
