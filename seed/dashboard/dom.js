// SPDX-License-Identifier: Apache-2.0
// Makes elements from names, attributes and text. Text never becomes markup; the page's policy forbids that, too.
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

// Writes only what differs, so that 200 machines with ten events a second change only what moved.
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

// Shows the result of the last act, also to screen readers.
let silence = 0;
export function announce(text) {
  const said = byId("said");
  said.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { said.textContent = ""; }, 5000);
}
