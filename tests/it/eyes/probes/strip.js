// Whether the whole strip is in the window, at the page's start and at its end.
const wrong = [];
const look = (where) => {
  const strip = document.getElementById("strip");
  for (const element of [strip, ...strip.querySelectorAll("*")]) {
    const box = element.getBoundingClientRect();
    if (box.top < -0.5 || box.left < -0.5 || box.bottom > innerHeight + 0.5 || box.right > innerWidth + 0.5) {
      wrong.push(`${where}: ${element.className} 「${element.textContent.trim().slice(0, 30)}」 ${Math.round(box.top)}-${Math.round(box.bottom)} of ${innerHeight}`);
    }
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const top = document.elementFromPoint(x, y);
    if (top && !strip.contains(top)) wrong.push(`${where}: covered by ${top.tagName}.${top.className}`);
  }
};
scrollTo(0, 0);
look("at the start");
scrollTo({ top: 1e6, behavior: "instant" });
look("at the end");
scrollTo({ top: 0, behavior: "instant" });
return wrong.slice(0, 10);
