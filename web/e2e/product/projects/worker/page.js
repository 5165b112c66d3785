const { worker } = window.devServer;
worker.addEventListener("message", ({ data }) => {
  document.getElementById("words").textContent = data.text;
  document.getElementById("count").textContent = data.count;
  document.getElementById("where").textContent = data.inWorker ? "in a worker" : "in the page";
});
document.getElementById("add").addEventListener("click", () => worker.postMessage(3));
