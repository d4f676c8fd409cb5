// SPDX-License-Identifier: Apache-2.0
// The page. The feed puts news into the model; what changed is drawn at most once a frame and ten times a second.
import { announce, byId, h, setAttribute, setText } from "./dom.js";
import { moment, plural, seconds } from "./words.js";
import { Model } from "./model.js";
import { Feed } from "./feed.js";
import { Cards } from "./cards.js";
import { Timeline } from "./timeline.js";
import { drawCluster } from "./cluster.js";
import { openPage } from "./machine.js";
import { rearm } from "./acts.js";
import { otel, plain } from "./export.js";
import { png, svg } from "./picture.js";

const FRAME_MS = 100, TICK_MS = 1000;
const model = new Model(), dirty = new Set();
let everything = true, planned = false, timelineAt = 0, at = null; // at: the moment that is shown, null for now

const feed = new Feed(model, changed, (state, words) => { setAttribute(byId("link"), "data-state", state); setText(byId("link"), words); });
const page = openPage(model, feed);
const open = (hostname) => page.open(hostname);
const cards = new Cards(byId("machines"), open);
const timeline = new Timeline(byId("timeline"), open);

function changed(m) {
  if (m) { dirty.add(m); timeline.touch(m); } else everything = true;
  plan();
}

function plan() {
  if (planned) return;
  planned = true;
  setTimeout(() => requestAnimationFrame(() => { planned = false; draw(); }), FRAME_MS);
}

function machines() {
  return [...model.machines.values()].filter((m) => !m.left || m.events.length);
}

function range() {
  return model.range(byId("run").value === "all", feed.now());
}

function drawCards() {
  const now = at ?? feed.now();
  const list = at !== null || everything ? machines() : dirty;
  for (const m of list) cards.draw(m, model.at(m, at), now);
  if (everything) {
    const names = list.map((m) => m.hostname), known = new Set(names);
    for (const hostname of [...cards.cards.keys()]) if (!known.has(hostname)) { cards.remove(hostname); timeline.remove(hostname); }
    cards.order(names);
  }
  setText(byId("shown"), cards.filter(byId("find").value.trim().toLowerCase(), byId("show").value));
}

function drawSummary() {
  const list = machines(), ready = list.filter((m) => model.at(m, at).ready).length;
  const failed = list.filter((m) => { const p = model.at(m, at); return p.event && p.event.state === "failed"; }).map((m) => m.hostname);
  const rack = model.rack;
  if (!rack) return;
  setText(byId("site"), rack.site);
  if (document.title !== `${rack.site}: ${ready}/${list.length}`) document.title = `${rack.site}: ${ready}/${list.length}`;
  const words = failed.length ? `; failed: ${failed.slice(0, 5).join(", ")}${failed.length > 5 ? ` and ${failed.length - 5} more` : ""}` : "";
  setText(byId("summary"), `${ready} of ${plural(list.length, "machine")} ready, release ${rack.release}, ${rack.operator ? "you are the operator" : "read-only"}${at === null ? "" : `, at ${moment(at)}`}${words}`);
  const lost = [];
  if (model.first > 1) lost.push(`events before number ${model.first} are not at hand`);
  if (model.missed) lost.push(`${plural(model.missed, "event")} came too fast for this page`);
  setText(byId("gaps"), lost.join("; "));
}

function drawTimeline() {
  const shown = range();
  if (!shown) return;
  const scrub = byId("scrub");
  if (at !== null) at = Math.min(Math.max(at, shown.start), shown.end);
  scrub.value = at === null ? 1000 : Math.round((1000 * (at - shown.start)) / (shown.end - shown.start));
  setAttribute(scrub, "aria-valuetext", at === null ? "now" : `${moment(at)}, ${seconds(at - shown.start)} after the start`);
  timeline.draw(machines(), shown, at, feed.now());
}

function draw() {
  drawCards();
  if (everything || !model.rack) drawCluster(byId("cluster"), model, open, () => rearm(model.rack.site, () => feed.look()));
  drawSummary();
  const t = performance.now();
  if (everything || t - timelineAt > timeline.pace()) { timelineAt = t; drawTimeline(); }
  if (everything || (page.hostname && dirty.has(model.machine(page.hostname)))) page.draw();
  everything = false;
  dirty.clear();
}

function scrubTo(moment1) {
  at = moment1;
  byId("live").setAttribute("aria-pressed", String(at === null));
  byId("past").hidden = at === null;
  everything = true;
  plan();
}

function scrubbed() {
  const shown = range(), value = Number(byId("scrub").value);
  scrubTo(!shown || value >= 1000 ? null : shown.start + (value / 1000) * (shown.end - shown.start));
}

function save(name, blob) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

async function saveAs(kind) {
  const shown = range(), name = `${(model.rack?.site || "seedrack").replace(/[^\w.-]/g, "_")}-${shown ? Math.floor(shown.start / 1000) : 0}`;
  if (!shown) return announce("there is nothing to save yet");
  const json = (value) => new Blob([JSON.stringify(value, null, 1)], { type: "application/json" });
  const picture = () => svg(model.rack?.site || "seedrack", machines(), shown);
  if (kind === "json") save(`${name}.json`, json(plain(model, shown)));
  if (kind === "otel") save(`${name}.otlp.json`, json(otel(model, shown)));
  if (kind === "svg") save(`${name}.svg`, new Blob([picture().text], { type: "image/svg+xml" }));
  if (kind === "png") save(`${name}.png`, await png(picture()));
  return announce(`${name}: saved`);
}

function key(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]") || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const act = { "/": () => byId("find").focus(), t: () => byId("scrub").focus(), l: () => scrubTo(null), "?": () => byId("help").showModal() }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

// Draws only what moves with the clock: machines that are not ready, and the end of the timeline.
function tick() {
  if (at !== null || document.hidden) return;
  for (const m of model.machines.values()) if (!model.now(m).ready && m.events.length) dirty.add(m);
  if (dirty.size) plan();
}

byId("scrub").addEventListener("input", scrubbed);
byId("live").addEventListener("click", () => scrubTo(null));
for (const id of ["find", "show", "run"]) byId(id).addEventListener("input", () => changed(null));
for (const button of document.querySelectorAll("[data-export]")) button.addEventListener("click", () => saveAs(button.dataset.export).catch((error) => announce(error.message)));
byId("help-open").addEventListener("click", () => byId("help").showModal());
document.addEventListener("keydown", key);
document.addEventListener("visibilitychange", () => { if (!document.hidden) feed.look(); });
addEventListener("resize", () => changed(null));
setInterval(tick, TICK_MS);
feed.start();
