/** What permessage-deflate has saved, and with which windows. */

import { count } from "./bytes.js";
import { make } from "./element.js";

const size = (bits) => `${2 ** bits} bytes`;

export class CompressionView {
  #container;
  #agreed;

  constructor(container) {
    this.#container = container;
    this.show(undefined);
  }

  /** Shows what was agreed on: `null` is nothing, `undefined` is not known yet. */
  show(agreed) {
    this.#agreed = agreed;
    const off = agreed === null
      ? "Off: the handshake agreed on no extension. Offer permessage-deflate under Connection."
      : "Known after the handshake.";
    this.#container.replaceChildren(make("p", { class: "quiet" }, off));
    if (agreed) this.update({ messages: 0, wire: 0, inflated: 0 }, { messages: 0, wire: 0, inflated: 0 });
  }

  update(client, server) {
    if (!this.#agreed) return;
    this.#container.replaceChildren(
      make("p", {}, "On: permessage-deflate, RFC 7692."),
      make("div", { class: "ratios" }, this.#end("client", client), this.#end("server", server)));
  }

  #end(name, tally) {
    const keeps = this.#agreed[`${name}_keeps_window`] ? "kept" : "new for each message";
    const percent = tally.inflated > 0 ? Math.round((100 * tally.wire) / tally.inflated) : undefined;
    const bar = make("div", { class: "bar", "aria-hidden": true }, make("div"));
    bar.firstElementChild.style.width = `${Math.min(100, percent ?? 0)}%`;
    const sizes = percent === undefined
      ? "no compressed message yet"
      : `${count(tally.messages, "message")}: ${tally.inflated} → ${tally.wire} bytes, ${percent} %`;
    return make("div", { class: "ratio" },
      make("div", { class: "line" }, make("strong", {}, name), make("span", {}, sizes)),
      bar,
      make("p", { class: "quiet" }, `window ${size(this.#agreed[`${name}_window_bits`])}, ${keeps}`));
  }
}
