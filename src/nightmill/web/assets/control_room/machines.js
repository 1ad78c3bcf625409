// Machines: health, utilisation, remaining tool life, and the best time for the next stop.
import { el, sv, tag } from "../elements.js";
import { bar, timePlot } from "../plots.js";
import { beside, table } from "../tables.js";
import { clock, doc, long, money, number, percent } from "../words.js";
import { say, t } from "./i18n.js";
import { question } from "./net.js";
import { screenHead } from "./shell.js";

/** @type {[string, string, string][]} */
const SHARES = [["running", "cutting", "var(--c0)"], ["busy", "busy", "var(--c4)"], ["maintenance", "planned stop", "var(--c6)"], ["down", "down", "var(--c5)"]];

/** @param {any} unit */
function usage(unit) {
  const all = Math.max(1, doc.view.now_s);
  return el("div", {}, el("div", { class: "bar-100", role: "img", "aria-label": SHARES.map(([key, word]) => `${t(word)} ${percent((unit.seconds[key] || 0) / all)}`).join(", ") }, SHARES.filter(([key]) => unit.seconds[key]).map(([key, , colour]) => el("i", { style: `width:${Math.min(100, (unit.seconds[key] / all) * 100)}%;background:${colour}` }))), el("p", { class: "small muted" }, SHARES.filter(([key]) => unit.seconds[key]).map(([key, word]) => `${t(word)} ${percent(unit.seconds[key] / all)}`).join(" · ") || t("not used yet")));
}

/** @param {any} unit @param {number} width */
function healthPlot(unit, width) {
  const to = Math.max(doc.view.now_s, 1);
  return timePlot(width, { height: 132, from: 0, to, low: 0, high: 1, digits: 1, unit: t("health"), label: t("Health of {0} and its probability of failure", unit.id), draw: (/** @type {any} */ svg, /** @type {any} */ x, /** @type {any} */ y, /** @type {any} */ box) => {
    for (const [state, from, until] of unit.stops) svg.append(sv("rect", { x: x(from), y: box.top, width: Math.max(2, x(until) - x(from)), height: box.bottom - box.top, fill: state === "down" ? "var(--c5)" : "var(--c6)", opacity: ".3" }));
    const line = (/** @type {number} */ place, /** @type {string} */ cls) => svg.append(sv("path", { class: cls, d: unit.health.map((/** @type {number[]} */ p, /** @type {number} */ n) => `${n ? "L" : "M"}${x(p[0]).toFixed(1)} ${y(p[place]).toFixed(1)}`).join("") }));
    line(1, "series");
    line(2, "series second");
  } });
}

/** @param {any} unit @param {import("./main.js").Room} room */
function millCard(unit, room) {
  const latest = unit.health[unit.health.length - 1];
  const plot = el("div", { class: "plot-place" });
  requestAnimationFrame(() => unit.health.length && plot.replaceChildren(healthPlot(unit, plot.clientWidth || 320)));
  const worn = [...unit.tools].map((tool) => ({ ...tool, share: tool.minutes / tool.life_min })).sort((a, b) => b.share - a.share);
  const stop = unit.next_stop;
  const needs = (/** @type {any} */ one) => [one.technician ? tag(one.technician, "info") : null, Object.entries(one.spares).map(([item, count]) => tag(`${count} × ${item}`, ""))];
  return el("section", { class: "card", id: `machine-${unit.id}`, "aria-label": unit.id }, el("div", { class: "row spread" }, el("h2", { style: "margin:0" }, unit.id), el("span", { class: "row" }, unit.alarm ? tag(unit.alarm, "bad") : tag(t(unit.status || unit.kind), unit.status === "down" ? "bad" : unit.status === "cutting" ? "info" : ""))),
    latest ? el("div", { class: "row health" }, el("b", {}, percent(latest[1])), el("span", { class: "muted" }, t("health; {0} probability of failure soon", percent(latest[2], 1)))) : null, latest ? plot : null,
    el("p", {}, stop ? [el("b", {}, t("Next planned stop {0}", clock(stop.start_s))), ` ${t("for {0}: cost {1}, without it {2}", long(stop.duration_s), money(stop.cost_usd), money(stop.without_usd))}. ${say(stop.reason)}`, needs(stop)] : el("span", { class: "muted" }, t("No planned stop; the last was {0} ago.", unit.since_maintained_h === null ? "–" : `${number(unit.since_maintained_h, 1)} h`))),
    usage(unit),
    worn.length ? el("div", {}, el("h3", {}, t("Tools nearest the end of their life")), el("ul", { class: "tools" }, worn.slice(0, 4).map((tool) => el("li", {}, el("span", {}, `T${tool.tool}`, el("small", { class: "muted" }, ` ${t("{0} sister edges", tool.sisters)}`)), bar(tool.share, tool.share > 0.8 ? "alt" : "", `${number(tool.minutes, 1)} / ${number(tool.life_min, 0)} min`))))) : null,
    el("div", { class: "row no-print", style: "margin-top:12px" }, el("button", { type: "button", class: "danger", "data-key": `down-${unit.id}`, onclick: () => room.act(unit.status === "down" ? "unit_up" : "unit_down", { unit: unit.id }) }, unit.status === "down" ? t("Report running") : t("Report down")), el("button", { type: "button", "data-key": `tool-${unit.id}`, onclick: () => room.act("tool_worn", { unit: unit.id, tool: worn[0] ? String(worn[0].tool) : undefined }) }, t("Tool worn")), el("button", { type: "button", "data-key": `check-${unit.id}`, onclick: () => room.act("check", { unit: unit.id }) }, t("Record a check"))));
}

/** @param {HTMLElement} place @param {any[]} list @param {import("./main.js").Room} room */
function draw(place, list, room) {
  const mills = list.filter((unit) => /mill|lathe/.test(unit.kind));
  const rest = list.filter((unit) => !/mill|lathe/.test(unit.kind));
  const next = mills.filter((unit) => unit.next_stop).sort((a, b) => a.next_stop.start_s - b.next_stop.start_s)[0];
  const rows = () => table([[t("Unit"), (u) => u.id], [t("Health"), (u) => (u.health.length ? percent(u.health[u.health.length - 1][1]) : "–"), { num: true }], [t("cutting"), (u) => percent((u.seconds.running || 0) / Math.max(1, doc.view.now_s)), { num: true }], [t("down"), (u) => long(u.seconds.down || 0), { num: true }], [t("Failures"), (u) => number(u.failures.length), { num: true }], [t("Next stop"), (u) => (u.next_stop ? clock(u.next_stop.start_s) : "–")]], list);
  const tools = () => table([[t("Unit"), (r) => r.unit], [t("Tool"), (r) => `T${r.tool} ${r.kind}`], [t("Edge"), (r) => r.edge], [t("Minutes"), (r) => number(r.minutes, 1), { num: true }], [t("Life"), (r) => number(r.life_min, 0), { num: true }], [t("Sisters"), (r) => r.sisters, { num: true }], [t("offset"), (r) => `${number(r.offset_mm * 1000, 1)} µm`, { num: true }]], mills.flatMap((unit) => unit.tools.map((/** @type {any} */ tool) => ({ unit: unit.id, ...tool }))), { tall: true, label: t("Tools") });
  place.replaceChildren(el("div", { class: "inside stack" }, screenHead(t("Machines"), next ? t("The next planned stop is {0} on {1}.", clock(next.next_stop.start_s), next.id) : t("No planned stop.")), el("div", { class: "grid cols-3" }, mills.map((unit) => millCard(unit, room))),
    el("div", { class: "card" }, el("h2", {}, t("Robot and stations")), el("div", { class: "grid cols-3" }, rest.map((unit) => el("div", {}, el("b", {}, unit.id), usage(unit))))), beside("machines-table", t("All units as a table"), rows), beside("tools-table", t("All tools as a table"), tools)));
  const asked = room.query.get("unit");
  if (asked) document.getElementById(`machine-${asked}`)?.scrollIntoView({ block: "nearest" });
}

/** @type {import("./main.js").Screen} */
export const screen = { path: () => question("/api/screens/machines"), draw, pause_ms: 5000 };
