// SPDX-License-Identifier: Apache-2.0
// The timeline as one self-contained picture: SVG, and a PNG made from it. It has attributes only, no style sheet.
import { s } from "./dom.js";
import { date, seconds } from "./words.js";

const LEFT = 130, WIDTH = 1400, ROW = 20, TOP = 56, BOTTOM = 16, PIXELS_MOST = 16000;
const COLOURS = { running: "#2468b4", waiting: "#c79a2b", done: "#5c6b7d", failed: "#b3261e", ready: "#1c7a3f", cut: "#8b5a8f" };

function text(x, y, words, more) {
  return s("text", { x, y, "font-family": "sans-serif", "font-size": 12, fill: "#1a1f27", ...more }, words);
}

function bars(m, y, range, x) {
  return m.spans.filter((span) => (span.end ?? range.end) >= range.start && span.start <= range.end).map((span) => {
    const from = x(Math.max(span.start, range.start)), to = x(Math.min(span.end ?? range.end, range.end));
    return s("rect", { x: from.toFixed(1), y: y + 3, width: Math.max(to - from, 1).toFixed(1), height: ROW - 6, fill: COLOURS[span.state] || COLOURS.done },
      s("title", null, `${m.hostname} ${span.step}: ${span.state}, ${seconds((span.end ?? range.end) - span.start)}; ${span.message}`));
  });
}

export function svg(title, machines, range) {
  const x = (t) => LEFT + ((t - range.start) / (range.end - range.start)) * (WIDTH - LEFT - 20), height = TOP + machines.length * ROW + BOTTOM;
  const picture = s("svg", { xmlns: "http://www.w3.org/2000/svg", width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}` }, s("rect", { width: WIDTH, height, fill: "#ffffff" }),
    text(12, 20, `${title}, from ${date(range.start)}`, { "font-size": 14, "font-weight": "bold" }));
  for (let i = 0; i <= 5; i++) {
    const t = range.start + (i / 5) * (range.end - range.start);
    picture.append(s("line", { x1: x(t), x2: x(t), y1: TOP - 6, y2: height - BOTTOM, stroke: "#cfd5dd" }), text(x(t), TOP - 12, `+${seconds(t - range.start)}`, { "text-anchor": i === 5 ? "end" : "start" }));
  }
  Object.entries(COLOURS).forEach(([state, fill], i) => picture.append(s("rect", { x: WIDTH - 480 + i * 78, y: 11, width: 10, height: 10, fill }), text(WIDTH - 466 + i * 78, 20, state)));
  machines.forEach((m, i) => picture.append(text(12, TOP + i * ROW + 14, m.hostname), ...bars(m, TOP + i * ROW, range, x)));
  return { text: new XMLSerializer().serializeToString(picture), width: WIDTH, height };
}

// Returns a Blob. Very tall pictures are scaled down, because a canvas has a maximum size.
export async function png(picture) {
  const url = URL.createObjectURL(new Blob([picture.text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    await new Promise((resolve, reject) => { image.onload = resolve; image.onerror = () => reject(new Error("the browser does not draw it")); image.src = url; });
    const scale = Math.min(2, PIXELS_MOST / picture.height), canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser makes no PNG of it"))), "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}
