// SPDX-License-Identifier: Apache-2.0
// The rack as a picture: one card for each machine. Tab stops once; arrow keys move among the cards.
import { h, setAttribute, setText } from "./dom.js";
import { bytes, plural, seconds } from "./words.js";
import { LAST, STEPS, fraction, stateOf } from "./model.js";

const MANY = 40; // from here on cards are small

const WORDS = { silent: "never heard of", ready: "ready" };

function card(m, open) {
  const parts = {
    name: h("span", { class: "name" }), role: h("span", { class: "role" }), step: h("span", { class: "step" }), time: h("span", { class: "time" }),
    fill: h("span"), said: h("span", { class: "said" }),
  };
  const button = h("button", { type: "button", class: "card", tabindex: -1, "aria-haspopup": "dialog", click: () => open(m.hostname) },
    parts.name, parts.role, parts.step, parts.time, h("span", { class: "bar", "aria-hidden": "true" }, parts.fill), parts.said);
  return { ...parts, button, item: h("li", null, button) };
}

function elapsed(p, now) {
  if (!p.event) return "";
  return p.ready ? seconds(p.readyAt - p.first) : seconds(now - p.first);
}

// A machine whose firmware asked what to boot and that sent no event since. Only the seed knows this, and only for now,
// not for past moments.
function booted(m, p, now) {
  if (!m.row || m.row.script_ms === null || now < m.rowAt) return "";
  const at = m.rowAt - m.row.script_ms;
  return p.event && p.event.t >= at ? "" : `booted iPXE ${seconds(now - at)} ago, silent since`;
}

export class Cards {
  constructor(list, open) {
    Object.assign(this, { list, open, cards: new Map() });
    list.addEventListener("keydown", (event) => this.key(event));
  }

  shown() {
    return [...this.cards.values()].filter((c) => !c.item.hidden).map((c) => c.button);
  }

  columns(buttons) {
    const top = buttons[0].offsetTop, next = buttons.findIndex((button) => button.offsetTop !== top);
    return next < 0 ? buttons.length : next;
  }

  key(event) {
    const buttons = this.shown(), at = buttons.indexOf(document.activeElement);
    if (at < 0) return;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + this.columns(buttons), ArrowUp: at - this.columns(buttons), Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || !buttons[to]) return;
    event.preventDefault();
    this.stop(buttons[to]);
    buttons[to].focus();
  }

  stop(button) { // the card where Tab stops
    if (this.stopped && this.stopped !== button) this.stopped.tabIndex = -1;
    button.tabIndex = 0;
    this.stopped = button;
  }

  draw(m, p, now) {
    let c = this.cards.get(m.hostname);
    if (!c) {
      this.cards.set(m.hostname, (c = card(m, this.open)));
      this.list.append(c.item);
      this.list.classList.toggle("many", this.cards.size > MANY);
    }
    const state = stateOf(p);
    setAttribute(c.button, "data-state", state);
    setText(c.name, m.hostname);
    setText(c.role, m.left ? "left the site" : m.role || "role not known");
    setText(c.step, WORDS[state] || (p.claimedAgain ? "claimed again" : `${p.event.step}, ${p.event.state}`));
    setText(c.time, elapsed(p, now));
    setText(c.said, booted(m, p, now) || (p.event ? this.words(p, now) : m.row && m.row.claimed ? "claimed, has said nothing" : "not claimed"));
    const width = `${(100 * fraction(p, m.role)).toFixed(1)}%`;
    if (c.fill.style.width !== width) c.fill.style.width = width;
    c.state = state;
    c.master = m.role === "master";
  }

  words(p, now) {
    const step = STEPS.indexOf(p.event.step);
    const place = p.ready || step < 0 || step === LAST ? "" : `step ${step + 1} of ${LAST} · `;
    const size = p.bytes > 0 && p.event.step === "layers" ? `${bytes(p.bytes)} · ` : "";
    const quiet = now - p.event.t > 60000 && !p.ready ? `no word for ${seconds(now - p.event.t)} · ` : "";
    return `${quiet}${place}${size}${p.event.message}`;
  }

  // Puts the cards of the whole site in the site's order.
  order(hostnames) {
    hostnames.forEach((hostname, i) => {
      const { item } = this.cards.get(hostname);
      if (this.list.children[i] !== item) this.list.insertBefore(item, this.list.children[i]);
    });
  }

  remove(hostname) {
    const c = this.cards.get(hostname);
    if (c) c.item.remove();
    this.cards.delete(hostname);
  }

  // Shows the cards that match the name and the chosen state. Returns a text such as "3 of 7 machines".
  filter(find, show) {
    const wanted = { all: () => true, busy: (c) => c.state !== "ready", master: (c) => c.master }[show] || ((c) => c.state === show);
    let shown = 0;
    for (const [hostname, c] of this.cards) {
      const hide = !hostname.toLowerCase().includes(find) || !wanted(c);
      if (c.item.hidden !== hide) c.item.hidden = hide;
      shown += !hide;
    }
    const buttons = this.shown();
    if (buttons.length && !buttons.includes(this.stopped)) this.stop(buttons[0]);
    return shown === this.cards.size ? "" : `${shown} of ${plural(this.cards.size, "machine")}`;
  }
}
