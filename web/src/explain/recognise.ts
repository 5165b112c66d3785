//! Which row of the table an error belongs to.

import type { Facts, Row, Text } from "./row.js";
import { table } from "./table.js";

/** Words that mean one thing under a condition are that before they are anything else. */
export function recognise(facts: Facts): Row | undefined {
  const fits = ({ kind, pattern }: Text) => kind === facts.kind && pattern.test(facts.message);
  return (
    table.find(({ texts }) => texts.some((text) => text.when?.(facts) && fits(text))) ??
    table.find(({ texts }) => texts.some((text) => !text.when && fits(text)))
  );
}
