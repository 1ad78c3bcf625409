// Schedule: the Gantt chart, late orders with reasons, and what each replan moved.
import { el, empty, tag } from "../elements.js";
import { beside, legend, pickRow, table } from "../tables.js";
import { clock, colourIndex, itemColour, itemOf, long, number, orderOf, serialOf } from "../words.js";
import { openWhyLate } from "./actions.js";
import { makeBars } from "./bars.js";
import { Gantt } from "./gantt.js";
import { say, t } from "./i18n.js";
import { get, question } from "./net.js";
import { openPanel, screenHead } from "./shell.js";

const TABLE_ROWS = 400;
/** @type {Gantt | null} */
let gantt = null;
/** @type {any} */
let data = null;
/** @type {import("./main.js").Room | null} */
let house = null;
/** @type {any} */
let picker;
let order = "";
let plan = 0;

/** @param {number} bar */
function barOf(bar) {
  const bars = gantt?.bars;
  if (!bars || bar < 0) return null;
  const subject = bars.subjects[bars.what[bar]];
  const serial = serialOf(subject);
  return { subject, serial, operation: subject.slice(serial.length + 1), state: data.states[bars.state[bar]], start: bars.start[bar], end: bars.end[bar], order: orderOf(subject) };
}

/** @param {string} name */
function choose(name) {
  order = name;
  if (!gantt?.bars) return;
  gantt.chosen = name ? gantt.bars.orders.indexOf(name) : -1;
  gantt.draw();
  if (name) offer();
  picker.value = gantt.chosen < 0 ? "" : name;
}

/** Fill the picker with the orders that have bars; done on demand, so that the first drawing doesn't wait for it. */
function offer() {
  if (picker.length < 2) picker.append(.../** @type {any} */ (gantt).bars.orders.filter(Boolean).sort().map((/** @type {string} */ name) => el("option", { value: name }, name)));
}

/** @param {number} number */
async function pick(number) {
  const bar = barOf(number);
  if (!bar?.order) return choose("");
  choose(bar.order);
  const about = data.orders.find((/** @type {any} */ each) => each.id === bar.order);
  const facts = [[t("State"), t(bar.state)], [t("From"), clock(bar.start)], [t("Until"), clock(bar.end)], [t("Duration"), long(bar.end - bar.start)], ...(about ? [[t("Order"), about.id], [t("Due"), clock(about.due_s)], [t("Promise"), clock(about.promise_s)]] : [])];
  const because = el("div", {}, bar.state === "planned" ? el("p", { class: "loading" }, "…") : null);
  openPanel(`bar ${bar.subject}`, bar.subject, el("dl", { class: "facts" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    el("div", { class: "row", style: "margin-top:14px" }, about?.late ? el("button", { type: "button", class: "primary", onclick: () => openWhyLate(bar.order, /** @type {any} */ (house)) }, t("Show why late")) : null, about ? el("a", { href: `/part/${encodeURIComponent(about.item)}`, "data-link": "" }, about.item) : null), because);
  if (bar.state !== "planned") return;
  try {
    const found = await get(question("/api/screens/why", { serial: bar.serial, operation: bar.operation }));
    because.replaceChildren(el("h3", {}, t("Why on this machine at this time")), el("ul", { class: "causes" }, found.because.map((/** @type {any} */ each) => el("li", { class: each.binding ? "binding" : "" }, el("span", {}, say(each.text)), el("small", {}, each.binding ? t("binding") : t("{0} slack", long(each.slack_s)))))),
      el("h3", {}, t("Other machines")), found.elsewhere.length ? el("ul", { class: "causes" }, found.elsewhere.map((/** @type {any} */ each) => el("li", {}, `${each.machine} ${say(each.text)}`))) : el("p", { class: "muted" }, t("There is no other machine.")));
  } catch (error) {
    because.replaceChildren(el("p", { class: "problem" }, /** @type {Error} */ (error).message));
  }
}

/** @param {number} number @param {string} unit @param {number} start_s */
function propose(number, unit, start_s) {
  const bar = barOf(number);
  if (bar) house?.act("move", { order: bar.order, serial: bar.serial, operation: bar.operation, unit, start_s: Math.round(start_s) });
}

/** @param {any} each */
async function showPlan(each) {
  plan = plan === each.seq ? 0 : each.seq;
  for (const row of document.querySelectorAll("[data-plan]")) row.classList.toggle("on", Number(/** @type {HTMLElement} */ (row).dataset.plan) === plan);
  if (!gantt) return;
  gantt.moved = [];
  if (!plan) return gantt.draw();
  const found = await get(question("/api/screens/replan", { seq: plan }));
  gantt.moved = found.moved;
  gantt.draw();
  const way = (/** @type {any} */ row) => (row.from_s === null ? tag(t("new"), "info") : row.to_s === null ? tag(t("removed"), "warn") : row.to_s > row.from_s ? t("{0} later", long(row.to_s - row.from_s)) : t("{0} earlier", long(row.from_s - row.to_s)));
  openPanel(`plan ${plan}`, t("Replan of {0}", clock(found.at_s)), el("p", { class: "lead" }, say(found.cause)), el("p", {}, t("{0} operations moved, {1} unchanged.", found.moved.length, found.kept)), table([[t("What"), (row) => `${row.serial} ${row.operation}`], [t("From"), (row) => (row.from_s === null ? "–" : `${row.from_machine} ${clock(row.from_s)}`)], [t("To"), (row) => (row.to_s === null ? "–" : `${row.to_machine} ${clock(row.to_s)}`)], ["", way]], found.moved.slice(0, 120), { tall: true, label: t("moved operations") }));
}

function spans() {
  const bars = gantt?.bars;
  if (!bars) return empty("");
  const rows = [];
  for (let row = 0; row < bars.rows; row += 1) for (let n = bars.first[row]; n < bars.first[row + 1] && rows.length < TABLE_ROWS; n += 1) if (bars.end[n] > /** @type {any} */ (gantt).view.from && bars.start[n] < /** @type {any} */ (gantt).view.to) rows.push({ row, n });
  return el("div", {}, el("p", { class: "small muted" }, t("Content of the visible range, at most {0} rows.", TABLE_ROWS)), table([[t("Unit"), (r) => data.units[r.row].id], [t("State"), (r) => t(data.states[bars.state[r.n]])], [t("From"), (r) => clock(bars.start[r.n])], [t("To"), (r) => clock(bars.end[r.n])], [t("Duration"), (r) => long(bars.end[r.n] - bars.start[r.n]), { num: true }], [t("What"), (r) => bars.subjects[bars.what[r.n]]]], rows, { tall: true, label: t("Schedule as a table") }));
}

/** @param {import("./main.js").Room} room */
function orders(room) {
  const rows = [...data.orders].sort((a, b) => Number(b.late) - Number(a.late) || a.due_s - b.due_s);
  const state = (/** @type {any} */ each) => (each.late ? tag(each.state === "done" ? t("done late") : t("late"), "bad") : each.state === "done" ? tag(t("done"), "good") : tag(t("open"), "info"));
  return table([[t("Order"), (r) => el("b", {}, r.id)], [t("Part"), (r) => el("span", { class: "row" }, el("i", { class: "swatch", style: `background:${itemColour(r.item)}` }), r.item, el("span", { class: "narrow-only muted small" }, `${number(r.quantity)} · ${t("Due")} ${clock(r.due_s)}`))], [t("Quantity"), (r) => number(r.quantity), { num: true, wide: true }], ["", (r) => el("span", { class: "row" }, state(r), r.late ? el("button", { type: "button", "data-key": `late-${r.id}`, onclick: (/** @type {Event} */ event) => { event.stopPropagation(); openWhyLate(r.id, room); } }, t("Show why late")) : "")], [t("Due"), (r) => [clock(r.due_s), r.finishing_days ? el("div", { class: "muted small" }, t("+ {0} d external", number(r.finishing_days))) : ""], { wide: true }], [t("Promise"), (r) => clock(r.completed_s ?? r.promise_s), { wide: true }]], rows, { tall: true, label: t("Orders"), row: (r) => ({ ...pickRow(r.id === order, () => choose(order === r.id ? "" : r.id)), "data-key": `order-${r.id}` }) });
}

/** @param {HTMLElement} place @param {any} found @param {import("./main.js").Room} room */
function draw(place, found, room) {
  data = found;
  house = room;
  gantt ||= new Gantt({ pick, propose });
  const chart = gantt;
  /** @type {Map<string, number>} */
  const colours = new Map();
  const colourOf = (/** @type {string} */ subject) => {
    const item = itemOf(subject);
    if (!colours.has(item)) colours.set(item, colourIndex(item));
    return /** @type {number} */ (colours.get(item));
  };
  const bars = makeBars(found.bars, found.units.length, colourOf, orderOf);
  const late = found.orders.filter((/** @type {any} */ each) => each.late && each.state !== "done").length;
  const asked = room.query.get("order");
  const dark = longNights(found);
  const jump = (/** @type {string} */ word, /** @type {number} */ from, /** @type {number} */ to) => el("button", { type: "button", onclick: () => chart.range(from, to) }, word);
  picker = el("select", { id: "schedule-order", "aria-label": t("Order to highlight"), onchange: () => choose(picker.value), onfocus: offer }, el("option", { value: "" }, t("all orders")));
  const keys = room.head.parts.slice(0, 8).map((/** @type {any} */ part) => [part.name, itemColour(part.name)]);
  const planRow = (/** @type {any} */ each) => ({ ...pickRow(each.seq === plan, () => showPlan(each)), "data-plan": String(each.seq), "data-key": `plan-${each.seq}` });
  place.replaceChildren(el("div", { class: "inside stack" },
    screenHead(t("Schedule"), late ? t("{0} open orders late. Click a bar to see why it is there; drag a planned bar to propose another place.", late) : t("No open order is late. Click a bar to see why it is there; drag a planned bar to propose another place.")),
    el("div", { class: "card" },
      el("div", { class: "row spread no-print" }, el("div", { class: "row" }, jump(t("All"), ...chart.whole), jump(t("Next 24 h"), found.now_s - 3600, found.now_s + 86400), dark.slice(-4).map(([from, to], n) => jump(t("Night {0}", dark.length - Math.min(4, dark.length) + n + 1), from - 3600, to + 3600)), picker), el("div", { class: "seg" }, el("button", { type: "button", "aria-label": t("Zoom in"), onclick: () => chart.zoom(0.6, 0.5) }, "+"), el("button", { type: "button", "aria-label": t("Zoom out"), onclick: () => chart.zoom(1.6, 0.5) }, "−"))),
      legend([...keys, [t("failed"), "var(--c5)"], [t("planned stop"), "var(--c6)"], [t("planned"), null, "key-planned"]]), chart.place, beside("schedule-table", t("Schedule as a table"), spans)),
    el("div", { class: "grid wide-left" }, el("div", { class: "card" }, el("h2", {}, t("Orders")), orders(room)), el("div", { class: "card" }, el("h2", {}, t("Replans")), el("p", { class: "small muted" }, t("Select one to see what it moved.")), table([[t("When"), (r) => clock(r.at_s)], [t("Reason"), (r) => say(r.cause)], [t("Operations"), (r) => number(r.operations), { num: true }]], found.plans, { tall: true, label: t("Replans"), row: planRow })))));
  chart.show(bars, { rows: found.units.map((/** @type {any} */ unit) => unit.id), mills: found.units.map((/** @type {any} */ unit) => /mill|lathe/.test(unit.kind)), now: found.now_s });
  choose(asked && !order ? asked : order);
  if (asked) room.query.delete("order");
}

/** @param {any} found @returns {[number, number][]} */
function longNights(found) {
  /** @type {[number, number][]} */
  const nights = [];
  let edge = 0;
  for (const [from, to] of found.presence) {
    if (from - edge > 3 * 3600 && edge < found.now_s + 86400) nights.push([edge, from]);
    edge = Math.max(edge, to);
  }
  return nights;
}

/** Release the data when the screen is left; the visible range stays. */
function leave() {
  order = "";
  plan = 0;
  data = null;
  house = null;
  gantt?.forget();
}

/** @type {import("./main.js").Screen} */
export const screen = { path: () => question("/api/screens/schedule"), draw, pause_ms: 3000, leave };
