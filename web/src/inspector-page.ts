//! The page `/__dev/`: the inspector, over all of the window, of the program that the address names behind `#`.

import { openInspector } from "./inspector.js";

const { style } = document.body;
Object.assign(style, { margin: "0", height: "100dvh" });

openInspector({
  parent: document.body,
  url: location.href,
  program: decodeURIComponent(location.hash.slice(1)) || undefined,
  onProgram: (program) => history.replaceState(null, "", `#${encodeURIComponent(program)}`),
});
