// Shell: the parts around every screen: details panel, short messages, timeline.
import { fitCanvas } from "../canvas.js";
import { el } from "../elements.js";
import { clock, doc, nights, token } from "../words.js";
import { t } from "./i18n.js";

const panel = /** @type {HTMLElement} */ (document.getElementById("panel"));
const note = /** @type {HTMLElement} */ (document.getElementById("toast"));
/** @type {HTMLElement | null} */
let opener = null;
let shown = "";

/** Show details beside the screen; ``key`` identifies them, so that a live screen can redraw them.
 * @param {string} key @param {string | Node} title @param {...any} children */
export function openPanel(key, title, ...children) {
  const again = shown === key && !panel.hidden;
  if (!again) opener = /** @type {HTMLElement | null} */ (document.activeElement);
  shown = key;
  const close = el("button", { type: "button", class: "close", "aria-label": t("Close"), onclick: closePanel }, "×");
  panel.replaceChildren(el("div", { class: "panel-head" }, el("h2", { tabindex: "-1" }, title), close), ...children.flat(3).filter(Boolean));
  panel.hidden = false;
  if (!again) /** @type {HTMLElement} */ (panel.querySelector("h2")).focus({ preventScroll: true });
}

/** The key of the panel's content, or "". */
export const panelKey = () => (panel.hidden ? "" : shown);

export function closePanel() {
  if (panel.hidden) return;
  panel.hidden = true;
  shown = "";
  if (opener && opener.isConnected) opener.focus({ preventScroll: true });
}

let fading = 0;

/** Show a short message.
 * @param {string} text */
export function toast(text) {
  note.textContent = text;
  note.classList.add("on");
  clearTimeout(fading);
  fading = Number(setTimeout(() => note.classList.remove("on"), 4200));
}

/** @param {string} title @param {string} lead @param {...any} tools */
export function screenHead(title, lead, ...tools) {
  document.title = `${title} – ${doc.view.shop || "Nightmill"}`;
  return el("div", { class: "screen-head" }, el("div", {}, el("h1", {}, title), lead ? el("p", {}, lead) : null), el("div", { class: "row no-print" }, tools));
}

// The timeline: nights dark, now at the end; drag it to show the past.
/** @param {HTMLElement} place @param {{at: number | null, now: number, go: (at: number | null) => void, replay: () => void, playing: boolean}} time */
export function drawTravel(place, time) {
  const range = /** @type {HTMLInputElement | null} */ (place.querySelector("input"));
  if (range && document.activeElement === range && range.dataset.held) return;
  const now = Math.max(60, time.now);
  const slider = /** @type {HTMLInputElement} */ (el("input", { type: "range", min: "0", max: String(Math.ceil(now)), step: "60", value: String(time.at ?? Math.ceil(now)), "aria-label": t("Shop time: show the past"), "aria-valuetext": clock(time.at ?? now) }));
  const said = el("output", {}, clock(time.at ?? now));
  const canvas = el("canvas", { "aria-hidden": "true" });
  let wait = 0;
  slider.addEventListener("input", () => {
    slider.dataset.held = "1";
    said.textContent = clock(Number(slider.value));
    slider.setAttribute("aria-valuetext", clock(Number(slider.value)));
    clearTimeout(wait);
    wait = Number(setTimeout(() => time.go(Number(slider.value) >= Math.ceil(now) ? null : Number(slider.value)), 90));
  });
  slider.addEventListener("change", () => delete slider.dataset.held);
  const play = el("button", { type: "button", class: "ghost", "aria-pressed": time.playing ? "true" : "false", "aria-label": time.playing ? t("Pause") : t("Replay"), onclick: time.replay }, time.playing ? "❚❚" : "▶");
  const live = el("button", { type: "button", class: time.at === null ? "ghost" : "primary", disabled: time.at === null, onclick: () => time.go(null) }, time.at === null ? t("now") : t("Back to now"));
  place.replaceChildren(play, el("div", { class: "track" }, canvas, slider), said, live);
  requestAnimationFrame(() => paintNights(/** @type {HTMLCanvasElement} */ (canvas), now));
}

/** @param {HTMLCanvasElement} canvas @param {number} now */
function paintNights(canvas, now) {
  const width = canvas.clientWidth || 300;
  const ratio = fitCanvas(canvas, width, 14);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = token("--sunken");
  pen.fillRect(0, 0, width, 14);
  pen.fillStyle = token("--night-ink");
  for (const [from, to] of nights(now)) {
    pen.globalAlpha = 0.55;
    pen.fillRect((from / now) * width, 0, Math.max(1, ((to - from) / now) * width), 14);
  }
}
