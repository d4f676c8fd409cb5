// SPDX-License-Identifier: Apache-2.0
// The dashboard beside a real rack: it comes up, a machine fails and recovers, the seed restarts.
import { execFile, spawn } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { card, findings, open, text } from "./browser.mjs";
import { call, within } from "./fleet.mjs";
import { check, equal, holds } from "./report.mjs";

const run = promisify(execFile);
const SEED = "https://172.22.132.1:8443", BUDGET = 150 * 1024;

// What the page showed at any time: the record's states, who waited in the queue, the states of each card.
function watchPage(page) {
  return page.evaluate(() => {
    const seen = (globalThis.seen = { record: [], queue: [], cards: {} });
    const note = (list, value) => { if (value && !list.includes(value)) list.push(value); };
    const look = () => {
      const panels = [...document.querySelectorAll(".panel")];
      const of = (title) => panels.find((panel) => panel.querySelector("h3").textContent === title);
      note(seen.record, of("Bootstrap record")?.querySelector("dd").textContent.split(":")[0]);
      for (const item of of("Queue of joins")?.querySelectorAll("li") ?? []) note(seen.queue, item.textContent.split(":")[0]);
      for (const one of document.querySelectorAll(".card")) note((seen.cards[one.querySelector(".name").textContent] ??= []), one.dataset.state);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
  });
}

async function saved(page, kind) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`[data-export=${kind}]`)]);
  return { name: download.suggestedFilename(), data: readFileSync(await download.path()) };
}

function spansOf(trace) {
  return trace.resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans));
}

// Shapes of OTLP: hex ids of the right length, times in order, every parent there.
function checkSpans(trace) {
  const spans = spansOf(trace), ids = new Set(spans.map((span) => span.spanId));
  equal(ids.size, spans.length, "span ids");
  for (const span of spans) {
    holds(/^[0-9a-f]{32}$/.test(span.traceId) && /^[0-9a-f]{16}$/.test(span.spanId) && BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano), JSON.stringify(span));
    holds(!span.parentSpanId || ids.has(span.parentSpanId), `parent of ${span.name}`);
  }
  equal(spans.filter((span) => !span.parentSpanId).length, 1, "roots");
  return spans.length;
}

// When each of them says what is wrong with k8s-n1: milliseconds since the site told it to do what cannot be done.
async function failureSeen(page, folder, seedctl, breakIt) {
  const at = {}, why = "/etc/resolv.conf";
  const cli = spawn(seedctl, ["logs", "-f", "--admin-socket", `${folder}/seed/admin.sock`, "k8s-n1"]);
  let said = "", begun = 0;
  cli.stdout.on("data", (data) => {
    said += data;
    if (begun && said.includes(why)) at.seedctl ??= Date.now();
  });
  const shown = page.waitForFunction((words) => [...document.querySelectorAll(".card")].some((one) => one.querySelector(".name").textContent === "k8s-n1" && one.textContent.includes(words)) && Date.now(), why, { polling: "raf", timeout: 15000 });
  shown.catch(() => {}); // it is awaited later, or something else went wrong before
  try {
    await within(5, "seedctl has caught up", async () => said.includes("ready") || said);
    said = "";
    begun = Date.now();
    breakIt();
    at.page = await (await shown).jsonValue();
    await within(15, "seedctl", async () => (at.seedctl ? true : said));
    return Object.fromEntries(Object.entries(at).map(([who, when]) => [who, when - begun]));
  } finally {
    cli.kill();
  }
}

export async function rackRows(browser, { rack, folder, shots, top }) {
  const asks = async (path) => JSON.parse((await call({ socketPath: `${folder}/seed/admin.sock` }, "GET", path)).body);
  const change = (edit) => {
    const site = JSON.parse(readFileSync(`${folder}/site.json`));
    edit(site);
    writeFileSync(`${folder}/.site.new`, JSON.stringify(site));
    renameSync(`${folder}/.site.new`, `${folder}/site.json`);
  };
  const worker = (site) => site.nodes.find((node) => node.hostname === "k8s-n1");
  const state = (page, hostname, wanted) => async () => { const c = await card(page, hostname); return c.state === wanted || c; };
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  let page;

  await check("a reader's page by TLS: live, silent machines are said to be silent", async () => {
    page = await open(context, `${SEED}/`);
    await within(10, "live", async () => (await text(page, "#link")) === "live");
    for (const hostname of ["k8s-m1", "k8s-n1"]) await within(5, hostname, state(page, hostname, "silent"));
    await within(5, "read-only", async () => (await text(page, "#summary")).includes("read-only") || text(page, "#summary"));
    await watchPage(page);
  });
  await check("all of it is at most 150 KiB, from the seed alone; first paint", async () => {
    const loads = await page.evaluate(() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].filter((e) => !e.name.includes("/v1/")).map((e) => e.decodedBodySize));
    const bytes = loads.reduce((sum, size) => sum + size, 0), paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);
    equal(page.foreign, [], "requests to elsewhere");
    holds(bytes > 10000 && bytes <= BUDGET, `${bytes} bytes`);
    return `${(bytes / 1024).toFixed(1)} KiB in ${loads.length} files, first paint ${Math.round(paint)} ms`;
  });
  await check("a machine whose firmware asked what to boot, and that says nothing: since when", async () => {
    const { mac } = worker(JSON.parse(readFileSync(`${folder}/site.json`)));
    equal((await call({ host: "172.22.132.1", port: 8080 }, "GET", `/boot.ipxe?mac=${mac}`)).status, 200, "the boot script");
    await within(20, "said", async () => { const c = await card(page, "k8s-n1"); return /booted iPXE [0-9.]+ s ago, silent since/.test(c.text) || c; });
  });
  await check("a machine fails: its card says so, with the remedy", async () => {
    change((site) => { worker(site).interface = "eth9"; });
    await run(rack, ["power-on", "all"]);
    await within(40, "k8s-n1 fails", state(page, "k8s-n1", "failed"));
    holds((await card(page, "k8s-n1")).text.includes("eth9"), "what is wrong");
    holds((await text(page, "#summary")).includes("failed: k8s-n1"), "the summary");
    await page.screenshot({ path: `${shots}/dashboard-failed.png`, fullPage: true });
  });
  await check("the seed restarts: the page says that it is away, and comes back by itself", async () => {
    await run(rack, ["stop-seed"]);
    await within(10, "away", async () => (await page.getAttribute("#link", "data-state")) === "away" || text(page, "#link"));
    await run(rack, ["start-seed"]);
    await within(20, "live again", async () => (await text(page, "#link")) === "live" || text(page, "#link"));
  });
  await check("the machine that failed recovers on the page", async () => {
    change((site) => { delete worker(site).interface; });
    await run(rack, ["power-off", "k8s-n1"]);
    await run(rack, ["power-on", "k8s-n1"]);
    await within(30, "k8s-n1 leaves failed", async () => { const c = await card(page, "k8s-n1"); return c.state !== "failed" || c; });
  });
  await check("the rack comes up on the page", async () => {
    for (const hostname of ["k8s-m1", "k8s-n1"]) await within(150, `${hostname} ready`, state(page, hostname, "ready"));
    const seen = await page.evaluate(() => globalThis.seen);
    holds(seen.record.includes("INITIALISING") && seen.record.includes("INITIALISED"), `record: ${seen.record}`);
    holds(seen.queue.includes("k8s-n1 (worker)"), `queue: ${seen.queue}`);
    holds(["silent", "running", "failed", "ready"].every((one) => seen.cards["k8s-n1"].includes(one)), `cards: ${JSON.stringify(seen.cards)}`);
    await within(5, "holder", async () => (await text(page, "#cluster")).includes("Holderk8s-m1"));
    return `record ${seen.record.join(", ")}`;
  });
  await check("who holds the VIP, and etcd's members, as a master tells them", async () => {
    await within(20, "VIP", async () => { const shown = await text(page, "#cluster"); return shown.includes("172.22.132.10Holderk8s-m1") || shown; });
    await within(20, "etcd", async () => { const shown = await text(page, "#cluster"); return shown.includes("Membersk8s-m1; by k8s-m1") || shown; });
  });
  await check("and lost nothing: every event of the seed is on the page, once", async () => {
    let since = 0, all = [], more;
    do { more = (await asks(`/v1/events?since=${since}`)).events; all.push(...more); since = all.at(-1).id; } while (more.length === 256);
    const json = JSON.parse((await saved(page, "json")).data);
    equal(json.events.map((event) => event.id).slice(0, all.length), all.map((event) => event.id), "ids");
    equal(json.missed_events, 0, "missed");
    const worker = json.machines.find((m) => m.hostname === "k8s-n1").spans;
    holds(worker.some((span) => span.failures > 0 && span.state === "failed" && span.boot === 1), "the failure is a span");
    equal(worker.at(-1).boot, 2, "starts of k8s-n1");
    return `${all.length} events`;
  });
  await check("time goes back and forth by keyboard: machines as they were", async () => {
    await page.keyboard.press("t");
    await page.keyboard.press("Home");
    await within(5, "k8s-m1 was not ready", async () => { const c = await card(page, "k8s-m1"); return c.state !== "ready" || c; });
    holds(await page.isVisible("#past"), "the cluster's section says that it is of now");
    holds((await page.getAttribute("#scrub", "aria-valuetext")).includes("after the start"), "in words");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("l");
    await within(5, "ready again", state(page, "k8s-m1", "ready"));
  });
  await check("saved: spans of OpenTelemetry, SVG, PNG", async () => {
    const spans = checkSpans(JSON.parse((await saved(page, "otel")).data));
    const svg = await saved(page, "svg"), png = await saved(page, "png");
    writeFileSync(`${shots}/${svg.name}`, svg.data);
    await run("python3", ["-c", "import sys, xml.dom.minidom as m; d = m.parse(sys.argv[1]); assert len(d.getElementsByTagName('rect')) > 20", `${shots}/${svg.name}`]);
    holds(png.data.subarray(1, 4).toString() === "PNG" && png.data.readUInt32BE(16) === 2800, "PNG");
    return `${spans} spans, SVG ${svg.data.length} bytes, PNG ${png.data.length} bytes`;
  });
  await check("keyboard alone: to a machine, into its page and back", async () => {
    await page.focus("#show");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    const name = await page.evaluate(() => document.activeElement.querySelector(".name").textContent);
    await page.keyboard.press("Enter");
    equal(await text(page, "#machine-title"), name, "whose page");
    holds((await text(page, "#machine")).includes("are the operator's to see"), "a reader is told what is not shown");
    equal(await page.locator("[data-act], #rearm").count(), 0, "a reader's acts");
    await page.keyboard.press("Escape");
    equal(await page.evaluate(() => document.activeElement.querySelector(".name").textContent), name, "focus comes back");
  });
  for (const [name, colorScheme, width] of [["light", "light", 1280], ["dark", "dark", 1280], ["phone", "light", 360]])
    await check(`${name}: nothing serious by axe, no sideways scrolling; screenshot`, async () => {
      await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(300);
      equal(await findings(page), [], "the page");
      holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "scrolls sideways");
      await page.screenshot({ path: `${shots}/dashboard-${name}.png`, fullPage: true });
      await page.locator(".card").first().click();
      equal(await findings(page), [], "a machine's page");
      await page.screenshot({ path: `${shots}/dashboard-${name}-machine.png` });
      await page.keyboard.press("Escape");
    });
  await check("a Ready machine fails: page and seedctl show the cause within 2 s", async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    const sh = (words) => run(rack, ["exec", "k8s-n1", "sh", "-c", words]), card1 = async () => (await card(page, "k8s-n1")).text;
    const runs = [], slowest = (who) => Math.max(...runs.map((one) => one[who]));
    for (let i = 0; i < 5; i++) {
      await sh("rm -rf /etc/resolv.conf && mkdir -p /etc/resolv.conf/in-the-way");
      runs.push(await failureSeen(page, folder, `${top}/build/seedctl`, () => change((site) => { site.network.nameservers = [`172.22.132.${i + 1}`]; })));
      await sh("rm -r /etc/resolv.conf");
      await within(30, "k8s-n1 is over it", async () => { const words = await card1(); return !words.includes("in-the-way") && /is over|followed/.test(words) || words; });
    }
    const words = ["page", "seedctl"].map((who) => `${who} ${slowest(who)} ms`).join(", ");
    holds(slowest("page") <= 2000 && slowest("seedctl") <= 2000, words);
    return `slowest of ${runs.length}: ${words}`;
  });
  await check("a maintenance is shown while it is open, with the machine in hand", async () => {
    await run(`${top}/build/seedctl`, ["renew", "--single", "--admin-socket", `${folder}/seed/admin.sock`]);
    await within(60, "shown", async () => { const shown = await text(page, "#cluster"); return /Maintenance.*renew: RUNNING.*k8s-m1: [a-z-]+ for/s.test(shown) || shown; });
    await within(200, "over", async () => { const shown = await text(page, "#cluster"); return !shown.includes("Maintenance") || shown; });
    await within(60, "k8s-m1 is ready", state(page, "k8s-m1", "ready"));
  });
  await check("nothing went wrong on the page's console but the seed's absence", async () => {
    equal(page.trouble.filter((line) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_CONNECTION_CLOSED/.test(line)), [], "console");
  });
  await page.close();
  await check("the operator, by certificate: the role document, that the machine has it, the acts", async () => {
    const pem = (name) => `${folder}/pki/operator.${name}`;
    const own = await browser.newContext({ ignoreHTTPSErrors: true, clientCertificates: [{ origin: SEED, certPath: pem("crt"), keyPath: pem("key") }] });
    const operator = await open(own, `${SEED}/`);
    await within(10, "operator", async () => (await text(operator, "#summary")).includes("you are the operator") || text(operator, "#summary"));
    await operator.locator(".card", { hasText: "k8s-n1" }).click();
    await within(10, "document", async () => (await text(operator, "#machine")).includes("The machine has this document.") || text(operator, "#machine"));
    holds((await text(operator, "#machine")).includes('"hostname": "k8s-n1"'), "the role document");
    equal(await operator.locator("[data-act]").count(), 4, "acts");
    change((site) => { worker(site).labels = { seen: "by-the-page" }; });
    await own.close();
  });
}
