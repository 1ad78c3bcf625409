// Night: the forecast until people are back, when somebody is needed next, and exceptions.
import { el, empty, tag } from "../elements.js";
import { beside, table } from "../tables.js";
import { clock, colourIndex, hourOf, itemOf, long, number, percent } from "../words.js";
import { attentionRow } from "./floor.js";
import { say, t } from "./i18n.js";
import { question } from "./net.js";
import { screenHead } from "./shell.js";

/** The hours until people are back, one lane per mill.
 * @param {any} data */
function lanes(data) {
  const from = data.now_s;
  const to = Math.max(data.back_s, from + 3600);
  const x = (/** @type {number} */ at) => Math.max(0, Math.min(100, ((at - from) / (to - from)) * 100));
  const hours = [];
  const step = (to - from) / 3600 > 30 ? 6 * 3600 : (to - from) / 3600 > 10 ? 2 * 3600 : 3600;
  for (let at = Math.ceil(from / step) * step; at < to; at += step) hours.push(at);
  const lane = (/** @type {string} */ unit) => el("div", { class: "lane" }, el("b", {}, unit), el("div", { class: "lane-track" }, data.ahead.filter((/** @type {any} */ each) => each.machine === unit && each.end_s > from).map((/** @type {any} */ each) => {
    const item = itemOf(`${each.serial} ${each.operation}`);
    return el("i", { class: "job", style: `left:${x(each.start_s)}%;width:${Math.max(0.25, x(each.end_s) - x(each.start_s))}%;background:${colourIndex(item) < 0 ? "var(--faint)" : `var(--c${colourIndex(item)})`}`, "data-tip": `${each.serial} ${each.operation}\n${clock(each.start_s)} – ${hourOf(each.end_s)}` });
  })));
  const need = data.next_intervention_s;
  return el("div", { class: "night-plan", role: "img", "aria-label": t("Work of the mills until people are back. The table below has the same content.") }, data.units.map(lane), el("div", { class: "lane hours" }, el("span", {}), el("div", { class: "lane-track" }, hours.map((at) => el("span", { style: `left:${x(at)}%` }, hourOf(at))))), el("div", { class: "lane marks" }, el("span", {}), el("div", { class: "lane-track" }, need < to ? el("i", { class: "need", style: `left:${x(need)}%` }) : null, data.leaves_s > from ? el("i", { class: "leave", style: `left:${x(data.leaves_s)}%` }) : null)));
}

/** @param {any} check */
const mark = (check) => (check.ok === null ? tag(t("not known"), "warn") : check.ok ? tag(t("yes"), "good") : tag(t("no"), "bad"));

/** @param {any} data @param {import("./main.js").Room} room */
function checks(data, room) {
  const rows = [...data.checks].sort((a, b) => Number(a.ok === true) - Number(b.ok === true) || Number(b.ok === false) - Number(a.ok === false));
  const act = (/** @type {any} */ row) => (row.ok !== true && ["coolant", "chips", "probe"].includes(row.name) ? el("button", { type: "button", "data-key": `look-${row.subject}-${row.name}`, onclick: () => room.act("check", { unit: row.subject, resource: row.name }) }, t("Record a check")) : "");
  return table([["", mark], [t("Check"), (r) => `${t(r.name)} ${r.subject}`], [t("Found"), (r) => say(r.found)], ["", act]], rows, { tall: true, label: t("Checks before the night") });
}

/** @param {any} last @param {import("./main.js").Room} room */
function lastNight(last, room) {
  if (!last) return empty(t("No night yet."));
  const facts = [[t("good parts"), number(last.good)], [t("not good"), number(last.not_good)], [t("cycles"), number(last.cycles)], [t("spindle utilisation"), percent(last.spindle_share)]];
  return el("div", {}, el("p", { class: "muted" }, `${clock(last.begins_s)} – ${clock(last.ends_s)} (${long(last.ends_s - last.begins_s)})`), el("dl", { class: "facts" }, facts.map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))), el("button", { type: "button", class: "primary no-print", "data-key": "replay", onclick: () => room.replay(last.begins_s, last.ends_s) }, `▶ ${t("Replay last night")}`));
}

/** @param {HTMLElement} place @param {any} data @param {import("./main.js").Room} room */
function draw(place, data, room) {
  const needed = data.next_intervention_s < data.back_s;
  const unknown = data.checks.filter((/** @type {any} */ each) => each.ok === null).length;
  const failed = data.checks.filter((/** @type {any} */ each) => each.ok === false).length;
  const ahead = () => table([[t("Machine"), (r) => r.machine], [t("What"), (r) => `${r.serial} ${r.operation}`], [t("From"), (r) => clock(r.start_s)], [t("Until"), (r) => clock(r.end_s)]], data.ahead, { tall: true, label: t("Work until people are back") });
  const line = needed ? t("Somebody is needed {0}.", clock(data.next_intervention_s)) : t("Nobody is needed before {0}.", clock(data.back_s));
  place.replaceChildren(el("div", { class: "inside stack" }, screenHead(t("Night"), t("People leave {0} and are back {1}.", clock(data.leaves_s), clock(data.back_s)), el("button", { type: "button", "data-key": "presence", onclick: () => room.act("presence") }, t("Change presence"))),
    el("div", { class: `card sky ${needed ? "needed" : ""}` }, el("div", { class: "moonlight", "aria-hidden": "true" }), el("p", { class: "answer" }, line), el("p", {}, say(data.cause)), el("p", { class: "small" }, t("{0} jobs are ready on pallets: {1} of unattended work.", data.jobs, `${number(data.work_h, 1)} h`), " ", failed ? tag(t("{0} checks failed", failed), "bad") : null, " ", unknown ? tag(t("{0} not known", unknown), "warn") : null), lanes(data)),
    beside("night-table", t("The work as a table"), ahead),
    el("div", { class: "grid cols-2" }, el("div", { class: "card" }, el("h2", {}, t("Checks before the night")), checks(data, room)), el("div", { class: "stack" }, el("div", { class: "card" }, el("h2", {}, data.last?.under_way ? t("This night so far") : t("Last night")), lastNight(data.last, room)), el("div", { class: "card" }, el("h2", {}, t("Waiting for a person")), data.attention.length ? el("ul", { class: "attentions" }, data.attention.map((/** @type {any} */ each) => attentionRow(each, room))) : empty(t("Nothing. The shop runs on its own."))))),
    el("div", { class: "card" }, el("h2", {}, t("Exceptions")), data.exceptions.length ? table([[t("When"), (r) => clock(r.at_s)], [t("What"), (r) => say(r.text)], [t("Why"), (r) => el("span", { class: "muted" }, r.text.includes(r.why) ? "" : say(r.why)), { wide: true }], [t("Event"), (r) => r.seq, { num: true, wide: true }]], data.exceptions, { tall: true, label: t("Exceptions") }) : empty(t("None.")))));
}

/** @type {import("./main.js").Screen} */
export const screen = { path: () => question("/api/screens/night"), draw, pause_ms: 2000 };
