//! The five steps of the guide, from an empty folder: the real npm, the real Vite, real browsers.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ChromiumTab, type LiveTab } from "../hot/live-tab.js";
import { artifact, browsers } from "../places.js";
import { type Step, steps } from "../vite/guide.js";
import { tarball } from "../vite/package.js";
import { ViteHarness } from "../vite/vite-harness.js";
import type { ViteProcess } from "../vite/vite-process.js";

const harness = new ViteHarness();
const timeout = 60_000;
const serving = ["--", "--port", "0", "--host", "127.0.0.1"];

let empty: string;
let app: string;

beforeAll(() => {
  empty = mkdtempSync(join(tmpdir(), "dev-server-five-steps-"));
  app = join(empty, "my-app");
});
afterAll(() => rmSync(empty, { recursive: true, force: true }));

function type(commands: string, folder: string): void {
  // Nothing of this repository is published yet: what npm would fetch is packed from here.
  const typed = commands.replace(/(npm install .*)\bdev-server-client\b/, `$1${tarball()}`);
  execFileSync("bash", ["-euc", typed], {
    cwd: folder,
    stdio: "pipe",
    env: {
      ...process.env,
      // A terminal would ask whether `create-vite` may be fetched.
      npm_config_yes: "true",
      npm_config_audit: "false",
      npm_config_fund: "false",
      npm_config_prefer_offline: "true",
    },
  });
}

function follow({ commands, files }: Step, folder: string): void {
  if (commands) type(commands, folder);
  for (const { path, text } of files) {
    mkdirSync(dirname(join(app, path)), { recursive: true });
    writeFileSync(join(app, path), text);
  }
}

const npm = (...words: string[]): ViteProcess => harness.run(app, ["npm", "run", ...words]);
const button = "document.querySelector('button')";
const becomes = (tab: LiveTab, expression: string, expected: unknown) =>
  expect.poll(() => tab.evaluate(expression), { timeout, message: expression }).toEqual(expected);

/** What everybody tries first: count, type, change by how much Go counts. */
async function tryOut(tab: LiveTab, step: number, next: number): Promise<void> {
  await becomes(tab, `${button}?.textContent`, "Counted to 0");
  for (let clicks = 0; clicks < 3; clicks += 1) await tab.evaluate(`${button}.click()`);
  const counted = 3 * step;
  await becomes(tab, `${button}.textContent`, `Counted to ${counted}`);
  await tab.evaluate(
    "(() => { window.began = performance.timeOrigin; const field = document.querySelector('input'); field.value = 'Ada'; field.dispatchEvent(new Event('input')); })()",
  );
  await becomes(tab, "document.querySelector('p').textContent", `Ada: ${counted}`);
  const file = join(app, "src/go/app.go");
  const before = readFileSync(file, "utf8");
  expect(before).toContain(`count += ${step}\n`);
  writeFileSync(file, before.replace(`count += ${step}\n`, `count += ${next}\n`));
  const shown = async () => Number(/\d+/.exec(String(await tab.evaluate(`${button}.textContent`)))?.[0]);
  await expect
    .poll(
      async () => {
        // A click counts with the old step or with the new one; what was counted is never lost.
        const last = await shown();
        expect(last).toBeGreaterThanOrEqual(counted);
        await tab.evaluate(`${button}.click()`);
        return (await shown()) - last;
      },
      { timeout },
    )
    .toBe(next);
  expect(await tab.evaluate("document.querySelector('p').textContent")).toMatch(/^Ada: \d+$/);
  expect(await tab.evaluate("performance.timeOrigin === began")).toBe(true);
  expect(tab.errors).toEqual([]);
}

async function builds(): Promise<void> {
  const build = npm("build");
  expect(await build.ended(), build.text).toBe(0);
  const preview = npm("preview", ...serving);
  const tab = await harness.open(await preview.address());
  await becomes(tab, `${button}?.textContent`, "Counted to 0");
  await tab.evaluate(`${button}.click()`);
  await expect.poll(() => tab.evaluate(`${button}.textContent`)).not.toBe("Counted to 0");
  await preview.stop();
}

test("as they are written down", async () => {
  const [create, install, plugin, code, run, ...more] = steps();
  if (!create || !install || !plugin || !code || !run) throw new Error("the guide has fewer than five steps");
  expect(more).toEqual([]);
  follow(create, empty);
  for (const step of [install, plugin, code]) follow(step, app);
  expect(run.commands).toBe("npm run dev\n");
  const vite = npm("dev", ...serving);
  const address = await vite.address();
  let step = 1;
  for (const name of browsers) {
    const tab = await harness.open(address, name);
    await tryOut(tab, step, 10 * step);
    step *= 10;
    if (tab instanceof ChromiumTab) await tab.page.screenshot({ path: artifact("five-steps.png") });
  }
  await vite.prints(/hot-patch: main\.Increment/);
  await vite.stop();
  await builds();
});

test("and with the Vite before", async () => {
  type("npm install --save-dev vite@7", app);
  const file = join(app, "src/go/app.go");
  writeFileSync(file, readFileSync(file, "utf8").replace(/count \+= \d+/, "count += 1"));
  const vite = npm("dev", ...serving);
  await vite.prints(/VITE v7\./);
  await tryOut(await harness.open(await vite.address()), 1, 1000);
  await vite.stop();
  await builds();
});
