//! All that is wrong now: with the source, with the lines around each place, and what went wrong last in a page.

import { codeFrame, hint } from "../code-frame.js";
import { element } from "../element.js";
import type { Explanation } from "../explain/explanation.js";
import { explanationView } from "../explain/explanation-view.js";
import type { Diagnostic, Place } from "../messages.js";
import { type Actions, Changes, type Model, type View } from "./model.js";
import { pane } from "./pane.js";

export class ProblemsView implements View {
  readonly element = pane("problems");
  readonly #model: Model;
  readonly #actions: Actions;
  readonly #changes = new Changes();

  constructor(model: Model, actions: Actions) {
    this.#model = model;
    this.#actions = actions;
  }

  draw(): void {
    const { problems, fall } = this.#model;
    if (!this.#changes.are(problems, fall)) return;
    const articles = problems.map((item) => this.#article(item));
    if (fall) articles.unshift(fallen(fall));
    this.element.replaceChildren(
      ...(articles.length > 0 ? articles : [element("p", "empty", "Nothing is wrong with the source.")]),
    );
  }

  #article(item: Diagnostic): HTMLElement {
    return element(
      "article",
      item.severity,
      element("p", "message", element("span", "kind", `${item.severity}: `), item.message),
      element("div", "where", item.place && this.#place(item.place), element("span", "source", item.source)),
      item.frame && codeFrame(item.frame, item.place),
      hint(item.hint),
    );
  }

  #place(place: Place): HTMLElement {
    const position = [place.file, place.line, place.column].filter((part) => part !== 0).join(":");
    // The server opens only what it has given a number.
    if (place.id === 0n) return element("span", "place", position);
    const button = element("button", "place", position);
    button.title = "Open in the editor";
    button.onclick = () => this.#actions.open(place.id);
    return button;
  }
}

/** The words of the browser or program, and what they mean. */
function fallen(fall: Explanation): HTMLElement {
  const made = explanationView(fall);
  made.prepend(element("p", "message", element("span", "kind", `${fall.kind}: `), fall.message));
  return made;
}
