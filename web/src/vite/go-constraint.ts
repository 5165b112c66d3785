//! Whether a Go file belongs to a program for the browser: by its name, and by its `//go:build` line.

const systems = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos".split(
    " ",
  ),
);
const architectures = new Set(
  "386 amd64 amd64p32 arm arm64 arm64be armbe loong64 mips mips64 mips64le mips64p32 mips64p32le mipsle ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm".split(
    " ",
  ),
);

/** `tags`: those that are set beside the system's own, such as "tinygo". */
export function isForBrowser(name: string, source: string, tags: ReadonlySet<string>): boolean {
  if (!name.endsWith(".go") || name.endsWith("_test.go") || /^[._]/.test(name)) return false;
  const [last = "", beforeLast = ""] = name.slice(0, -3).split("_").slice(1).reverse();
  if (architectures.has(last)) {
    if (last !== "wasm" || (systems.has(beforeLast) && beforeLast !== "js")) return false;
  } else if (systems.has(last) && last !== "js") return false;
  const line = constraintOf(source);
  return line === undefined || evaluate(line, (tag) => isSet(tag, tags));
}

/** It stands above the package clause, among comments and blank lines only. */
function constraintOf(source: string): string | undefined {
  const head = source.replace(/\/\*[\s\S]*?\*\//g, "");
  for (const line of head.split("\n")) {
    const found = /^\/\/go:build\s+(.*)$/.exec(line.trim());
    if (found) return found[1];
    if (line.trim() !== "" && !line.trim().startsWith("//")) return undefined;
  }
  return undefined;
}

function isSet(tag: string, tags: ReadonlySet<string>): boolean {
  // A version of the language: whoever builds it is at least that new, or says so himself.
  return tag === "js" || tag === "wasm" || tags.has(tag) || /^go1\.\d+$/.test(tag);
}

/** `||`, `&&`, `!` and parentheses, as Go has them. What cannot be read holds: the compiler will say so. */
function evaluate(line: string, holds: (tag: string) => boolean): boolean {
  const words = line.match(/\|\||&&|!|\(|\)|[\p{L}\p{Nd}_.]+/gu) ?? [];
  let at = 0;
  const either = (): boolean => {
    let value = both();
    while (words[at] === "||") {
      at += 1;
      const other = both();
      value = value || other;
    }
    return value;
  };
  const both = (): boolean => {
    let value = one();
    while (words[at] === "&&") {
      at += 1;
      const other = one();
      value = value && other;
    }
    return value;
  };
  const one = (): boolean => {
    const word = words[at];
    at += 1;
    if (word === "!") return !one();
    if (word === "(") {
      const value = either();
      at += 1;
      return value;
    }
    return word === undefined || holds(word);
  };
  return either();
}
