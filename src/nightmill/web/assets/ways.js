// @ts-nocheck
// Paths: tool paths and fixtures as lines in model coordinates, drawn into the part's 3D view.
import { rgb } from "./canvas.js";
import { el } from "./elements.js";
import { bytesOf } from "./mesh.js";
import { ui, word } from "./words.js";
export const LEAP = 0;
export const FEED = 1;
export const ways = new Map();

// The live page fetches views without paths: paths received once are kept and decoded when first drawn.
export function keepWays(parts) {
  for (const part of parts) if (part.paths && part.paths.length && !ways.has(part.name)) ways.set(part.name, { packed: part.paths, meshes: part.fixture_lines || [], stock: part.stock_lines || [], open: null });
}

export function waysOf(part) {
  const kept = ways.get(part.name);
  if (!kept) return [];
  kept.open ||= kept.packed.map((steps) => steps.map(wayOf));
  return kept.open;
}

// A step's path as the page holds it (base64), or as the API sends it (plain numbers).
export function wayOf(path) {
  if (!path.kind || !path.kind.length) return null;
  if (Array.isArray(path.kind)) return { points: new Float32Array(path.at), kind: new Uint8Array(path.kind) };
  const grid = new Uint16Array(bytesOf(path.at));
  const points = new Float32Array(grid.length);
  for (let i = 0; i < grid.length; i += 1) points[i] = path.origin[i % 3] + grid[i] * path.step_mm;
  return { points, kind: new Uint8Array(bytesOf(path.kind)) };
}

// Segments of one kind of move: pairs of points, six numbers per segment.
export function segments(way, feed) {
  const found = [];
  for (let i = 1; i < way.kind.length; i += 1) {
    if (way.kind[i] === LEAP || (way.kind[i] === FEED) !== feed) continue;
    for (let k = -3; k < 3; k += 1) found.push(way.points[3 * i + k]);
  }
  return new Float32Array(found);
}

// From work to model coordinates: the frame is rigid, so the inverse of its rotation is the transpose.
export function toModel(frame) {
  return (p) => [0, 1, 2].map((axis) => [0, 1, 2].reduce((sum, row) => sum + frame[row][axis] * (p[row] - frame[row][3]), 0));
}

export function boxLines(low, high, place) {
  const corner = (bits) => place([0, 1, 2].map((axis) => (bits & (1 << axis) ? high[axis] : low[axis])));
  const found = [];
  for (let bits = 0; bits < 8; bits += 1) for (let axis = 0; axis < 3; axis += 1) if (!(bits & (1 << axis))) found.push(...corner(bits), ...corner(bits | (1 << axis)));
  return found;
}

export function cylinderLines(body, place) {
  const size = Math.hypot(...body.axis);
  const w = body.axis.map((x) => x / size);
  const helper = Math.abs(w[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0];
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const raw = cross(w, helper);
  const u = raw.map((x) => x / Math.hypot(...raw));
  const v = cross(w, u);
  const at = (turn, rise) => place([0, 1, 2].map((k) => body.base[k] + rise * w[k] + body.radius * (Math.cos(turn) * u[k] + Math.sin(turn) * v[k])));
  const found = [];
  const parts = 36;
  for (let i = 0; i < parts; i += 1) {
    const [a, b] = [(i / parts) * 2 * Math.PI, ((i + 1) / parts) * 2 * Math.PI];
    for (const rise of [0, body.height]) found.push(...at(a, rise), ...at(b, rise));
    if (i % 9 === 0) found.push(...at(a, 0), ...at(a, body.height));
  }
  return found;
}

export function bodyLines(body, place) {
  if (body.kind === "box") return boxLines(body.min, body.max, place);
  return body.kind === "cylinder" ? cylinderLines(body, place) : [];
}

// Lines that the selected setup or step adds to the view: fixtures, raw stock, and the path of each tool.
export function linesOf(part) {
  const chosen = ui.step !== null ? ui.step.split("/").map(Number) : ui.setup !== null ? [ui.setup, -1] : null;
  const setup = chosen && part.setups[chosen[0]];
  if (!setup) return [];
  const place = toModel(setup.model_to_work);
  const lines = [{ points: new Float32Array((setup.fixtures || []).flatMap((body) => bodyLines(body, place))), colour: rgb("--muted"), frame: true }];
  const kept = ways.get(part.name) || { meshes: [], stock: [] };
  const meshes = kept.meshes[chosen[0]];
  if (meshes && meshes.length) lines.push({ points: new Float32Array(meshes), colour: rgb("--muted"), frame: true });
  if (chosen[1] < 0) lines.push({ points: new Float32Array(part.stock.file ? kept.stock : bodyLines(part.stock, (p) => p)), colour: rgb("--faint"), frame: true });
  (waysOf(part)[chosen[0]] || []).forEach((way, order) => {
    if (!way || (chosen[1] >= 0 && chosen[1] !== order)) return;
    lines.push({ points: segments(way, false), colour: rgb("--c5") });
    lines.push({ points: segments(way, true), colour: rgb(chosen[1] >= 0 ? "--accent" : `--c${order % 5}`) });
  });
  return lines;
}

export function setupButtons(part, redraw) {
  if (!part.setups.length) return null;
  return el("div", { class: "row setup-buttons", role: "group", "aria-label": "Setups" }, part.setups.map((setup, place) => el("button", { type: "button", "aria-pressed": ui.setup === place ? "true" : "false", onclick: () => {
    ui.setup = ui.setup === place ? null : place;
    ui.step = null;
    ui.face = null;
    redraw();
  } }, word("Setup {0}: fixtures and tool paths").replace("{0}", setup.name))));
}
