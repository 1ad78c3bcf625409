// Floor: the floor plan with the current state of every unit; one click shows the reason.
import { el, empty, tag } from "../elements.js";
import { beside, table } from "../tables.js";
import { clock, itemColour, long, number, orderOf, percent, serialOf } from "../words.js";
import { commandWords, openPromise, openProposal, openTasks, openWhyLate } from "./actions.js";
import { fileButton } from "./drop.js";
import { say, t } from "./i18n.js";
import { get, question } from "./net.js";
import { openPanel, panelKey, screenHead } from "./shell.js";

/** @type {Record<string, string>} */
const WORDS = { cutting: "cutting", busy: "busy", down: "down", maintenance: "planned stop", waiting: "waiting", idle: "idle" };
/** @type {any} */
let data = null;
/** @type {any[]} */
let proposals = [];

/** @param {any} unit */
function share(unit) {
  if (unit.since_s === null || unit.until_s === null || unit.until_s <= unit.since_s) return null;
  return Math.max(0, Math.min(1, (data.now_s - unit.since_s) / (unit.until_s - unit.since_s)));
}

/** @param {any} unit @param {import("./main.js").Room} room */
function tile(unit, room) {
  const serial = serialOf(unit.subject);
  const done = share(unit);
  const pallet = data.pallets.find((/** @type {any} */ each) => each.place === unit.id);
  return el("button", { type: "button", class: `unit ${unit.state}`, "data-unit": unit.id, "data-key": `unit-${unit.id}`, onclick: () => openUnit(unit.id, room) },
    el("span", { class: "unit-head" }, el("i", { class: "state-lamp", "aria-hidden": "true" }), el("b", {}, unit.id), el("em", { "data-state": "" }, t(WORDS[unit.state] || unit.state))),
    el("span", { class: "unit-what", "data-what": "" }, unit.subject ? [unit.item ? el("i", { class: "swatch", style: `background:${itemColour(unit.item)}` }) : null, serial, el("small", {}, unit.subject.slice(serial.length))] : el("small", {}, "—")),
    /mill|lathe/.test(unit.kind) ? el("span", { class: "progress", "aria-hidden": "true" }, el("i", { style: done === null ? "width:0" : `width:${done * 100}%` })) : null,
    el("span", { class: "unit-why", "data-why": "" }, unit.state === "cutting" && unit.until_s ? t("until {0}", clock(unit.until_s)) : say(unit.reason)),
    pallet ? el("span", { class: "on-unit" }, chip(pallet)) : null);
}

/** @param {any} pallet */
function chip(pallet) {
  const words = pallet.serial ? `${pallet.id}: ${pallet.serial} ${pallet.item}, ${t(pallet.stage)}` : `${pallet.id}: ${t("empty")}`;
  return el("span", { class: `chip ${pallet.stage}`, "data-pallet": pallet.id, "data-tip": words, style: pallet.item ? `--item:${itemColour(pallet.item)}` : "" }, pallet.id.replace(/^P/, ""));
}

/** @param {import("./main.js").Room} room */
function plan(room) {
  const mills = data.units.filter((/** @type {any} */ unit) => /mill|lathe/.test(unit.kind));
  const rest = data.units.filter((/** @type {any} */ unit) => !/mill|lathe/.test(unit.kind));
  const pool = data.pallets.filter((/** @type {any} */ each) => each.place === "pool");
  return el("section", { class: "card plan", "aria-label": t("Floor plan") },
    el("div", { class: "mills" }, mills.map((/** @type {any} */ unit) => tile(unit, room))),
    el("div", { class: "robot-rail" }, el("span", { class: "muted small" }, t("Pallet pool")), el("div", { class: "chips" }, pool.map(chip)), el("span", { class: "muted small" }, t("{0} of {1} with a part", pool.filter((/** @type {any} */ p) => p.serial).length, pool.length))),
    el("div", { class: "stations" }, rest.map((/** @type {any} */ unit) => tile(unit, room))));
}

function figures() {
  const f = data.figures;
  const rows = [[t("orders on time"), f.on_time === null ? "–" : percent(f.on_time), f.on_time !== null && f.on_time < 0.9 ? "warn" : ""], [t("open orders"), number(f.open_orders), ""], [t("late orders"), number(f.late_orders), f.late_orders ? "bad" : ""], [t("parts in process"), number(f.in_work), ""], [t("good parts"), number(f.good), ""], [t("not good"), number(f.not_good), f.not_good ? "bad" : ""]];
  return el("div", { class: "hero" }, rows.map(([label, value, kind]) => el("div", { class: `figure ${kind}` }, el("div", { class: "value" }, value), el("div", { class: "label" }, label))));
}

/** @param {any} each @param {import("./main.js").Room} room */
export function attentionRow(each, room) {
  const button = (/** @type {string} */ word, /** @type {() => void} */ act, /** @type {string} */ cls = "") => el("button", { type: "button", class: cls, "data-key": `${each.kind}-${each.subject}-${word}`, onclick: act }, t(word));
  /** @type {Record<string, () => any[]>} */
  const ways = {
    hold: () => [button("Release", () => room.act("release", { hold: each.subject }), "primary")],
    safe_hold: () => [button("Release", () => room.act("release", { hold: each.subject }), "primary")],
    down: () => [button("Report running", () => room.act("unit_up", { unit: each.subject }), "primary"), button("Why", () => openUnit(each.subject, room))],
    late: () => [button("Show why late", () => openWhyLate(each.subject, room), "primary")],
    route: () => [button("Show part", () => room.go(`/part/${encodeURIComponent(each.subject)}`), "primary")],
    quarantine: () => [button("Decide", () => room.act("dispose", { serial: each.subject }), "primary")],
  };
  return el("li", { class: `attention ${each.kind}` }, el("div", {}, el("b", {}, each.subject), " ", tag(t(each.kind.replace("_", " ")), each.kind === "late" ? "warn" : "bad"), el("p", {}, say(each.text)), each.since_s !== null ? el("small", { class: "muted" }, clock(each.since_s)) : null), el("div", { class: "row" }, (ways[each.kind] || (() => []))()));
}

/** @param {any} proposal @param {import("./main.js").Room} room */
function proposalRow(proposal, room) {
  return el("li", { class: "attention proposal" }, el("div", {}, el("b", {}, proposal.by || proposal.role || ""), " ", tag(t("proposes"), "info"), el("p", {}, commandWords(proposal.command)), proposal.why ? el("small", { class: "muted" }, proposal.why) : null), el("div", { class: "row" }, el("button", { type: "button", class: "primary", "data-key": `proposal-${proposal.id}`, onclick: () => openProposal(proposal, room) }, t("Review"))));
}

/** @param {import("./main.js").Room} room */
function waiting(room) {
  const list = [...proposals.map((each) => proposalRow(each, room)), ...data.attention.map((/** @type {any} */ each) => attentionRow(each, room))];
  return el("section", { class: "card", id: "waits", "aria-label": t("Waiting for a person") }, el("h2", {}, t("Waiting for a person"), list.length ? el("i", { class: "count" }, list.length) : null), list.length ? el("ul", { class: "attentions" }, list) : empty(t("Nothing. The shop runs on its own.")));
}

/** @param {string} id @param {import("./main.js").Room} room */
function openUnit(id, room) {
  if (!data) return room.go("/floor"); // called from the Night screen before the Floor was ever shown
  const unit = data.units.find((/** @type {any} */ each) => each.id === id);
  if (!unit) return;
  const facts = [[t("State"), t(WORDS[unit.state] || unit.state)], [t("Since"), unit.since_s === null ? "–" : `${clock(unit.since_s)} (${long(data.now_s - unit.since_s)})`], [t("What"), unit.subject || "–"], [t("Planned until"), clock(unit.until_s)], [t("Next"), unit.next ? `${unit.next}, ${clock(unit.next_s)}` : "–"], [t("Pallet"), unit.pallet || "–"]];
  const mill = /mill|lathe/.test(unit.kind);
  const order = orderOf(unit.subject);
  openPanel(`unit ${id}`, id, el("p", { class: "lead" }, say(unit.reason)), el("dl", { class: "facts" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    mill ? el("div", { class: "row", style: "margin-top:16px" }, unit.state === "down" ? el("button", { type: "button", class: "primary", onclick: () => room.act("unit_up", { unit: id }) }, t("Report running")) : el("button", { type: "button", class: "danger", onclick: () => room.act("unit_down", { unit: id }) }, t("Report down")), el("button", { type: "button", onclick: () => room.act("tool_worn", { unit: id }) }, t("Tool worn"))) : null,
    el("div", { class: "row", style: "margin-top:10px" }, el("a", { href: `/schedule?unit=${encodeURIComponent(id)}${order ? `&order=${encodeURIComponent(order)}` : ""}`, "data-link": "" }, t("Show in schedule")), el("a", { href: `/machines?unit=${encodeURIComponent(id)}`, "data-link": "" }, t("Health")), unit.item ? el("a", { href: `/part/${encodeURIComponent(unit.item)}`, "data-link": "" }, unit.item) : null));
}

function lead() {
  const mills = data.units.filter((/** @type {any} */ unit) => /mill|lathe/.test(unit.kind));
  const count = (/** @type {string} */ word) => mills.filter((/** @type {any} */ unit) => unit.state === word).length;
  const people = data.people ? t("{0} people present until {1}.", data.people, clock(data.leave_s)) : data.back_s === null ? t("Nobody is present.") : t("Nobody is present until {0}.", clock(data.back_s));
  return `${t("{0} of {1} mills cutting, {2} down.", count("cutting"), mills.length, count("down"))} ${people}`;
}

/** @param {HTMLElement} place @param {any} found @param {import("./main.js").Room} room */
function draw(place, found, room) {
  data = found;
  const tools = [el("button", { type: "button", class: "primary", "data-key": "rush", onclick: () => room.act("rush") }, t("Rush order")), el("button", { type: "button", "data-key": "promise", onclick: () => openPromise({}) }, t("Promise date")), fileButton(room, t("Price a part")), el("button", { type: "button", "data-key": "act", onclick: () => openTasks(room) }, t("Choose an action"))];
  const units = () => table([[t("Unit"), (u) => u.id], [t("State"), (u) => t(WORDS[u.state] || u.state)], [t("What"), (u) => u.subject], [t("Since"), (u) => clock(u.since_s)], [t("Until"), (u) => clock(u.until_s)], [t("Why"), (u) => say(u.reason)]], data.units, { label: t("units") });
  const news = el("section", { class: "card" }, el("h2", {}, t("Recent events")), el("ol", { class: "log", tabindex: "0", "aria-label": t("Recent events") }, data.news.map((/** @type {any} */ each) => el("li", {}, el("time", {}, clock(each.at_s)), el("span", { class: each.kind === "alarm_raised" ? "alarm" : "" }, say(each.text), each.why && !each.text.includes(each.why) ? el("span", { class: "why" }, ` ${say(each.why)}`) : null)))));
  place.replaceChildren(el("div", { class: "inside stack" }, screenHead(t("Floor"), lead(), tools), figures(), el("div", { class: "grid wide-left" }, el("div", { class: "stack" }, plan(room), news), waiting(room)), beside("floor-table", t("Floor as a table"), units)));
  const count = document.getElementById("waiting");
  if (count) {
    count.hidden = !(data.attention.length + proposals.length);
    count.textContent = String(data.attention.length + proposals.length);
  }
  if (panelKey().startsWith("unit ")) openUnit(panelKey().slice(5), room);
  if (room.at === null) askProposals(room, place);
}

let asking = false;

/** Fetch waiting proposals; a server without commands has none.
 * @param {import("./main.js").Room} room @param {HTMLElement} place */
async function askProposals(room, place) {
  if (asking || !room.me.role) return;
  asking = true;
  try {
    const found = await get(question("/api/proposals"));
    const open = (found.proposals || found).filter((/** @type {any} */ each) => each.state === "proposed");
    if (JSON.stringify(open) !== JSON.stringify(proposals)) {
      proposals = open;
      const old = place.querySelector("#waits");
      if (old) old.replaceWith(waiting(room));
    }
  } catch (error) {
    proposals = [];
  } finally {
    asking = false;
  }
}

// Show an event on its tile at once; the full answer follows within a second.
/** @param {any[]} list */
function events(list) {
  for (const event of list) {
    const report = event.fact.event === "reported" ? event.fact.report : null;
    if (!report) continue;
    const tile = document.querySelector(`[data-unit="${CSS.escape(report.unit)}"]`);
    if (!tile) continue;
    const known = { cycle_started: "cutting", cycle_finished: "waiting", cycle_interrupted: "waiting", machine_failed: "down", machine_repaired: "waiting", machine_maintained: "waiting" }[/** @type {string} */ (report.report)];
    if (known) {
      tile.className = `unit ${known}`;
      const word = tile.querySelector("[data-state]");
      if (word) word.textContent = t(WORDS[known]);
      const what = tile.querySelector("[data-what]");
      if (what && report.serial) what.textContent = known === "cutting" ? `${report.serial} ${report.operation}` : "—";
    }
    if (report.report === "signals_sampled" && report.signals.vibration_mm_s !== undefined) tile.setAttribute("data-tip", `${number(report.signals.vibration_mm_s, 2)} mm/s`);
    tile.setAttribute("data-seq", event.seq);
  }
}

/** @type {import("./main.js").Screen} */
export const screen = { path: () => question("/api/screens/floor"), draw, events, pause_ms: 1000 };
