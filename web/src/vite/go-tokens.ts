//! Go source as tokens, as far as declarations need them: words, signs, texts and comments with their lines.

export type Token = {
  readonly kind: "word" | "number" | "text" | "comment" | "sign";
  readonly text: string;
  /** Lines of its first and of its last character, from 1. */
  readonly line: number;
  readonly endLine: number;
};

/** In this order: what begins like something longer comes after it. A raw text and a comment may have many lines. */
const pattern = new RegExp(
  [
    /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))/,
    /(?<text>`[^`]*(?:`|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)/,
    /(?<word>[\p{L}_][\p{L}\p{Nd}_]*)/u,
    /(?<number>\.?\d[\w.]*)/,
    /(?<sign>[^\s])/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gu",
);

/** Never fails: what is unfinished ends where its line or the file does. */
export function tokens(source: string): Token[] {
  const found: Token[] = [];
  let line = 1;
  let at = 0;
  for (const match of source.matchAll(pattern)) {
    line += newlines(source.slice(at, match.index));
    const text = match[0];
    const kind = Object.entries(match.groups ?? {}).find(([, part]) => part !== undefined)?.[0];
    const endLine = line + newlines(text);
    found.push({ kind: kind as Token["kind"], text, line, endLine });
    line = endLine;
    at = match.index + text.length;
  }
  return found;
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
