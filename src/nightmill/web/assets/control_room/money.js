// Money: actual cost of parts, and the comparison of sites; the sliders set what-if values, the server computes.
import { el, empty, tag } from "../elements.js";
import { factorColour, inFactorOrder, stackedBars } from "../plots.js";
import { beside, legend, table } from "../tables.js";
import { capital, money, number, percent, plain } from "../words.js";
import { say, t } from "./i18n.js";
import { get, question } from "./net.js";
import { screenHead } from "./shell.js";

/** Facts that sliders can change: name, label, largest factor, format, and whether for every site or only for the home site.
 * @type {[string, string, number, (x: number) => string, boolean?][]} */
const SLIDERS = [
  ["wage_usd_h", "Hourly wage, home site", 2.5, (x) => money(x)],
  ["energy_usd_kwh", "Energy price per kWh, home site", 4, (x) => money(x)],
  ["automation_share", "Degree of automation, home site", 0, (x) => percent(x)],
  ["capital_rate", "Interest on capital, home site", 3, (x) => percent(x, 1)],
  ["overhead_share", "Overhead, home site", 3, (x) => percent(x)],
  ["carry_rate", "Interest on stock, everywhere", 3, (x) => percent(x, 1), true],
  ["profit_tax_share", "Tax on profit, home site", 2, (x) => percent(x)],
  ["launch_usd", "One-time launch cost, home site", 4, (x) => money(x, 0)],
];
const CARBON_MOST = 250;
let chosen = "";
let quantity = 0;
/** Values set by the sliders, by SITE.FACT.
 * @type {Record<string, number>} */
let asked = {};

/** Limits of a split: the loss in bad years, and the share of demand still met while a site is down. */
const limits = { loss: 0.05, keep: 0, wanted: false };

/** A factor's name in the reader's language.
 * @param {string} name */
const factorWord = (name) => t(plain(name));

/** @param {any} answer */
function bars(answer) {
  const home = answer.sites.find((/** @type {any} */ site) => site.id === answer.decision);
  const rows = answer.sites.map((/** @type {any} */ site) => ({ name: `${site === home ? "★ " : ""}${site.name.split(",")[0]}`, sub: `${site.country || ""}`, parts: site.factors.map((/** @type {any} */ factor) => [factor.name, factor.usd ?? 0]), low: site.p10 ?? site.low_usd, high: site.p90 ?? site.high_usd, band: site.p10 === null ? t("range because facts are missing") : "P10–P90", total: site.unit_cost_usd, unknown: site.unit_cost_usd === null }));
  const place = el("div", {});
  requestAnimationFrame(() => place.replaceChildren(stackedBars(place.clientWidth || 600, rows, factorColour, money, t("Landed unit cost by site. The table below has the same content."))));
  return place;
}

/** @param {any} answer */
function verdict(answer) {
  const home = answer.sites.find((/** @type {any} */ site) => site.id === answer.decision);
  return home ? tag(t("make it in {0}", home.name), "good") : tag(answer.decision === "unknown" ? t("undecided: facts are missing") : answer.decision, "warn");
}

/** Factors without a valid fact, grouped by sites that lack the same ones; empty if all are known.
 * @param {any} answer */
function missing(answer) {
  /** @type {Map<string, string[]>} */
  const lacking = new Map();
  for (const site of answer.sites) {
    const names = site.factors.filter((/** @type {any} */ factor) => factor.usd === null).map((/** @type {any} */ factor) => factorWord(factor.name)).join(", ");
    if (names) lacking.set(names, [...(lacking.get(names) || []), site.name.split(",")[0]]);
  }
  return [...lacking].map(([names, sites]) => el("p", { class: "muted small", style: "margin:4px 0" }, t("{0}: no valid fact for {1}.", sites.join(", "), names)));
}

/** All factors of the answer in their order.
 * @param {any} answer @returns {string[]} */
const factorNames = (answer) => inFactorOrder(new Set(answer.sites.flatMap((/** @type {any} */ site) => site.factors.map((/** @type {any} */ factor) => factor.name))));

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
  return table([[t("Site"), (s) => el("b", {}, s.name)], ...(ways ? [/** @type {any} */ ([t("Transport"), (/** @type {any} */ s) => plain(s.mode || "")])] : []), ...names.map((name) => /** @type {any} */ ([capital(factorWord(name)), cell(name), { num: true }])), [t("Landed"), (s) => el("b", {}, number(s.unit_cost_usd, 2)), { num: true }], ["P10–P90", (s) => (typeof s.p10 === "number" ? `${number(s.p10, 2)}–${number(s.p90, 2)}` : "–"), { num: true }], [t("Cash tied up"), (s) => (typeof s.cash_usd === "number" ? money(s.cash_usd, 0) : "–"), { num: true }], ...(emitted ? [/** @type {any} */ ([t("kg CO2e per piece"), carbon, { num: true }])] : [])], answer.sites);
}

/** @param {any[]} parts @param {string} key */
const sumOf = (parts, key) => parts.reduce((sum, part) => sum + part[key], 0);

/** @param {any} answer @param {HTMLElement} place */
function fill(answer, place) {
  const names = factorNames(answer);
  place.replaceChildren(el("div", { class: "row spread" }, el("p", { style: "margin:0" }, say(answer.reason || "")), verdict(answer)), ...missing(answer), legend(names.map((name) => [factorWord(name), factorColour(name)])), bars(answer), breakEven(answer.break_even || {}),
    beside("factors", t("Cost factors by site as a table"), () => factorTable(answer)), beside("facts", t("Facts with source, date and grade"), () => facts(answer.part)));
}

/** The break-even points between the home site and the cheapest other site; factors without a crossing are omitted.
 * @param {any} edge */
function breakEven(edge) {
  /** @type {[string, string, (x: number) => string][]} */
  const known = [["unattended_share", "{0} unattended machine time", (x) => percent(x)], ["tariff", "a duty of {0}", (x) => percent(x)], ["wage", "an hourly wage of {0}", (x) => money(x)], ["freight", "a freight rate of {0} per kilogram", (x) => money(x)], ["volume", "{0} pieces per year", (x) => number(x, 0)]];
  const said = known.filter(([key]) => typeof edge[key] === "number").map(([key, words, form]) => t(words, form(edge[key])));
  return el("p", { class: "small muted" }, said.length ? t("Home costs the same as the cheapest other site at {0}.", said.join(t(", or at "))) : t("According to the known facts, no single change makes home cost the same as the cheapest other site."));
}

/** @param {string} part */
function facts(part) {
  const place = el("div", {}, el("p", { class: "loading" }, "…"));
  get(question("/api/screens/facts", { part })).then((rows) => place.replaceChildren(table([[t("Site"), (r) => r.site], [t("Fact"), (r) => plain(r.name)], [t("Value"), (r) => (r.value === null ? tag(t("no valid fact"), "warn") : number(r.value)), { num: true }], [t("Unit"), (r) => r.unit], [t("As of"), (r) => r.as_of], [t("Grade"), (r) => r.grade], [t("Source"), (r) => el("span", { class: "small" }, r.source || r.why)]], rows, { tall: true, label: t("facts") })), (error) => place.replaceChildren(el("p", { class: "problem" }, error.message)));
  return place;
}

/** The query for the sliders' values.
 * @param {any} answer */
function asking(answer) {
  const query = new URLSearchParams({ part: answer.part, quantity: String(quantity || Math.round(answer.quantity_year)) });
  for (const [name, value] of Object.entries(asked)) query.append("override", `${name}=${Number(value.toPrecision(6))}`);
  return query;
}

/** A labelled slider that shows its value.
 * @param {string} key @param {string} label @param {number[]} range @param {number} start @param {(x: number) => string} form @param {(x: number) => void} take */
function slider(key, label, range, start, form, take) {
  const said = el("output", {}, form(start));
  return el("label", {}, el("span", { class: "row spread" }, t(label), said), el("input", { type: "range", "data-key": `slider-${key}`, min: String(range[0]), max: String(range[1]), step: String((range[1] - range[0]) / 200), value: String(start), oninput: (/** @type {any} */ event) => {
    take(Number(event.target.value));
    said.textContent = form(Number(event.target.value));
  } }));
}

/** @param {any} answer @param {HTMLElement} place @param {HTMLElement} word @param {() => void} again */
function sliders(answer, place, word, again) {
  const box = el("div", { class: "sliders" });
  let wait = 0;
  const ask = () => {
    clearTimeout(wait);
    wait = Number(setTimeout(async () => {
      try {
        fill(await get(`/api/sites?${asking(answer)}`), place);
        again();
        word.textContent = t("Computed with the sliders' values. The sliders do not change any facts.");
      } catch (error) {
        word.textContent = `${t("The server could not compute this:")} ${/** @type {Error} */ (error).message}`;
      }
    }, 140));
  };
  box.append(slider("quantity", "Pieces per year", [0, 6], Math.log10(quantity || answer.quantity_year), (x) => number(Math.round(10 ** x), 0), (x) => { quantity = Math.max(1, Math.round(10 ** x)); ask(); }));
  if (answer.sites.some((/** @type {any} */ site) => (site.carbon || []).length)) {
    box.append(slider("carbon_usd_t", "Carbon price per tonne", [0, CARBON_MOST], asked["*.carbon_usd_t"] ?? 0, (x) => money(x, 0), (x) => { asked["*.carbon_usd_t"] = x; ask(); }));
  }
  get(question("/api/screens/facts", { part: answer.part })).then((rows) => {
    const home = answer.sites[0];
    for (const [name, label, most, form, everywhere] of SLIDERS) {
      const fact = rows.find((/** @type {any} */ row) => row.name === name && row.site === home.name && typeof row.value === "number") || rows.find((/** @type {any} */ row) => row.name === name && typeof row.value === "number");
      if (!fact) continue;
      const key = fact.site === home.name && !everywhere ? `${home.id}.${name}` : `*.${name}`;
      box.append(slider(name, label, [0, most ? fact.value * most : 1], asked[key] ?? fact.value, form, (x) => { asked[key] = x; ask(); }));
    }
  }, () => {});
  return box;
}

/** One part made at several sites: shares within limits on the cost of outages.
 * @param {any} answer */
function splitting(answer) {
  const place = el("div", { role: "status" });
  let wait = 0;
  const ask = () => {
    clearTimeout(wait);
    if (!limits.wanted) return;
    if (!place.querySelector("table")) place.replaceChildren(el("p", { class: "loading" }, "…"));
    wait = Number(setTimeout(() => get(`/api/sites?${asking(answer)}&loss_limit=${limits.loss}&keep_share=${limits.keep}`).then((found) => splitSaid(found, place), (error) => place.replaceChildren(el("p", { class: "small muted" }, `${t("The server could not compute this:")} ${error.message}`))), 200));
  };
  if (limits.wanted) ask();
  else place.append(el("p", {}, t("A part made at several sites is still delivered when one of them is down. The cost depends on the loss allowed in bad years.")), el("button", { type: "button", class: "primary", "data-key": "split", onclick: () => { limits.wanted = true; ask(); } }, t("Find the best split")));
  const box = el("div", { class: "sliders" }, slider("split-loss", "Maximum loss in bad years, share of cost", [0, 0.4], limits.loss, (x) => percent(x, 1), (x) => { limits.loss = x; ask(); }), slider("split-keep", "Minimum supply while a site is down, share of demand", [0, 1], limits.keep, (x) => percent(x), (x) => { limits.keep = x; ask(); }));
  return { place: el("div", { class: "grid wide-left money-grid" }, place, box), ask };
}

/** @param {any} found @param {HTMLElement} place */
function splitSaid(found, place) {
  const split = found.split;
  const nameOf = (/** @type {string} */ id) => (found.sites.find((/** @type {any} */ site) => site.id === id)?.name || id).split(",")[0];
  const hue = (/** @type {string} */ id) => `var(--c${found.sites.findIndex((/** @type {any} */ site) => site.id === id) % 8})`;
  const shares = (/** @type {any} */ one) => one.shares.map((/** @type {any} */ share) => `${percent(share.share)} ${nameOf(share.site)}`).join(", ");
  const best = split.best;
  /** @type {(of: (row: any) => any) => import("../tables.js").Column[]} */
  const columns = (of) => [[t("Shares"), (r) => shares(of(r))], [t("Cost per year"), (r) => money(of(r).cost_usd_year, 0), { num: true }], [t("Lost by outages"), (r) => money(of(r).stops_usd_year, 0), { num: true }], [t("In bad years"), (r) => money(of(r).tail_usd_year, 0), { num: true }], [t("Supply kept"), (r) => percent(of(r).kept_share), { num: true }]];
  const rows = [[t("within the limits"), best], [t("best single site within the limits"), split.single], [t("cheapest without limits"), split.cheapest]].filter(([, one]) => one);
  /** @type {Record<string, string[]>} */
  const left = {};
  for (const [id, why] of Object.entries(split.left_out)) (left[String(why)] ||= []).push(nameOf(id));
  place.replaceChildren(el("p", {}, say(split.reason)),
    best ? el("div", { class: "bar-100 tall-bar", role: "img", "aria-label": shares(best) }, best.shares.map((/** @type {any} */ share) => el("i", { style: `width:${share.share * 100}%;background:${hue(share.site)}`, "data-tip": `${nameOf(share.site)}: ${percent(share.share)}` }))) : "",
    best ? legend(best.shares.map((/** @type {any} */ share) => [`${percent(share.share)} ${nameOf(share.site)}`, hue(share.site)])) : "",
    rows.length ? table([["", (r) => r[0]], ...columns((r) => r[1])], rows) : "", split.frontier.length ? beside("split-frontier", t("Cost of smaller losses in bad years"), () => table(columns((r) => r), split.frontier)) : "",
    ...Object.entries(left).map(([why, names]) => el("p", { class: "small muted" }, `${t("Left out: {0}", names.join(", "))} (${plain(why)})`)));
}

/** @param {any} data */
function costs(data) {
  const parts = data.parts.filter((/** @type {any} */ part) => part.made);
  if (!parts.length) return empty(t("No part has a cost yet."));
  const rows = parts.map((/** @type {any} */ part) => ({ name: part.name, sub: t("{0} made", part.made), parts: inFactorOrder(Object.keys(part.cost_usd)).map((name) => [name, part.cost_usd[name]]), total: Object.values(part.cost_usd).reduce((/** @type {number} */ sum, value) => sum + Number(value), 0) }));
  const names = inFactorOrder(new Set(parts.flatMap((/** @type {any} */ part) => Object.keys(part.cost_usd))));
  const place = el("div", {});
  requestAnimationFrame(() => place.replaceChildren(stackedBars(place.clientWidth || 600, rows, factorColour, money, t("Actual cost of a part by factor. The table below has the same content."))));
  return el("div", {}, legend(names.map((name) => [factorWord(/** @type {string} */ (name)), factorColour(/** @type {string} */ (name))])), place, beside("costs", t("Cost by factor as a table"), () => table([[t("Part"), (r) => r.name], ...names.map((name) => /** @type {any} */ ([capital(factorWord(/** @type {string} */ (name))), (/** @type {any} */ r) => number(r.cost_usd[/** @type {string} */ (name)], 2), { num: true }])), [t("Price"), (r) => number(r.price_usd, 2), { num: true }]], parts)));
}

/** @param {HTMLElement} place @param {any} data @param {import("./main.js").Room} room */
function draw(place, data, room) {
  const parts = data.sites?.parts ? Object.keys(data.sites.parts) : [];
  chosen = parts.includes(room.query.get("part") || "") ? String(room.query.get("part")) : parts.includes(chosen) ? chosen : parts[0] || "";
  const answer = chosen ? data.sites.parts[chosen] : null;
  const m = data.measures;
  const body = el("div", {});
  const word = el("p", { class: "small muted", role: "status" }, answer ? t("{0} per year, facts as of {1}.", number(answer.quantity_year, 0), answer.as_of) : "");
  const parted = answer ? splitting(answer) : { place: null, ask: () => {} };
  const figures = [[t("cost per good part"), money(m.cost_per_good_part_usd)], [t("cost per good part with idle time"), money(m.period_cost_per_good_part_usd)], [t("total cost"), money(m.cost_usd, 0)], [t("energy"), `${number(m.energy_kwh, 0)} kWh`]];
  const select = el("select", { id: "money-part", "aria-label": t("Part"), onchange: (/** @type {any} */ event) => { chosen = event.target.value; asked = {}; quantity = 0; room.query.delete("part"); draw(place, data, room); } }, parts.map((name) => el("option", { value: name, selected: name === chosen }, name)));
  place.replaceChildren(el("div", { class: "inside stack" }, screenHead(t("Money"), t("What parts cost, and where each could be made at the lowest cost.")), el("div", { class: "hero" }, figures.map(([label, value]) => el("div", { class: "figure" }, el("div", { class: "value" }, value), el("div", { class: "label" }, label)))),
    answer ? el("div", { class: "card" }, el("div", { class: "row spread" }, el("h2", { style: "margin:0" }, t("Make or buy: where to make it")), select), word, el("div", { class: "grid wide-left money-grid" }, body, sliders(answer, body, word, parted.ask))) : el("div", { class: "card" }, el("h2", {}, t("Make or buy: where to make it")), empty(t("No comparison of sites was made for this run."))), parted.place ? el("div", { class: "card" }, el("h2", {}, t("Split over sites")), parted.place) : null, el("div", { class: "card" }, el("h2", {}, t("Actual cost of parts")), costs(data))));
  if (answer) fill(answer, body);
}

/** @type {import("./main.js").Screen} */
export const screen = { path: () => question("/api/screens/money"), draw, pause_ms: 60000 };
