/** Reads the spans of an element: the fields that the program has found in a head or a frame. */

import { count } from "./bytes.js";

/** The place of a span in bits from the start of its element; `undefined` in an inflated message. */
function range(span, start) {
  if (!span.bytes) return undefined;
  const [first, end] = span.bytes;
  if (span.bits) {
    const at = (first - start) * 8;
    return { from: at + span.bits[0], to: at + span.bits[1] };
  }
  return { from: (first - start) * 8, to: (end - start) * 8 };
}

/** All fields in order, each with its depth and its place, or that of the field around it. */
export function fieldsOf(element) {
  const start = element.root.bytes[0];
  const fields = [];
  const walk = (spans, depth, around) => {
    for (const span of spans ?? []) {
      const place = range(span, start) ?? around;
      fields.push({ span, depth, place, isLeaf: !span.children });
      walk(span.children, depth + 1, place);
    }
  };
  walk(element.root.children, 0, undefined);
  return fields;
}

const NOT_ON_THE_WIRE = new Set(["remark", "violation", "resumed", "message", "left out"]);

/** The fields side by side of a frame, for the figure. */
export function wireFieldsOf(element) {
  const start = element.root.bytes[0];
  return (element.root.children ?? [])
    .filter((span) => span.bytes && !NOT_ON_THE_WIRE.has(span.field))
    .map((span) => ({ span, place: range(span, start), level: worst(span) }))
    .filter(({ place }) => place.to > place.from)
    .sort((a, b) => a.place.from - b.place.from);
}

const LEVELS = ["plain", "remark", "violation"];

/** The highest level in a span. */
export function worst(span) {
  const levels = [span.level, ...(span.children ?? []).map(worst)];
  return LEVELS[Math.max(...levels.map((level) => LEVELS.indexOf(level)))];
}

/** Finds the first span of a field. */
export function find(span, field) {
  if (span.field === field) return span;
  for (const child of span.children ?? []) {
    const found = find(child, field);
    if (found) return found;
  }
  return undefined;
}

function firstRemark(span) {
  if (span.level === "remark" && span.note) return span.note;
  return (span.children ?? []).map(firstRemark).find(Boolean);
}

/** What an element is, in a word or two. */
export function kindOf(element) {
  const { field, value } = element.root;
  return field === "frame" ? value || "frame" : field;
}

/** The verdict: its level, a sign, and words. */
export function verdictOf(element) {
  const [violation] = element.violations;
  if (violation) {
    const others = element.violations.length - 1;
    const more = others > 0 ? ` (and ${count(others, "other rule")})` : "";
    const words = `Breaks ${violation.clause}${more}: ${violation.text}; ${violation.action}.`;
    return { level: "violation", sign: "✗", short: violation.clause, words };
  }
  const remark = firstRemark(element.root);
  if (remark) return { level: "remark", sign: "!", short: "remark", words: `Breaks no rule, but: ${remark}.` };
  return { level: "plain", sign: "✓", short: "obeys", words: "Obeys the rules." };
}

/** What a message says, for one line. */
export function excerptOf(element) {
  const { root } = element;
  if (root.field === "request" || root.field === "response") return root.value;
  if (root.field === "end") return root.note || "the end of the stream";
  const message = find(root, "message");
  if (message) return message.value;
  const code = find(root, "close code");
  if (code) return `${code.value} ${find(root, "close reason")?.value ?? ""}`;
  const unmasked = find(root, "unmasked");
  const payload = unmasked ?? find(root, "payload");
  return payload ? payload.note || payload.value : root.note;
}
