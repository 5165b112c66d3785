//! What a Go file declares that matters to JavaScript: exported functions with their signatures, types, imports.

import { type Token, tokens } from "./go-tokens.js";

export type Parameter = { readonly name: string; readonly type: string };

export type ExportedFunction = {
  /** Under which JavaScript finds it. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly results: readonly string[];
  readonly line: number;
  /** Its comment, without the directive. */
  readonly about: string;
};

export type Declarations = {
  readonly packageName: string;
  readonly imports: readonly string[];
  readonly exported: readonly ExportedFunction[];
  /** Name of a type -> what it is made of. */
  readonly types: ReadonlyMap<string, string>;
  readonly hasMain: boolean;
};

const directive = /^\/\/(?:go:wasmexport|export|go:export)[ \t]+(\S+)/;
const opening = "([{";
const closing = ")]}";

export function declarations(source: string): Declarations {
  return new Reader(tokens(source)).read();
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #packageName = "";
  readonly #imports: string[] = [];
  readonly #exported: ExportedFunction[] = [];
  readonly #types = new Map<string, string>();
  #hasMain = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  read(): Declarations {
    let comments: Token[] = [];
    for (let token = this.#tokens[this.#at]; token; token = this.#tokens[this.#at]) {
      this.#at += 1;
      if (token.kind === "comment") {
        comments = [...(follows(comments.at(-1), token) ? comments : []), token];
        continue;
      }
      const above = follows(comments.at(-1), token) ? comments : [];
      comments = [];
      if (token.text === "package") this.#packageName = this.#next()?.text ?? "";
      else if (token.text === "import") this.#group(() => this.#import());
      else if (token.text === "type") this.#group(() => this.#type());
      else if (token.text === "func") this.#function(token, above);
      else if (opening.includes(token.text)) this.#skip();
    }
    return {
      packageName: this.#packageName,
      imports: this.#imports,
      exported: this.#exported,
      types: this.#types,
      hasMain: this.#hasMain,
    };
  }

  /** Comments are left where they are: they may stand above the next declaration. */
  #peek(): Token | undefined {
    return this.#tokens[this.#following()];
  }

  #next(): Token | undefined {
    const at = this.#following();
    const token = this.#tokens[at];
    if (token) this.#at = at + 1;
    return token;
  }

  #following(): number {
    let at = this.#at;
    while (this.#tokens[at]?.kind === "comment") at += 1;
    return at;
  }

  /** Of what was read last. */
  get #line(): number {
    return this.#tokens[this.#at - 1]?.endLine ?? 0;
  }

  /** Past the bracket that closes the one that was read. */
  #skip(): Token[] {
    const inside: Token[] = [];
    let depth = 1;
    for (let token = this.#next(); token; token = this.#next()) {
      if (token.kind === "sign" && opening.includes(token.text)) depth += 1;
      if (token.kind === "sign" && closing.includes(token.text)) depth -= 1;
      if (depth === 0) break;
      inside.push(token);
    }
    return inside;
  }

  /** One specification, or those between parentheses. */
  #group(one: () => void): void {
    if (this.#peek()?.text !== "(") {
      one();
      return;
    }
    this.#next();
    for (let token = this.#peek(); token && token.text !== ")"; token = this.#peek()) {
      if (token.text === ";") this.#next();
      else one();
    }
    this.#next();
  }

  #import(): void {
    let token = this.#next();
    if (token && token.kind !== "text") token = this.#next();
    if (token?.kind === "text") this.#imports.push(token.text.slice(1, -1));
  }

  #type(): void {
    const name = this.#next();
    if (this.#peek()?.text === "=") this.#next();
    const parts = this.#typeTokens((token, before) => token.line > before.endLine || token.text === ";");
    if (name) this.#types.set(name.text, joined(parts));
  }

  /** Tokens of a type, up to one that is no part of it any more. */
  #typeTokens(ends: (token: Token, before: Token) => boolean): Token[] {
    const parts: Token[] = [];
    for (let token = this.#peek(); token; token = this.#peek()) {
      const before = parts.at(-1);
      if ((before && ends(token, before)) || closing.includes(token.text)) break;
      parts.push(token);
      this.#next();
      if (token.kind !== "sign" || !opening.includes(token.text)) continue;
      parts.push(...this.#skip());
      const close = this.#tokens[this.#at - 1];
      if (close) parts.push(close);
    }
    return parts;
  }

  #function(token: Token, above: readonly Token[]): void {
    // A method: JavaScript cannot call one.
    const isMethod = this.#peek()?.text === "(";
    if (isMethod) {
      this.#next();
      this.#skip();
    }
    const name = this.#next()?.text ?? "";
    if (this.#peek()?.text === "[") {
      this.#next();
      this.#skip();
    }
    if (this.#peek()?.text !== "(") return;
    this.#next();
    const parameters = list(this.#skip());
    const results = this.#results();
    const body = this.#peek();
    const hasBody = body?.text === "{" && body.line === this.#line;
    if (hasBody) {
      this.#next();
      this.#skip();
    }
    // Without a body it is a function of the page that Go calls.
    if (isMethod || !hasBody) return;
    if (name === "main") this.#hasMain = true;
    const lines = above.map(({ text }) => text);
    const about = lines
      .filter((line) => !/^\/\/(?:go:|export )/.test(line))
      .map((line) => line.replace(/^\/\/ ?|^\/\*|\*\/$/g, "").trimEnd())
      .join("\n")
      .trim();
    for (const line of lines) {
      const exported = directive.exec(line)?.[1];
      if (exported) this.#exported.push({ name: exported, parameters, results, line: token.line, about });
    }
  }

  #results(): string[] {
    const first = this.#peek();
    if (!first || first.text === "{" || first.line > this.#line) return [];
    if (first.text === "(") {
      this.#next();
      return list(this.#skip()).map(({ type }) => type);
    }
    const parts = this.#typeTokens((token, before) => token.text === "{" || token.line > before.endLine);
    return [joined(parts)];
  }
}

/** Without a blank line between them. */
function follows(comment: Token | undefined, next: Token): boolean {
  return comment !== undefined && next.line <= comment.endLine + 1;
}

/** Parameters or results: either all have names, several of which may share a type, or none has. */
function list(inside: readonly Token[]): Parameter[] {
  const entries = split(inside);
  const isNamed = entries.some(([first, second]) => first?.kind === "word" && named(first, second));
  const parameters: Parameter[] = [];
  let type = "";
  for (const entry of entries.reverse()) {
    const [first, ...rest] = entry;
    if (!first) continue;
    if (isNamed) {
      type = rest.length > 0 ? joined(rest) : type;
      parameters.unshift({ name: first.text, type });
    } else {
      parameters.unshift({ name: "", type: joined(entry) });
    }
  }
  return parameters;
}

/** What follows a word that is the name of a parameter; else the word is a type, or the beginning of one. */
function named(first: Token, second: Token | undefined): boolean {
  const beginsType = ["chan", "func", "map", "struct", "interface"].includes(first.text);
  return !beginsType && second !== undefined && second.text !== ".";
}

function split(inside: readonly Token[]): Token[][] {
  const entries: Token[][] = [[]];
  let depth = 0;
  for (const token of inside) {
    if (token.kind === "sign" && opening.includes(token.text)) depth += 1;
    if (token.kind === "sign" && closing.includes(token.text)) depth -= 1;
    if (token.text === "," && depth === 0) entries.push([]);
    else entries.at(-1)?.push(token);
  }
  return entries.filter((entry) => entry.length > 0);
}

function joined(parts: readonly Token[]): string {
  let text = "";
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1];
    const apart = before && before.kind !== "sign" && part.kind !== "sign";
    text += apart ? ` ${part.text}` : part.text;
  }
  return text;
}
