//! What axe finds wrong with what we show in a page, in any browser.

import axe from "axe-core";

/** A page, as far as this looks at it. */
export type Judged = { evaluate(expression: string): Promise<unknown> };

/**
 * Rules that are broken, or of which axe cannot tell, each with the elements. `within`: names of our own elements, when
 * the page is another's.
 */
export async function flaws(page: Judged, within: readonly string[] = []): Promise<readonly unknown[]> {
  const found = await page.evaluate(`(async () => {
    if (!globalThis.axe) { ${axe.source} }
    const own = ${JSON.stringify(within)}.map((name) => document.querySelector(name)).filter(Boolean);
    // Of colours behind what is not in the body axe cannot tell.
    document.body.append(...own);
    // What moves is judged as it is when it has come, before it goes.
    for (const moving of own.flatMap((host) => host.shadowRoot.getAnimations())) {
      moving.pause();
      moving.currentTime = 1000;
    }
    const judged = ${within.length > 0} ? own : [document.documentElement];
    const { violations, incomplete, passes } = await axe.run({ include: judged });
    document.documentElement.append(...own);
    const words = [...violations, ...incomplete].flatMap(({ id, nodes }) =>
      nodes.map(({ html, any, all, none }) => ({ id, html, why: [...any, ...all, ...none] })))
      // Signs that are no letters are never judged. Nor can axe tell of levels beyond six, which headings have not; a tree
      // is as deep as what it shows.
      .filter(({ why }) => !why.every(({ id, data }) => data?.messageKey === "nonBmp" || id === "aria-level"))
      .map(({ id, html, why }) => [id, html, ...why.map(({ message }) => message)].join(" | "));
    return passes.some(({ id }) => id === "color-contrast") ? words : [...words, "no letters were judged"];
  })()`);
  return found as readonly unknown[];
}
