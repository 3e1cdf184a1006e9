// What a person would call wrong about where things are: text outside of the page, cut, or on
// top of other text. Returns sentences; none where all is well.
const wrong = new Set();
const root = document.documentElement;
const say = (element) => {
  const id = element.closest("[id]");
  const own = element.tagName.toLowerCase() + [...element.classList].map((name) => "." + name).join("");
  return `${own}${id ? " in #" + id.id : ""} 「${(element.innerText || "").trim().slice(0, 40)}」`;
};
const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
// A message that lies over the page for the moment.
const overlay = (element) => {
  const message = element.closest("[role=status], [role=alert]");
  return message && getComputedStyle(message).position === "fixed";
};
// For the ears only: one pixel, or left of the page until it has the focus.
const forEars = (element) => {
  for (let at = element; at && at !== document.body; at = at.parentElement) {
    const box = at.getBoundingClientRect();
    if (getComputedStyle(at).position === "absolute" && (box.right <= 0 || box.bottom <= 0 || (box.width <= 1 && box.height <= 1))) return true;
  }
  return false;
};

// Nothing is cut: neither by its own box nor with dots.
for (const element of document.body.querySelectorAll("*")) {
  if (element.closest("svg, script, noscript, select, template") || !seen(element) || forEars(element)) continue;
  const style = getComputedStyle(element);
  // How the name of a chosen file is shortened is the browser's own, whatever a style says.
  const own = element.type === "file";
  if ((style.textOverflow === "ellipsis" && !own) || !["none", "auto"].includes(style.webkitLineClamp)) wrong.add(`dots: ${say(element)}`);
  if (element.placeholder && !element.value) {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = style.font;
    const room = element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (pen.measureText(element.placeholder).width > room + 0.5) wrong.add(`placeholder cut: ${element.placeholder}`);
  }
  if (["inline", "contents"].includes(style.display) || !(element.innerText || "").trim()) continue;
  const scrolls = element.tabIndex === 0 && style.overflowX === "auto";
  if (element.scrollWidth > element.clientWidth && element.clientWidth > 0 && !scrolls) wrong.add(`too wide by ${element.scrollWidth - element.clientWidth}: ${say(element)}`);
  if (element.scrollHeight > element.clientHeight && style.overflowY !== "visible" && !scrolls) wrong.add(`too high by ${element.scrollHeight - element.clientHeight}: ${say(element)}`);
}

// Where text really is: the em box of every line of every text, icons and fields.
const boxes = [];
const put = (element, box, shrink) => {
  if (box.width < 2 || box.height < 2) return;
  boxes.push({ element, left: box.left, right: box.right, top: box.top + shrink, bottom: box.bottom - shrink });
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const text = walker.currentNode;
  const element = text.parentElement;
  if (!text.data.trim() || element.closest("script, noscript, select, template") || !seen(element) || forEars(element) || overlay(element)) continue;
  const em = parseFloat(getComputedStyle(element).fontSize);
  const range = document.createRange();
  range.selectNodeContents(text);
  for (const box of range.getClientRects()) {
    if (box.width < 1) continue;
    const scroller = element.closest("[tabindex='0']");
    const inside = scroller && scroller.scrollWidth > scroller.clientWidth;
    if (!inside && (box.left < -0.5 || box.right > root.clientWidth + 0.5)) wrong.add(`outside of the page: ${say(element)}`);
    put(element, box, Math.max(0, (box.height - 0.86 * em) / 2));
  }
}
for (const element of document.querySelectorAll("svg, input:not([type=hidden]), select, textarea")) {
  if (seen(element) && !forEars(element)) put(element, element.getBoundingClientRect(), 1);
}
boxes.sort((a, b) => a.top - b.top);
for (let i = 0; i < boxes.length; i += 1) {
  for (let j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom - 1; j += 1) {
    const [a, b] = [boxes[i], boxes[j]];
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (across > 1 && down > 1) wrong.add(`on top of each other (${across.toFixed(1)} × ${down.toFixed(1)}): ${say(a.element)} and ${say(b.element)}`);
  }
}

// Sections never share a place; one that goes on in the next column has several.
const sections = [...document.querySelectorAll("section[id]")].filter(seen).map((section) => [section.id, [...section.getClientRects()]]);
sections.forEach(([one, places], number) => {
  for (const [other, others] of sections.slice(number + 1)) {
    for (const a of places) {
      for (const b of others) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 1) wrong.add(`sections on top of each other: ${one} and ${other}`);
      }
    }
  }
});

// A finger needs room.
if (matchMedia("(pointer: coarse)").matches) {
  for (const element of document.querySelectorAll("button, summary, select, input:not([type=hidden]), a[href]")) {
    if (!seen(element) || forEars(element) || element.matches("p:not(.foot) a:not(.main), label a")) continue;
    const box = element.getBoundingClientRect();
    if (box.height < 43.5) wrong.add(`too small for a finger (${box.width.toFixed(0)} × ${box.height.toFixed(0)}): ${say(element)}`);
  }
}
return {
  sideways: root.scrollWidth - root.clientWidth,
  down: root.scrollHeight - root.clientHeight,
  wrong: [...wrong].slice(0, 25),
};
