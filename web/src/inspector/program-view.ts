//! All views of one program, put together.

import { element } from "../element.js";
import { ClientsView } from "./clients-view.js";
import { FlagsView } from "./flags-view.js";
import { MemoryView } from "./memory-view.js";
import type { Actions, Model, View } from "./model.js";
import { NowView } from "./now-view.js";
import { ProblemsView } from "./problems-view.js";
import { SaveView } from "./save-view.js";
import { SavesView } from "./saves-view.js";
import { Tabs } from "./tabs.js";
import { TreeView } from "./tree-view.js";

/** Where the list of saves has a place beside the tabs, and is none of them. */
const wide = "(min-width: 900px)";

export class ProgramView {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #now: NowView;
  readonly #saves: SavesView;
  readonly #panels: Readonly<Record<string, View>>;
  readonly #tabs: Tabs;
  readonly #wide = matchMedia(wide);

  constructor(model: Model, actions: Actions) {
    this.#model = model;
    this.#now = new NowView(model);
    const select: Actions["select"] = (save) => {
      actions.select(save);
      if (this.#wide.matches) this.#tabs.show("save");
    };
    this.#saves = new SavesView(model, { ...actions, select });
    const panels = {
      saves: this.#saves,
      save: new SaveView(model, actions),
      tree: new TreeView(model),
      problems: new ProblemsView(model, actions),
      clients: new ClientsView(model),
      memory: new MemoryView(model),
      flags: new FlagsView(model),
    };
    this.#panels = panels;
    const named = { saves: "Saves", save: "Save", tree: "Go tree", problems: "Problems" };
    const words: Record<string, string> = { ...named, clients: "Clients", memory: "Memory", flags: "Flags" };
    const tabs = Object.entries(panels).map(([name, view]) => {
      // The list stays where it is; its tab shows it where there is no room for both.
      const panel = name === "saves" ? view.element : element("div", "panel", view.element);
      return { name, words: words[name] ?? name, panel };
    });
    this.#tabs = new Tabs(tabs, (shown) => {
      // Beside the tabs it is always there.
      this.#saves.element.hidden = !this.#wide.matches && shown !== "saves";
      actions.redraw();
    });
    const side = element(
      "section",
      "side",
      ...tabs.filter(({ name }) => name !== "saves").map(({ panel }) => panel),
    );
    side.setAttribute("aria-label", "Details");
    this.element = element(
      "div",
      "program",
      this.#now.element,
      this.#tabs.list,
      element("div", "both", this.#saves.element, side),
    );
    this.#wide.addEventListener("change", this.#arrange);
    this.#arrange();
  }

  draw(): void {
    this.#now.draw();
    const { problems, status, program } = this.#model;
    const errors = problems.some(({ severity }) => severity === "error");
    this.#tabs.note("problems", problems.length > 0 ? String(problems.length) : "", errors);
    const clients = status?.clients.filter((client) => client.program === program).length ?? 0;
    this.#tabs.note("clients", String(clients));
    if (this.#wide.matches) this.#saves.draw();
    this.#panels[this.#tabs.shown]?.draw();
  }

  close(): void {
    this.#wide.removeEventListener("change", this.#arrange);
    for (const view of Object.values(this.#panels)) view.close?.();
  }

  readonly #arrange = (): void => {
    const isWide = this.#wide.matches;
    this.element.classList.toggle("wide", isWide);
    const { shown } = this.#tabs;
    if (isWide && (shown === "" || shown === "saves")) this.#tabs.show("save");
    else this.#tabs.show(shown || "saves");
  };
}
