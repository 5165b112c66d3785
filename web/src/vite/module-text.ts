//! The JavaScript that stands for a Go program: in development, in what is built, and on servers.

import { isDeclarable } from "./declaration-text.js";
import { type Surface, signaturesOf } from "./signature.js";

/** Modules that the plugin makes out of nothing. */
export const developmentRuntime = "virtual:dev-server/development";
export const releaseRuntime = "virtual:dev-server/release";
export const glueOf = (folder: string) => `virtual:dev-server/glue?folder=${encodeURIComponent(folder)}`;

/** What runs in a page while a dev-server builds. `id`: by which Vite's server knows the program. */
export function developmentText(id: string, program: string, { functions }: Surface): string {
  const options = { id, program, signatures: signaturesOf(functions) };
  return `import { developmentProgram } from ${JSON.stringify(developmentRuntime)};
const program = developmentProgram(import.meta.hot, ${JSON.stringify(options)});
await program.ready(${JSON.stringify(functions.map(({ name }) => name))});
${exported(functions)}export default program;
`;
}

/** What is built: the module is a file of its own, at `url`, an expression. */
export function releaseText(folder: string, program: string, url: string, { functions }: Surface): string {
  return `import { releaseProgram } from ${JSON.stringify(releaseRuntime)};
import Go from ${JSON.stringify(glueOf(folder))};
const program = releaseProgram(${JSON.stringify({ program, signatures: signaturesOf(functions) })}, Go, ${url});
await program.start();
${exported(functions)}export default program;
`;
}

/**
 * The script of a compiler as a module that gives its class. It is made for Node as well: a bundler would follow what it requires
 * there, if that were not the name of a parameter.
 */
export function glueText(script: string): string {
  return `const before = globalThis.Go;
((global, require, module, process) => {
${script}
})(globalThis);
export default globalThis.Go;
globalThis.Go = before;
`;
}

/** On a server nothing runs: a page that is rendered there may import the program, and calls it in the browser. */
export function serverText(program: string, { functions }: Surface): string {
  return `import { absentProgram } from ${JSON.stringify(releaseRuntime)};
const program = absentProgram(${JSON.stringify(program)});
${exported(functions)}export default program;
`;
}

function exported(functions: Surface["functions"]): string {
  return functions
    .map(({ name }, index) => {
      const text = JSON.stringify(name);
      const alias = isDeclarable(name) ? name : text;
      return `const exported${index} = program.exported(${text});\nexport { exported${index} as ${alias} };\n`;
    })
    .join("");
}
