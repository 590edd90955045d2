/**
 * Creates an element. Children are elements or text, which is never read as HTML: it may come from a peer.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | undefined>} attributes
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Returns the element with this id. */
export const byId = (id) => document.getElementById(id);
