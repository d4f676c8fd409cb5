// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them. Pure. All numbers are bounded, since a machine may send anything.
export const UNKNOWN = "not known";
const LATEST_MS = 8.64e15; // the largest time of a Date

export function seconds(ms) {
  if (!Number.isFinite(ms)) return UNKNOWN;
  const s = Math.max(0, ms) / 1000;
  if (s < 100) return `${s < 10 ? s.toFixed(1) : Math.floor(s)} s`;
  if (s < 6000) return `${Math.floor(s / 60)} min ${String(Math.floor(s % 60)).padStart(2, "0")} s`;
  if (s < 360000) return `${Math.floor(s / 3600)} h ${String(Math.floor(s / 60) % 60).padStart(2, "0")} min`;
  return `${Math.floor(s / 86400)} days`;
}

export function bytes(count) {
  if (!Number.isFinite(count) || count < 0) return UNKNOWN;
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) if (count >= size) return `${(count / size).toFixed(1)} ${unit}`;
  return `${count} B`;
}

export function moment(ms) {
  if (!Number.isFinite(ms) || Math.abs(ms) > LATEST_MS) return UNKNOWN;
  return new Date(ms).toLocaleTimeString(undefined, { hour12: false });
}

export function date(ms) {
  if (!Number.isFinite(ms) || Math.abs(ms) > LATEST_MS) return UNKNOWN;
  return new Date(ms).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

export function plural(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
