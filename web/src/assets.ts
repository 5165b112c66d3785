//! Level 1: new content for what the page refers to, while the program runs on.

import type { Asset } from "./messages.js";

/** Set on a link that is to go when its successor has loaded. */
const outgoing = "data-dev-server-outgoing";
/** A style sheet that does not load by then is replaced anyway. */
const longestLoad = 5_000;

/** Swaps what it can; returns the assets that nobody on the page knew how to swap. */
export async function swapAssets(assets: readonly Asset[]): Promise<readonly Asset[]> {
  const unhandled = await Promise.all(assets.map(async (asset) => ((await swap(asset)) ? [] : [asset])));
  return unhandled.flat();
}

async function swap(asset: Asset): Promise<boolean> {
  // What is gone has no content to swap in; only a listener may know what to do.
  const found = asset.hash === "" ? false : await swapReferences(asset);
  const event = new CustomEvent("devserver:asset", { cancelable: true, detail: asset });
  // A listener says that it has taken care of it by preventing the default, which is a page reload.
  return !dispatchEvent(event) || found;
}

async function swapReferences(asset: Asset): Promise<boolean> {
  const sheets = await Promise.all(
    [...document.querySelectorAll<HTMLLinkElement>(`link[rel~="stylesheet"][href]:not([${outgoing}])`)]
      .filter((link) => refersTo(link.href, asset))
      .map((link) => swapSheet(link, asset)),
  );
  const imported = importingSheets(asset);
  await Promise.all(imported.map((link) => swapSheet(link, asset)));
  const attributes = swapAttributes(asset);
  const rules = swapRules(asset);
  return sheets.length > 0 || imported.length > 0 || attributes || rules;
}

/** The new link is loaded beside the old one, which goes only then: no frame is drawn without style. */
function swapSheet(link: HTMLLinkElement, asset: Asset): Promise<void> {
  return new Promise((resolve) => {
    const next = link.cloneNode() as HTMLLinkElement;
    const done = () => {
      clearTimeout(timer);
      link.remove();
      resolve();
    };
    const timer = setTimeout(done, longestLoad);
    next.onload = done;
    next.onerror = done;
    next.href = renewed(link.href, asset);
    link.setAttribute(outgoing, "");
    link.after(next);
  });
}

/** Links whose sheet imports the asset: the browser fetches an import anew only with the sheet around it. */
function importingSheets(asset: Asset): HTMLLinkElement[] {
  const imports = (sheet: CSSStyleSheet): boolean =>
    rulesOf(sheet).some(
      (rule) =>
        rule instanceof CSSImportRule &&
        ((rule.styleSheet?.href && refersTo(rule.styleSheet.href, asset)) ||
          (rule.styleSheet && imports(rule.styleSheet))),
    );
  return [...document.styleSheets].flatMap(({ ownerNode }) =>
    ownerNode instanceof HTMLLinkElement && ownerNode.sheet && imports(ownerNode.sheet) ? [ownerNode] : [],
  );
}

const referring: readonly (readonly [string, string])[] = [
  ["img", "src"],
  ["source", "src"],
  ["video", "src"],
  ["video", "poster"],
  ["audio", "src"],
  ["input", "src"],
  ["object", "data"],
  ["embed", "src"],
  ["image", "href"],
  ["use", "href"],
  [`link[rel~="icon"]`, "href"],
];

function swapAttributes(asset: Asset): boolean {
  let found = false;
  for (const [selector, name] of referring) {
    for (const element of document.querySelectorAll(`${selector}[${name}]`)) {
      const value = element.getAttribute(name) ?? "";
      if (!refersTo(value, asset)) continue;
      element.setAttribute(name, renewed(value, asset));
      found = true;
    }
  }
  for (const element of document.querySelectorAll("[srcset]")) {
    const value = element.getAttribute("srcset") ?? "";
    const next = renewSourceSet(value, asset);
    if (next === value) continue;
    element.setAttribute("srcset", next);
    found = true;
  }
  for (const element of document.querySelectorAll<HTMLElement>("[style]")) {
    if (renewStyle(element.style, asset, document.baseURI)) found = true;
  }
  return found;
}

/** `a.png 1x, b.png 2x`: addresses without spaces, each with a description after it. */
export function renewSourceSet(value: string, asset: Asset): string {
  return value
    .split(/,\s+/)
    .map((candidate) => {
      const [address = "", ...description] = candidate.trim().split(/\s+/);
      return refersTo(address, asset) ? [renewed(address, asset), ...description].join(" ") : candidate;
    })
    .join(", ");
}

function swapRules(asset: Asset): boolean {
  let found = false;
  const visit = (rules: readonly CSSRule[], base: string) => {
    for (const rule of rules) {
      if ("style" in rule && renewStyle(rule.style as CSSStyleDeclaration, asset, base)) found = true;
      if ("cssRules" in rule) visit([...(rule.cssRules as CSSRuleList)], base);
      if (rule instanceof CSSImportRule && rule.styleSheet)
        visit(rulesOf(rule.styleSheet), rule.styleSheet.href ?? base);
    }
  };
  for (const sheet of [...document.styleSheets, ...document.adoptedStyleSheets]) {
    visit(rulesOf(sheet), sheet.href ?? document.baseURI);
  }
  return found;
}

function renewStyle(style: CSSStyleDeclaration, asset: Asset, base: string): boolean {
  let found = false;
  for (const property of style) {
    const value = style.getPropertyValue(property);
    if (!value.includes("url(")) continue;
    const next = value.replace(/url\((["']?)(.*?)\1\)/g, (whole, _quote: string, address: string) =>
      refersTo(address, asset, base) ? `url("${renewed(new URL(address, base).href, asset)}")` : whole,
    );
    if (next === value) continue;
    style.setProperty(property, next, style.getPropertyPriority(property));
    found = true;
  }
  return found;
}

/** The rules of a sheet from elsewhere may not be read. */
function rulesOf(sheet: CSSStyleSheet): CSSRule[] {
  try {
    return [...sheet.cssRules];
  } catch {
    return [];
  }
}

function refersTo(address: string, asset: Asset, base = document.baseURI): boolean {
  try {
    const url = new URL(address, base);
    return url.origin === location.origin && decodeURI(url.pathname) === decodeURI(asset.path);
  } catch {
    return false;
  }
}

/** The same address with a query that the browser has not seen yet. */
export function renewed(address: string, asset: Asset): string {
  const [, path = "", query = "", fragment = ""] = /^([^?#]*)(\?[^#]*)?(#.*)?$/.exec(address) ?? [];
  const others = query
    .slice(1)
    .split("&")
    .filter((pair) => pair !== "" && !pair.startsWith("dev-server="));
  return `${path}?${[...others, `dev-server=${asset.hash.slice(0, 16)}`].join("&")}${fragment}`;
}
