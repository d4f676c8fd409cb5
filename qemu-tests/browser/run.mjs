// SPDX-License-Identifier: Apache-2.0
// Every row in one browser. Arguments: RACK FOLDER SHOTS: the rack's command, its folder, where screenshots go.
import { launch } from "./browser.mjs";
import { count } from "./report.mjs";
import { fleetRows } from "./rows_fleet.mjs";
import { rackRows } from "./rows_rack.mjs";

const [rack, folder, shots, top] = process.argv.slice(2);
const only = process.env.DASHBOARD_ONLY || "";
const browser = await launch();
try {
  if (only !== "fleet") await rackRows(browser, { rack, folder, shots, top });
  if (only !== "rack") await fleetRows(browser, { top, shots });
} finally {
  await browser.close();
}
console.log(`\n${count.passed} passed, ${count.failed} failed`);
process.exit(count.failed || !count.passed ? 1 : 0);
