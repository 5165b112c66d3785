import go, * as functions from "./app.go";
import { drawing } from "./drawing.js";

window.go = go;
window.functions = functions;
window.updates = [];
window.states = [];
window.drawing = drawing;
go.onState(({ name }) => window.states.push(name));
import.meta.hot?.on("dev-server:update", (update) => window.updates.push(update));
document.querySelector("#shown").textContent = `${functions.Add(1, 2)} ${functions.Shout("three")}`;
window.ready = true;
