//! An element as steps from the document down, and back: the same steps find its counterpart on another page.

/** Stands for the shadow root of what is reached. */
const shadow = "^";

/** Steps to `element`; undefined when it is not in the document. */
export function stepsTo(element: Element): string[] | undefined {
  const steps: string[] = [];
  let at = element;
  for (;;) {
    const root = at.getRootNode();
    if (at.id && unique(root, at)) steps.unshift(`#${at.id}`);
    else if (at.parentNode === root) steps.unshift(step(at));
    else if (at.parentElement) {
      steps.unshift(step(at));
      at = at.parentElement;
      continue;
    } else return undefined;
    if (root instanceof Document) return steps;
    if (!(root instanceof ShadowRoot)) return undefined;
    steps.unshift(shadow);
    at = root.host;
  }
}

/** What the steps lead to in this document. */
export function elementAt(steps: readonly string[]): Element | undefined {
  let at: Element | undefined;
  let root: Document | ShadowRoot = document;
  for (const name of steps) {
    if (name === shadow) {
      if (!at?.shadowRoot) return undefined;
      root = at.shadowRoot;
      at = undefined;
    } else if (name.startsWith("#")) at = root.getElementById(name.slice(1)) ?? undefined;
    else at = childOf(at ?? root, name);
    if (name !== shadow && !at) return undefined;
  }
  return at;
}

function unique(root: Node, element: Element): boolean {
  const isRoot = root instanceof Document || root instanceof ShadowRoot;
  return isRoot && root.getElementById(element.id) === element;
}

function step(element: Element): string {
  let number = 1;
  let before = element.previousElementSibling;
  for (; before; before = before.previousElementSibling)
    if (before.localName === element.localName) number += 1;
  return `${element.localName}:${number}`;
}

function childOf(parent: ParentNode, step: string): Element | undefined {
  const colon = step.lastIndexOf(":");
  const name = step.slice(0, colon);
  let left = Number(step.slice(colon + 1));
  for (const child of parent.children) {
    if (child.localName === name && --left === 0) return child;
  }
  return undefined;
}
