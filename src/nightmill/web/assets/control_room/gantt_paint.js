// Painting the Gantt chart: bars too narrow to distinguish go into one strip of pixels per row, wide ones are drawn with their names.
// The cost of a frame depends only on its visible content: invisible rows and bars out of range are skipped.
import { firstAfter } from "./bars.js";

/** Width of the word "now", px. */
const NOW_WIDE = 36;
export const SIZES = { head: 34, label: 96, row: 26, inset: 3 };
/** Bars narrower than this, px, are painted into the strip. */
const NARROW = 5;

/**
 * @typedef {import("./bars.js").Bars} Bars
 * @typedef {{from: number, to: number, width: number, height: number, top: number, row: number}} View  from, to: s; top: px scrolled
 * @typedef {{colours: [number, number, number][], css: string[], none: [number, number, number], down: [number, number, number], stop: [number, number, number],
 *   ink: string, muted: string, line: string, hair: string, night: string, nightInk: string, surface: string, accent: string, font: string, dark: string}} Ink
 */

/** x of a time, px.
 * @param {View} view @param {number} at */
export const xOf = (view, at) => SIZES.label + ((at - view.from) / (view.to - view.from)) * (view.width - SIZES.label);
/** The time at x, s.
 * @param {View} view @param {number} x */
export const timeOf = (view, x) => view.from + ((x - SIZES.label) / (view.width - SIZES.label)) * (view.to - view.from);

/** The visible rows: the first, and one beyond the last.
 * @param {View} view @param {number} rows @returns {[number, number]} */
export function rowsInSight(view, rows) {
  return [Math.max(0, Math.floor(view.top / view.row)), Math.min(rows, Math.ceil((view.top + view.height - SIZES.head) / view.row))];
}

/** A strip of pixels kept between frames. */
export class Strip {
  constructor() {
    this.canvas = document.createElement("canvas");
    /** @type {ImageData | null} */
    this.image = null;
    this.pixels = new Uint32Array(0);
  }

  /** @param {number} width @param {number} rows */
  ready(width, rows) {
    if (!this.image || this.image.width !== width || this.image.height !== rows) {
      this.canvas.width = width;
      this.canvas.height = rows;
      this.image = new ImageData(width, rows);
      this.pixels = new Uint32Array(this.image.data.buffer);
    } else this.pixels.fill(0);
  }
}

/** States: 0 running, 1 busy, 2 down, 3 maintenance, 4 planned. */
const ALPHA = [255, 150, 255, 255, 118];

/** Paint all visible bars; return how many were processed.
 * @param {CanvasRenderingContext2D} pen @param {Bars} bars @param {View} view @param {Ink} ink @param {Strip} strip @param {number} chosen an order's number, or -1 */
export function paintBars(pen, bars, view, ink, strip, chosen) {
  const [low, high] = rowsInSight(view, bars.rows);
  const wide = Math.max(1, Math.round(view.width - SIZES.label));
  const scale = wide / (view.to - view.from);
  strip.ready(wide, Math.max(1, high - low));
  const pixels = strip.pixels;
  /** @type {number[]} */
  const large = [];
  let looked = 0;
  const { first, start, end, state, colour } = bars;
  const order = chosen < 0 ? colour : bars.order;
  const { from: begins, to: ends } = view;
  // the colours of each state; the first is for no part
  const paints = ALPHA.map((alpha, kind) => [ink.none, ...ink.colours].map((own) => {
    const rgb = kind === 2 ? ink.down : kind === 3 ? ink.stop : own;
    return ((alpha << 24) | (rgb[2] << 16) | (rgb[1] << 8) | rgb[0]) >>> 0;
  }));
  for (let row = low; row < high; row += 1) {
    const base = (row - low) * wide;
    const last = first[row + 1];
    for (let n = firstAfter(bars, row, begins); n < last && start[n] <= ends; n += 1) {
      looked += 1;
      const x0 = (start[n] - begins) * scale;
      const x1 = (end[n] - begins) * scale;
      if (x1 - x0 >= NARROW) {
        large.push(n, row);
        continue;
      }
      let pixel = paints[state[n]][colour[n] + 1];
      if (chosen >= 0 && order[n] !== chosen) pixel = (pixel & 0xffffff) | ((pixel >>> 27) << 24);
      const to = base + (x1 < wide ? x1 | 0 : wide - 1);
      // a pixel keeps the more opaque bar, so that a failure is never hidden by a later bar
      for (let x = base + (x0 < 0 ? 0 : x0 | 0); x <= to; x += 1) if (pixels[x] >>> 24 <= pixel >>> 24) pixels[x] = pixel;
    }
  }
  laid(pen, strip, view, ink, low, high, wide);
  paintWide(pen, bars, view, ink, large, chosen, scale);
  return looked;
}

/** Draw the strip, stretched to the height of the rows, with gaps between them.
 * @param {CanvasRenderingContext2D} pen @param {Strip} strip @param {View} view @param {Ink} ink @param {number} low @param {number} high @param {number} wide */
function laid(pen, strip, view, ink, low, high, wide) {
  /** @type {CanvasRenderingContext2D} */ (strip.canvas.getContext("2d")).putImageData(/** @type {ImageData} */ (strip.image), 0, 0);
  pen.imageSmoothingEnabled = false;
  for (let row = low; row < high; row += 1) {
    const y = SIZES.head + row * view.row - view.top;
    pen.drawImage(strip.canvas, 0, row - low, wide, 1, SIZES.label, y + SIZES.inset, wide, view.row - 2 * SIZES.inset);
  }
}

/** @param {CanvasRenderingContext2D} pen @param {Bars} bars @param {View} view @param {Ink} ink @param {number[]} large bar and row in turn @param {number} chosen @param {number} scale */
function paintWide(pen, bars, view, ink, large, chosen, scale) {
  pen.font = `11px ${ink.font}`;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  for (let k = 0; k < large.length; k += 2) {
    const n = large[k];
    const state = bars.state[n];
    const x0 = Math.max(SIZES.label - 4, SIZES.label + (bars.start[n] - view.from) * scale);
    const x1 = Math.min(view.width + 4, SIZES.label + (bars.end[n] - view.from) * scale);
    const y = SIZES.head + large[k + 1] * view.row - view.top + SIZES.inset;
    const height = view.row - 2 * SIZES.inset;
    const colour = state === 2 ? ink.css[5] : state === 3 ? ink.css[6] : bars.colour[n] < 0 ? ink.css[10] : ink.css[bars.colour[n]];
    const apart = chosen >= 0 && bars.order[n] !== chosen;
    pen.globalAlpha = (apart ? 0.13 : 1) * (state === 4 ? 0.32 : state === 1 ? 0.6 : 1);
    pen.fillStyle = colour;
    pen.fillRect(x0, y, x1 - x0 - 0.7, height);
    if (state === 4 && x1 - x0 > 9) {
      pen.globalAlpha = apart ? 0.15 : 1;
      pen.fillRect(x0, y + height - 2, x1 - x0 - 0.7, 2);
    }
    if (x1 - x0 > 46 && !apart) {
      pen.globalAlpha = 1;
      pen.fillStyle = state === 4 ? ink.ink : ink.dark;
      const room = Math.floor((x1 - x0 - 10) / 6.2);
      const subject = bars.subjects[bars.what[n]];
      const text = subject.replace(/(\.\d{3,}) .*/, "$1");
      pen.fillText(text.length > room ? text.slice(0, Math.max(1, room - 1)) + "…" : text, Math.max(x0, SIZES.label) + 5, y + height / 2 + 0.5);
    }
  }
  pen.globalAlpha = 1;
}

/** Nights, rows, hours, now.
 * @param {CanvasRenderingContext2D} pen @param {View} view @param {Ink} ink @param {{nights: [number, number][], ticks: {at: number, word: string}[], rows: string[], now: number, nobody: string}} frame */
export function paintGround(pen, view, ink, frame) {
  pen.clearRect(0, 0, view.width, view.height);
  pen.font = `11px ${ink.font}`;
  pen.textBaseline = "alphabetic";
  pen.textAlign = "left";
  for (const [from, to] of frame.nights) {
    if (to < view.from || from > view.to) continue;
    const x0 = Math.max(SIZES.label, xOf(view, from));
    const x1 = Math.min(view.width, xOf(view, to));
    pen.fillStyle = ink.night;
    pen.fillRect(x0, 0, x1 - x0, view.height);
    // the word "now" goes before the night's label
    const now = xOf(view, frame.now);
    const at = now > x0 - NOW_WIDE && now < x0 + 80 ? Math.max(x0, now + NOW_WIDE) : x0;
    const words = `☾ ${frame.nobody}`;
    if (x1 - at > pen.measureText(words).width + 12) {
      pen.fillStyle = ink.nightInk;
      pen.fillText(words, at + 6, 12);
    }
  }
  for (const tick of frame.ticks) {
    const x = Math.round(xOf(view, tick.at)) + 0.5;
    if (x < SIZES.label) continue;
    pen.fillStyle = ink.line;
    pen.fillRect(x, 18, 1, view.height);
    pen.fillStyle = ink.muted;
    if (x + 4 + pen.measureText(tick.word).width <= view.width) pen.fillText(tick.word, x + 4, 28);
  }
  const [low, high] = rowsInSight(view, frame.rows.length);
  pen.fillStyle = ink.hair;
  for (let row = low; row < high; row += 1) pen.fillRect(0, SIZES.head + (row + 1) * view.row - view.top - 1, view.width, 1);
}

/** Draw the row names on top, the header line, and the line for now.
 * @param {CanvasRenderingContext2D} pen @param {View} view @param {Ink} ink @param {{rows: string[], now: number, word: string}} frame */
export function paintFront(pen, view, ink, frame) {
  const x = xOf(view, frame.now);
  if (x >= SIZES.label && x <= view.width) {
    pen.fillStyle = ink.accent;
    pen.fillRect(x - 1, 16, 2, view.height);
    pen.textAlign = x > view.width - 40 ? "right" : "left";
    pen.textBaseline = "alphabetic";
    pen.font = `600 11px ${ink.font}`;
    const [wide, left] = [pen.measureText(frame.word).width + 10, x > view.width - 40];
    pen.fillStyle = ink.accent;
    pen.fillRect(left ? x - wide : x, 2, wide, 14);
    pen.fillStyle = ink.surface;
    pen.fillText(frame.word, x + (left ? -5 : 5), 13);
  }
  pen.fillStyle = ink.surface;
  pen.fillRect(0, 0, SIZES.label, view.height);
  pen.fillStyle = ink.line;
  pen.fillRect(SIZES.label - 1, 0, 1, view.height);
  pen.fillRect(0, SIZES.head - 1, view.width, 1);
  pen.fillStyle = ink.ink;
  pen.font = `600 12px ${ink.font}`;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  const [low, high] = rowsInSight(view, frame.rows.length);
  for (let row = low; row < high; row += 1) pen.fillText(frame.rows[row], 4, SIZES.head + (row + 0.5) * view.row - view.top, SIZES.label - 12);
  pen.fillStyle = ink.surface;
  pen.fillRect(0, 0, SIZES.label - 1, SIZES.head - 1);
}
