// Gantt chart: past and planned work of each unit. Drag the background to scroll, or a planned bar to propose a move; keys and a table do the same.
import { fitCanvas, rgb } from "../canvas.js";
import { el, showTip } from "../elements.js";
import { tickWord, timeTicks } from "../plots.js";
import { COLOURS, clock, hourOf, long, nights, token } from "../words.js";
import { barAt } from "./bars.js";
import { SIZES, Strip, paintBars, paintFront, paintGround, rowsInSight, timeOf, xOf } from "./gantt_paint.js";
import { t } from "./i18n.js";

/**
 * @typedef {import("./bars.js").Bars} Bars
 * @typedef {{serial: string, operation: string, from_machine: string | null, from_s: number | null, to_machine: string | null, to_s: number | null}} Moved
 * @typedef {{pick: (bar: number) => void, propose: (bar: number, unit: string, start_s: number) => void}} Told
 */

const SHORTEST_S = 120;
const STATE_WORDS = ["cutting", "busy", "down", "planned stop", "planned"];

/** @returns {import("./gantt_paint.js").Ink} */
function inks() {
  const colours = Array.from({ length: COLOURS }, (unused, n) => /** @type {[number, number, number]} */ (rgb(`--c${n}`)));
  const css = [...Array.from({ length: COLOURS }, (unused, n) => token(`--c${n}`)), token("--faint")];
  return { colours, css, none: /** @type {any} */ (rgb("--faint")), down: /** @type {any} */ (rgb("--c5")), stop: /** @type {any} */ (rgb("--c6")), ink: token("--ink"), muted: token("--muted"), line: token("--line"), hair: token("--hair"), night: token("--night"), nightInk: token("--night-ink"), surface: token("--surface"), accent: token("--accent"), font: token("--font"), dark: "#10151d" };
}

export class Gantt {
  /** @param {Told} told */
  constructor(told) {
    this.told = told;
    this.canvas = /** @type {HTMLCanvasElement} */ (el("canvas", { tabindex: "0", role: "img", id: "gantt-canvas", "aria-label": t("Schedule. Arrow keys move, plus and minus zoom, 0 shows all. The table below has the same content.") }));
    this.over = /** @type {HTMLCanvasElement} */ (el("canvas", { class: "over", "aria-hidden": "true" }));
    this.place = el("div", { class: "gantt" }, this.canvas, this.over);
    this.strip = new Strip();
    this.ink = inks();
    /** @type {Bars | null} */
    this.bars = null;
    this.shown = false;
    /** @type {string[]} */
    this.rows = [];
    /** @type {boolean[]} */
    this.mills = [];
    this.now = 0;
    this.chosen = -1;
    /** @type {Moved[]} */
    this.moved = [];
    this.view = { from: 0, to: 3600, width: 900, height: 400, top: 0, row: SIZES.row };
    /** @type {[number, number]} */
    this.whole = [0, 3600];
    this.asked = 0;
    this.frame_ms = 0;
    /** @type {any} */
    this.grip = null;
    /** @type {{bar: number, row: number, start: number} | null} */
    this.ghost = null;
    this.wire();
  }

  /** @param {Bars} bars @param {{rows: string[], mills: boolean[], now: number}} about */
  show(bars, about) {
    const atEnd = !this.shown || (Math.abs(this.view.from - this.whole[0]) < 1 && Math.abs(this.view.to - this.whole[1]) < 1);
    this.bars = bars;
    this.shown = true;
    Object.assign(this, about);
    const to = Math.max(bars.to, about.now, 60);
    this.whole = [Math.min(0, bars.count ? bars.from : 0), to + (to - Math.min(0, bars.from || 0)) * 0.01];
    if (atEnd) [this.view.from, this.view.to] = this.whole;
    this.measure();
    this.draw();
  }

  /** Release the data that was shown. */
  forget() {
    cancelAnimationFrame(this.asked);
    this.asked = 0;
    this.bars = null;
    this.moved = [];
    this.rows = [];
    this.ghost = null;
  }

  measure() {
    this.view.width = this.place.clientWidth || 900;
    const wanted = SIZES.head + this.rows.length * this.view.row;
    this.view.height = Math.min(wanted, Math.max(260, Math.round(innerHeight * 0.62)));
    this.view.top = Math.max(0, Math.min(this.view.top, wanted - this.view.height));
    for (const canvas of [this.canvas, this.over]) canvas.style.height = `${this.view.height}px`;
  }

  draw() {
    if (!this.asked) this.asked = requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.asked = 0;
    if (!this.bars) return;
    const began = performance.now();
    const { view, ink } = this;
    const ratio = fitCanvas(this.canvas, view.width, view.height);
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const times = timeTicks(view.from, view.to, Math.max(4, Math.floor((view.width - SIZES.label) / 78)));
    const ticks = times.at.map((/** @type {number} */ at) => ({ at, word: tickWord(at, times.step) }));
    paintGround(pen, view, ink, { nights: /** @type {[number, number][]} */ (nights(view.to)), ticks, rows: this.rows, now: this.now, nobody: t("nobody present") });
    pen.save();
    pen.beginPath();
    pen.rect(SIZES.label, SIZES.head, view.width - SIZES.label, view.height);
    pen.clip();
    paintBars(pen, this.bars, view, ink, this.strip, this.chosen);
    pen.restore();
    paintFront(pen, view, ink, { rows: this.rows, now: this.now, word: t("now") });
    if (!matchMedia("print").matches) this.paintOver();
    this.frame_ms = performance.now() - began;
  }

  /** Draw what a replan moved, and the bar being dragged. */
  paintOver() {
    const { view, ink } = this;
    const ratio = fitCanvas(this.over, view.width, view.height);
    const pen = /** @type {CanvasRenderingContext2D} */ (this.over.getContext("2d"));
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, view.width, view.height);
    if (!this.moved.length && !this.ghost) return;
    pen.save();
    pen.beginPath();
    pen.rect(SIZES.label, SIZES.head, view.width - SIZES.label, view.height);
    pen.clip();
    pen.lineWidth = 1.4;
    for (const each of this.moved) this.paintMove(pen, each);
    if (this.ghost && this.bars) {
      const length = this.bars.end[this.ghost.bar] - this.bars.start[this.ghost.bar];
      const x = xOf(view, this.ghost.start);
      const y = SIZES.head + this.ghost.row * view.row - view.top;
      pen.fillStyle = ink.accent;
      pen.globalAlpha = 0.32;
      pen.fillRect(x, y + 2, Math.max(4, xOf(view, this.ghost.start + length) - x), view.row - 4);
      pen.globalAlpha = 1;
      pen.strokeStyle = ink.accent;
      pen.strokeRect(x, y + 2, Math.max(4, xOf(view, this.ghost.start + length) - x), view.row - 4);
    }
    pen.restore();
  }

  /** @param {CanvasRenderingContext2D} pen @param {Moved} each */
  paintMove(pen, each) {
    const y = (/** @type {string | null} */ machine) => SIZES.head + (this.rows.indexOf(machine || "") + 0.5) * this.view.row - this.view.top;
    if (each.from_s === null || each.to_s === null) return;
    const [x0, y0, x1, y1] = [xOf(this.view, each.from_s), y(each.from_machine), xOf(this.view, each.to_s), y(each.to_machine)];
    const later = each.to_s > each.from_s;
    pen.strokeStyle = later ? this.ink.css[5] : this.ink.css[2];
    pen.fillStyle = pen.strokeStyle;
    pen.globalAlpha = 0.75;
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.bezierCurveTo(x0 + (x1 - x0) * 0.3, y0 - 9, x1 - (x1 - x0) * 0.3, y1 - 9, x1, y1);
    pen.stroke();
    pen.beginPath();
    pen.arc(x1, y1, 2.6, 0, 7);
    pen.fill();
    pen.globalAlpha = 1;
  }

  /** @param {number} from @param {number} to */
  range(from, to) {
    const all = this.whole[1] - this.whole[0];
    const length = Math.max(SHORTEST_S, Math.min(to - from, all * 1.04));
    const start = Math.max(this.whole[0] - length * 0.02, Math.min(from, this.whole[1] + length * 0.02 - length));
    this.view.from = start;
    this.view.to = start + length;
    this.draw();
  }

  /** @param {number} factor @param {number} share */
  zoom(factor, share) {
    const at = this.view.from + (this.view.to - this.view.from) * share;
    this.range(at - (at - this.view.from) * factor, at + (this.view.to - at) * factor);
  }

  /** @param {number} share */
  move(share) {
    const step = (this.view.to - this.view.from) * share;
    this.range(this.view.from + step, this.view.to + step);
  }

  /** @param {number} pixels */
  scroll(pixels) {
    const room = SIZES.head + this.rows.length * this.view.row - this.view.height;
    this.view.top = Math.max(0, Math.min(room, this.view.top + pixels));
    this.draw();
  }

  /** @param {PointerEvent} event @returns {[number, number]} row and time */
  spot(event) {
    const box = this.canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - SIZES.head + this.view.top) / this.view.row);
    return [row, timeOf(this.view, event.clientX - box.left)];
  }

  /** @param {PointerEvent} event */
  hit(event) {
    const [row, at] = this.spot(event);
    if (!this.bars || row < 0 || row >= this.rows.length) return -1;
    return barAt(this.bars, row, at, ((this.view.to - this.view.from) / this.view.width) * 2);
  }

  /** @param {number} bar */
  said(bar) {
    const b = /** @type {Bars} */ (this.bars);
    return `${t(STATE_WORDS[b.state[bar]])} ${b.subjects[b.what[bar]]}\n${clock(b.start[bar])} – ${hourOf(b.end[bar])} (${long(b.end[bar] - b.start[bar])})`;
  }

  wire() {
    const canvas = this.canvas;
    canvas.addEventListener("pointerdown", (event) => {
      const bar = this.hit(event);
      const planned = bar >= 0 && this.bars && this.bars.state[bar] === 4 && event.pointerType !== "touch";
      this.grip = { x: event.clientX, y: event.clientY, from: this.view.from, to: this.view.to, top: this.view.top, moved: 0, bar, planned, off: planned && this.bars ? this.spot(event)[1] - this.bars.start[bar] : 0 };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => this.drag(event));
    canvas.addEventListener("pointerup", (event) => this.drop(event));
    canvas.addEventListener("pointercancel", () => {
      this.grip = this.ghost = null;
      this.draw();
    });
    canvas.addEventListener("pointerleave", () => showTip(""));
    canvas.addEventListener("wheel", (event) => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        this.zoom(Math.exp(event.deltaY * 0.002), Math.max(0, (event.offsetX - SIZES.label) / (canvas.clientWidth - SIZES.label)));
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        this.move((event.deltaX || event.deltaY) * 0.001);
      } else if (document.activeElement === canvas) {
        event.preventDefault();
        this.scroll(event.deltaY);
      }
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => {
      this.measure();
      this.draw();
    }).observe(this.place);
    matchMedia("screen and (prefers-color-scheme: dark)").addEventListener("change", () => {
      this.ink = inks();
      this.paint();
    });
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const grip = this.grip;
    if (!grip) {
      const bar = this.hit(event);
      this.canvas.style.cursor = bar >= 0 && this.bars?.state[bar] === 4 ? "move" : bar >= 0 ? "pointer" : "grab";
      return showTip(bar >= 0 ? this.said(bar) : "", event.clientX, event.clientY);
    }
    const [dx, dy] = [event.clientX - grip.x, event.clientY - grip.y];
    grip.moved = Math.max(grip.moved, Math.hypot(dx, dy));
    if (grip.moved < 4) return;
    if (grip.planned) {
      const [row, at] = this.spot(event);
      const target = this.mills[row] ? row : this.rowOf(grip.bar);
      this.ghost = { bar: grip.bar, row: target, start: Math.max(this.now, at - grip.off) };
      showTip(`${this.rows[target]} ${clock(this.ghost.start)}`, event.clientX, event.clientY);
      return this.paintOver();
    }
    const shift = (-dx / (this.canvas.clientWidth - SIZES.label)) * (grip.to - grip.from);
    this.view.top = Math.max(0, Math.min(SIZES.head + this.rows.length * this.view.row - this.view.height, grip.top - dy));
    this.range(grip.from + shift, grip.to + shift);
  }

  /** @param {PointerEvent} event */
  drop(event) {
    const grip = this.grip;
    this.grip = null;
    if (!grip) return;
    if (this.ghost) {
      const ghost = this.ghost;
      this.ghost = null;
      this.paintOver();
      showTip("");
      this.told.propose(ghost.bar, this.rows[ghost.row], ghost.start);
    } else if (grip.moved < 4) this.told.pick(this.hit(event));
  }

  /** @param {number} bar */
  rowOf(bar) {
    const first = /** @type {Bars} */ (this.bars).first;
    let row = 0;
    while (row < this.rows.length && first[row + 1] <= bar) row += 1;
    return row;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, () => void>} */
    const keys = { ArrowLeft: () => this.move(-0.15), ArrowRight: () => this.move(0.15), ArrowUp: () => this.scroll(-this.view.row * 2), ArrowDown: () => this.scroll(this.view.row * 2), "+": () => this.zoom(0.75, 0.5), "=": () => this.zoom(0.75, 0.5), "-": () => this.zoom(1.33, 0.5), 0: () => this.range(...this.whole), Escape: () => this.told.pick(-1) };
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }

  /** The visible rows, for tests. */
  sight() {
    return rowsInSight(this.view, this.rows.length);
  }
}
