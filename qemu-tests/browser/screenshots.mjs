// SPDX-License-Identifier: Apache-2.0
// docs/screenshots: the dashboard of a rack that comes up, in light, dark and on a phone. Arguments: RACK FOLDER SHOTS, as run.mjs.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { card, launch, open, text } from "./browser.mjs";
import { within } from "./fleet.mjs";

const [rack, , shots] = process.argv.slice(2);
const SEED = "https://172.22.132.1:8443";
const LOOKS = { light: { colorScheme: "light", width: 1280, height: 1140 }, dark: { colorScheme: "dark", width: 1280, height: 1140 }, phone: { colorScheme: "light", width: 360, height: 780 } };

async function shoot(page, name) {
  const { colorScheme, width, height } = LOOKS[name];
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme });
  await within(20, "live", async () => (await text(page, "#link")) === "live" || text(page, "#link"));
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${shots}/${name}.png` });
}

const browser = await launch();
try {
  const page = await open(await browser.newContext({ ignoreHTTPSErrors: true }), `${SEED}/`);
  await within(10, "live", async () => (await text(page, "#link")) === "live");
  await promisify(execFile)(rack, ["power-on", "all"]);
  await within(300, "two masters", async () => (await card(page, "k8s-m1")).state === "ready" && (await page.locator('.card[data-state="ready"]').count()) >= 3);
  await shoot(page, "light");
  await shoot(page, "dark");
  await within(300, "all", async () => (await page.locator('.card[data-state="ready"]').count()) === 7);
  await shoot(page, "phone");
  if (page.trouble.length) console.error(page.trouble.join("\n"));
} finally {
  await browser.close();
}
