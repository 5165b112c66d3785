//! What is done on one page is done on the others, in both browsers, and secrets are not.

import { afterEach, describe, expect, test } from "vitest";
import { Harness } from "../harness.js";
import { type LiveBrowser, type LiveTab, launch } from "../hot/live-tab.js";
import * as places from "../places.js";

/** On a busy machine a gesture is a while on its way. */
const patience = { timeout: 30_000 };

const harness = new Harness();
const launched: LiveBrowser[] = [];

afterEach(async () => {
  for (const browser of launched.splice(0)) await browser.close();
});

/** All kinds of fields, and a list of what listeners on them have heard. */
const fields = `
<form id="search"><input name="words" aria-label="Search"></form>
<label><input id="agree" type="checkbox"> <span id="word">Agreed</span></label>
<label><input type="radio" name="size" value="s"> Small</label>
<label>Colour <select><option>red</option><option>green</option></select></label>
<textarea aria-label="Text"></textarea>
<div contenteditable="true" role="textbox" aria-label="Rich"></div>
<input type="password" aria-label="Password">
<input autocomplete="one-time-code" aria-label="Code">
<div data-mirror="off"><input class="own" aria-label="Own"></div>
<div id="list" style="height: 60px; overflow: auto"><p style="height: 1000px">long</p></div>
<x-card></x-card>
<p style="height: 3000px">tall</p>
<script>
const heard = [];
for (const name of ["click", "input", "change", "submit", "keydown"])
  document.addEventListener(name, (event) => {
    if (name === "submit") event.preventDefault();
    const { localName, ariaLabel, id } = event.composedPath()[0];
    heard.push(name + " " + (ariaLabel ?? (id || localName)));
  });
customElements.define("x-card", class extends HTMLElement {
  constructor() {
    super();
    const button = document.createElement("button");
    button.textContent = "0";
    button.onclick = (event) => {
      button.textContent = String(Number(button.textContent) + 1);
      const { left, width } = button.getBoundingClientRect();
      button.dataset.x = (event.clientX - left) / width;
    };
    this.attachShadow({ mode: "open" }).append(button);
  }
});
</script>`;

async function two(actor: places.BrowserName, flags: readonly string[] = ["--mirror"]) {
  const project = harness.fixture("small");
  project.edit("index.html", '<p id="foot">first foot</p>', `<p id="foot">first foot</p>${fields}`);
  const server = await harness.serve(project, { compiler: "go", flags });
  const tabs: LiveTab[] = [];
  for (const name of [actor, "chromium"] as const) {
    const browser = await launch(name);
    launched.push(browser);
    const tab = await browser.tab();
    await tab.goto(server.openUrl);
    await expect
      .poll(() => tab.evaluate(`document.querySelector("h1")?.textContent`), patience)
      .toBe("Hello!");
    tabs.push(tab);
  }
  const [one, other] = tabs as [LiveTab, LiveTab];
  return { one, other, server };
}

describe.each(places.browsers)("what is done in %s", (actor) => {
  test("is done on the other page once, and comes back to nobody", async () => {
    const { one, other } = await two(actor);
    const value = (selector: string, property = "value") =>
      other.evaluate(`document.querySelector(${JSON.stringify(selector)}).${property}`);
    // The first gestures: before them the scripts of the mirror may still be on their way.
    await expect
      .poll(async () => {
        await one.click("#click");
        return other.evaluate(`document.querySelector("#click").textContent`);
      }, patience)
      .not.toBe("Clicked 0 times");
    const counts = async () =>
      Promise.all([one, other].map((tab) => tab.evaluate(`document.querySelector("#click").textContent`)));

    await one.type("#search input", "Cheese");
    await expect.poll(() => value("#search input"), patience).toBe("Cheese");
    await one.type("#search input", "\n");
    await one.click("#word");
    await expect.poll(() => value("#agree", "checked"), patience).toBe(true);
    await one.click("[type=radio]");
    await expect.poll(() => value("[type=radio]", "checked"), patience).toBe(true);
    await one.type("select", "g");
    await expect.poll(() => value("select"), patience).toBe("green");
    await one.type("textarea", "two");
    await expect.poll(() => value("textarea"), patience).toBe("two");
    await one.type("[contenteditable]", "rich");
    await expect.poll(() => value("[contenteditable]", "textContent"), patience).toBe("rich");
    await one.click("x-card");
    await expect.poll(() => value("x-card", "shadowRoot.textContent"), patience).toBe("1");
    const at = (tab: LiveTab) =>
      tab.evaluate(`document.querySelector("x-card").shadowRoot.querySelector("button").dataset.x`);
    // Browsers keep whole pixels of a click, of buttons that are some dozen wide.
    expect(Math.abs(Number(await at(other)) - Number(await at(one)))).toBeLessThan(0.2);

    await one.type("[type=password]", "secret");
    await one.type("[autocomplete]", "123456");
    await one.type(".own", "mine");
    // What comes after them is there, so they would be.
    await one.type("#note", "done");
    await expect.poll(() => value("#note"), patience).toBe("done");
    expect(await value("[type=password]")).toBe("");
    expect(await value("[autocomplete]")).toBe("");
    expect(await value(".own")).toBe("");

    const ends = async (tab: LiveTab) =>
      ((await tab.evaluate("heard")) as string[]).filter(
        (what) => /^(change|submit)/.test(what) && !/Password|Code|Own/.test(what),
      );
    expect(await ends(other)).toEqual(await ends(one));
    expect(await ends(other)).toContain("submit search");
    expect(await ends(other)).toContain("change agree");
    const [here, there] = await counts();
    expect(there).toBe(here);
    expect([...one.errors, ...other.errors]).toEqual([]);
  });

  test("views follow, also where they are less long", async () => {
    const { one, other } = await two(actor);
    await other.evaluate(`document.querySelector("#list p").style.height = "500px"`);
    const part = (tab: LiveTab, selector: string) =>
      tab.evaluate(
        `(() => { const e = ${selector}; return Math.round(100 * e.scrollTop / (e.scrollHeight - e.clientHeight)); })()`,
      );
    const list = `document.querySelector("#list")`;
    await expect
      .poll(async () => {
        await one.evaluate(`${list}.scrollTop = ${list}.scrollTop === 486 ? 485 : 486`);
        return part(other, list);
      }, patience)
      .toBe(50);
    await one.evaluate("scrollTo(0, document.scrollingElement.scrollHeight)");
    await expect.poll(() => part(other, "document.scrollingElement"), patience).toBe(100);
    await other.evaluate("scrollTo(0, 0)");
    await expect.poll(() => part(one, "document.scrollingElement"), patience).toBe(0);
    // What the mirror has moved tells nobody: else two views of other lengths would push each other for ever.
    expect(await part(one, list)).toBe(50);
  });
});

test("without --mirror pages are for themselves, and load nothing for it", async () => {
  const { one, other } = await two("chromium", []);
  await one.click("#click");
  await expect
    .poll(() => one.evaluate(`document.querySelector("#click").textContent`), patience)
    .toBe("Clicked 1 times");
  const loaded = `performance.getEntriesByType("resource").some(({ name }) => name.includes("mirror.js"))`;
  expect(await one.evaluate(loaded)).toBe(false);
  expect(await other.evaluate(`document.querySelector("#click").textContent`)).toBe("Clicked 0 times");
});

test("two people use one todo list", async () => {
  const project = harness.example("todo");
  const server = await harness.serve(project, { flags: ["--mirror"] });
  const one = await harness.open(server);
  const other = await harness.open(server);
  const entry = "input[placeholder^='Add a task']";
  for (const tab of [one, other]) await tab.find(entry).waitFor();
  const text = (tab: typeof one) => tab.page.inputValue(entry);
  await expect
    .poll(async () => {
      await one.find(entry).fill("");
      await one.find(entry).pressSequentially("Water the plants");
      return text(other);
    }, patience)
    .toBe("Water the plants");
  await one.find(entry).press("Enter");
  await other.sees("#app", "Water the plants");
  await other.find("#app input[type=checkbox]").first().click();
  await one.sees("#app", "Done: Water the plants");
  await one.sees("#app", "Nothing left here.");
  await one.picture("mirror-one");
  await other.picture("mirror-other");
});
