//! An explanation as plain text, for consoles and terminals.

import type { Explanation, GoPosition } from "./explanation.js";

export function explanationText(explanation: Explanation): string {
  const { code, kind, title, cause, wanted, offered, position, remedy, link } = explanation;
  const parts: readonly (readonly [string, string])[] = [
    ["why", cause],
    ["wanted", wanted],
    ["offered", offered],
    ["where", position ? positionText(position) : ""],
    ["remedy", remedy],
    ["more", link],
  ];
  const lines = parts
    .filter(([, text]) => text !== "")
    .map(([name, text]) => `  ${`${name}:`.padEnd(9)}${text.replaceAll("\n", `\n${" ".repeat(11)}`)}`);
  return [`${kind}: ${title} (${code})`, ...lines].join("\n");
}

export function positionText({ function: name, file, line, offset }: GoPosition): string {
  if (file) return `${name} at ${line ? `${file}:${line}` : file}`;
  return offset === undefined ? name : `${name}, byte ${offset} of the module`;
}
