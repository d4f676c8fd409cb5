// SPDX-License-Identifier: Apache-2.0
// The dashboard beside machines that only talk: hostile words, wild clocks, the operator's acts and other people's, 200 machines, a thousand pages.
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { card, findings, open, text } from "./browser.mjs";
import { Fleet, call, forward, within } from "./fleet.mjs";
import { check, equal, holds, percentile } from "./report.mjs";

const HOSTILE = ["<img src=x onerror=\"window.hit=1\">", "<script>window.hit=1</script>", "</pre></dialog><b>x</b>", "\"><svg onload=window.hit=1>", "javascript:window.hit=1", "{{7*7}}${7*7}", "\u202egnp.exe", "&lt;i&gt;"];

async function fleet(top, count, use) {
  const folder = mkdtempSync("/tmp/seedrack-fleet.");
  const rack = new Fleet(top, folder, count);
  try {
    await rack.start();
    for (let i = 0; i < count; i++) await rack.claim(i);
    await use(rack);
  } finally {
    await rack.stop();
    rmSync(folder, { recursive: true });
  }
}

async function live(page) {
  await within(10, "live", async () => (await text(page, "#link")) === "live" || text(page, "#link"));
}

async function hostileRows(browser, rack) {
  const page = await open(await browser.newContext(), rack.url);
  await live(page);
  await check("HTML in every string a machine can send is text", async () => {
    const before = await page.evaluate(() => document.querySelectorAll("img, script, b, i, iframe").length);
    await rack.say(3, ...HOSTILE.map((words) => ({ step: words.slice(0, 32), state: "running", message: words })), { step: HOSTILE[0].slice(0, 32), state: "failed", message: HOSTILE.join(" ") });
    await within(5, "shown", async () => (await card(page, rack.site.nodes[3].hostname)).state === "failed");
    await page.locator(".card").nth(3).click();
    await within(5, "its page", async () => (await text(page, "#machine")).includes(HOSTILE[1]));
    await page.waitForTimeout(300);
    equal(await page.evaluate(() => [document.querySelectorAll("img, script, b, i, iframe").length, globalThis.hit ?? null]), [before, null], "elements, hit");
    await page.keyboard.press("Escape");
    equal(page.trouble, [], "console");
  });
  await check("even the page's own code cannot make markup of text", async () => {
    const stopped = await page.evaluate(() => { try { document.body.innerHTML = "<b>x</b>"; return "not stopped"; } catch (error) { return error.name; } });
    equal(stopped, "TypeError", "innerHTML");
  });
  await check("wild clocks: the page goes by the seed's", async () => {
    for (const at_ms of [0, 1, 4503599627370495, 4503599627370496]) await rack.say(4, { step: "clock", state: "done", at_ms, seconds: 4e8 });
    await rack.say(4, { step: "claim", state: "running", message: "still here", at_ms: 0 });
    await within(5, "shown", async () => (await card(page, rack.site.nodes[4].hostname)).text.includes("still here"));
    const tick = await page.locator(".axis span").last().textContent();
    holds(/^\+\d+(\.\d)? s$/.test(tick), `the axis ends at ${tick}`);
    page.trouble.length = 0;
  });
  await check("a browser whose clock is ten years off shows the same", async () => {
    const other = await browser.newContext();
    await other.addInitScript(() => { const offset = 3.2e11, now = Date.now; Date.now = () => now() + offset; Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + offset }); });
    const wrong = await open(other, rack.url);
    await live(wrong);
    await within(5, "shown", async () => (await card(wrong, rack.site.nodes[4].hostname)).text.includes("still here"));
    const time = await wrong.evaluate((name) => [...document.querySelectorAll(".card")].find((one) => one.textContent.includes(name)).querySelector(".time").textContent, rack.site.nodes[4].hostname);
    holds(/^\d+(\.\d)? s$/.test(time), `elapsed ${time}`);
    await other.close();
  });
  await check("a look that fails once while the stream goes on: said, and over with the next", async () => {
    await page.route("**/v1/rack", (route) => route.abort("connectionfailed"), { times: 1 });
    await rack.say(4, { step: "claim", state: "done" }); // the page looks at the record
    await within(5, "said", async () => (await page.getAttribute("#link", "data-state")) === "away" || text(page, "#link"));
    await rack.say(4, { step: "claim", state: "done", message: "still here" });
    await live(page);
  });
  await check("a seed that lost its history: the page begins anew, with what there is", async () => {
    await rack.stop();
    for (const end of ["", "-wal", "-shm"]) rmSync(`${rack.state}/events.sqlite${end}`, { force: true });
    await rack.start(rack.port);
    await rack.say(5, { step: "host", state: "running", message: "a new beginning" });
    await within(20, "shown", async () => (await card(page, rack.site.nodes[5].hostname)).text.includes("a new beginning") || text(page, "#link"));
    await within(5, "the old is gone", async () => { const c = await card(page, rack.site.nodes[4].hostname); return !c.text.includes("still here") || c; });
    await live(page);
  });
  await page.context().close();
}

async function act(page, hostname, name, typed, field) {
  await page.locator(".card", { hasText: hostname }).click();
  await page.click(`[data-act=${name}]`);
  if (field) await page.fill(`#confirm [name=${field[0]}]`, field[1]);
  const go = page.locator("#confirm [type=submit]");
  holds((await go.textContent()).includes(hostname), "the button names the machine");
  for (const wrong of ["", hostname.slice(0, -1), hostname.toUpperCase()]) {
    await page.fill("#confirm [name=confirm]", wrong);
    holds(await go.isDisabled(), `enabled by "${wrong}"`);
  }
  await page.fill("#confirm [name=confirm]", typed);
  await go.click();
  await page.waitForFunction(() => !document.querySelector("#confirm").open || document.querySelector("#confirm .wrong").textContent);
}

async function claimOf(rack, hostname) {
  return JSON.parse((await rack.admin(`/v1/nodes/${hostname}`)).body).claim;
}

async function otherPage() { // a page of somebody else on this very host
  const server = http.createServer((_, reply) => reply.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>x</title>"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${server.address().port}/` };
}

async function actRows(browser, rack) {
  const way = await forward(`${rack.state}/admin.sock`);
  const page = await open(await browser.newContext(), `${way.url}/`);
  await live(page);
  const [, , , deny, forget, wipe] = rack.site.nodes.map((node) => node.hostname);
  await check("the operator by a forwarded admin socket; the act wants the machine's name", async () => {
    await within(5, "operator", async () => (await text(page, "#summary")).includes("you are the operator") || text(page, "#summary"));
    await act(page, deny, "deny", deny);
    await within(5, "denied", async () => (await claimOf(rack, deny)).denied);
    await within(5, "told", async () => (await text(page, "#cluster")).includes(`${deny} denied`) || text(page, "#cluster"));
    equal(await findings(page), [], "axe");
    await page.keyboard.press("Escape");
    await act(page, forget, "forget", forget);
    await within(5, "forgotten", async () => (await claimOf(rack, forget)) === null);
    await page.keyboard.press("Escape");
    await act(page, wipe, "wipe-grant", wipe, ["serial", "DISK-1"]);
    await within(5, "done", async () => (await text(page, "#said")).includes("done") || text(page, "#said"));
    await page.keyboard.press("Escape");
  });
  await check("a refused act says why, and how to go on", async () => {
    await act(page, deny, "approve", deny, ["fingerprint", "0000-0000-0000-0000"]);
    await within(5, "why", async () => (await text(page, "#confirm .wrong")).includes("another key") || text(page, "#confirm .wrong"));
    equal(await findings(page), [], "axe");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
  });
  await check("another page in the operator's browser does nothing, whatever it sends", async () => {
    const other = await otherPage(), evil = await (await browser.newContext()).newPage(), victim = rack.site.nodes[6].hostname;
    await evil.goto(other.url);
    const tried = await evil.evaluate(async ([url, hostname]) => {
      const body = JSON.stringify({ hostname }), results = [];
      for (const options of [{ mode: "no-cors" }, { mode: "no-cors", headers: { "Content-Type": "text/plain" } }, { headers: { "Content-Type": "application/json" } }])
        results.push(await fetch(`${url}/v1/admin/forget`, { method: "POST", body, ...options }).then((reply) => reply.type, (error) => error.name));
      results.push(await fetch(`${url}/v1/nodes/${hostname}`).then(() => "read", (error) => error.name));
      return results;
    }, [way.url, victim]);
    equal(tried, ["opaque", "opaque", "TypeError", "TypeError"], "answers");
    holds(await claimOf(rack, victim), "its claim is there");
    await evil.goto(other.url);
    await evil.evaluate((url) => { const frame = document.createElement("iframe"); frame.src = url; document.body.append(frame); }, way.url);
    await evil.waitForTimeout(500);
    holds(!(await Promise.all(evil.frames().slice(1).map((frame) => frame.title().catch(() => "")))).some((title) => title.includes("fleet")), "in nobody's frame");
    await evil.context().close();
    other.server.close();
  });
  await page.context().close();
  way.server.close();
}

const WALK = ["link", "clock", "claim", "role", "disk", "layers", "host", "runtime", "kubelet", "bootstrap"];

// Ten events a second for a while, one of them each second marked; how long until the page shows the mark.
async function walk(rack, page, seconds) {
  const lags = [], start = Date.now();
  for (let n = 0; n < seconds * 10; n++) {
    const i = n % rack.site.nodes.length, hostname = rack.site.nodes[i].hostname, words = `mark ${n}`;
    const sent = Date.now();
    await rack.say(i, { step: WALK[Math.floor(n / 20) % WALK.length], state: n % 7 === 3 ? "done" : "running", message: words });
    if (n % 10 === 0) {
      await page.waitForFunction(([name, mark]) => [...document.querySelectorAll(".card")].some((one) => one.querySelector(".name").textContent === name && one.textContent.includes(mark)), [hostname, words], { polling: "raf", timeout: 5000 });
      lags.push(Date.now() - sent);
    }
    await sleep(Math.max(0, start + (n + 1) * 100 - Date.now()));
  }
  return lags;
}

// A function that tells how many seconds of a core the page's thread took since now.
async function busyTime(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const read = async () => (await session.send("Performance.getMetrics")).metrics.find((metric) => metric.name === "ThreadTime").value;
  const before = await read();
  return async () => (await read()) - before;
}

async function manyRows(browser, rack, shots) {
  const idle = rack.cpu();
  let told = 0;
  for (let i = 0; i < 200; i++) { // a history that no page looks at yet
    const events = [{ step: "link", state: "done", seconds: 0.1 }, { step: "claim", state: "done" }, { step: "layers", state: "running", message: "1 of 287 MiB", bytes: 1 << 20, total: 287 << 20 }, ...(i % 3 ? [{ step: "layers", state: "done", seconds: 1 }, { step: "ready", state: "ready", message: "node is Ready" }] : [{ step: "layers", state: "failed", message: "no answer" }])];
    await rack.say(i, ...events);
    told += events.length;
  }
  const perEvent = (rack.cpu() - idle) / told;
  const page = await open(await browser.newContext({ viewport: { width: 1280, height: 900 } }), rack.url);
  await live(page);
  await check("200 machines, ten events a second: it keeps up", async () => {
    await within(5, "200 cards", async () => (await page.locator(".card").count()) === 200);
    const heap = () => page.evaluate(() => { globalThis.gc?.(); return performance.memory.usedJSHeapSize; });
    const tasks = await busyTime(page), before = await heap(), lags = await walk(rack, page, 20), after = await heap(), busy = (await tasks()) / 20;
    equal(await text(page, "#gaps"), "", "what is not at hand"); // the run from its first event
    const p95 = percentile(lags, 0.95), names = (selector) => page.locator(selector).allTextContents();
    for (const selector of [".card .name", ".row .label"]) equal(await names(selector), rack.site.nodes.map((node) => node.hostname), `order of ${selector}`);
    holds(percentile(lags, 0.5) <= 1000, `lag ${percentile(lags, 0.5)} ms`); // the rest is the host's load
    holds(after < 64 << 20, `heap ${after}`);
    return `event to card median ${percentile(lags, 0.5)} ms, 95 % ${p95} ms; the page takes ${Math.round(100 * busy)} % of a core; page's heap ${(before / 1048576).toFixed(1)} to ${(after / 1048576).toFixed(1)} MiB; seed ${(rack.memory().peak / 1024).toFixed(1)} MiB, ${Math.round(perEvent)} µs of a core an event, ${Math.round(told / 200)} in a call`;
  });
  await check("200 machines are found, chosen and read; nothing serious by axe", async () => {
    equal(await findings(page), [], "axe");
    await page.screenshot({ path: `${shots}/dashboard-200.png`, fullPage: true });
    await page.fill("#find", "r04-");
    await within(3, "found", async () => (await text(page, "#shown")) === "40 of 200 machines" || text(page, "#shown"));
    await page.fill("#find", "");
    equal(page.trouble, [], "console");
    const widths = await page.evaluate(() => [...document.querySelectorAll(".card .name")].filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth).length);
    equal(widths, 0, "names that are cut");
  });
  return page;
}

// A hundred streams, of eight addresses so that no limit of one address helps. Returns the sockets and what each was answered.
async function pages(rack) {
  const sockets = [];
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => new Promise((resolve) => {
    const socket = net.connect({ ...rack.where, localAddress: `127.0.0.${2 + (i % 8)}` }, () => socket.write("GET /v1/events?since=0 HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"));
    sockets.push(socket);
    socket.once("data", (data) => resolve(Number(String(data).split(" ")[1])));
    socket.on("error", () => resolve(0)).on("close", () => resolve(0));
    socket.on("data", () => {});
  })));
  return { sockets, answers };
}

async function streams(rack) { // that are open
  return Number(/^seedrack_streams (\d+)$/m.exec((await call(rack.where, "GET", "/metrics")).body)[1]);
}

async function crowdRows(rack, page) {
  await check("a thousand pages at once, half of which hang up: bounded, and machines do not notice", async () => {
    const quiet = [], busy = [], before = rack.memory().now;
    const ask = async (list) => { const t = performance.now(); equal((await rack.as(7, "GET", "/v1/role")).status, 200, "role"); list.push(performance.now() - t); };
    for (let i = 0; i < 50; i++) await ask(quiet);
    const sockets = [], answers = [];
    let most = 0;
    for (let wave = 0; wave < 10; wave++) {
      const came = await pages(rack);
      sockets.push(...came.sockets);
      answers.push(...came.answers);
      most = Math.max(most, await streams(rack));
    }
    for (let i = 0; i < 100; i++) { await rack.say(i, { step: "host", state: "running", message: "in the crowd" }); await ask(busy); if (i < 50) for (const socket of sockets.slice(i * 10, i * 10 + 10)) socket.destroy(); }
    for (const socket of sockets) socket.destroy();
    const refused = answers.filter((status) => status === 503).length;
    holds(most > 90 && most <= 100, `${most} streams`);
    holds(percentile(busy, 0.5) < 250 && percentile(busy, 1) < 5000, `a machine waited ${percentile(busy, 0.5)} ms, ${percentile(busy, 1)} ms at most`); // on a busy host
    const grown = rack.memory().now - before;
    holds(grown < 16384, `seed grew by ${grown} KiB`);
    return `${most} streams at once, ${refused} refused; a machine's call 95 % ${percentile(quiet, 0.95).toFixed(1)} ms, in the crowd ${percentile(busy, 0.95).toFixed(1)} ms; seed +${grown} KiB`;
  });
  await check("and the page that was there is live again, with the last word", async () => {
    await rack.say(9, { step: "ready", state: "ready", message: "after the crowd" });
    await within(45, "live", async () => (await text(page, "#link")) === "live" || text(page, "#link"));
    await within(5, "the last word", async () => (await card(page, rack.site.nodes[9].hostname)).state === "ready");
  });
  await check("no stream is left behind", async () => {
    await within(20, "streams", async () => {
      await rack.say(9, { step: "ready", state: "ready", message: "is anybody there" });
      const open = await streams(rack);
      return open <= 1 || open;
    });
  });
}

export async function fleetRows(browser, { top, shots }) {
  await fleet(top, 7, async (rack) => {
    await hostileRows(browser, rack);
    await actRows(browser, rack);
  });
  await fleet(top, 200, async (rack) => {
    const page = await manyRows(browser, rack, shots);
    await crowdRows(rack, page);
    await page.context().close();
  });
}
