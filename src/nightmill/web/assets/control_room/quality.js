// Quality: characteristics that need attention, each with its chart; camera images; rejected parts.
import { el, empty, sv, tag } from "../elements.js";
import { extent, timePlot } from "../plots.js";
import { beside, pickRow, table } from "../tables.js";
import { clock, doc, number, percent } from "../words.js";
import { say, t } from "./i18n.js";
import { get, question } from "./net.js";
import { screenHead } from "./shell.js";

let chosen = "";
let filter = "";

/** The readings of a characteristic as a sparkline.
 * @param {any} row */
function spark(row) {
  const [width, height] = [64, 24];
  const [low, high] = extent(row.spark, row.lower_um, row.upper_um);
  const x = (/** @type {number} */ n) => 3 + (n / Math.max(1, row.spark.length - 1)) * (width - 6);
  const y = (/** @type {number} */ value) => height - 3 - ((value - low) / (high - low || 1)) * (height - 6);
  const svg = sv("svg", { class: "spark", width, height, "aria-hidden": "true" });
  svg.append(sv("line", { class: "limit", x1: 0, x2: width, y1: y(row.upper_um), y2: y(row.upper_um) }), sv("line", { class: "limit", x1: 0, x2: width, y1: y(row.lower_um), y2: y(row.lower_um) }));
  svg.append(sv("path", { d: row.spark.map((/** @type {number} */ value, /** @type {number} */ n) => `${n ? "L" : "M"}${x(n).toFixed(1)} ${y(value).toFixed(1)}`).join(""), fill: "none", stroke: "currentColor", "stroke-width": "1.4" }));
  return svg;
}

/** @param {any} chart @param {number} width */
function plot(chart, width) {
  const points = chart.points;
  const [low, high] = extent(points.map((/** @type {any} */ p) => p.deviation_um), chart.lower_um, chart.upper_um);
  return timePlot(width, { height: 240, from: points.length ? Math.max(0, points[0].at_s - 3600) : 0, to: Math.max(doc.view.now_s, 1), low, high, unit: t("µm from nominal"), label: t("Control chart of {0}. The table below has the same content.", chart.family), draw: (/** @type {any} */ svg, /** @type {any} */ x, /** @type {any} */ y, /** @type {any} */ box) => {
    for (const at of [chart.upper_um, 0, chart.lower_um]) svg.append(sv("line", { class: at ? "limit" : "centre", x1: box.left, x2: box.right, y1: y(at), y2: y(at) }));
    svg.append(sv("path", { class: "series third", d: points.map((/** @type {any} */ p, /** @type {number} */ n) => `${n ? "L" : "M"}${x(p.at_s).toFixed(1)} ${y(p.offset_um).toFixed(1)}`).join("") }));
    svg.append(sv("path", { class: "series", d: points.map((/** @type {any} */ p, /** @type {number} */ n) => `${n ? "L" : "M"}${x(p.at_s).toFixed(1)} ${y(p.deviation_um).toFixed(1)}`).join("") }));
    for (const p of points) {
      const out = p.deviation_um > chart.upper_um || p.deviation_um < chart.lower_um;
      svg.append(sv("circle", { class: `dot ${out ? "out" : ""}`, cx: x(p.at_s), cy: y(p.deviation_um), r: out ? 4 : 2.8, "data-tip": `${p.serial}\n${number(p.deviation_um, 1)} µm, ${t("offset")} ${number(p.offset_um, 1)} µm\n${clock(p.at_s)}` }));
      if (p.signal) svg.append(sv("circle", { class: "signal", cx: x(p.at_s), cy: y(p.deviation_um), r: 7 }));
    }
  } });
}

/** @param {HTMLElement} place @param {string} family */
async function openChart(place, family) {
  chosen = family;
  for (const row of document.querySelectorAll("[data-family]")) row.classList.toggle("on", /** @type {HTMLElement} */ (row).dataset.family === family);
  if (!family) return;
  const chart = await get(question("/api/screens/chart", { family }));
  const width = Math.max(300, (place.clientWidth || 700) - 40);
  place.replaceChildren(el("div", { class: "row spread" }, el("h2", {}, chart.characteristic), el("span", { class: "muted" }, `${chart.machine} · T${chart.tool} · ${chart.kind}`)), plot(chart, width), el("p", { class: "small muted" }, t("Dashed line: tool offset in force. Ring: signal of the chart, with offsets removed.")), beside("chart-table", t("Readings as a table"), () => table([[t("When"), (p) => clock(p.at_s)], [t("Serial"), (p) => p.serial], ["µm", (p) => number(p.deviation_um, 1), { num: true }], [t("offset"), (p) => number(p.offset_um, 1), { num: true }], [t("Edge"), (p) => p.edge], ["", (p) => (p.signal ? tag(t("signal"), "warn") : "")]], chart.points, { tall: true, label: t("readings") })));
}

/** @param {HTMLElement} place @param {any} data @param {import("./main.js").Room} room */
function draw(place, data, room) {
  const m = data.measures;
  const card = el("div", { class: "card chart-card" }, empty(t("Select a characteristic.")));
  const rows = data.charts.filter((/** @type {any} */ row) => !filter || row.family.toLowerCase().includes(filter.toLowerCase()));
  const list = el("div", {});
  const fill = () => {
    const shown = data.charts.filter((/** @type {any} */ row) => !filter || row.family.toLowerCase().includes(filter.toLowerCase())).slice(0, 120);
    list.replaceChildren(table([[t("Characteristic"), (r) => el("b", {}, r.characteristic)], [t("Machine"), (r) => `${r.machine} T${r.tool}`], ["", spark], [t("Ppk"), (r) => (r.cpk === null ? "–" : el("span", { class: r.cpk < 1.33 ? "bad-ink" : "" }, number(r.cpk, 2))), { num: true }], [t("Out"), (r) => (r.out ? tag(number(r.out), "bad") : "0"), { num: true }], [t("Signals"), (r) => (r.signals ? tag(number(r.signals), "warn") : "0"), { num: true }], [t("Measured"), (r) => number(r.count), { num: true }]], shown, { tall: true, label: t("Characteristics, worst first"), row: (r) => ({ ...pickRow(r.family === chosen, () => openChart(card, r.family)), "data-family": r.family, "data-key": r.family }) }));
  };
  fill();
  const search = el("input", { type: "search", id: "quality-filter", "aria-label": t("Filter"), placeholder: t("Filter"), value: filter, oninput: (/** @type {any} */ event) => { filter = event.target.value; fill(); } });
  const figures = [[t("good"), number(m.good)], [t("scrap"), number(m.scrapped)], [t("first pass yield"), percent(m.first_pass_yield, 1)], [t("traceability complete"), percent(m.thread_completeness, 1)]];
  const photo = (/** @type {any} */ image) => el("figure", { class: `photo ${image.verdict === "good" ? "" : "bad"}` }, el("img", { src: `data:image/png;base64,${image.png_base64}`, alt: `${image.serial}: ${image.verdict}`, loading: "lazy" }), el("figcaption", {}, image.serial, tag(`${t(image.verdict)} ${number(image.score, 2)}`, image.verdict === "good" ? "good" : "bad")));
  const holds = data.holds.map((/** @type {any} */ each) => el("li", { class: "attention hold" }, el("div", {}, el("b", {}, each.hold), el("p", {}, each.serials.join(", "))), el("div", { class: "row" }, el("button", { type: "button", class: "primary", "data-key": `hold-${each.hold}`, onclick: () => room.act("release", { hold: each.hold }) }, t("Release")))));
  const review = data.review.map((/** @type {any} */ each) => el("li", { class: "attention quarantine" }, el("div", {}, el("b", {}, each.serial), " ", tag(t(each.disposition || "held"), "bad"), el("p", {}, say(each.reason)), each.since_s ? el("small", { class: "muted" }, clock(each.since_s)) : null), el("div", { class: "row" }, el("button", { type: "button", class: "primary", "data-key": `decide-${each.serial}`, onclick: () => room.act("dispose", { serial: each.serial }) }, t("Decide")))));
  place.replaceChildren(el("div", { class: "inside stack" }, screenHead(t("Quality"), t("{0} characteristics monitored, worst first.", data.charts.length), el("button", { type: "button", "data-key": "scrap", onclick: () => room.act("scrap") }, t("Scrap found"))),
    el("div", { class: "hero" }, figures.map(([word, value]) => el("div", { class: "figure" }, el("div", { class: "value" }, value), el("div", { class: "label" }, word)))),
    review.length ? el("div", { class: "card" }, el("h2", {}, t("Waits for a decision")), el("ul", { class: "attentions" }, review)) : null,
    holds.length ? el("div", { class: "card" }, el("h2", {}, t("Held")), el("ul", { class: "attentions" }, holds)) : null,
    el("div", { class: "grid quality-grid" }, el("div", { class: "card" }, el("div", { class: "row spread" }, el("h2", {}, t("Characteristics, worst first")), search), list), card),
    el("div", { class: "grid cols-2" }, el("div", { class: "card" }, el("h2", {}, t("Camera images")), data.images.length ? el("div", { class: "photos" }, data.images.map(photo)) : empty(t("No images yet."))),
      el("div", { class: "card" }, el("h2", {}, t("Rejected parts")), data.bad.length ? table([[t("When"), (r) => clock(r.at_s)], [t("Serial"), (r) => r.serial], ["", (r) => tag(t(r.as), "bad")], [t("Why"), (r) => say(r.reason)]], data.bad, { tall: true, label: t("Rejected parts") }) : empty(t("None.")))) ));
  const first = rows.find((/** @type {any} */ row) => row.family === chosen) || rows[0];
  if (first) openChart(card, first.family);
}

/** @type {import("./main.js").Screen} */
export const screen = { path: () => question("/api/screens/quality"), draw, pause_ms: 5000 };
