// esbuild plugin: takes out of style sheets in template strings what only their readers need.
import { readFile } from "node:fs/promises";

export function leanStyles() {
  return {
    name: "lean-styles",
    setup(build) {
      build.onLoad({ filter: /src\/(?:.*style|code-frame|element|badge)\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        const contents = text.replace(/((?:palette|style|Style) = `)([^`]*)`/g, (_, head, css) => {
          const lean = css
            .replace(/\s+/g, " ")
            .replace(/ ?([{};,]) ?/g, "$1")
            .replace(/: /g, ":")
            .replace(/;}/g, "}");
          return `${head}${lean.trim()}\``;
        });
        return { contents, loader: "ts" };
      });
    },
  };
}
