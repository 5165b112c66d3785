//! What a tab shows: it scrolls by itself, so that keys have to reach it.

import { element } from "../element.js";

export function pane(name: string): HTMLElement {
  const made = element("div", `pane ${name}-pane`);
  made.tabIndex = 0;
  return made;
}
