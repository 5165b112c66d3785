//! Who may reach a dev-server through Vite's server: pages of that server only, asked for under a name of its own.
//! The proxy adds the token, so that nothing but this stands between another site's page and the dev-server.

import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

export type Admission = {
  /** Vite's `server.allowedHosts`. */
  readonly allowedHosts: true | readonly string[];
  readonly isSecure: boolean;
};

/** Why a request is refused; undefined: it may pass. */
export function refusal(
  { headers }: Pick<IncomingMessage, "headers">,
  admission: Admission,
): string | undefined {
  const { host = "", origin } = headers;
  const name = nameOf(host);
  if (name === undefined || !isOurs(name, admission))
    return "this host name is not one of this server's (see `server.allowedHosts` of Vite)";
  const scheme = admission.isSecure ? "https" : "http";
  if (origin !== undefined && origin.toLowerCase() !== `${scheme}://${host.toLowerCase()}`)
    return "pages of other origins may not use this server";
  const upgrades = headers.upgrade !== undefined;
  // Browsers always say where a socket comes from.
  if (upgrades && origin === undefined) return "a socket needs an Origin";
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none")
    return "pages of other sites may not use this server";
  return undefined;
}

function nameOf(host: string): string | undefined {
  const found = /^(\[[0-9a-f:.]+\]|[^:[\]@/?#\s]+)(?::\d+)?$/i.exec(host);
  return found?.[1]?.toLowerCase();
}

/** An address cannot be made to mean another machine; a name can, unless it is known. */
function isOurs(name: string, { allowedHosts }: Admission): boolean {
  if (name === "localhost" || name.endsWith(".localhost") || isIP(name.replace(/^\[|\]$/g, "")) !== 0)
    return true;
  if (allowedHosts === true) return true;
  return allowedHosts.some((allowed) =>
    allowed.startsWith(".") ? name === allowed.slice(1) || name.endsWith(allowed) : name === allowed,
  );
}
