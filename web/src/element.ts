//! Elements and style sheets of our own, kept apart from the page: text is only ever set as text.

type Content = string | Node | undefined | false;

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...content: readonly Content[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(
    ...content.filter((part): part is string | Node => part !== undefined && part !== false && part !== ""),
  );
  return made;
}

/**
 * A host in the page with a shadow root. It hangs below the root element, not the body: programs like to
 * replace everything in there.
 */
export function isolated(name: string, css: string): { host: HTMLElement; root: ShadowRoot } {
  const host = document.createElement(name);
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  return { host, root };
}

/** Colours and letters that overlay and badge share. */
export const palette = `
:host {
  all: initial;
  color-scheme: light dark;
  --paper: light-dark(#ffffff, #17181c);
  --raised: light-dark(#f6f7f9, #1f2126);
  --line: light-dark(#e3e5ea, #2e3138);
  --ink: light-dark(#1d2129, #e8eaee);
  --soft: light-dark(#5d6675, #9aa1ae);
  --link: light-dark(#1f5fbf, #82b1ff);
  --error: light-dark(#c62f3a, #ff7b80);
  --error-wash: light-dark(#fdeeee, #35201f);
  --warning: light-dark(#9a6400, #f0b95a);
  --warning-wash: light-dark(#fcf3df, #32291a);
  --good: light-dark(#1a7f4b, #5fd09a);
  --sans: system-ui, sans-serif;
  --mono: ui-monospace, Menlo, Consolas, monospace;
}
* { box-sizing: border-box; }
`;
