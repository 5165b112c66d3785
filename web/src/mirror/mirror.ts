//! Pages of one program that do together what is done on one of them. Loaded only where the server mirrors.

import { type Action, decode, encode, type Gesture } from "./gesture.js";
import * as replay from "./replay.js";
import { elementAt, stepsTo } from "./target.js";
import { watch } from "./watch.js";

/** As long as servers take. */
const longest = 16 * 1024;

/** Hands on what is done here to `send`, and answers who does here what was done elsewhere. */
export function mirror(send: (gesture: Uint8Array) => void): (bytes: Uint8Array) => void {
  const own = crypto.getRandomValues(new Uint8Array(8));
  const place = () => location.pathname + location.search;
  let replaying = false;
  let missed = false;
  /** Where views are that the mirror has moved: browsers tell of it later, as of anybody's scrolling. */
  const put = new WeakMap<Element, { left: number; top: number }>();

  const tell = (element: Element, action: Action) => {
    const target = action.kind === "scroll" && element === document.scrollingElement ? [] : stepsTo(element);
    if (!target) return;
    const bytes = encode({ page: own, location: place(), target, action });
    if (bytes.length <= longest) send(bytes);
  };
  const isMoved = (element: Element) => {
    const known = put.get(element);
    put.delete(element);
    return known?.left === element.scrollLeft && known.top === element.scrollTop;
  };
  watch(tell, () => replaying, isMoved);

  const perform = ({ target, action }: Gesture) => {
    const element = target.length === 0 ? document.scrollingElement : elementAt(target);
    if (!element) {
      if (!missed) console.warn("mirror: this page lacks what was used on another; they have come apart");
      missed = true;
      return;
    }
    switch (action.kind) {
      case "pointer":
        return replay.point(element, action.value);
      case "key":
        return replay.press(element, action.value);
      case "input":
        return replay.fill(element, action.value);
      case "scroll":
        put.set(element, replay.scroll(element, action.value));
        return;
      case "submit":
        return replay.submit(element);
    }
  };
  return (bytes) => {
    const gesture = decode(bytes);
    if (!gesture || gesture.location !== place() || isSame(gesture.page, own)) return;
    replaying = true;
    try {
      perform(gesture);
    } finally {
      replaying = false;
    }
  };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
