//! The table of errors: all rows, those that are sure of themselves before those that take what is left.

import type { Row } from "./row.js";
import { callRows } from "./rows-call.js";
import { compileRows } from "./rows-compile.js";
import { goRows } from "./rows-go.js";
import { linkRows } from "./rows-link.js";
import { runRows } from "./rows-run.js";

export const table: readonly Row[] = [...compileRows, ...linkRows, ...callRows, ...runRows, ...goRows];
