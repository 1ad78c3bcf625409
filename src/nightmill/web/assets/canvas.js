// Canvas: sharp pixels at any device ratio.
import { token } from "./words.js";
/** @param {HTMLCanvasElement} canvas @param {number} width @param {number} height @param {number} [ratio] @returns {number} */
export function fitCanvas(canvas, width, height, ratio) {
  const scale = ratio || Math.min(2, window.devicePixelRatio || 1);
  const w = Math.max(1, Math.round(width * scale));
  const h = Math.max(1, Math.round(height * scale));
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  return scale;
}

const probe = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));

/** @param {string} name @returns {number[]} */
export function rgb(name) {
  probe.fillStyle = token(name) || "#000";
  const hex = /** @type {string} */ (probe.fillStyle);
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}
