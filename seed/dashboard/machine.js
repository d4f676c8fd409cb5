// SPDX-License-Identifier: Apache-2.0
// A machine's page: its progress, what it is, what differed from its role document, that document, its last events, and
// the operator's acts.
import { byId, facts, h, setText } from "./dom.js";
import { UNKNOWN, bytes, date, moment, seconds } from "./words.js";
import { diff, lines } from "./diff.js";
import { stateOf } from "./model.js";
import { ask } from "./feed.js";
import { actsOf } from "./acts.js";

const NUMBERS = new Set(["at", "took"]); // columns; a phone leaves out the first
const LOG_MOST = 200, DOCUMENTS_MOST = 64;
const documents = new Map(); // etag -> role document, as seen by this page

function remember(etag, role) {
  documents.set(etag, role);
  if (documents.size > DOCUMENTS_MOST) documents.delete(documents.keys().next().value);
}

function yes(value) {
  return value ? "yes" : "no";
}

function claimRows(claim) {
  if (!claim) return [["Claim", "none"]];
  return [["Claimed", date(claim.claimed_ms)], ["UUID", claim.uuid || "none"], ["Serial", claim.serial || "none"], ["Key's fingerprint", claim.fingerprint],
    ["Approved", yes(claim.approved)], ["Denied", yes(claim.denied)], ["Disputed", yes(claim.disputed)], ["Key settled", yes(claim.settled)]];
}

function spanRow(span, now) {
  return h("tr", null, h("td", null, span.step), h("td", null, h("span", { class: "state", "data-state": span.state }, span.state + (span.failures ? ` (${span.failures} times failed)` : ""))),
    h("td", { class: "number" }, moment(span.start)), h("td", { class: "number" }, seconds((span.end ?? now) - span.start)), h("td", null, span.message));
}

function table(caption, heads, rows) {
  return h("table", { "aria-label": caption }, h("thead", null, h("tr", null, heads.map((head) => h("th", { scope: "col", class: NUMBERS.has(head) ? "number" : null }, head)))), h("tbody", null, rows));
}

// The first event "running" of a step says what differed from the role document. One row for each step since the last
// boot.
function differed(m) {
  const found = new Map(), begun = m.progress ? m.progress.first : 0;
  for (const event of m.events) if (event.t >= begun && event.state === "running" && event.message && !found.has(event.step)) found.set(event.step, event);
  return [...found.values()].map((event) => h("tr", null, h("td", null, event.step), h("td", null, event.message)));
}

function logLine(event) {
  return `${moment(event.t)} ${event.step} ${event.state}${event.bytes >= 0 ? ` ${bytes(event.bytes)}` : ""} ${event.message}\n`;
}

function documentDiff(node) {
  if (!node.held_etag) return h("p", null, `Which document the machine has is ${UNKNOWN}: it has not asked this seed since the seed started.`);
  if (node.held_etag === node.role_etag) return h("p", null, "The machine has this document.");
  const held = documents.get(node.held_etag);
  if (!held) return h("p", null, `The machine has another document (sha256 ${node.held_etag}), which this page has not seen.`);
  const changes = diff(lines(held), lines(node.role));
  if (!changes) return h("p", null, "The machine has another document; both are too long to compare here.");
  return h("pre", { tabindex: 0, role: "region", "aria-label": "Difference: the machine's document, then the seed's" }, changes.filter((line) => line.kind !== "same").map((line) =>
    h("span", { class: line.kind }, `${line.kind === "added" ? "+" : "-"} ${line.text}\n`)));
}

export class Page {
  constructor(dialog, model, feed) {
    Object.assign(this, { dialog, model, feed, hostname: null });
    dialog.addEventListener("close", () => { this.hostname = null; });
  }

  open(hostname) {
    this.hostname = hostname;
    this.node = null;
    this.why = "asking";
    this.build();
    if (!this.dialog.open) this.dialog.showModal();
    this.load();
  }

  async load() {
    const hostname = this.hostname;
    if (!this.model.rack?.operator) {
      this.why = "Claim and role document are the operator's to see: come by the admin socket or with the operator's certificate.";
      return this.drawNode();
    }
    try {
      const node = await ask(`/v1/nodes/${encodeURIComponent(hostname)}`);
      if (hostname !== this.hostname) return;
      this.node = node;
      remember(node.role_etag, node.role);
    } catch (error) {
      if (hostname !== this.hostname) return;
      this.why = String(error.message);
    }
    return this.drawNode();
  }

  build() {
    this.parts = { now: h("div"), spans: h("div"), differed: h("div"), log: h("pre", { tabindex: 0, role: "region", "aria-label": "The machine's last words" }), node: h("div"), acts: h("div", { class: "acts" }) };
    const p = this.parts;
    this.dialog.replaceChildren(
      h("div", { class: "top" }, h("h2", { id: "machine-title" }, this.hostname), h("button", { type: "button", click: () => this.dialog.close() }, "Close")),
      p.now, p.acts, h("h3", null, "Steps"), p.spans, h("h3", null, "What differed from its document, by step"), p.differed, h("h3", null, "Last words"), p.log,
      h("h3", null, "Claim and role document"), p.node);
    this.drawNode();
    this.draw();
  }

  draw() { // the parts that events change
    if (!this.hostname) return;
    const m = this.model.machine(this.hostname), p = this.model.now(m), now = this.feed.now(), parts = this.parts;
    const state = stateOf(p);
    parts.now.replaceChildren(facts([["State", h("span", { class: "state", "data-state": state }, p.event ? `${p.event.step}, ${p.event.state}` : "never heard of")],
      ["Role", m.role || UNKNOWN], ["Address", m.address || UNKNOWN], ["MAC", m.mac || UNKNOWN], ["Last word", p.event ? `${seconds(now - p.event.t)} ago: ${p.event.message}` : "none"],
      ["Since it started", p.first ? (p.ready ? `ready in ${seconds(p.readyAt - p.first)}` : seconds(now - p.first)) : UNKNOWN], ["Starts at hand", String(p.boots)]]));
    const boot = m.spans.length ? m.spans[m.spans.length - 1].boot : 0;
    const spans = m.spans.filter((span) => span.boot === boot);
    parts.spans.replaceChildren(spans.length ? table("Steps", ["step", "state", "at", "took", "said"], spans.map((span) => spanRow(span, now))) : h("p", null, "nothing at hand"));
    const rows = differed(m);
    parts.differed.replaceChildren(rows.length ? table("What differed", ["step", "found"], rows) : h("p", null, "nothing at hand"));
    const log = m.events.slice(-LOG_MOST).map(logLine).join("") || "nothing at hand";
    if (parts.log.textContent !== log) {
      const below = parts.log.scrollHeight - parts.log.scrollTop - parts.log.clientHeight < 30;
      setText(parts.log, log);
      if (below) parts.log.scrollTop = parts.log.scrollHeight;
    }
  }

  drawNode() { // the parts that only the operator sees
    const { node, acts } = this.parts;
    if (!this.node) {
      node.replaceChildren(h("p", null, this.why));
      acts.replaceChildren();
      return;
    }
    node.replaceChildren(facts(claimRows(this.node.claim)), h("h3", null, "Its document against the seed's"), documentDiff(this.node), h("h3", null, "Role document"),
      h("pre", { tabindex: 0, role: "region", "aria-label": "Role document" }, lines(this.node.role).join("\n")));
    acts.replaceChildren(...actsOf(this.hostname, this.node, () => { this.load(); this.feed.look(); }));
  }
}

export function openPage(model, feed) {
  return new Page(byId("machine"), model, feed);
}
