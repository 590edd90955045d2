/** A link whose fragment has the bytes. A fragment is never sent to a server. */

import { fromHex, toHex } from "./bytes.js";

/** Bytes that a browser takes in an address. */
const MAX_BYTES = 16384;

export function linkOf({ sender, bytes, deflate }) {
  const fragment = new URLSearchParams({ role: sender, bytes: toHex(bytes.subarray(0, MAX_BYTES)) });
  if (deflate) fragment.set("deflate", deflate);
  return `${location.origin}${location.pathname}#${fragment}`;
}

/** The bytes in the fragment of this page's address, if there are any. */
export function linked() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const bytes = fromHex((fragment.get("bytes") ?? "").replaceAll(/[^0-9a-f]/gi, ""));
  if (bytes.length === 0) return undefined;
  return {
    sender: fragment.get("role") === "server" ? "server" : "client",
    bytes: bytes.subarray(0, MAX_BYTES),
    deflate: fragment.get("deflate"),
  };
}
