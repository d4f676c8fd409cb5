// SPDX-License-Identifier: Apache-2.0
// The rows of qemu-tests/lib/report.sh, for tests that live in one process with their browser.
export const count = { passed: 0, failed: 0 };

// `run` may return a figure, which is printed behind the name.
export async function check(name, run) {
  const started = Date.now(), row = (word) => `${word} ${String(Math.round((Date.now() - started) / 1000)).padStart(3)} s  ${name}`;
  try {
    const figure = await run();
    count.passed++;
    console.log(row("ok     ") + (figure ? `: ${figure}` : ""));
  } catch (error) {
    count.failed++;
    console.log(`${row("FAILED ")}\n${String(error.stack || error).split("\n").slice(0, 20).map((line) => `    ${line}`).join("\n")}`);
  }
}

export function equal(found, wanted, what = "") {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`${what}: ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
}

export function holds(condition, what) {
  if (!condition) throw new Error(what);
}

export function percentile(list, part) {
  return [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))];
}
