//! Does on this page what was done on another.

import { type Input, type Key, type Pointer, type Scroll, whole } from "./gesture.js";

const pointerTypes = new Set([
  "click",
  "dblclick",
  "contextmenu",
  "pointerdown",
  "pointerup",
  "mousedown",
  "mouseup",
]);
const keyTypes = new Set(["keydown", "keyup"]);

export function point(element: Element, { type, x, y, button, buttons, modifiers }: Pointer): void {
  if (!pointerTypes.has(type)) return;
  const { left, top, width, height } = element.getBoundingClientRect();
  const init: PointerEventInit = {
    ...common,
    ...modifiersOf(modifiers),
    clientX: left + (x / whole) * width,
    clientY: top + (y / whole) * height,
    button,
    buttons,
    detail: type === "dblclick" ? 2 : 1,
    pointerId: 1,
    pointerType: "mouse",
    isPrimary: true,
  };
  // Browsers differ in what a click is; what listeners read of it both have.
  const made = type.startsWith("pointer") ? new PointerEvent(type, init) : new MouseEvent(type, init);
  element.dispatchEvent(made);
}

export function press(element: Element, { type, key, code, modifiers, repeat }: Key): void {
  if (!keyTypes.has(type)) return;
  element.dispatchEvent(new KeyboardEvent(type, { ...common, ...modifiersOf(modifiers), key, code, repeat }));
}

/** Gives a field its value as somebody's typing does: whoever listens hears of it. */
export function fill(element: Element, { values, committed }: Input): void {
  const value = values[0] ?? "";
  if (element instanceof HTMLSelectElement) {
    for (const option of element.options) option.selected = values.includes(option.value);
  } else if (element instanceof HTMLInputElement) {
    if (element.type === "file" || element.type === "password") return;
    assign(HTMLInputElement.prototype, element, value);
  } else if (element instanceof HTMLTextAreaElement) assign(HTMLTextAreaElement.prototype, element, value);
  else if (element instanceof HTMLElement && element.isContentEditable) element.textContent = value;
  else return;
  if (committed) element.dispatchEvent(new Event("change", { bubbles: true }));
  else
    element.dispatchEvent(
      new InputEvent("input", { ...common, cancelable: false, inputType: "insertReplacementText" }),
    );
}

/** Frameworks put a property of their own on a field to see who sets it. */
function assign(prototype: object, field: Element, value: string): void {
  Reflect.set(prototype, "value", value, field);
}

/** Moves a view, and answers where it is then; a shorter page cannot be moved as far. */
export function scroll(element: Element, { x, y }: Scroll): { left: number; top: number } {
  const sign = getComputedStyle(element).direction === "rtl" ? -1 : 1;
  const left = ((sign * x) / whole) * (element.scrollWidth - element.clientWidth);
  const top = (y / whole) * (element.scrollHeight - element.clientHeight);
  element.scrollTo({ left, top, behavior: "instant" });
  return { left: element.scrollLeft, top: element.scrollTop };
}

export function submit(element: Element): void {
  if (element instanceof HTMLFormElement) element.requestSubmit();
}

const common = { bubbles: true, cancelable: true, composed: true, view: window };

function modifiersOf(bits: number): EventModifierInit {
  return {
    altKey: (bits & 1) !== 0,
    ctrlKey: (bits & 2) !== 0,
    metaKey: (bits & 4) !== 0,
    shiftKey: (bits & 8) !== 0,
  };
}
