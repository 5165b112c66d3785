{
  const boxes = [...document.querySelectorAll(".box")];
  const about = document.getElementById("about");
  const level = (box) => Number(box.getAttribute("aria-level"));
  const from = (box) => Number(box.dataset.from);
  // Of a page's width, in percent: narrower boxes have no room for a letter.
  const narrowest = 1;
  const share = (box) => Number(box.dataset.share);
  const step = (place, by, wanted) => {
    for (let next = place + by; boxes[next] && level(boxes[next]) >= wanted; next += by) {
      if (level(boxes[next]) === wanted && !boxes[next].hidden) return boxes[next];
    }
    return undefined;
  };
  const caller = (place) => {
    for (let next = place - 1; next >= 0; next -= 1) {
      if (level(boxes[next]) < level(boxes[place])) return boxes[next];
    }
    return undefined;
  };
  const zoom = (begin, width) => {
    for (const box of boxes) {
      const left = Math.max(from(box), begin);
      const right = Math.min(from(box) + share(box), begin + width);
      box.hidden = right - left <= width / 1e6;
      box.style.setProperty("--from", String(((left - begin) * 100) / width));
      const wide = ((right - left) * 100) / width;
      box.style.setProperty("--share", String(wide));
      box.textContent = wide < narrowest ? "" : box.dataset.name;
    }
  };
  const choose = (box) => {
    if (!box) return;
    for (const other of boxes) other.tabIndex = other === box ? 0 : -1;
    box.focus();
  };
  for (const [place, box] of boxes.entries()) {
    const tell = () => {
      about.textContent = box.getAttribute("aria-label");
    };
    box.addEventListener("focus", tell);
    box.addEventListener("mouseenter", tell);
    box.addEventListener("click", () => {
      choose(box);
      zoom(from(box), share(box));
    });
    box.addEventListener("keydown", (event) => {
      const moves = {
        ArrowUp: () => choose(caller(place)),
        ArrowDown: () => choose(step(place, 1, level(box) + 1)),
        ArrowLeft: () => choose(step(place, -1, level(box))),
        ArrowRight: () => choose(step(place, 1, level(box))),
        Home: () => choose(boxes[0]),
        Enter: () => zoom(from(box), share(box)),
        Escape: () => zoom(0, 100),
      };
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      move();
    });
  }
}
