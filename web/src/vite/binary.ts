//! Where the `dev-server` binary is: as the options say, as the environment says, else on PATH.

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { Failure } from "./failure.js";

const variable = "DEV_SERVER";
const name = process.platform === "win32" ? "dev-server.exe" : "dev-server";

/** Throws a `Failure`. */
export function findBinary(option: string | undefined, root: string, environment = process.env): string {
  const [named, by] = option ? [option, "the option `binary`"] : [environment[variable], variable];
  if (named) {
    const path = isAbsolute(named) ? named : resolve(root, named);
    if (isExecutable(path)) return path;
    throw new Failure(`${path}, which ${by} names, is no program`, "name the `dev-server` binary itself");
  }
  for (const folder of (environment.PATH ?? "").split(delimiter)) {
    // A relative folder means another one in each project, and so whatever lies there.
    if (isAbsolute(folder) && isExecutable(join(folder, name))) return join(folder, name);
  }
  throw new Failure(
    "dev-server was not found",
    `put the binary on PATH, or name it in ${variable} or by \`devServer({ binary: "..." })\``,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
