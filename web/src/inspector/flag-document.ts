//! The flags that are in force, as the server says them at `/__dev/flags`.

import { isFields, list, text } from "./event-line.js";

export type FlagRules = {
  readonly name: string;
  readonly type: string;
  readonly fallback: string;
  readonly killed: boolean;
  readonly rules: readonly string[];
};

export function readFlagDocument(value: unknown): readonly FlagRules[] {
  const flags = isFields(value) && isFields(value.flags) ? value.flags : {};
  return Object.entries(flags).flatMap(([name, flag]) => {
    if (!isFields(flag)) return [];
    return {
      name,
      type: text(flag.type),
      fallback: JSON.stringify(flag.default) ?? "",
      killed: flag.killed === true,
      rules: list(flag.rules).map(ruleInWords),
    };
  });
}

/** Rules have many keys; all of them are shown as they are written, but for the value, which comes first. */
function ruleInWords({ value, ...conditions }: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(conditions).map(([key, condition]) => `${key} ${JSON.stringify(condition)}`);
  return [JSON.stringify(value), ...parts].join(", ");
}
