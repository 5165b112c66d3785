//! Small edits of a source, found in its text: other strings, numbers, operators and conditions in its functions.

/** A piece of a source file that becomes another one. */
export type Mutation = {
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly to: string;
};

/** All of a file. Functions whose names `left` knows are left out, and all that could make a program fall. */
export function mutations(file: string, text: string, left: RegExp): Mutation[] {
  const found: Mutation[] = [];
  let start = 0;
  let inside = false;
  for (const [index, content] of text.split("\n").entries()) {
    const name = /^func (?:\([^)]*\) )?(\w+)/.exec(content)?.[1];
    if (name !== undefined) inside = !left.test(name);
    else if (inside && content.startsWith("\t")) {
      for (const { at, from, to } of ofLine(content))
        found.push({ file, line: index + 1, start: start + at, end: start + at + from.length, to });
    } else if (content.startsWith("}")) inside = false;
    start += content.length + 1;
  }
  return found;
}

type Piece = { readonly at: number; readonly from: string; readonly to: string };

/** What may be nil or out of range once it is another one; loops that may never end. */
const delicate = /\bnil\b|\berr\b|\blen\(|\bfor\b|\bat\b|position|ticker|\[\w*:|:\w*\]/;

function ofLine(line: string): Piece[] {
  // What a program does once, or needs of its page.
  if (/^\s*\/\/|element\(|listen\(|\blive\./.test(line)) return [];
  // What a field of the page holds it goes on holding, whatever it began with.
  const strings = [...line.matchAll(/"(?!value"|checked")([^"\\]*)"/g)].map((match) => ({
    at: match.index,
    from: match[0],
    to: `"${match[1]}x"`,
  }));
  // Everything of the same length, so that places stay the same.
  const bare = line.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/\/.*$/g, (text) =>
    "·".repeat(text.length),
  );
  if (delicate.test(bare)) return strings;
  const numbers = [...bare.matchAll(/(?<![\w.[])\d+(?![\w.\]])/g)].map((match) => ({
    at: match.index,
    from: match[0],
    to: String(Number(match[0]) + 1),
  }));
  const operators = [...bare.matchAll(/ (==|!=|<=|>=|<|>|&&|\|\||\+) /g)].map((match) => ({
    at: match.index + 1,
    from: match[1] ?? "",
    to: others[match[1] ?? ""] ?? "",
  }));
  const conditions = [...bare.matchAll(/\bif ([^;{]+) \{$/g)].map((match) => {
    const from = line.slice(match.index + 3, match.index + 3 + (match[1]?.length ?? 0));
    return { at: match.index + 3, from, to: `!(${from})` };
  });
  return [...strings, ...numbers, ...operators, ...conditions];
}

const others: Record<string, string> = {
  "==": "!=",
  "!=": "==",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "&&": "||",
  "||": "&&",
  "+": "-",
};

/** The text with some of them; those that lie in another one are left out. */
export function mutated(text: string, chosen: readonly Mutation[]): string {
  let made = "";
  let at = 0;
  for (const { start, end, to } of [...chosen].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at) continue;
    made += text.slice(at, start) + to;
    at = end;
  }
  return made + text.slice(at);
}

/** So many of them, evenly from everywhere, and neighbours far from each other. */
export function spread<Item>(items: readonly Item[], count: number, batches: number): Item[][] {
  const wanted = Math.min(count, items.length);
  const chosen = Array.from(
    { length: wanted },
    (_, index) => items[Math.floor((index * items.length) / wanted)],
  );
  const made: Item[][] = Array.from({ length: Math.min(batches, wanted) }, () => []);
  for (const [index, item] of chosen.entries()) if (item !== undefined) made[index % made.length]?.push(item);
  return made;
}
