//! UTF-8 (RFC 3629 4), checked byte by byte.

use super::mutation::{Conduct, Mutation};

/// Where in a text the check is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Check {
    /// The code point whose bytes come.
    code_point: u32,
    /// How many bytes of it are still to come, and how many it has.
    missing: u8,
    length: u8,
    /// What is wrong, but was accepted until something makes it so.
    is_long_form: bool,
}

impl Check {
    /// Takes the next bytes. Returns `false` if they cannot continue any text.
    pub(crate) fn push(&mut self, bytes: &[u8], conduct: &Conduct) -> bool {
        bytes.iter().all(|byte| self.byte(*byte, conduct))
    }

    /// Whether the text may end here.
    pub(crate) fn is_whole(&self) -> bool {
        self.missing == 0
    }

    fn byte(&mut self, byte: u8, conduct: &Conduct) -> bool {
        let does = |mutation| conduct.does(mutation);
        if self.missing > 0 {
            if byte & 0xC0 == 0x80 {
                self.code_point = self.code_point << 6 | u32::from(byte & 0x3F);
                self.missing -= 1;
                return self.is_possible(conduct);
            }
            if !does(Mutation::AcceptsInterrupted) {
                return false;
            }
            self.missing = 0;
        }
        let (length, bits) = match byte {
            0 if does(Mutation::RefusesNul) => return false,
            0x00..0x80 => return true,
            0x80..0xC0 => return does(Mutation::AcceptsLoneContinuation),
            0xC0..0xE0 => (2, byte & 0x1F),
            0xE0..0xF0 => (3, byte & 0x0F),
            0xF0..0xF8 => (4, byte & 0x07),
            0xF8..0xFC if does(Mutation::AcceptsFiveBytes) => (5, byte & 0x03),
            0xFC..0xFE if does(Mutation::AcceptsFiveBytes) => (6, byte & 0x01),
            0xFE.. => return does(Mutation::AcceptsBytesFeAndFf),
            0xF8..0xFE => return false,
        };
        (self.code_point, self.length, self.missing) = (u32::from(bits), length, length - 1);
        self.is_long_form = length > 4;
        self.is_possible(conduct)
    }

    /// Whether what has come of a character can become one.
    fn is_possible(&self, conduct: &Conduct) -> bool {
        let does = |mutation| conduct.does(mutation);
        let rest = 6 * u32::from(self.missing);
        let (lowest, highest) = (self.code_point << rest, ((self.code_point + 1) << rest) - 1);
        let shortest = match self.length {
            2 => 0x80,
            3 => 0x800,
            4 => 0x1_0000,
            _ => 0,
        };
        if self.is_long_form {
            return true;
        }
        if highest < shortest {
            return does(Mutation::AcceptsOverlong);
        }
        if lowest >= 0xD800 && highest < 0xE000 {
            return does(Mutation::AcceptsSurrogates);
        }
        if lowest > 0x10_FFFF {
            return does(Mutation::AcceptsAboveMaximum);
        }
        let is_noncharacter = self.missing == 0
            && (self.code_point & 0xFFFE == 0xFFFE || (0xFDD0..0xFDF0).contains(&self.code_point));
        !(is_noncharacter && does(Mutation::RefusesNoncharacters))
    }
}
