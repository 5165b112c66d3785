//! Recorded input for the example programs, and what is on the screen after it. A step whose element is not there is
//! none: both programs that are compared show the same or they do not.

export type Step =
  | readonly [act: "click" | "dblclick" | "submit", selector: string]
  | readonly [act: "type" | "choose", selector: string, value: string]
  | readonly [act: "key", key: string];

const add = (line: string): Step[] => [
  ["type", "form.draft input, [class^=draft] input", line],
  ["submit", "form.draft, [class^=draft]"],
];
const keys = (...names: string[]): Step[] => names.map((name) => ["key", name]);
const search = (text: string): Step => ["type", "#search", text];

/** Everything that counter can. */
export const counterInput: readonly Step[] = [
  ["click", "#add"],
  ["type", "#name", "Ada"],
  ["click", "#add"],
  ["click", "#add"],
];

export const counterReset: readonly Step[] = [
  ["click", "#reset"],
  ["type", "#name", ""],
];

/** Three tasks, so that there is something to see even where adding one fails. */
const tasks = JSON.stringify({
  version: 1,
  nextId: 3,
  tasks: [
    { id: 1, title: "Mow the lawn", project: "home", tags: ["garden"], priority: 1, due: "2020-02-03" },
    { id: 2, title: "Write a letter", tags: ["fun"], done: true, doneOn: "2020-02-04" },
    { id: 3, title: "Learn to dance", priority: 3 },
  ],
});

const load: readonly Step[] = [
  ["click", "[title=JSON]"],
  ["type", "textarea", tasks],
  ["submit", "[class^=import]"],
];

/** A bit of everything that todo can; after each part the screen is looked at. */
export const todoInput: readonly (readonly Step[])[] = [
  // The key draws everything: a program that was patched shows what the old code has drawn until something happens.
  [
    ["key", "Escape"],
    ...load,
    ...add("Water the plants @home #garden !2 due:today"),
    ...add("Call Ada @work !1 due:tomorrow"),
  ],
  [...add("Pay the rent @home due:2020-01-15"), ...add("#only @marks"), ...add("Read a book #fun #garden")],
  [
    ["key", "Escape"],
    ...add("Go on a journey !3 due:+5 #fun"),
    ...add("See the dentist due:2099-12-31 @work"),
  ],
  keys("j", "j", "p", "t", "k", "x"),
  [search("garden")],
  [search("-#garden !1")],
  [search("@home is:overdue")],
  [search("nothing like that")],
  [search("")],
  keys("s"),
  keys("s"),
  keys("s", "s"),
  [
    ["click", ".task .title"],
    ["dblclick", ".task .title"],
    ["type", "#edit", "Edited by hand @home !1 #new"],
  ],
  [["submit", "form.editor"]],
  keys("u", "u"),
  keys("U"),
  keys("2"),
  keys("3"),
  keys("4"),
  keys("1", "j", "Delete"),
  keys("?"),
  keys("Escape", "Escape"),
  [["click", ".icon-project"]],
  [...add("In a project"), ["click", ".icon-tag"]],
  keys("1", "j", "k", "x", "4"),
  [
    ["click", ".footer button:nth-of-type(3)"],
    ["key", "1"],
  ],
];

/** To be done in the program as it was: afterwards there is nothing left of what was done before. */
export const todoReset: readonly Step[] = [
  ...keys("Escape", "Escape", "Escape", "Escape", "1"),
  ["type", "#draft", ""],
  ["type", "#search", ""],
  ["choose", ".sorting select", "due date"],
  ["click", "[title=JSON]"],
  ["type", "#import", '{"version":1,"nextId":0,"tasks":[]}'],
  ["submit", "form.import"],
  ...keys("j", "Escape", "Escape"),
];

/** Does it in the page; the value is what was on the screen after each part. */
export function played(parts: readonly (readonly Step[])[], unstable: readonly string[]): string {
  return `(${play.toString()})(${JSON.stringify(parts)}, ${JSON.stringify(unstable)})`;
}

/** Runs in the page, and can use nothing from outside. */
async function play(parts: readonly (readonly Step[])[], unstable: readonly string[]): Promise<string[]> {
  const bubbling = { bubbles: true, cancelable: true };
  const act = ([name, where, value = ""]: Step): void => {
    if (name === "key") {
      const focused = document.activeElement;
      if (focused instanceof HTMLElement) focused.blur();
      document.body.dispatchEvent(new KeyboardEvent("keydown", { ...bubbling, key: where }));
      return;
    }
    const element = document.querySelector(where);
    if (!(element instanceof HTMLElement)) return;
    if (name === "click") element.click();
    else if (name === "dblclick") element.dispatchEvent(new MouseEvent("dblclick", bubbling));
    else if (name === "submit") element.dispatchEvent(new SubmitEvent("submit", bubbling));
    else if ("value" in element) {
      element.value = value;
      element.dispatchEvent(new Event(name === "type" ? "input" : "change", bubbling));
    }
  };
  const shown = (node: Node): string => {
    if (node instanceof Text) return node.data;
    if (!(node instanceof Element)) return "";
    if (unstable.some((selector) => node.matches(selector))) return `<${node.localName}>…`;
    const attributes = [...node.attributes]
      .filter(({ name }) => name !== "data-view" && name !== "value" && name !== "checked")
      .map(({ name, value }) => ` ${name}=${JSON.stringify(value)}`);
    if (node instanceof HTMLInputElement) attributes.push(` value=${node.value} checked=${node.checked}`);
    if (node instanceof HTMLTextAreaElement || node instanceof HTMLSelectElement)
      attributes.push(` value=${node.value}`);
    const inner = [...node.childNodes].map(shown).join("");
    return `\n<${node.localName}${attributes.sort().join("")}>${inner}`;
  };
  const seen: string[] = [];
  for (const part of parts) {
    for (const step of part) {
      act(step);
      // Goroutines that were woken get their turn.
      await new Promise((resolve) => setTimeout(resolve));
    }
    const own = [...document.body.children].filter(({ localName }) => !localName.startsWith("dev-server"));
    seen.push(
      own
        .map(shown)
        .join("")
        .replaceAll(/>sav(ing|ed)x?/g, ">…"),
    );
  }
  return seen;
}
