// SPDX-License-Identifier: Apache-2.0
// The run as data: everything that the page has, or spans in OpenTelemetry's JSON (OTLP, ExportTraceServiceRequest).
// Pure.

// FNV-1a, 64 bits, so that the ids are the same each time the same run is saved.
function hash(text) {
  let value = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  return value.toString(16).padStart(16, "0");
}

export function plain(model, range) {
  return { site: model.rack?.site ?? null, release: model.rack?.release ?? null, start_ms: range.start, end_ms: range.end, first_event: model.first, last_event: model.last,
    missed_events: model.missed, bootstrap: model.rack?.bootstrap ?? null,
    machines: [...model.machines.values()].map((m) => ({ hostname: m.hostname, role: m.role, address: m.address, mac: m.mac,
      spans: m.spans.map(({ step, start, end, state, message, failures, boot }) => ({ step, start_ms: start, end_ms: end, state, message, failures, boot })) })),
    events: model.log.map(({ t, ...event }) => ({ ...event, placed_ms: t })) };
}

function nanoseconds(ms) {
  return String(BigInt(Math.round(ms)) * 1000000n);
}

function attribute(key, value) {
  return { key, value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value } };
}

// Status of OTLP: 0 unset, 1 ok, 2 error.
const STATUS = { done: 1, ready: 1, failed: 2, cut: 2 };

function span(trace, parent, id, name, start, end, status, attributes) {
  return { traceId: trace, spanId: hash(id), ...(parent ? { parentSpanId: parent } : {}), name, kind: 1, startTimeUnixNano: nanoseconds(start), endTimeUnixNano: nanoseconds(end),
    attributes, status: { code: status } };
}

function startOf(m, boot, list, trace, root, range) {
  const id = `${m.hostname} boot ${boot}`, end = Math.max(...list.map((one) => one.end ?? range.end)), ready = list.some((one) => one.state === "ready");
  const whole = span(trace, root, id, `start of ${m.hostname}`, list[0].start, end, ready ? 1 : 0, [attribute("seedrack.boot", boot)]);
  return [whole, ...list.map((one, i) => span(trace, hash(id), `${id} ${i} ${one.step}`, one.step, one.start, Math.max(one.end ?? range.end, one.start), STATUS[one.state] || 0,
    [attribute("seedrack.state", one.state), attribute("seedrack.message", one.message), attribute("seedrack.failures", one.failures), attribute("seedrack.open", one.end === null ? 1 : 0)]))];
}

export function otel(model, range) {
  const site = model.rack?.site ?? "not known", trace = hash(`${site} ${range.start}`) + hash(`${range.start} ${site}`), root = hash(`run ${site}`);
  const resource = (name, host, spans) => ({ resource: { attributes: [attribute("service.name", name), attribute("service.namespace", `seedrack/${site}`), ...(host ? [attribute("host.name", host)] : [])] },
    scopeSpans: [{ scope: { name: "seedrack" }, spans }] });
  const resourceSpans = [resource("seed-server", null, [span(trace, null, `run ${site}`, `run of ${site}`, range.start, range.end, 0, [])])];
  for (const m of model.machines.values()) {
    const boots = Map.groupBy ? Map.groupBy(m.spans, (one) => one.boot) : m.spans.reduce((map, one) => map.set(one.boot, [...(map.get(one.boot) || []), one]), new Map());
    const spans = [...boots].flatMap(([boot, list]) => startOf(m, boot, list, trace, root, range));
    if (spans.length) resourceSpans.push(resource("seed-agent", m.hostname, spans));
  }
  return { resourceSpans };
}
