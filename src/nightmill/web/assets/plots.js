// @ts-nocheck
// Plots: lines and steps over shop time as SVG, with nights behind them.
import { el, sv } from "./elements.js";
import { capital, dayOf, hourOf, nights, number, plain, word } from "./words.js";
export function ticks(low, high, count) {
  const span = high - low || 1;
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw) || power * 10;
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-6; at += step) found.push(Math.abs(at) < step * 1e-9 ? 0 : at);
  return found;
}

export function timeTicks(from, to, count) {
  const steps = [900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
  const step = steps.find((s) => (to - from) / s <= count) || 604800 * Math.ceil((to - from) / 604800 / count);
  const parts = hourOf(0).split(":").map(Number);
  const offset = parts[0] * 3600 + parts[1] * 60;
  const found = [];
  for (let at = Math.ceil((from + offset) / step) * step - offset; at <= to; at += step) found.push(at);
  return { step, at: found };
}

export const tickWord = (seconds, step) => (step >= 86400 || hourOf(seconds) === "00:00" ? dayOf(seconds).replace(/ [A-Z][a-z]+$/, "") : hourOf(seconds));

export function path(points, x, y, step) {
  let text = "";
  let last = 0;
  points.forEach(([at, value], place) => {
    if (place === 0) text = `M${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    else text += `${step ? `H${x(at).toFixed(1)}V` : `L${x(at).toFixed(1)} `}${y(value).toFixed(1)}`;
    last = at;
  });
  return { text, last };
}

// plan: {height, from, to, low, high, unit, digits, label, draw(svg, x, y)}; draw adds series.
export function timePlot(width, plan) {
  const left = 46;
  const right = 10;
  const top = plan.unit ? 22 : 8;
  const bottom = 22;
  const height = plan.height || 150;
  const pad = (plan.high - plan.low || 1) * 0.06;
  const low = plan.low === 0 ? 0 : plan.low - pad;
  const high = plan.high + pad;
  const x = (at) => left + ((at - plan.from) / (plan.to - plan.from || 1)) * (width - left - right);
  const y = (value) => height - bottom - ((value - low) / (high - low || 1)) * (height - top - bottom);
  const svg = sv("svg", { class: "plot", width, height, role: "img", "aria-label": plan.label });
  for (const [a, b] of nights(plan.to)) {
    if (b > plan.from) svg.append(sv("rect", { class: "night", x: x(Math.max(a, plan.from)), y: top, width: Math.max(0, x(b) - x(Math.max(a, plan.from))), height: height - top - bottom }));
  }
  const steps = ticks(low, high, Math.max(2, Math.floor(height / 42)));
  for (const at of steps) {
    svg.append(sv("line", { class: "grid-line", x1: left, x2: width - right, y1: y(at), y2: y(at) }));
    svg.append(sv("text", { x: left - 6, y: y(at) + 4, "text-anchor": "end" }, number(at, plan.digits ?? (Math.abs(steps[1] - steps[0]) >= 1 ? 0 : Math.abs(steps[1] - steps[0]) >= 0.1 ? 1 : 2))));
  }
  const times = timeTicks(plan.from, plan.to, Math.max(2, Math.floor((width - left) / 64)));
  for (const at of times.at) svg.append(sv("text", { x: x(at), y: height - 6, "text-anchor": x(at) > width - right - 16 ? "end" : "middle" }, tickWord(at, times.step)));
  svg.append(sv("line", { class: "axis", x1: left, x2: width - right, y1: height - bottom, y2: height - bottom }));
  if (plan.unit) svg.append(sv("text", { class: "unit-word", x: left, y: 11 }, plan.unit));
  plan.draw(svg, x, y, { left, right: width - right, top, bottom: height - bottom });
  return svg;
}

export function extent(values, ...more) {
  let low = Infinity;
  let high = -Infinity;
  for (const list of [values, more]) {
    for (const value of list) {
      if (typeof value !== "number" || !isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low > high ? [0, 1] : [low, high];
}

export function bar(share, cls, label) {
  const width = Math.max(0, Math.min(1, share || 0)) * 100;
  return el("div", { class: `hbar ${cls || ""}`, "data-tip": label || null }, el("i", { style: `width:${width}%` }));
}

// One stacked bar per row, SVG. rows: {name, sub, parts: [[key, value]], low, high, unknown}; colours by key.
export function stackedBars(width, rows, colour, format, label) {
  const left = Math.min(190, width * 0.3);
  const right = 92;
  const thick = 24;
  const pitch = 44;
  const top = Math.max(1e-9, ...rows.map((row) => Math.max(row.high || 0, row.parts.reduce((sum, [, v]) => sum + Math.max(0, v), 0))));
  const x = (value) => left + (value / top) * Math.max(10, width - left - right);
  const svg = sv("svg", { class: "stacked", width, height: rows.length * pitch + 4, role: "img", "aria-label": label });
  rows.forEach((row, place) => {
    const y = place * pitch + 4;
    const most = Math.floor((left - 6) / 7.2);
    svg.append(sv("text", { x: 0, y: y + 12, "data-tip": row.name.length > most ? row.name : null }, row.name.length > most ? `${row.name.slice(0, most - 1)}…` : row.name));
    if (row.sub) svg.append(sv("text", { class: "sub", x: 0, y: y + 27 }, row.sub));
    let at = 0;
    for (const [key, value] of row.parts) {
      if (!(value > 0)) continue;
      svg.append(sv("rect", { x: x(at), y, width: Math.max(0.5, x(at + value) - x(at) - 0.6), height: thick, fill: colour(key), "data-tip": `${row.name}\n${capital(word(plain(key)))}: ${format(value)}` }));
      at += value;
    }
    let end = at;
    if (!row.unknown && row.total > 1.005 * at) {
      svg.append(sv("rect", { x: x(at), y, width: x(row.total) - x(at), height: thick, fill: "var(--faint)", opacity: 0.4, "data-tip": `${row.name}\n${word("not broken down")}: ${format(row.total - at)}` }));
      end = row.total;
    }
    if (row.unknown && row.low > at) svg.append(sv("path", { d: `M${x(at)} ${y + thick / 2}H${x(row.low)}`, stroke: "var(--faint)", "stroke-width": 1.5, "stroke-dasharray": "2 3", "data-tip": `${row.name}\n${word("facts are missing")}` }));
    if (row.low !== null && row.low !== undefined && row.high !== null && row.high !== undefined) {
      const middle = y + thick / 2;
      const marks = `M${x(row.low)} ${middle - 6}v12M${x(row.low)} ${middle}H${x(row.high)}M${x(row.high)} ${middle - 6}v12`;
      svg.append(sv("path", { class: "whisker", d: marks, fill: "none", "data-tip": `${row.band || "P10–P90"}: ${format(row.low)} – ${format(row.high)}` }));
      end = Math.max(end, row.high);
    }
    svg.append(sv("text", { x: x(end) + 8, y: y + 16, "font-weight": "600" }, row.unknown ? word("unknown") : format(row.total ?? at)));
  });
  return svg;
}

// Cost factors in order, each with its colour; a name of several words is matched by its first word.
export const FACTOR_GROUPS = [["machine", "var(--c0)"], ["floor", "#8fb4dc"], ["tax", "#5f7fa8"], ["labour", "var(--c1)"], ["social", "#d9b38c"], ["energy", "var(--c7)"], ["tools", "var(--c5)"], ["material", "var(--c2)"], ["overhead", "var(--c6)"], ["scrap", "var(--c3)"], ["launch", "#b8846b"], ["freight", "var(--c4)"], ["insurance", "#88a0b8"], ["duty", "#a3512b"], ["brokerage", "#b59a6a"], ["pipeline", "#6fae8f"], ["safety", "#4f7f8f"], ["cycle", "#9aa77f"], ["markdown", "#7b8f5a"], ["expedite", "#c9a227"], ["quality", "#c08aa8"], ["travel", "#a58fb8"], ["ip", "#8f5f7a"], ["disruption", "#6b5b85"], ["risk", "#7a6f8f"], ["carbon", "#5f6b5f"]];
const groupOf = (name) => FACTOR_GROUPS.findIndex(([key]) => String(name).split(/[_ ]/)[0] === key);
export const factorColour = (name) => (groupOf(name) < 0 ? "var(--faint)" : FACTOR_GROUPS[groupOf(name)][1]);
export const inFactorOrder = (names) => [...names].sort((a, b) => ((groupOf(a) + 99) % 99) - ((groupOf(b) + 99) % 99));
