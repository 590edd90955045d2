use sansocket::{
    Random,
    frame::{MaskKey, Masker},
};
use serde::Deserialize;

use super::{compressor::Compressor, hex::Hex};

/// What a client's message or control frame is made of. Each part may be wrong.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Composition {
    kind: Kind,
    /// Text, or the reason of a Close frame; hexadecimal digits for binary data.
    payload: String,
    /// The code of a Close frame.
    code: Option<u16>,
    fragments: usize,
    is_compressed: bool,
    mask: Mask,
    /// The key of [`Mask::Fixed`].
    key: String,
    /// The bits of the first frame, as in its first byte shifted by four: 4 is RSV1.
    rsv: u8,
    length: LengthForm,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Text,
    Binary,
    Ping,
    Pong,
    Close,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mask {
    Random,
    Fixed,
    None,
}

/// How the length of a payload is written.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(super) enum LengthForm {
    #[serde(rename = "shortest")]
    Shortest,
    #[serde(rename = "16")]
    Bits16,
    #[serde(rename = "64")]
    Bits64,
}

/// The frames of a composition, ready to be sent.
#[derive(Debug)]
pub(super) struct Composed {
    pub(super) bytes: Vec<u8>,
    /// The message before compression, if it is compressed.
    pub(super) compressed: Option<Vec<u8>>,
}

/// More pieces than anyone looks at.
const MAX_FRAGMENTS: usize = 64;

impl Composition {
    /// Makes the frames. The error is for the user.
    pub(super) fn frames(
        &self,
        compressor: Option<&Compressor>,
        random: &mut Random,
    ) -> Result<Composed, String> {
        let data = self.data()?;
        let is_message = matches!(self.kind, Kind::Text | Kind::Binary);
        let compressor = compressor.filter(|_| self.is_compressed && is_message);
        let payload = match compressor {
            Some(compressor) => {
                compressor.compress(&data).ok_or("the message cannot be compressed")?
            }
            None => data.clone(),
        };
        let count = self.fragments.clamp(1, MAX_FRAGMENTS).min(payload.len().max(1));
        let size = payload.len().div_ceil(count).max(1);
        let mut rsv = self.rsv & 7;
        if compressor.is_some() {
            rsv ^= 4;
        }
        let mut bytes = Vec::new();
        let mut rest = &payload[..];
        let mut opcode = self.opcode();
        loop {
            let (piece, further) = rest.split_at(size.min(rest.len()));
            let fin = u8::from(further.is_empty());
            put_frame(
                fin << 7 | rsv << 4 | opcode,
                self.key(random)?,
                self.length,
                piece,
                &mut bytes,
            );
            (rest, opcode, rsv) = (further, 0, 0);
            if rest.is_empty() {
                break;
            }
        }
        Ok(Composed { bytes, compressed: compressor.map(|_| data) })
    }

    fn data(&self) -> Result<Vec<u8>, String> {
        let text = self.payload.as_bytes();
        match (self.kind, self.code) {
            (Kind::Binary, _) => Ok(Hex::parse(&self.payload)?.0),
            (Kind::Close, Some(code)) => Ok([&code.to_be_bytes(), text].concat()),
            (Kind::Close, None) if !text.is_empty() => {
                Err("a reason needs a code before it".into())
            }
            _ => Ok(text.to_vec()),
        }
    }

    const fn opcode(&self) -> u8 {
        match self.kind {
            Kind::Text => 1,
            Kind::Binary => 2,
            Kind::Close => 8,
            Kind::Ping => 9,
            Kind::Pong => 10,
        }
    }

    fn key(&self, random: &mut Random) -> Result<Option<MaskKey>, String> {
        match self.mask {
            Mask::None => Ok(None),
            Mask::Random => Ok(Some(MaskKey(random.mask_key()))),
            Mask::Fixed => {
                let key = Hex::parse(&self.key)?.0;
                let key = key.try_into().map_err(|_| "a masking key has 4 bytes")?;
                Ok(Some(MaskKey(key)))
            }
        }
    }
}

/// Appends a frame. The length form is at least as long as the length needs.
pub(super) fn put_frame(
    first: u8,
    key: Option<MaskKey>,
    form: LengthForm,
    payload: &[u8],
    out: &mut Vec<u8>,
) {
    let mask = u8::from(key.is_some()) << 7;
    out.push(first);
    let len = payload.len();
    match (form, u8::try_from(len), u16::try_from(len)) {
        (LengthForm::Shortest, Ok(len @ ..126), _) => out.push(mask | len),
        (LengthForm::Shortest | LengthForm::Bits16, _, Ok(len)) => {
            out.push(mask | 126);
            out.extend(len.to_be_bytes());
        }
        _ => {
            out.push(mask | 127);
            // A `usize` has at most 64 bits.
            out.extend(u64::try_from(len).unwrap_or(u64::MAX).to_be_bytes());
        }
    }
    let Some(key) = key else { return out.extend(payload) };
    out.extend(key.0);
    let start = out.len();
    out.extend(payload);
    if let Some(payload) = out.get_mut(start..) {
        Masker::new(key).apply(payload);
    }
}

#[cfg(test)]
mod tests {
    use sansocket::Seed;

    use super::*;

    fn composed(json: serde_json::Value) -> Vec<u8> {
        let mut all = serde_json::json!({
            "kind": "text", "payload": "Hello", "code": null, "fragments": 1, "is_compressed": false,
            "mask": "fixed", "key": "37fa213d", "rsv": 0, "length": "shortest",
        });
        for (name, value) in json.as_object().unwrap() {
            all[name] = value.clone();
        }
        let composition: Composition = serde_json::from_value(all).unwrap();
        let mut random = Random::new(Seed::from([0; 32]));
        composition.frames(None, &mut random).unwrap().bytes
    }

    #[test]
    fn frames_have_the_bits_that_were_asked_for() {
        use serde_json::json;

        // The frame of RFC 6455 5.7.
        assert_eq!(composed(json!({})), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
        let no_mask = |other: serde_json::Value| {
            let mut all = other;
            all["mask"] = "none".into();
            composed(all)
        };
        assert_eq!(no_mask(json!({"fragments": 2})), b"\x01\x03Hel\x80\x02lo");
        assert_eq!(no_mask(json!({"length": "16"})), b"\x81\x7e\0\x05Hello");
        assert_eq!(no_mask(json!({"length": "64"})), b"\x81\x7f\0\0\0\0\0\0\0\x05Hello");
        assert_eq!(no_mask(json!({"rsv": 2, "kind": "ping"})), b"\xa9\x05Hello");
        assert_eq!(
            no_mask(json!({"kind": "close", "code": 1000, "payload": "bye"})),
            b"\x88\x05\x03\xe8bye"
        );
        assert_eq!(no_mask(json!({"kind": "binary", "payload": ""})), b"\x82\0");
    }
}
