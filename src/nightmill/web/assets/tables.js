// Tables: the text version of every chart, and the content of most screens.
import { el } from "./elements.js";
/** Cells of at most this many characters stay on one line; the shorter of them also on a phone. */
const SHORT = 18;
const BRIEF = 10;

// Numbers are aligned right; a column marked "wide" is hidden on a phone.
/** @param {any} how @returns {string | null} */
const columnClass = (how) => [how && how.num ? "num" : "", how && how.wide ? "wide-col" : ""].filter(Boolean).join(" ") || null;

/**
 * @typedef {[any, (row: any, place: number) => any, {num?: boolean, wide?: boolean}?]} Column  heading, cell, how
 * @param {Column[]} columns @param {any[]} rows
 * @param {{row?: (row: any, place: number) => Record<string, any>, caption?: string, tall?: boolean, label?: string}} [options] @returns {HTMLElement}
 */
export function table(columns, rows, options) {
  const settings = options || {};
  const head = el("tr", {}, columns.map(([name, , how]) => el("th", { class: columnClass(how), scope: "col" }, name)));
  const body = rows.map((row, place) => {
    const cells = columns.map(([, cell, how]) => {
      const made = el("td", { class: columnClass(how) }, cell(row, place));
      const length = (made.textContent || "").length;
      if (length <= SHORT) made.classList.add(length <= BRIEF ? "brief" : "short");
      return made;
    });
    const attributes = settings.row ? settings.row(row, place) : {};
    return el("tr", attributes, cells);
  });
  const made = el("table", {}, settings.caption ? el("caption", { class: "small muted" }, settings.caption) : null, el("thead", {}, head), el("tbody", {}, body));
  return el("div", { class: `scroll ${settings.tall ? "tall" : ""}`, tabindex: settings.tall ? "0" : null, role: settings.tall ? "region" : null, "aria-label": settings.tall ? settings.label || "table" : null }, made);
}

/** @type {Set<string>} */
export const opened = new Set();

// The table of a chart, collapsed; built when first opened, so that long logs cost nothing.
/** @param {string} key @param {string} title @param {() => Node} build @returns {HTMLElement} */
export function beside(key, title, build) {
  const place = el("div", {});
  const made = /** @type {HTMLDetailsElement} */ (el("details", { open: opened.has(key) }, el("summary", {}, title), place));
  const show = () => {
    if (made.open) opened.add(key);
    else opened.delete(key);
    if (made.open && !place.firstChild) place.append(build());
  };
  made.addEventListener("toggle", show);
  if (made.open) show();
  return made;
}

addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("#parts details")) /** @type {HTMLDetailsElement} */ (each).open = true;
});

/** @param {[any, string | null, string?][]} entries  name, colour, class */
export function legend(entries) {
  return el("div", { class: "legend" }, entries.map(([name, colour, cls]) => el("span", {}, el("i", { class: cls || null, style: colour ? `background:${colour}` : null }), name)));
}

/** @param {boolean} chosen @param {() => void} act @returns {Record<string, any>} */
export function pickRow(chosen, act) {
  return {
    class: `pick ${chosen ? "on" : ""}`, tabindex: "0", "aria-selected": chosen ? "true" : "false", onclick: act,
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        act();
      }
    },
  };
}
