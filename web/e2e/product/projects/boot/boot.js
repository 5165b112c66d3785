const go = new Go();
go.argv = ["boot", "own", "script"];
const { instance } = await WebAssembly.instantiateStreaming(fetch("main.wasm"), go.importObject);
document.title = "started by its own script";
go.run(instance);
