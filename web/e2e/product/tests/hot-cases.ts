//! Functions of a running program are replaced: one edit after the other, each of them taken back.

import { describe, test } from "vitest";
import { play } from "../hot/case.js";
import { functionCases } from "../hot/cases-functions.js";
import { goroutineCases } from "../hot/cases-goroutines.js";
import { typeCases } from "../hot/cases-types.js";
import { variableCases } from "../hot/cases-variables.js";
import { Stage } from "../hot/stage.js";
import { browsers } from "../places.js";

const cases = [...functionCases, ...typeCases, ...variableCases, ...goroutineCases];

describe.each(browsers)("in %s", (browser) => {
  const stage = new Stage(browser);

  test.each(cases)("$name", async (one) => {
    await play(await stage.program(), one);
  });
});
