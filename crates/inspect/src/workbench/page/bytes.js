/** Bytes as the program sends them: hexadecimal digits. */
export function fromHex(text) {
  const pairs = text.replaceAll(/\s/g, "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

export const hexByte = (byte) => byte.toString(16).padStart(2, "0");

export const toHex = (bytes) => Array.from(bytes, hexByte).join("");

export const toBits = (byte) => byte.toString(2).padStart(8, "0");

/** The character of a byte, or a dot. */
export const printable = (byte) => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : byte === 0x20 ? " " : "·");

/** Returns a bit, counted from the most significant one of the first byte. */
export const bitAt = (bytes, bit) => (bytes[bit >> 3] >> (7 - (bit & 7))) & 1;

/** Returns a copy in which one bit is the other one. */
export function flipped(bytes, bit) {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] ^= 0x80 >> (bit & 7);
  return copy;
}

export const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
