// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium, driven by playwright-core out of build/browser.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.BROWSER_MODULES}/`);
const { chromium } = require("playwright-core");
const axe = require("axe-core").source;

export function launch() {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--enable-precise-memory-info", "--js-flags=--expose-gc"] });
}

// A page that keeps what went wrong on it: exceptions, errors on the console, requests to elsewhere.
export async function open(context, url) {
  const page = await context.newPage();
  page.trouble = [];
  page.foreign = [];
  page.on("pageerror", (error) => page.trouble.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error") page.trouble.push(message.text()); });
  page.on("request", (request) => { if (!/^(blob|data):/.test(request.url()) && new URL(request.url()).origin !== new URL(url).origin) page.foreign.push(request.url()); });
  await page.goto(url);
  return page;
}

// axe's findings of weight, as words.
export async function findings(page) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 160)} ${v.nodes[0].failureSummary}`);
}

export function text(page, selector) {
  return page.locator(selector).textContent();
}

// The machine's card: {state, text}; of one that is not there, nothing and "".
export function card(page, hostname) {
  return page.evaluate((name) => {
    const found = [...document.querySelectorAll(".card")].find((one) => one.querySelector(".name").textContent === name);
    return found ? { state: found.dataset.state, text: found.textContent } : { state: null, text: "" };
  }, hostname);
}
