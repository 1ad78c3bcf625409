// @ts-nocheck
// Proof: the certificate of a part, its steps, and the faces of the selection.
import { el, tag } from "./elements.js";
import { bar } from "./plots.js";
import { pickRow, table } from "./tables.js";
import { long, number, percent, ui, word } from "./words.js";

export const checked = (value, format) => (value === null || value === undefined ? tag(word("not checked"), "warn") : format(value));

export function certificate(part) {
  const c = part.certificate;
  const judge = (value, limit, format) => checked(value, (v) => el("span", { class: v <= limit ? "good-ink" : "bad-ink" }, format(v)));
  const atLeast = (value, limit) => checked(value, (v) => el("span", { class: v >= limit ? "good-ink" : "bad-ink" }, percent(Math.floor(v * 1e4) / 1e4, 2)));
  const reached = c.reachable_area_share !== null && c.reachable_area_share !== undefined;
  const rows = [
    [word("Gouge"), judge(c.gouge_mm, 0.02, (v) => `${number(v, 3)} mm`), "≤ 0.020 mm"],
    [word("Excess material, where visible"), checked(c.excess_mm, (v) => `${number(v, 3)} mm`), `≤ 0.050 mm, ${word("on {0} of it").replace("{0}", "99.5 %")}`],
    ...(reached ? [[word("Certified share of the reachable area"), atLeast(c.reachable_area_share, 0.995), "≥ 99.5 %"]] : []),
    [word("Certified share of the visible area"), atLeast(c.certified_area_share, reached ? 0.95 : 0.995), reached ? "≥ 95 %" : "≥ 99.5 %"],
    [word("Rapid moves through stock"), judge(c.rapid_hits, 0, (v) => number(v, 0)), "0"],
    [word("Collisions"), judge(c.collisions, 0, (v) => number(v, 0)), "0"],
  ];
  const uncut = c.uncut.length
    ? [el("h4", {}, word("Uncut areas and reasons")), table([[word("Area"), (row) => `${number(row.area_mm2, 0)} mm²`, { num: true }], [word("Faces"), (row) => row.faces.slice(0, 12).join(", ") + (row.faces.length > 12 ? " …" : "")], [word("Reason"), (row) => row.reason]], c.uncut)]
    : [el("p", { class: "muted small" }, word("Nothing is left uncut."))];
  return [el("div", { class: "row spread" }, el("h3", {}, word("Certificate")), part.certified ? tag(word("certified"), "good") : tag(word("not certified: never sent to a machine"), "bad")), table([[word("Check"), (row) => row[0]], [word("Found"), (row) => row[1], { num: true }], [word("Limit"), (row) => row[2], { num: true }]], rows), uncut, el("ul", { class: "small" }, [...(part.notes || []), ...c.messages].map((text) => el("li", {}, text)))];
}

export function stepsTable(part, lit, redraw) {
  const rows = part.setups.flatMap((setup, s) => (setup.steps || []).map((step, place) => ({ setup, step, key: `${s}/${place}`, first: place === 0 })));
  const sources = [...new Set(rows.map((row) => row.step.cutting.source))];
  const longest = Math.max(1, ...rows.map((row) => row.step.time_s || 0));
  const columns = [
    [word("Setup"), (row) => (row.first ? el("b", {}, row.setup.name, row.setup.direction ? el("span", { class: "muted" }, ` ${word("from {0}").replace("{0}", row.setup.direction.replace("-", "−"))}`) : "") : "")],
    [word("Step"), (row) => row.step.name], [word("Strategy"), (row) => word(row.step.strategy)], [word("Tool"), (row) => `T${row.step.tool}`, { num: true }],
    [word("Spindle"), (row) => `${number(row.step.cutting.spindle_rpm, 0)} rpm`, { num: true }], [word("Feed"), (row) => `${number(row.step.cutting.feed_mm_min, 0)} mm/min`, { num: true }],
    ["ap × ae, mm", (row) => `${number(row.step.cutting.ap_mm, 1)} × ${number(row.step.cutting.ae_mm, 1)}`, { num: true }],
    [word("Time"), (row) => el("div", { style: "min-width:90px" }, long(row.step.time_s), bar((row.step.time_s || 0) / longest)), { num: true }],
    [word("Data from"), (row) => `[${sources.indexOf(row.step.cutting.source) + 1}]`],
  ];
  return el("div", {}, table(columns, rows, { tall: rows.length > 14, label: "steps", row: (row) => pickRow(ui.step === row.key, () => {
    ui.step = ui.step === row.key ? null : row.key;
    ui.setup = null;
    ui.face = null;
    redraw();
  }) }), sources.map((source, n) => el("p", { class: "small muted" }, `[${n + 1}] ${source}`)));
}

export function litFaces(part) {
  if (ui.face !== null && ui.face >= 0) return new Set([ui.face]);
  if (ui.step === null) return new Set();
  const [s, place] = ui.step.split("/").map(Number);
  return new Set(part.setups[s]?.steps?.[place]?.faces || []);
}

export function hintOf(part) {
  if (ui.face !== null && ui.face >= 0) {
    const by = part.setups.flatMap((setup) => (setup.steps || []).filter((step) => step.faces.includes(ui.face)).map((step) => `${setup.name}: ${step.name} (T${step.tool})`));
    const uncut = part.certificate.uncut.find((each) => each.faces.includes(ui.face));
    return `Face ${ui.face}${by.length ? `, cut by ${by.slice(0, 3).join("; ")}` : ""}${uncut ? `, not fully cut:  ${uncut.reason}` : ""}`;
  }
  const orange = part.certificate.uncut.length ? " Areas not fully cut are orange." : "";
  if (ui.step !== null) return `Faces and tool path of the selected step are blue, rapid moves orange.${orange}`;
  if (ui.setup !== null) return `Grey: fixtures and raw stock. One colour per step, rapid moves orange.`;
  return `${word("Drag to rotate. Click a face, a setup or a step.")}${orange}`;
}
