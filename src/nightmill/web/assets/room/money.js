// Money: what parts really cost, and where each would be cheapest; the sliders ask "what if", the server computes.
import { el, empty, tag } from "../elements.js";
import { stackedBars } from "../plots.js";
import { beside, legend, table } from "../tables.js";
import { capital, money, number, percent, plain } from "../words.js";
import { say, t } from "./i18n.js";
import { get, question } from "./net.js";
import { screenHead } from "./shell.js";

const ORDER = ["machine", "capital", "labour", "energy", "tools", "material", "overhead", "scrap", "freight", "duty", "pipeline", "risk", "launch", "tax", "markdown", "travel", "disruption", "carbon"];
/** Facts that sliders put in place of the book's, for the home site: name, words, largest factor, form.
 * @type {[string, string, number, (x: number) => string][]} */
const SLIDERS = [
  ["wage_usd_h", "Wages at home, an hour", 2.5, (x) => money(x)],
  ["energy_usd_kwh", "Energy at home, a kWh", 4, (x) => money(x)],
  ["automation_share", "Automation at home", 0, (x) => percent(x)],
  ["capital_rate", "Capital's interest", 3, (x) => percent(x, 1)],
  ["overhead_share", "Overhead at home", 3, (x) => percent(x)],
  ["carry_rate", "Interest on stock", 3, (x) => percent(x, 1)],
  ["profit_tax_share", "Tax on profit at home", 2, (x) => percent(x)],
  ["launch_usd", "Launch at home, once", 4, (x) => money(x, 0)],
];
const CARBON_MOST = 250;
let chosen = "";
let quantity = 0;
/** What the sliders ask, by SITE.FACT.
 * @type {Record<string, number>} */
let asked = {};

/** @param {string} name */
const colour = (name) => {
  const at = ORDER.findIndex((key) => name.includes(key));
  return at < 0 ? "var(--faint)" : `var(--c${at % 8})`;
};

/** @param {any} answer */
function bars(answer) {
  const home = answer.sites.find((/** @type {any} */ site) => site.id === answer.decision);
  const rows = answer.sites.map((/** @type {any} */ site) => ({ name: `${site === home ? "★ " : ""}${site.name.split(",")[0]}`, sub: `${site.country || ""}`, parts: site.factors.map((/** @type {any} */ factor) => [factor.name, factor.usd ?? 0]), low: site.p10 ?? site.low_usd, high: site.p90 ?? site.high_usd, band: site.p10 === null ? t("range while facts are missing") : "P10–P90", total: site.unit_cost_usd, unknown: site.unit_cost_usd === null }));
  const place = el("div", {});
  requestAnimationFrame(() => place.replaceChildren(stackedBars(place.clientWidth || 600, rows, colour, money, t("Landed unit cost by site; the table below says the same."))));
  return place;
}

/** @param {any} answer */
function verdict(answer) {
  const home = answer.sites.find((/** @type {any} */ site) => site.id === answer.decision);
  return home ? tag(t("make it in {0}", home.name), "good") : tag(answer.decision === "unknown" ? t("undecided: facts are missing") : answer.decision, "warn");
}

/** All factors in their order: that of the site with the most.
 * @param {any} answer @returns {string[]} */
const factorNames = (answer) => [...new Set([...answer.sites].sort((a, b) => b.factors.length - a.factors.length).flatMap((/** @type {any} */ site) => site.factors.map((/** @type {any} */ factor) => factor.name)))];

/** @param {any} answer */
function factorTable(answer) {
  const names = factorNames(answer);
  const cell = (/** @type {any} */ name) => (/** @type {any} */ site) => {
    const factor = site.factors.find((/** @type {any} */ each) => each.name === name);
    return !factor ? "" : factor.usd === null ? el("span", { class: "warn-ink" }, `${number(factor.low, 2)}–${number(factor.high, 2)}?`) : number(factor.usd, 2);
  };
  const emitted = answer.sites.some((/** @type {any} */ site) => (site.carbon || []).length);
  const carbon = (/** @type {any} */ site) => (typeof site.carbon_kg === "number" ? number(site.carbon_kg, 2) : el("span", { class: "warn-ink" }, `${number(sumOf(site.carbon, "low"), 2)}–${number(sumOf(site.carbon, "high"), 2)}?`));
  const ways = answer.sites.some((/** @type {any} */ site) => site.mode);
  return table([[t("Site"), (s) => el("b", {}, s.name)], ...(ways ? [/** @type {any} */ ([t("By"), (/** @type {any} */ s) => plain(s.mode || "")])] : []), ...names.map((name) => /** @type {any} */ ([capital(plain(name)), cell(name), { num: true }])), [t("Landed"), (s) => el("b", {}, number(s.unit_cost_usd, 2)), { num: true }], ["P10–P90", (s) => (typeof s.p10 === "number" ? `${number(s.p10, 2)}–${number(s.p90, 2)}` : "–"), { num: true }], [t("Cash tied up"), (s) => (typeof s.cash_usd === "number" ? money(s.cash_usd, 0) : "–"), { num: true }], ...(emitted ? [/** @type {any} */ ([t("kg CO2e a piece"), carbon, { num: true }])] : [])], answer.sites);
}

/** @param {any[]} parts @param {string} key */
const sumOf = (parts, key) => parts.reduce((sum, part) => sum + part[key], 0);

/** @param {any} answer @param {HTMLElement} place */
function fill(answer, place) {
  const names = factorNames(answer);
  const edge = answer.break_even || {};
  place.replaceChildren(el("div", { class: "row spread" }, el("p", { style: "margin:0" }, say(answer.reason || "")), verdict(answer)), legend(names.map((name) => [plain(/** @type {string} */ (name)), colour(/** @type {string} */ (name))])), bars(answer),
    el("p", { class: "small muted" }, t("Break-even: unattended share {0}, duty {1}, wages {2} an hour, freight {3} a kilogram, {4} pieces a year.", percent(edge.unattended_share), percent(edge.tariff), number(edge.wage, 2), number(edge.freight, 2), number(edge.volume, 0))), beside("factors", t("Factors by site as a table"), () => factorTable(answer)), beside("facts", t("The facts behind them: source, date, grade"), () => facts(answer.part)));
}

/** @param {string} part */
function facts(part) {
  const place = el("div", {}, el("p", { class: "loading" }, "…"));
  get(question("/api/screens/facts", { part })).then((rows) => place.replaceChildren(table([[t("Site"), (r) => r.site], [t("Fact"), (r) => plain(r.name)], [t("Value"), (r) => (r.value === null ? tag(t("no valid fact"), "warn") : number(r.value)), { num: true }], [t("Unit"), (r) => r.unit], [t("As of"), (r) => r.as_of], [t("Grade"), (r) => r.grade], [t("Source"), (r) => el("span", { class: "small" }, r.source || r.why)]], rows, { tall: true, label: t("facts") })), (error) => place.replaceChildren(el("p", { class: "problem" }, error.message)));
  return place;
}

/** @param {any} answer @param {HTMLElement} place @param {HTMLElement} word */
function sliders(answer, place, word) {
  const box = el("div", { class: "sliders" });
  let wait = 0;
  const ask = () => {
    clearTimeout(wait);
    wait = Number(setTimeout(async () => {
      const query = new URLSearchParams({ part: answer.part, quantity: String(quantity || Math.round(answer.quantity_year)) });
      for (const [name, value] of Object.entries(asked)) query.append("override", `${name}=${Number(value.toPrecision(6))}`);
      try {
        fill(await get(`/api/sites?${query}`), place);
        word.textContent = t("As asked; the sliders change no facts.");
      } catch (error) {
        word.textContent = `${t("The server could not compute it:")} ${/** @type {Error} */ (error).message}`;
      }
    }, 140));
  };
  const slider = (/** @type {string} */ key, /** @type {string} */ label, /** @type {number[]} */ range, /** @type {number} */ start, /** @type {(x: number) => string} */ form, /** @type {(x: number) => void} */ take) => {
    const said = el("output", {}, form(start));
    return el("label", {}, el("span", { class: "row spread" }, t(label), said), el("input", { type: "range", "data-key": `slider-${key}`, min: String(range[0]), max: String(range[1]), step: String((range[1] - range[0]) / 200), value: String(start), oninput: (/** @type {any} */ event) => {
      take(Number(event.target.value));
      said.textContent = form(Number(event.target.value));
      ask();
    } }));
  };
  box.append(slider("quantity", "Pieces a year", [0, 6], Math.log10(quantity || answer.quantity_year), (x) => number(Math.round(10 ** x), 0), (x) => (quantity = Math.max(1, Math.round(10 ** x)))));
  if (answer.sites.some((/** @type {any} */ site) => (site.carbon || []).length)) {
    box.append(slider("carbon_usd_t", "Carbon price, a tonne", [0, CARBON_MOST], asked["*.carbon_usd_t"] ?? 0, (x) => money(x, 0), (x) => (asked["*.carbon_usd_t"] = x)));
  }
  get(question("/api/screens/facts", { part: answer.part })).then((rows) => {
    const home = answer.sites[0];
    for (const [name, label, most, form] of SLIDERS) {
      const fact = rows.find((/** @type {any} */ row) => row.name === name && row.site === home.name && typeof row.value === "number") || rows.find((/** @type {any} */ row) => row.name === name && typeof row.value === "number");
      if (!fact) continue;
      const key = fact.site === home.name ? `${home.id}.${name}` : `*.${name}`;
      box.append(slider(name, label, [0, most ? fact.value * most : 1], asked[key] ?? fact.value, form, (x) => (asked[key] = x)));
    }
  }, () => {});
  return box;
}

/** @param {any} data */
function costs(data) {
  const parts = data.parts.filter((/** @type {any} */ part) => part.made);
  if (!parts.length) return empty(t("No part has been costed yet."));
  const rows = parts.map((/** @type {any} */ part) => ({ name: part.name, sub: t("{0} made", part.made), parts: Object.entries(part.cost_usd), total: Object.values(part.cost_usd).reduce((/** @type {number} */ sum, value) => sum + Number(value), 0) }));
  const names = [...new Set(parts.flatMap((/** @type {any} */ part) => Object.keys(part.cost_usd)))];
  const place = el("div", {});
  requestAnimationFrame(() => place.replaceChildren(stackedBars(place.clientWidth || 600, rows, colour, money, t("Real cost of a part by factor; the table below says the same."))));
  return el("div", {}, legend(names.map((name) => [plain(/** @type {string} */ (name)), colour(/** @type {string} */ (name))])), place, beside("costs", t("Cost by factor as a table"), () => table([[t("Part"), (r) => r.name], ...names.map((name) => /** @type {any} */ ([capital(plain(name)), (/** @type {any} */ r) => number(r.cost_usd[/** @type {string} */ (name)], 2), { num: true }])), [t("Price"), (r) => number(r.price_usd, 2), { num: true }]], parts)));
}

/** @param {HTMLElement} place @param {any} data @param {import("./main.js").Room} room */
function draw(place, data, room) {
  const parts = data.sites?.parts ? Object.keys(data.sites.parts) : [];
  chosen = parts.includes(room.query.get("part") || "") ? String(room.query.get("part")) : parts.includes(chosen) ? chosen : parts[0] || "";
  const answer = chosen ? data.sites.parts[chosen] : null;
  const m = data.measures;
  const body = el("div", {});
  const word = el("p", { class: "small muted", role: "status" }, answer ? t("{0} a year, facts as of {1}.", number(answer.quantity_year, 0), answer.as_of) : "");
  const figures = [[t("a good part"), money(m.cost_per_good_part_usd)], [t("idle time charged"), money(m.period_cost_per_good_part_usd)], [t("spent in all"), money(m.cost_usd, 0)], [t("energy"), `${number(m.energy_kwh, 0)} kWh`]];
  const select = el("select", { id: "money-part", "aria-label": t("Part"), onchange: (/** @type {any} */ event) => { chosen = event.target.value; asked = {}; quantity = 0; room.query.delete("part"); draw(place, data, room); } }, parts.map((name) => el("option", { value: name, selected: name === chosen }, name)));
  place.replaceChildren(el("div", { class: "inside stack" }, screenHead(t("Money"), t("What parts really cost, and where each would be made most cheaply.")), el("div", { class: "hero" }, figures.map(([label, value]) => el("div", { class: "figure" }, el("div", { class: "value" }, value), el("div", { class: "label" }, label)))),
    answer ? el("div", { class: "card" }, el("div", { class: "row spread" }, el("h2", { style: "margin:0" }, t("Here against elsewhere")), select), word, el("div", { class: "grid wide-left money-grid" }, body, sliders(answer, body, word))) : el("div", { class: "card" }, el("h2", {}, t("Here against elsewhere")), empty(t("No comparison of sites was made for this run."))), el("div", { class: "card" }, el("h2", {}, t("What parts really cost")), costs(data))));
  if (answer) fill(answer, body);
}

/** @type {import("./main.js").Screen} */
export const screen = { path: () => question("/api/screens/money"), draw, pause_ms: 60000 };
