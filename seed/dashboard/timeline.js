// SPDX-License-Identifier: Apache-2.0
// The run as bars, one row for each machine. A row's SVG is as wide as the run in seconds and is stretched by its
// viewBox, so bars do not move when time passes.
import { h, s, setAttribute, setText } from "./dom.js";
import { moment, seconds } from "./words.js";

const MANY = 40, TICKS = 5, NAME_PART = 0.06;

export class Timeline {
  constructor(into, open) {
    this.axis = h("div", { class: "axis", "aria-hidden": "true" });
    this.cursor = h("div", { class: "cursor", "aria-hidden": "true" });
    this.tracks = h("div", { role: "list", "aria-label": "Steps of every machine over time" });
    Object.assign(this, { into, open, rows: new Map(), origin: 0 });
    into.append(h("div", { class: "row" }, h("span"), this.axis), this.tracks, this.cursor);
  }

  row(m) {
    let row = this.rows.get(m.hostname);
    if (row) return row;
    const svg = s("svg", { role: "img", preserveAspectRatio: "none", viewBox: "0 0 1 10" });
    row = { svg, label: h("span", { class: "label" }, m.hostname), dirty: true };
    row.names = h("div", { "aria-hidden": "true" });
    row.element = h("div", { class: "row", role: "listitem" }, row.label, h("div", { class: "track" }, svg, row.names));
    row.element.addEventListener("click", () => this.open(m.hostname));
    this.rows.set(m.hostname, row);
    this.tracks.append(row.element);
    this.into.classList.toggle("many", this.rows.size > MANY);
    return row;
  }

  pace() { // ms between two drawings
    return this.rows.size > MANY ? 2000 : 500;
  }

  touch(m) { // the next draw() puts the rows in the site's order
    const row = this.rows.get(m.hostname);
    if (row) row.dirty = true;
  }

  remove(hostname) {
    this.rows.get(hostname)?.element.remove();
    this.rows.delete(hostname);
  }

  bars(m, row, range, now) {
    const visible = m.spans.filter((span) => (span.end ?? now) >= range.start && span.start <= range.end);
    row.svg.replaceChildren(...visible.map((span) => {
      const from = Math.max(span.start, range.start), to = Math.min(span.end ?? range.end, range.end);
      const took = span.end === null ? "" : `, ${seconds(span.end - span.start)}`;
      return s("rect", { x: (from - range.start) / 1000, width: Math.max((to - from) / 1000, (range.end - range.start) / 400000), y: span.state === "ready" ? 3 : 0,
        height: span.state === "ready" ? 4 : 10, "data-state": span.state }, s("title", null, `${span.step}: ${span.state}${took}; ${span.message}`));
    }));
    const last = m.spans[m.spans.length - 1];
    row.visible = visible;
    setAttribute(row.svg, "aria-label", last ? `${m.hostname}: ${visible.length} spans, now ${last.step} ${last.state}` : `${m.hostname}: nothing`);
    row.open = last && last.end === null;
    row.dirty = false;
  }

  // Writes the steps' names where a bar has room and the rows are high enough.
  names(row, range) {
    const width = range.end - range.start, some = [];
    for (const span of this.rows.size > MANY ? [] : row.visible) {
      const from = Math.max(span.start, range.start), part = (Math.min(span.end ?? range.end, range.end) - from) / width;
      if (part < NAME_PART || span.state === "ready") continue;
      const name = h("span", { "data-state": span.state }, span.step);
      name.style.left = `calc(${(100 * (from - range.start)) / width}% + 1px)`;
      name.style.maxWidth = `calc(${100 * part}% - 2px)`;
      some.push(name);
    }
    row.names.replaceChildren(...some);
  }

  // `at`: the moment that is shown, or null for now
  draw(machines, range, at, now) {
    const moved = !this.range || this.range.start !== range.start, grown = !this.range || this.range.end !== range.end;
    this.range = range;
    const width = (range.end - range.start) / 1000;
    for (const m of machines) {
      const row = this.row(m);
      if (row.dirty || moved || (grown && row.open)) this.bars(m, row, range, now);
      if (grown || moved || !row.drawn) setAttribute(row.svg, "viewBox", `0 0 ${width} 10`);
      if (grown || moved || !row.drawn) this.names(row, range);
      row.drawn = true;
    }
    machines.forEach((m, i) => {
      const { element } = this.rows.get(m.hostname);
      if (this.tracks.children[i] !== element) this.tracks.insertBefore(element, this.tracks.children[i]);
    });
    this.drawAxis(range);
    this.drawCursor(range, at);
  }

  drawAxis(range) {
    while (this.axis.children.length <= TICKS) this.axis.append(h("span"));
    [...this.axis.children].forEach((tick, i) => {
      const part = i / TICKS;
      setText(tick, i ? `+${seconds(part * (range.end - range.start))}` : moment(range.start));
      tick.style.left = i < TICKS ? `${100 * part}%` : "";
      tick.style.right = i < TICKS ? "" : "0";
      tick.hidden = i > 0 && i < TICKS && this.axis.clientWidth < 480;
    });
  }

  drawCursor(range, at) {
    this.cursor.hidden = at === null;
    if (at === null) return;
    const axis = this.axis.getBoundingClientRect(), box = this.into.getBoundingClientRect();
    this.cursor.style.left = `${axis.left - box.left + (axis.width * (at - range.start)) / (range.end - range.start)}px`;
  }
}
