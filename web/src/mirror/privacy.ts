//! What stays on the page where it was typed.

/** Values of `autocomplete` whose fields hold secrets. */
const secrets = /^(cc-|one-time-code$|current-password$|new-password$)/;

/** Nothing that is done in it is told: it is ours, holds a secret, or the page says so with `data-mirror="off"`. */
export function isPrivate(path: readonly EventTarget[]): boolean {
  return path.some((node) => {
    if (!(node instanceof Element)) return false;
    if (node.localName.startsWith("dev-server-") || node.getAttribute("data-mirror") === "off") return true;
    if (!(node instanceof HTMLInputElement)) return false;
    // The property has only what a browser knows: of a one-time code Firefox says nothing.
    return (
      node.type === "password" ||
      node.type === "file" ||
      (node.getAttribute("autocomplete") ?? "")
        .toLowerCase()
        .split(/\s+/)
        .some((word) => secrets.test(word))
    );
  });
}
