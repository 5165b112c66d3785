//! The steps of the guide, read from the document that people read: what they type, and the files that they write.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type Step = {
  readonly title: string;
  /** Commands, in the project's folder from the second step on. */
  readonly commands: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
};

const document = fileURLToPath(new URL("../../../README.md", import.meta.url));
const heading = "## Vue 3 and Vite in five steps";
const block = /^```(\w+)\n([\s\S]*?)^```$/gm;
/** The first line of a file says which one it is. */
const named = /^(?:\/\/|<!--) (\S+\.\w+)(?: -->)?\n/;

export function steps(): Step[] {
  const text = readFileSync(document, "utf8");
  const at = text.indexOf(heading);
  if (at < 0) throw new Error(`${document} has no "${heading}"`);
  const section = text.slice(at + heading.length).split(/^## /m)[0] ?? "";
  return section
    .split(/^(?=\d\. )/m)
    .slice(1)
    .map((part) => {
      const blocks = [...part.replace(/^ {3}/gm, "").matchAll(block)];
      const files = blocks.flatMap(([, , body = ""]) => {
        const path = named.exec(body)?.[1];
        return path ? [{ path, text: body }] : [];
      });
      const commands = blocks.filter(([, language]) => language === "sh").map(([, , body = ""]) => body);
      return { title: part.split("\n")[0] ?? "", commands: commands.join(""), files };
    });
}
