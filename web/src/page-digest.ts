//! What a page needs for its first patch: the check of its bytes, and where its lines are. A script of its own.

import { withMaps } from "./map-address.js";
import type { UpdateMessage } from "./messages.js";

export { isIntact } from "./digest.js";

export function named(message: UpdateMessage): UpdateMessage {
  return withMaps(message, location.origin);
}
