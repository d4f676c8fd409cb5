// SPDX-License-Identifier: Apache-2.0
// A real seed-server with a site of any size, and machines that exist only as what they say. For what a rack on one host is too small for.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

function nodes(count) {
  return Array.from({ length: count }, (_, i) => ({
    hostname: `r${String(Math.floor(i / 40)).padStart(2, "0")}-${i < 3 ? "m" : "n"}${String(i % 40).padStart(2, "0")}`, role: i < 3 ? "master" : "worker",
    mac: `52:54:00:85:${(i >> 8).toString(16).padStart(2, "0")}:${(i & 255).toString(16).padStart(2, "0")}`, address: `10.77.${1 + (i >> 7)}.${1 + (i & 127)}/16` }));
}

// Bodies as JSON; {status, body, headers}.
export function call(where, method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const data = body === undefined ? undefined : JSON.stringify(body);
    const request = http.request({ ...where, method, path, agent: false, headers: { ...headers, ...(data ? { "Content-Length": Buffer.byteLength(data) } : {}) } }, (reply) => {
      const parts = [];
      reply.on("data", (part) => parts.push(part)).on("end", () => resolve({ status: reply.statusCode, headers: reply.headers, body: Buffer.concat(parts).toString() })).on("error", reject);
    });
    request.on("error", reject).end(data);
  });
}

export class Fleet {
  constructor(top, folder, count) {
    Object.assign(this, { top, folder, state: `${folder}/state`, claims: new Map() });
    mkdirSync(`${folder}/artifacts/sha256`, { recursive: true });
    mkdirSync(`${folder}/site`, { recursive: true });
    this.site = { ...JSON.parse(readFileSync(`${top}/configs/seven-nodes/site.json`)), site: `fleet-${count}`, nodes: nodes(count) };
    this.site.cluster = { ...this.site.cluster, control_plane_endpoint: "10.77.0.10:8443", pod_subnet: "10.128.0.0/9" };
    this.site.network = { gateway: "10.77.0.1", nameservers: [], seed: "http://10.77.0.1:8080" };
    this.site.vip = { ...this.site.vip, address: "10.77.0.10" };
    this.write();
    const roles = { runtime: ["master", "worker"], kubernetes: ["master", "worker"], "control-plane": ["master"] };
    const layers = Object.entries(roles).map(([name, r], i) => ({ name, sha256: String(i).repeat(64), size: 100000000 + i, roles: r }));
    writeFileSync(`${folder}/layers.json`, JSON.stringify({ release: "v1.37.2", layers }));
  }

  write() {
    writeFileSync(`${this.folder}/site/site.json`, JSON.stringify(this.site));
  }

  async start(port = 0) {
    const f = this.folder;
    this.process = spawn(`${this.top}/build/seed-server`, ["--site", `${f}/site/site.json`, "--release", `${this.top}/configs/releases/v1.37.2.json`, "--layers", `${f}/layers.json`,
      "--artifacts", `${f}/artifacts`, "--state", this.state, "--listen", `127.0.0.1:${port}`, "--port-file", `${f}/port`], { stdio: ["ignore", "ignore", "pipe"] });
    await new Promise((resolve, reject) => {
      let log = "";
      this.process.stderr.on("data", (data) => { log += data; if (log.includes("ready on port")) resolve(); });
      this.process.on("exit", (code) => reject(new Error(`seed-server ended with ${code}: ${log}`)));
    });
    this.port = Number(readFileSync(`${f}/port`, "utf8"));
    this.url = `http://127.0.0.1:${this.port}`;
    this.where = { host: "127.0.0.1", port: this.port };
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.on("exit", resolve));
    this.process.kill("SIGTERM");
    return ended;
  }

  async claim(i) {
    const node = this.site.nodes[i];
    const body = { macs: [node.mac], uuid: `fleet-${node.mac}`, serial: `SN${i}`, key: i.toString(16).padStart(64, "a") };
    const reply = await call(this.where, "POST", "/v1/claim", body);
    if (reply.status > 201) throw new Error(reply.body);
    this.claims.set(i, JSON.parse(reply.body).claim);
  }

  as(i, method, path, body) {
    return call(this.where, method, path, body, { "Seedrack-Claim": this.claims.get(i) });
  }

  say(i, ...events) {
    return this.as(i, "POST", "/v1/events", { events: events.map((event) => ({ message: "", seconds: 0, at_ms: Date.now(), ...event })) });
  }

  admin(path, body, headers) {
    return call({ socketPath: `${this.state}/admin.sock` }, body ? "POST" : "GET", path, body, headers);
  }

  cpu() { // of the seed, microseconds: every thread's time on a core (kernel: Documentation/scheduler/sched-stats.rst)
    const threads = `/proc/${this.process.pid}/task`;
    return readdirSync(threads).reduce((sum, thread) => sum + Number(readFileSync(`${threads}/${thread}/schedstat`, "utf8").split(" ")[0]) / 1000, 0);
  }

  memory() { // of the seed, KiB: {now, peak}
    const status = readFileSync(`/proc/${this.process.pid}/status`, "utf8");
    return { now: Number(/VmRSS:\s+(\d+)/.exec(status)[1]), peak: Number(/VmHWM:\s+(\d+)/.exec(status)[1]) };
  }
}

// What `ssh -L port:STATE/admin.sock` does, on a port of the kernel's choice.
export async function forward(path) {
  const server = net.createServer((from) => {
    const to = net.connect(path);
    from.pipe(to).pipe(from);
    for (const [one, other] of [[from, to], [to, from]]) one.on("error", () => other.destroy()).on("close", () => other.destroy());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

// Until `holds` is true; its last word otherwise, when that has not changed for so long, at least half a minute.
export async function within(seconds, what, holds) {
  const patience = Math.max(seconds, 30) * 1000, end = Date.now() + 10 * patience;
  let before, moved = Date.now();
  for (;;) {
    const last = await holds(), word = JSON.stringify(last);
    if (last === true) return;
    if (word !== before) [before, moved] = [word, Date.now()];
    if (Date.now() > Math.min(moved + patience, end)) throw new Error(`${what}: nothing moved for ${patience / 1000} s: ${word}`);
    await sleep(100);
  }
}
