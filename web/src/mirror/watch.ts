//! What somebody does on this page, as actions at elements. What a script does, or the mirror itself, is nobody's doing.

import { type Action, whole } from "./gesture.js";
import { isPrivate } from "./privacy.js";

/** `element`: where; the document's own for the window. */
export type Tell = (element: Element, action: Action) => void;

const pointers = [
  "click",
  "dblclick",
  "contextmenu",
  "pointerdown",
  "pointerup",
  "mousedown",
  "mouseup",
] as const;

/** Calls `tell` for all that is done. `quiet`: what happens now is done by the mirror. */
export function watch(tell: Tell, quiet: () => boolean, isMoved: (element: Element) => boolean): void {
  const listen = <Name extends keyof DocumentEventMap>(
    name: Name,
    hear: (event: DocumentEventMap[Name], element: Element) => void,
  ) => {
    // Before the page's own listeners, which may end the event or take the element away.
    const options = { capture: true, passive: true };
    window.addEventListener(
      name,
      (event) => {
        if (!event.isTrusted || quiet()) return;
        const path = event.composedPath();
        const [target] = path;
        const element = target instanceof Document ? target.scrollingElement : target;
        if (element instanceof Element && !isPrivate(path)) hear(event as DocumentEventMap[Name], element);
      },
      options,
    );
  };
  let forwarded: Element | undefined;
  for (const name of pointers)
    listen(name, (event, element) => {
      if (name === "click") {
        if (forwarded === element) return;
        forwarded = controlOf(element);
        // The browser's own click on the field comes in the same turn.
        if (forwarded)
          setTimeout(() => {
            forwarded = undefined;
          });
      }
      tell(element, { kind: "pointer", value: pointerOf(event, element) });
    });
  for (const name of ["keydown", "keyup"] as const)
    listen(name, (event, element) => {
      const { type, key, code, repeat } = event;
      tell(element, { kind: "key", value: { type, key, code, repeat, modifiers: modifiersOf(event) } });
    });
  listen("input", (_, element) => field(tell, element, false));
  listen("change", (_, element) => field(tell, element, true));
  // One with a button is sent by the click that the browser makes on it.
  listen("submit", (event, element) => {
    if (!event.submitter) tell(element, { kind: "submit" });
  });
  const moved = new Set<Element>();
  listen("scroll", (_, element) => {
    if (moved.size === 0) requestAnimationFrame(() => told());
    moved.add(element);
  });
  const told = () => {
    for (const element of moved)
      if (!isMoved(element)) tell(element, { kind: "scroll", value: view(element) });
    moved.clear();
  };
}

/** The field of the label that is clicked: browsers click that too, also after the click that the mirror makes. */
function controlOf(element: Element): Element | undefined {
  const control = element.closest("label")?.control;
  return control && !control.contains(element) ? control : undefined;
}

function pointerOf(event: MouseEvent, element: Element) {
  const { type, clientX, clientY, button, buttons } = event;
  const { left, top, width, height } = element.getBoundingClientRect();
  const [x, y] = [parts(clientX - left, width), parts(clientY - top, height)];
  return { type, x, y, button, buttons, modifiers: modifiersOf(event) };
}

/** Boxes change by the click that is told. */
const clicked = new Set(["checkbox", "radio", "button", "submit", "reset", "image"]);

function field(tell: Tell, element: Element, committed: boolean): void {
  let values: string[];
  if (element instanceof HTMLSelectElement)
    values = Array.from(element.selectedOptions, ({ value }) => value);
  else if (element instanceof HTMLInputElement && !clicked.has(element.type)) values = [element.value];
  else if (element instanceof HTMLTextAreaElement) values = [element.value];
  else if (element instanceof HTMLElement && element.isContentEditable) values = [element.textContent ?? ""];
  else return;
  tell(element, { kind: "input", value: { values, committed } });
}

function view(element: Element) {
  const { scrollLeft, scrollTop, scrollWidth, scrollHeight, clientWidth, clientHeight } = element;
  // From right to left it counts below nothing.
  const moved = (at: number, way: number) => Math.min(whole, Math.max(0, parts(Math.abs(at), way)));
  return {
    x: moved(scrollLeft, scrollWidth - clientWidth),
    y: moved(scrollTop, scrollHeight - clientHeight),
  };
}

function parts(of: number, length: number): number {
  return length > 0 ? Math.round((of / length) * whole) : 0;
}

function modifiersOf({ altKey, ctrlKey, metaKey, shiftKey }: MouseEvent | KeyboardEvent): number {
  return Number(altKey) + 2 * Number(ctrlKey) + 4 * Number(metaKey) + 8 * Number(shiftKey);
}
