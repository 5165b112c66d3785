import * as functions from "./app.go";

window.functions = functions;
import.meta.hot?.accept("./app.go", (taken) => {
  window.taken = taken;
});
window.ready = true;
