// SPDX-License-Identifier: Apache-2.0
// What concerns the whole rack: the bootstrap record and its holder, the queue of joins, VIP, etcd, and layers that are
// being fetched. What nobody reports is shown as not known.
import { facts, h } from "./dom.js";
import { UNKNOWN, bytes, seconds } from "./words.js";
import { fetched, stateOf } from "./model.js";

const RECORD = {
  EMPTY: "nobody has made the cluster yet",
  RESERVED: "a master may begin kubeadm init",
  INITIALISING: "kubeadm init runs",
  INITIALISED: "the cluster exists; nobody runs kubeadm init again",
  QUARANTINE: "a machine proved that this seed is behind; nothing is granted until its state is restored, or seedctl recover adopts the cluster",
};

function panel(title, state, ...children) {
  return h("div", { class: "panel", "data-state": state }, h("h3", null, title), ...children);
}

function record(rack, rearm) {
  const b = rack.bootstrap;
  const rows = [["State", h("span", null, `${b.state}: ${RECORD[b.state] || UNKNOWN}`)], ["Holder", b.holder || "none"], ["Epoch, token", `${b.epoch}, ${b.token}`],
    ["CA", b.ca_hash ? h("abbr", { title: b.ca_hash }, `${b.ca_hash.slice(0, 19)}…`) : "none yet"]];
  if (b.lease_ms !== null) rows.push(["Lease", `${seconds(b.lease_ms)} left when asked`]);
  return panel("Bootstrap record", b.state, facts(rows), rack.operator ? h("p", null, h("button", { type: "button", class: "danger", id: "rearm", click: rearm }, "Rearm …")) : null);
}

function ticket(t) {
  const minter = t.minter ? ` by ${t.minter}` : "";
  return h("li", null, `${t.hostname} (${t.kind}): ${t.state}${minter}${t.reason ? `; ${t.reason}` : ""}`);
}

function queue(rack) {
  const list = [...rack.tickets].sort((a, b) => (a.kind === b.kind ? a.order - b.order : a.kind === "master" ? -1 : 1));
  return panel("Queue of joins", null, list.length ? h("ol", null, list.map(ticket)) : h("p", null, "empty"), h("p", { class: "soft" }, "Masters first, one at a time."));
}

const FRESH_MS = 60000; // masters repeat it every 30 s

function ago(standing) {
  return standing.age_ms > FRESH_MS ? ` (said ${seconds(standing.age_ms)} ago)` : "";
}

function vip(rack) {
  const holders = rack.standings.filter((s) => s.vip).map((s) => `${s.hostname}${ago(s)}`);
  const nobody = rack.standings.length ? "no master says that it does" : `${UNKNOWN}: no master has said anything`;
  return panel("VIP", holders.length > 1 ? "failed" : null, facts([["Address", rack.vip || UNKNOWN], ["Holder", holders.join(", ") || nobody]]));
}

// etcd's list of members, as reported last by a master.
function members(rack) {
  const told = rack.standings.filter((s) => s.members).sort((a, b) => a.age_ms - b.age_ms)[0];
  if (!told) return `${UNKNOWN}: no master has etcd's answer`;
  return `${told.members.map((name) => name || "one that is announced").join(", ")}; by ${told.hostname}${ago(told)}`;
}

// A master has joined when its step bootstrap is done.
function etcd(model) {
  const masters = [...model.machines.values()].filter((m) => m.role === "master" && !m.left);
  const joined = masters.filter((m) => m.spans.some((span) => span.step === "bootstrap" && span.state === "done") || model.now(m).ready);
  return panel("etcd", null, facts([
    ["Masters joined", joined.length ? `${joined.map((m) => m.hostname).join(", ")} (${joined.length} of ${masters.length})` : `none of ${masters.length} has said so`],
    ["Members", members(model.rack)]]));
}

function rate(m) {
  const list = m.events.filter((event) => event.step === "layers" && event.bytes >= 0).slice(-2);
  const took = list.length === 2 ? list[1].t - list[0].t : 0;
  return took > 0 && list[1].bytes > list[0].bytes ? ` at ${bytes((1000 * (list[1].bytes - list[0].bytes)) / took)}/s` : "";
}

function transfers(model) {
  const all = [...model.machines.values()].map((m) => [m, model.now(m)]);
  const busy = all.filter(([, p]) => p.event && p.event.step === "layers" && stateOf(p) === "running");
  const total = all.reduce((sum, [, p]) => sum + Math.max(0, p.bytes), 0);
  const lines = busy.map(([m, p]) => {
    const part = fetched(p.event);
    return h("li", null, `${m.hostname}: ${p.bytes > 0 ? bytes(p.bytes) : "begins"}${part === null ? "" : `, ${Math.round(100 * part)} %`}${rate(m)}`);
  });
  return panel("Layers", null, lines.length ? h("ul", null, lines) : h("p", null, "nobody is fetching"), h("p", { class: "soft" }, `${bytes(total)} reported by all machines`));
}

function claims(rack, open) {
  if (!rack.claims || !rack.claims.length) return null;
  return panel("Wants your decision", "failed", h("ul", null, rack.claims.map((c) => h("li", null, h("button", { type: "button", click: () => open(c.hostname) }, c.hostname), ` ${c.state}`))));
}

// Who is worked on in a cluster that lives; nothing while no order is open.
function maintenance(rack) {
  const m = rack.maintenance;
  if (!m || m.state === "CLOSED") return null;
  const rows = [["Order", `${m.kind}: ${m.state}`], ["In hand", m.holder ? `${m.holder}: ${m.step} for ${seconds(rack.now_ms - m.since_ms)}` : "nobody"], ["Then", m.waiting.join(", ") || "nobody"]];
  if (m.code) rows.push([m.code, m.message]);
  return panel("Maintenance", m.state === "HALTED" ? "failed" : null, facts(rows));
}

export function drawCluster(into, model, open, rearm) {
  const held = document.activeElement && into.contains(document.activeElement) ? document.activeElement.id : "";
  const rack = model.rack;
  const panels = rack ? [claims(rack, open), maintenance(rack), record(rack, rearm), queue(rack), vip(rack), etcd(model), transfers(model)] : [];
  into.replaceChildren(h("div", { class: "panels" }, panels));
  if (held) document.getElementById(held)?.focus();
}
