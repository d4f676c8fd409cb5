// SPDX-License-Identifier: Apache-2.0
// The machines' events in order, and the state of each machine at any moment, computed from them. Pure: no page, no
// network, no clock.
export const STEPS = ["link", "clock", "claim", "role", "disk", "layers", "pivot", "host", "runtime", "kubelet", "control", "bootstrap", "watch", "ready"];
export const LAST = STEPS.length - 1; // "ready" is not in the agent's table of steps; the others are
const BOOT_STEPS = new Set(["link", "clock", "claim"]); // steps that a machine reports only while it starts
const EVENTS_MOST = 20000; // of all machines; the oldest go first
const LATE_MOST_MS = 15 * 60 * 1000; // an event that waited on the machine for longer counts from when it arrived
const RUN_GAP_MS = 10 * 60 * 1000; // silence that ends a run

function machine(hostname) {
  return { hostname, role: "", address: "", mac: "", row: null, events: [], spans: [], lag: Infinity, lags: [], placed: 0 };
}

// When the event happened, by the seed's clock. Machines keep events while the seed is away, and their own clocks may
// be wrong. The smallest recent difference between both clocks is taken as their offset; an event with a larger one was
// delayed.
function place(m, event) {
  const lag = event.received_ms - event.at_ms;
  m.lags.push(lag);
  if (m.lags.length > 64) m.lags.shift();
  const late = lag - Math.min(...m.lags);
  const t = late > 0 && late <= LATE_MOST_MS ? event.received_ms - late : event.received_ms;
  m.placed = Math.min(Math.max(t, m.placed), event.received_ms);
  return m.placed;
}

export function progressStart() {
  return { event: null, first: 0, readyAt: 0, ready: false, bytes: -1, boots: 0 };
}

// Whether the event means that the machine boots: a running machine never reports these steps.
function startsAgain(p, event) {
  return !p.event || (BOOT_STEPS.has(event.step) && (p.ready || STEPS.indexOf(event.step) < STEPS.indexOf(p.event.step)));
}

// The state of the machine after one more event.
export function progressNext(p, event) {
  const boots = startsAgain(p, event);
  const next = boots ? { ...progressStart(), first: event.t, boots: p.boots + 1 } : { ...p };
  next.event = event;
  if (event.bytes >= 0) next.bytes = event.bytes;
  if (event.step === "ready" && event.state === "ready") {
    if (!next.ready) next.readyAt = event.t;
    next.ready = true;
  }
  return next;
}

function opened(event, start, boot) {
  return { step: event.step, start, end: null, state: event.state, message: event.message, failures: event.state === "failed" ? 1 : 0, boot };
}

// Adds an event to the list of spans: {step, start, end | null, state, message, failures, boot}.
export function spanAdd(spans, event, p) {
  const last = spans[spans.length - 1], open = last && last.end === null ? last : null;
  const boots = !last || last.boot !== p.boots;
  if (open && (boots || open.step !== event.step)) {
    open.end = event.t;
    if (boots && (open.state === "running" || open.state === "waiting")) open.state = "cut";
  }
  if (open && !boots && open.step === event.step) {
    open.message = event.message;
    open.state = event.state;
    open.failures += event.state === "failed";
    if (event.state === "done") open.end = event.t;
    return;
  }
  const took = Number.isFinite(event.seconds) ? event.seconds * 1000 : 0;
  const begun = event.state === "done" || event.state === "failed" ? Math.min(event.t, Math.max(event.t - took, last ? last.end : -Infinity)) : event.t;
  spans.push(opened(event, begun, p.boots));
  if (event.state === "done") spans[spans.length - 1].end = event.t;
}

export class Model {
  constructor() {
    this.rack = null;
    this.clear();
  }

  clear() {
    this.machines = new Map();
    this.last = 0; // id of the newest event
    this.first = 0; // id of the oldest event in the model
    this.count = 0;
    this.missed = 0; // ids that never came
    this.log = [];
  }

  machine(hostname) {
    let m = this.machines.get(hostname);
    if (!m) this.machines.set(hostname, (m = machine(hostname)));
    return m;
  }

  // GET /v1/nodes. `now`: the time of the reply.
  setNodes(reply, now) {
    const before = this.machines;
    this.machines = new Map(); // in the site's order; machines that left the site are last
    for (const row of reply.nodes) {
      const m = before.get(row.hostname) || machine(row.hostname);
      Object.assign(m, { role: row.role, address: row.address, mac: row.mac, row, rowAt: now, rowEvent: reply.last_event, left: false });
      this.machines.set(row.hostname, m);
    }
    for (const [hostname, m] of before) if (!this.machines.has(hostname)) this.machines.set(hostname, Object.assign(m, { left: true }));
  }

  setRack(reply) {
    this.rack = reply;
  }

  // Returns the machine, or null for an event that the model has already.
  add(event) {
    if (!(event.id > this.last)) return null;
    if (this.last && event.id > this.last + 1) this.missed += event.id - this.last - 1;
    this.last = event.id;
    this.first = this.first || event.id;
    const m = this.machine(event.hostname);
    event.t = place(m, event);
    m.events.push(event);
    m.progress = progressNext(m.progress || progressStart(), event);
    spanAdd(m.spans, event, m.progress);
    this.log.push(event);
    if (this.log.length > EVENTS_MOST) this.drop(EVENTS_MOST / 10);
    return m;
  }

  drop(count) {
    for (const event of this.log.splice(0, count)) this.machine(event.hostname).events.shift();
    this.first = this.log[0].id;
    const oldest = this.log[0].t;
    for (const m of this.machines.values()) m.spans = m.spans.filter((span) => span.end === null || span.end >= oldest);
  }

  // The state of a machine at the time `t`; null: now, and then GET /v1/nodes counts if it is newer than the events.
  at(m, t) {
    if (t === null) return this.now(m);
    let p = progressStart();
    for (const event of m.events) {
      if (event.t > t) break;
      p = progressNext(p, event);
    }
    return p;
  }

  now(m) {
    const p = m.progress || progressStart(), row = m.row;
    if (!row) return p;
    if (!p.event && row.since_ms !== null) {
      const t = m.rowAt - row.since_ms;
      const event = { step: row.step, state: row.state, message: row.message, seconds: row.seconds, bytes: row.bytes ?? -1, total: row.total ?? -1, t };
      return { event, first: row.first_ms || t, readyAt: row.ready_ms || 0, ready: row.ready, bytes: row.bytes ?? -1, boots: 1 };
    }
    if (p.ready && !row.ready && m.rowEvent >= p.event.id) return { ...p, ready: false, claimedAgain: true };
    return p;
  }

  // {start, end} of what the timeline shows, by the seed's clock; null: nothing to show.
  range(all, now) {
    const times = this.log.map((event) => event.t).sort((a, b) => a - b);
    if (!times.length) return null;
    let from = 0;
    for (let i = times.length - 1; i > 0 && !all; i--)
      if (times[i] - times[i - 1] > RUN_GAP_MS) { from = i; break; }
    const busy = [...this.machines.values()].some((m) => !m.left && !this.now(m).ready);
    const last = times[times.length - 1];
    const end = busy || now - last < 5000 ? Math.max(now, last) : last;
    return { start: times[from], end: Math.max(end, times[from] + 1000) };
  }
}

export function stateOf(p) {
  if (!p.event) return "silent";
  if (p.claimedAgain) return "waiting";
  if (p.ready) return "ready";
  return ["running", "waiting", "failed", "done"].includes(p.event.state) ? p.event.state : "running";
}

// Progress from 0 to 1: the steps that are done, and of the step layers the part that was fetched.
export function fraction(p, role) {
  if (!p.event) return 0;
  if (p.ready) return 1;
  const steps = role === "worker" ? STEPS.filter((step) => step !== "control") : STEPS;
  const index = steps.indexOf(p.event.step);
  if (index < 0) return 0;
  return (index + (p.event.state === "done" ? 1 : fetched(p.event) || 0)) / steps.length;
}

// The part of the layers that was fetched according to this event, 0 to 1, or null.
export function fetched(event) {
  return event.step === "layers" && event.bytes >= 0 && event.total > 0 ? Math.min(1, event.bytes / event.total) : null;
}
