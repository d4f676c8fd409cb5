// SPDX-License-Identifier: Apache-2.0
// The lines in which two texts differ, by longest common subsequence. Pure. Texts beyond a limit are not compared.
const MOST = 1500; // lines of one text

export function lines(value) {
  return JSON.stringify(value, null, 2).split("\n");
}

function lengths(a, b) {
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) table[i][j] = a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  return table;
}

// [{kind: "same" | "removed" | "added", text}, …]; null: too long to compare
export function diff(a, b) {
  if (a.length > MOST || b.length > MOST) return null;
  const table = lengths(a, b), out = [];
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) out.push({ kind: "same", text: a[i++] }) && j++;
    else if (j >= b.length || (i < a.length && table[i + 1][j] >= table[i][j + 1])) out.push({ kind: "removed", text: a[i++] });
    else out.push({ kind: "added", text: b[j++] });
  }
  return out;
}
