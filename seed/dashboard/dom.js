// SPDX-License-Identifier: Apache-2.0
// Elements out of names, attributes and text. Text is text: nothing here reads markup, and the page's policy forbids it.
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// h("p", {class: "soft", click: f}, "text", element, …)
export function h(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function s(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

export function byId(id) {
  return document.getElementById(id);
}

// Writes only what differs: 200 machines at ten events a second touch what moved.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

// [["name", "what it is" | element], …] as a description list
export function facts(rows) {
  return h("dl", null, rows.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]).flat());
}

// The last act's outcome, for eyes and screen readers.
let silence = 0;
export function announce(text) {
  const said = byId("said");
  said.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { said.textContent = ""; }, 5000);
}
