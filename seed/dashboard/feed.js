// SPDX-License-Identifier: Apache-2.0
// Gets news from the seed: first GET /v1/nodes and /v1/rack, then every event as it comes (server-sent events). The
// browser itself repeats a broken stream from the last event's id. A refused stream is asked for again after growing
// pauses; meanwhile the page polls.
const LOOK_MS = 15000; // how often the whole state is fetched, for what is no event
const RACK_LEAST_MS = 500; // at least this long between two GET /v1/rack
const PATIENCE_MS = 10000; // for one answer
const RETRY_FIRST_MS = 1000, RETRY_MOST_MS = 30000;

export async function ask(path, options = {}) {
  const reply = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS), ...options });
  const body = await reply.json();
  if (!reply.ok) throw Object.assign(new Error(`${body.error.message}; ${body.error.remedy}`), { status: reply.status, code: body.error.code });
  return body;
}

export class Feed {
  // changed(machine | null): one machine changed, or (null) anything; told(state, words): the state of the connection
  // to the seed
  constructor(model, changed, told) {
    Object.assign(this, { model, changed, told, offset: 0, retry: RETRY_FIRST_MS, stream: null, rackTimer: 0, behind: 0 });
  }

  now() { // by the seed's clock, since the browser's may be wrong
    return performance.timeOrigin + performance.now() + this.offset;
  }

  async start() {
    this.looking = this.looking || setInterval(() => this.look(), LOOK_MS);
    await this.look();
    this.follow();
  }

  // `last`: the newest event that the page had when it asked. If the seed does not have it, the seed lost its history.
  take(rack, nodes, sent, last) {
    const here = performance.timeOrigin + performance.now();
    this.offset = rack.now_ms - (sent + here) / 2;
    if (rack.last_event < last) {
      this.model.clear();
      this.unfollow();
      setTimeout(() => this.start(), 0);
    }
    this.model.setRack(rack);
    if (nodes) this.model.setNodes(nodes, this.now());
  }

  async look(all = true) {
    const sent = performance.timeOrigin + performance.now(), last = this.model.last;
    try {
      const [rack, nodes] = await Promise.all([ask("/v1/rack"), all ? ask("/v1/nodes") : null]);
      this.take(rack, nodes, sent, last);
      this.changed(null);
      this.watch(rack);
      if (this.stream?.readyState === EventSource.OPEN) this.told("live", "live");
    } catch (error) {
      this.told("away", error.status ? error.message : `the seed does not answer (${error.message}); what is shown is what it said last`);
    }
  }

  // A stream that is open and brings nothing while there are new events is dead, as after a laptop slept.
  watch(rack) {
    this.behind = rack.last_event > this.model.last ? this.behind + 1 : 0;
    if (this.behind >= 3) { this.behind = 0; this.unfollow(); this.follow(); }
  }

  rackSoon() {
    this.rackTimer = this.rackTimer || setTimeout(() => { this.rackTimer = 0; this.look(false); }, RACK_LEAST_MS);
  }

  unfollow() {
    if (this.stream) this.stream.close();
    this.stream = null;
    clearTimeout(this.again);
  }

  follow() {
    if (this.stream) return;
    const stream = (this.stream = new EventSource(`/v1/events?since=${this.model.last}`));
    stream.addEventListener("open", () => { this.retry = RETRY_FIRST_MS; this.told("live", "live"); this.look(); });
    stream.addEventListener("message", (message) => this.event(message.data));
    stream.addEventListener("rack", () => this.rackSoon());
    stream.addEventListener("error", () => this.broken(stream));
  }

  event(text) {
    let event;
    try { event = JSON.parse(text); } catch { return; }
    const machine = this.model.add(event);
    if (!machine) return;
    this.changed(machine);
    if (event.step === "bootstrap" || event.step === "claim" || event.step === "ready") this.rackSoon();
  }

  broken(stream) {
    if (stream.readyState !== EventSource.CLOSED) { // the browser tries again by itself
      this.told("away", "the seed does not answer; connecting again");
      return;
    }
    this.unfollow();
    const wait = this.retry * (0.75 + Math.random() / 2); // so that a thousand pages do not reconnect at once
    this.retry = Math.min(this.retry * 2, RETRY_MOST_MS);
    this.told("polling", `no stream; looking every ${LOOK_MS / 1000} s, asking again in ${Math.ceil(wait / 1000)} s`);
    this.again = setTimeout(() => this.follow(), wait);
  }
}
