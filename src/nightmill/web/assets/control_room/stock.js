// Stock: quantities in stock and on order, and when each item runs out.
import { el, empty, sv, tag } from "../elements.js";
import { path, timePlot } from "../plots.js";
import { beside, table } from "../tables.js";
import { clock, doc, number } from "../words.js";
import { t } from "./i18n.js";
import { question } from "./net.js";
import { screenHead } from "./shell.js";

const DAY_S = 86400;

/** @param {any} item @param {number} width */
function course(item, width) {
  const now = Math.max(doc.view.now_s, 1);
  const to = Math.min(Math.max(now * 1.15, Math.min(item.runs_out_s ?? now, now + 10 * DAY_S)), now + 10 * DAY_S);
  const high = Math.max(1, ...item.series.map((/** @type {number[]} */ p) => p[1]));
  return timePlot(width, { height: 120, from: 0, to, low: 0, high, digits: 0, label: t("Pieces of {0} over time", item.item), draw: (/** @type {any} */ svg, /** @type {any} */ x, /** @type {any} */ y) => {
    const line = path([...item.series, [now, item.left]], x, y, true);
    svg.append(sv("path", { class: "series", d: line.text }));
    if (item.runs_out_s) svg.append(sv("path", { class: "series third", d: `M${x(now).toFixed(1)} ${y(item.left).toFixed(1)}L${x(Math.min(to, item.runs_out_s)).toFixed(1)} ${y(item.runs_out_s <= to ? 0 : item.left - (item.rate_day * (to - now)) / DAY_S).toFixed(1)}` }));
    svg.append(sv("line", { class: "now", x1: x(now), x2: x(now), y1: 8, y2: 98 }));
  } });
}

/** Tag a purchase that is overdue; without a promised date this is unknown.
 * @param {any} purchase */
const overdue = (purchase) => (purchase.promised_s !== null && purchase.promised_s < doc.view.now_s ? tag(t("overdue"), "bad") : "");

/** @param {any} item @param {any[]} purchases */
function itemCard(item, purchases) {
  const plot = el("div", { class: "plot-place" });
  requestAnimationFrame(() => plot.replaceChildren(course(item, plot.clientWidth || 320)));
  const days = item.runs_out_s === null ? null : (item.runs_out_s - doc.view.now_s) / DAY_S;
  const coming = purchases.filter((each) => each.item === item.item);
  return el("section", { class: "card", "aria-label": item.item }, el("div", { class: "row spread" }, el("h2", { style: "margin:0" }, item.item), days === null ? tag(t("not in use"), "") : tag(days < 0.05 ? t("run out") : t("{0} days left", number(days, 1)), days < 2 ? "bad" : days < 5 ? "warn" : "good")),
    el("p", {}, el("b", { class: "big" }, number(item.left)), ` ${t("pieces")}`, item.rate_day ? el("span", { class: "muted" }, ` · ${t("{0} per day ({1})", number(item.rate_day, 1), t(item.rate_from))}`) : ""), plot,
    coming.length ? el("p", { class: "small" }, coming.map((each, n) => [n ? " · " : "", `${each.id}: ${each.quantity} ${t("promised")} ${clock(each.promised_s)} `, overdue(each)])) : el("p", { class: "small muted" }, t("nothing on order")));
}

/** @param {any} checked the schedule's result for planned orders beyond customer orders, or null */
function capacityCard(checked) {
  const card = el("div", { class: "card" }, el("h2", {}, t("Planned beyond customer orders")));
  if (!checked?.pieces) card.append(empty(t("Nothing.")));
  else card.append(el("p", {}, t("{0} pieces in {1} planned orders, in addition to customer orders: {2} late", checked.pieces, checked.planned_orders, checked.late)));
  if (checked?.messages.length) card.append(table([[t("Item"), (r) => r.item], [t("Message"), (r) => r.text]], checked.messages, { tall: true, label: t("Planned beyond customer orders") }));
  return card;
}

/** @param {HTMLElement} place @param {any} data */
function draw(place, data) {
  const items = [...data.items].sort((a, b) => (a.runs_out_s ?? Infinity) - (b.runs_out_s ?? Infinity));
  const first = items[0];
  const rows = () => table([[t("Item"), (r) => r.item], [t("In stock"), (r) => number(r.left), { num: true }], [t("Per day"), (r) => number(r.rate_day, 1), { num: true }], [t("Runs out"), (r) => clock(r.runs_out_s)], [t("Ordered"), (r) => number(r.ordered), { num: true }], [t("Received"), (r) => number(r.received), { num: true }], [t("Next week, median"), (r) => number(r.forecast_q50, 0), { num: true }], ["95 %", (r) => number(r.forecast_q95, 0), { num: true }]], items);
  place.replaceChildren(el("div", { class: "inside stack" }, screenHead(t("Stock"), first?.runs_out_s ? t("{0} runs out first: {1}.", first.item, clock(first.runs_out_s)) : t("Nothing runs out.")), items.length ? el("div", { class: "grid cols-3" }, items.map((item) => itemCard(item, data.purchases))) : empty(t("No stock.")),
    el("div", { class: "grid cols-2 tops" }, el("div", { class: "card" }, el("h2", {}, t("Open purchases")), data.purchases.length ? table([[t("Purchase"), (r) => r.id], [t("Item"), (r) => r.item], [t("Quantity"), (r) => number(r.quantity), { num: true }], [t("Promised"), (r) => clock(r.promised_s)], ["", overdue]], data.purchases) : empty(t("Nothing."))), el("div", { class: "card" }, el("h2", {}, t("Edges in the tool crib")), table([[t("Tool"), (r) => `T${r.tool}`], [t("Kind"), (r) => r.kind], [t("Edges"), (r) => number(r.edges), { num: true }]], data.crib, { tall: true, label: t("Edges in the tool crib") }))), capacityCard(data.capacity), beside("stock-table", t("Stock as a table"), rows)));
}

/** @type {import("./main.js").Screen} */
export const screen = { path: () => question("/api/screens/stock"), draw, pause_ms: 5000 };
