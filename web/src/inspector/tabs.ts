//! Tabs and their panels: one is shown, arrows move between them.

import { element } from "../element.js";

export type Tab = { readonly name: string; readonly words: string; readonly panel: HTMLElement };

export class Tabs {
  readonly list = element("div", "tabs");
  readonly #tabs: readonly Tab[];
  readonly #buttons = new Map<string, HTMLButtonElement>();
  readonly #onShow: (name: string) => void;
  #shown = "";

  constructor(tabs: readonly Tab[], onShow: (name: string) => void) {
    this.#tabs = tabs;
    this.#onShow = onShow;
    this.list.setAttribute("role", "tablist");
    this.list.setAttribute("aria-label", "What to look at");
    for (const { name, words, panel } of tabs) {
      const button = element("button", `tab of-${name}`, words);
      button.id = `tab-${name}`;
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", `panel-${name}`);
      button.onclick = () => this.show(name);
      panel.id = `panel-${name}`;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      this.#buttons.set(name, button);
      this.list.append(button);
    }
    this.list.addEventListener("keydown", (event) => this.#key(event));
  }

  get shown(): string {
    return this.#shown;
  }

  show(name: string): void {
    this.#shown = name;
    for (const tab of this.#tabs) {
      const isShown = tab.name === name;
      const button = this.#buttons.get(tab.name);
      button?.setAttribute("aria-selected", String(isShown));
      if (button) button.tabIndex = isShown ? 0 : -1;
      tab.panel.hidden = !isShown;
    }
    this.#onShow(name);
  }

  /** A few letters behind the words, such as how many there are. */
  note(name: string, words: string, isBad = false): void {
    const button = this.#buttons.get(name);
    const tab = this.#tabs.find((tab) => tab.name === name);
    if (!button || !tab || button.dataset.note === words) return;
    button.dataset.note = words;
    // Where there may be a note there is room for it, so that the others stay where they are.
    button.replaceChildren(tab.words, element("span", isBad ? "note bad" : "note", words));
  }

  #key(event: KeyboardEvent): void {
    const seen = this.#tabs.filter(({ name }) => this.#buttons.get(name)?.offsetParent !== null);
    const now = seen.findIndex(({ name }) => name === this.#shown);
    const to: Record<string, number> = {
      ArrowRight: now + 1,
      ArrowLeft: now - 1,
      Home: 0,
      End: seen.length - 1,
    };
    const place = to[event.key];
    if (place === undefined) return;
    event.preventDefault();
    const tab = seen[(place + seen.length) % seen.length];
    if (!tab) return;
    this.show(tab.name);
    this.#buttons.get(tab.name)?.focus();
  }
}
