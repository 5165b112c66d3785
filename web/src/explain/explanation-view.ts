//! An explanation as elements, in the classes that the overlay and the inspector have for what is wrong.

import { element } from "../element.js";
import type { Explanation } from "./explanation.js";
import { positionText } from "./explanation-text.js";

export function explanationView(explanation: Explanation): HTMLElement {
  const { code: row, title, cause, wanted, offered, position, remedy, link } = explanation;
  const more = element("a", "place", "more about it");
  more.href = link;
  more.target = "_blank";
  more.rel = "noreferrer";
  // Neither style sheet has something for links, nor for code in a line.
  more.style.color = "var(--link)";
  const said = (name: string, text: string | Node) =>
    text && element("p", "hint", element("b", "", `${name} `), text);
  const code = (text: string) => {
    const made = text && element("code", "", text);
    if (made) made.style.font = "12.5px/1.6 var(--mono)";
    return made;
  };
  return element(
    "article",
    "error why",
    element("p", "message", title),
    element(
      "div",
      "where",
      position && element("span", "place", positionText(position)),
      element("span", "source", row),
      more,
    ),
    said("Why", cause),
    said("Wanted", code(wanted)),
    said("Offered", code(offered)),
    said("Remedy", remedy),
  );
}
