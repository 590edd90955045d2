/** A link whose fragment has the bytes. A fragment is never sent to a server. */

import { fromHex, toHex } from "./bytes.js";

/** Bytes that a browser takes in an address. */
const MAX_BYTES = 16384;

/** Returns the link, or nothing if the bytes are too many for one. */
export function linkOf({ sender, bytes, deflate, elements }) {
  if (bytes.length > MAX_BYTES) return undefined;
  const fragment = new URLSearchParams({ role: sender, bytes: toHex(bytes) });
  if (isHead(elements)) fragment.set("head", "1");
  if (deflate) fragment.set("deflate", deflate);
  return `${location.origin}${location.pathname}#${fragment}`;
}

/** Returns whether the elements begin with a head of HTTP, not with a frame. */
export const isHead = ([first]) => ["request", "response"].includes(first?.root.field);

/** The bytes in the fragment of this page's address, if there are any. */
export function linked() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const bytes = fromHex((fragment.get("bytes") ?? "").replaceAll(/[^0-9a-f]/gi, ""));
  if (bytes.length === 0) return undefined;
  return {
    sender: fragment.get("role") === "server" ? "server" : "client",
    bytes: bytes.subarray(0, MAX_BYTES),
    deflate: fragment.get("deflate"),
    context: fragment.get("head") ? "nothing" : "opened",
  };
}
