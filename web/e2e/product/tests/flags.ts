//! Which page gets what, decided by a file and by commands while it is open.

import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { Tab } from "../browser.js";
import { fresh, Harness } from "../harness.js";
import { server as binary } from "../places.js";

const harness = new Harness();

type Scope = {
  devServer: {
    flag<Value extends boolean | number | string>(name: string, fallback: Value): Value;
    onFlags(listener: (flags: Readonly<Record<string, unknown>>) => void): () => void;
  };
  told: unknown[];
};

const form = (tab: Tab): Promise<string> =>
  tab.page.evaluate(() => (globalThis as unknown as Scope).devServer.flag("form", "unknown"));

test("a page has its flags at once, and stays where it is while they say so", async () => {
  const project = harness.fixture("small");
  const rule = (browser: string) =>
    `[[flags.form.rules]]\nvalue = "of ${browser}"\nwhere = { browser = ["${browser}"], version = [{ from = 50 }] }\n`;
  const document = `[flags.form]\ntype = "string"\ndefault = "old"\n${rule("firefox")}${rule("chrome")}`;
  project.write("dev-flags.toml", document);
  const server = await harness.serve(project, { compiler: "go" });
  const flags = (...words: string[]) =>
    execFileSync(binary, ["flags", ...words], {
      cwd: project.folder,
      encoding: "utf8",
      env: { ...process.env, XDG_STATE_HOME: server.state },
    });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  await expect.poll(() => form(tab)).toBe("of chrome");
  await tab.page.evaluate(() => {
    const scope = globalThis as unknown as Scope;
    scope.told = [];
    scope.devServer.onFlags(({ form }) => scope.told.push(form));
  });
  project.write("dev-flags.toml", document.replace('"of chrome"', '"another"').replace("old", "older"));
  const refused = await server.log.waitFor("notice", ({ message }) => message.startsWith("dev-flags.toml: "));
  expect(refused.hint).toContain("dev-server flags kill form");
  expect(await form(tab)).toBe("of chrome");
  expect(flags("kill", "form")).toContain('form: killed, every client gets "old"');
  await expect.poll(() => form(tab)).toBe("old");
  const told = tab.page.evaluate(() => (globalThis as unknown as Scope).told);
  expect(await told).toEqual(["of chrome", "old"]);

  flags("set", "update.highest_level", "2", "--where", "browser=chrome");
  await tab.mark();
  const mark = fresh("!");
  project.edit("words/words.go", '"!"', JSON.stringify(mark));
  await tab.badge.filter({ hasText: "Held back" }).waitFor();
  expect(await tab.find("h1").textContent()).toBe("Hello!");
  await tab.picture("badge-held");
  flags("kill", "update.highest_level");
  await tab.sees("h1", `Hello${mark}`);
  expect(await tab.wasReloaded()).toBe(false);
  expect(await server.stop()).toBe(0);
});
