//! The table of errors as people read it.

import type { Row, Text } from "../../src/explain/row.js";
import { table } from "../../src/explain/table.js";

const groups = [
  ["fetch/", "The module does not come"],
  ["compile/", "The module is not compiled"],
  ["link/", "Module and page do not fit"],
  ["call/", "Calls that cannot be"],
  ["run/", "WebAssembly goes down"],
  ["go/", "The Go program goes down"],
] as const;

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ").replaceAll("<", "&lt;");

/** A text may be long; the beginning tells it. */
function example({ by, kind, example: words }: Text): string {
  const shown = words.length > 100 ? `${words.slice(0, 99)}…` : words;
  return `${by}: ${kind}: ${shown}`;
}

function rowText({ code, title, texts, cause, remedy, link }: Row): string {
  const seen = new Set<string>();
  const said = texts.filter(({ by }) => !seen.has(by) && seen.add(by)).map(example);
  const [name, ...rest] = [
    `\`${code}\` ${cell(title)}`,
    said.map(cell).join("<br>"),
    cell(cause),
    cell(remedy),
  ];
  return `| ${[name, ...rest].join(" | ")} [More](${link}) |`;
}

export function tableText(): string {
  const parts = groups.map(([prefix, heading]) => {
    const rows = table.filter(({ code }) => code.startsWith(prefix)).map(rowText);
    return [
      `## ${heading}`,
      "",
      "| error | what is said | why | remedy |",
      "| --- | --- | --- | --- |",
      ...rows,
    ].join("\n");
  });
  return `${parts.join("\n\n")}\n`;
}
