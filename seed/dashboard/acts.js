// SPDX-License-Identifier: Apache-2.0
// The operator's acts. Each opens a dialog that names the machine, says what follows, and asks for the name. The seed
// decides who is the operator; this page only hides what the seed would refuse.
import { announce, byId, h } from "./dom.js";
import { ask } from "./feed.js";

const ACTS = {
  approve: { title: "Approve", follows: "Its claim stands: with the fingerprint that its console shows it is let in.", field: ["fingerprint", "Fingerprint on the machine's console", false] },
  forget: { title: "Forget", follows: "Its claim is dropped: whatever machine comes with its MAC next takes its name. A cluster that has it as a member loses that member when a new machine joins.", danger: true },
  deny: { title: "Deny", follows: "Neither this machine nor another one with its MAC gets anything until it is forgotten.", danger: true },
  "wipe-grant": { title: "Grant a wipe to", follows: "It may wipe its disk with this serial number once. What is on that disk is lost.", field: ["serial", "Serial number of the disk", true], danger: true },
};

function post(act, body) {
  return ask(`/v1/admin/${act}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

function labelled(text, attributes) {
  const input = h("input", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", ...attributes });
  return { input, label: h("label", null, text, input) };
}

// Shows the dialog until the call succeeds or the operator leaves it. `send(value)` makes the call.
function confirm({ title, follows, name, field, danger, send, after }) {
  const dialog = byId("confirm");
  const extra = field ? labelled(field[1], { name: field[0], maxlength: 128 }) : null;
  const typed = labelled(`Type ${name} to confirm`, { name: "confirm", maxlength: 255 });
  const wrong = h("p", { class: "wrong", role: "alert" });
  const go = h("button", { type: "submit", class: danger ? "danger" : null, disabled: true }, title);
  const check = () => { go.disabled = typed.input.value !== name || Boolean(field && field[2] && !extra.input.value.trim()); };
  const submit = async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    go.disabled = true;
    try {
      await send(extra ? extra.input.value.trim() : "");
      dialog.close();
      announce(`${title}: done`);
      after();
    } catch (error) {
      wrong.textContent = error.message;
      check();
    }
  };
  const form = h("form", { class: "confirm", submit, input: check }, h("h2", { id: "confirm-title" }, `${title}?`), h("p", null, follows), extra && extra.label, typed.label, wrong,
    h("div", { class: "acts" }, go, h("button", { type: "button", click: () => dialog.close() }, "Leave it")));
  dialog.replaceChildren(form);
  dialog.showModal();
  (extra || typed).input.focus();
}

export function actsOf(hostname, node, after) {
  return Object.entries(ACTS).filter(([act]) => node.claim || act === "wipe-grant").map(([act, { title, follows, field, danger }]) => {
    const body = (value) => ({ hostname, ...(field && value ? { [field[0]]: value } : {}) });
    const ask1 = () => confirm({ title: `${title} ${hostname}`, follows, name: hostname, field, danger, after, send: (value) => post(act, body(value)) });
    return h("button", { type: "button", class: danger ? "danger" : null, "data-act": act, click: ask1 }, `${title} ${hostname} …`);
  });
}

export function rearm(site, after) {
  confirm({ title: `Rearm ${site}`, name: site, danger: true, after, send: () => post("rearm", { confirm: site }),
    follows: "The record goes to EMPTY under a new epoch: the next master makes a new cluster. Only when the old one is gone for good." });
}
