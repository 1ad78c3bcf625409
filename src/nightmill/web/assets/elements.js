// Elements: all data enter the page as text, never as markup.
export const SVG = "http://www.w3.org/2000/svg";

/** @template {HTMLElement | SVGElement} N @param {N} node @param {Record<string, any> | null | undefined} attributes @param {any[]} children @returns {N} */
export function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") node.style.cssText = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** @param {string} tag @param {Record<string, any> | null} [attributes] @param {...any} children @returns {HTMLElement} */
export function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** @param {string} tag @param {Record<string, any> | null} [attributes] @param {...any} children @returns {SVGElement} */
export function sv(tag, attributes, ...children) {
  return fill(/** @type {SVGElement} */ (document.createElementNS(SVG, tag)), attributes, children);
}

/** @param {any} text @param {string} [kind] */
export function tag(text, kind) {
  return el("span", { class: `tag ${kind || ""}` }, text);
}

/** @param {any} title @param {...any} children */
export function card(title, ...children) {
  return el("div", { class: "card" }, title ? el("h3", {}, title) : null, ...children);
}

/** @param {string} text */
export function empty(text) {
  return el("p", { class: "empty" }, text);
}

// Redraw a chart whenever its container changes width.
/** @param {(width: number) => Node} draw @param {Record<string, any>} [attributes] */
export function responsive(draw, attributes) {
  const place = el("div", attributes || {});
  let width = 0;
  const observer = new ResizeObserver((entries) => {
    const found = Math.floor(entries[0].contentRect.width);
    if (!found || found === width) return;
    width = found;
    place.replaceChildren(draw(width));
  });
  observer.observe(place);
  return place;
}

export const tip = /** @type {HTMLElement} */ (document.getElementById("tip"));

/** @param {string | null} text @param {number} [x] @param {number} [y] */
export function showTip(text, x = 0, y = 0) {
  if (!text) {
    tip.hidden = true;
    return;
  }
  tip.textContent = text;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.width - 6))}px`;
  tip.style.top = `${y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18}px`;
}

document.addEventListener("pointermove", (event) => {
  if (event.target instanceof HTMLCanvasElement) return;
  const owner = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
  showTip(owner ? owner.getAttribute("data-tip") : "", event.clientX, event.clientY);
});
document.addEventListener("focusin", (event) => {
  const owner = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
  if (!owner) return showTip("");
  const box = owner.getBoundingClientRect();
  showTip(owner.getAttribute("data-tip"), box.left, box.bottom - 14);
});
document.addEventListener("scroll", () => showTip(""), { passive: true });
