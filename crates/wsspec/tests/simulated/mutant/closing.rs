//! Close frames that come (RFC 6455 5.5.1 and 7.4), and their answer.

use super::mutation::{Conduct, Mutation};

/// Checks the payload of a Close frame. The code is that of the answer if it breaks a rule.
pub(crate) fn check(payload: &[u8], conduct: &Conduct) -> Result<(), u16> {
    let does = |mutation| conduct.does(mutation);
    let Some((code, reason)) = payload.split_first_chunk() else {
        let is_accepted = match payload.is_empty() {
            true => !does(Mutation::RefusesEmptyClose),
            false => does(Mutation::AcceptsOneByteClose),
        };
        return if is_accepted { Ok(()) } else { Err(1002) };
    };
    let is_accepted = match u16::from_be_bytes(*code) {
        1000..=1003 => !does(Mutation::RefusesFirstCodes),
        1007..=1011 => !does(Mutation::RefusesDefinedCodes),
        1012..=1014 => !does(Mutation::RefusesRegisteredCodes),
        3000..=4999 => !does(Mutation::RefusesPrivateCodes),
        1004..=1006 | 1015 => does(Mutation::AcceptsReservedCodes),
        0..1000 => does(Mutation::AcceptsLowCodes),
        1016..3000 => does(Mutation::AcceptsUndefinedCodes),
        5000.. => false,
    };
    if !is_accepted || !reason.is_empty() && does(Mutation::RefusesReasons) {
        return Err(1002);
    }
    match core::str::from_utf8(reason).is_ok() || does(Mutation::AcceptsInvalidReason) {
        true => Ok(()),
        false => Err(1007),
    }
}

/// Whether a mutant does as if it had not come.
pub(crate) fn is_ignored(payload: &[u8], conduct: &Conduct) -> bool {
    let code = payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
    code >= 5000 && conduct.does(Mutation::IgnoresHighCodes)
}

/// The payload of the answer: the same, typically.
pub(crate) fn answer(payload: &[u8], conduct: &Conduct) -> Vec<u8> {
    let does = |mutation| conduct.does(mutation);
    match payload {
        [] if does(Mutation::AnswersEmptyCloseWith1005) => 1005_u16.to_be_bytes().to_vec(),
        [_] => 1000_u16.to_be_bytes().to_vec(),
        [_, _, ..] if does(Mutation::AnswersOtherCode) => 1001_u16.to_be_bytes().to_vec(),
        [_, _, reason @ ..] if !reason.is_ascii() && does(Mutation::SendsInvalidReason) => {
            let end = reason.iter().position(|byte| *byte >= 0xC0).unwrap_or(0);
            payload[..=2 + end].to_vec()
        }
        payload => payload.to_vec(),
    }
}
