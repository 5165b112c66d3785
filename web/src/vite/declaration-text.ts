//! The TypeScript declarations of a Go program, written beside it.

import type { Crossing } from "../go-module/crossing.js";
import type { Surface, TypedFunction } from "./signature.js";

const head = `// Made by dev-server-client/vite from the exported functions of this Go program; made anew whenever they change.
import type { GoProgram } from "dev-server-client";
`;

/** Words that no declaration may have for its name, and those that modules and strict code keep. */
const reserved = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false " +
    "finally for function if implements import in instanceof interface let new null package private protected public return " +
    "static super switch this throw true try typeof var void while with yield"
  ).split(" "),
);

/** A name that a module can declare; a name of an export may be any text. */
export function isDeclarable(name: string): boolean {
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name) && !reserved.has(name);
}

export function declarationText({ functions, unsupported }: Surface): string {
  const parts = functions.map((one, index) => declared(one, `exported${index}`));
  for (const { name, reason } of unsupported) parts.push(`// ${name} is left out: ${reason}.`);
  return [head, ...parts, "declare const program: GoProgram;", "export default program;", ""].join("\n");
}

function declared({ name, about, parameterNames, signature }: TypedFunction, substitute: string): string {
  const [parameters, result] = signature;
  const list = parameters.map((crossing, index) => {
    const given = parameterNames[index] ?? "";
    return `${isDeclarable(given) && given !== "_" ? given : `argument${index}`}: ${typeOf(crossing)}`;
  });
  const comment =
    about === ""
      ? ""
      : `/**\n${about.replaceAll("*/", "*\\/").replace(/^/gm, " * ").replace(/ +$/gm, "")}\n */\n`;
  const text = `(${list.join(", ")}): ${typeOf(result)};`;
  if (isDeclarable(name) && name !== "program" && name !== "GoProgram")
    return `${comment}export declare function ${name}${text}`;
  return `${comment}declare function ${substitute}${text}\nexport { ${substitute} as ${isDeclarable(name) ? name : JSON.stringify(name)} };`;
}

function typeOf(crossing: Crossing): string {
  switch (crossing) {
    case "nothing":
      return "void";
    case "bool":
      return "boolean";
    case "int64":
    case "uint64":
      return "bigint";
    case "string":
      return "string";
    default:
      return "number";
  }
}
