// Actions of a person. Each is first a proposal that shows its effects; then it is applied or rejected.
import { el, tag } from "../elements.js";
import { capital, clock, doc, long, money, number, percent } from "../words.js";
import { say, t } from "./i18n.js";
import { Refused, get, post, question } from "./net.js";
import { toast } from "./shell.js";

/**
 * @typedef {{name: string, label: string, kind: "text" | "number" | "select", value?: any, choices?: () => (string | [string, string])[], min?: number, step?: number, unit?: string, only?: [string, string]}} Field
 * @typedef {{title: string, lead: string, fields: Field[], command: (given: Record<string, any>) => object, verb?: string}} Task
 */

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("dialog"));
const items = () => doc.view.parts.map((/** @type {any} */ part) => part.name);
const units = (/** @type {RegExp} */ kinds) => (doc.view.units || []).filter((/** @type {any} */ unit) => kinds.test(unit.kind)).map((/** @type {any} */ unit) => unit.id);
const mills = () => units(/mill|lathe/);
const stoppable = () => units(/mill|lathe|process/);
const dueIn = (/** @type {number} */ hours) => Math.round((doc.view.now_s || 0) + hours * 3600);
const orderName = () => `R-${Date.now().toString(36).toUpperCase()}`;

/** @type {Record<string, Task>} */
const TASKS = {
  rush: {
    title: "Rush order", lead: "A new order that goes before others. You see first what it would delay.",
    fields: [{ name: "part", label: "Part", kind: "select", choices: items }, { name: "quantity", label: "Quantity", kind: "number", value: 4, min: 1, step: 1 }, { name: "hours", label: "Due in, hours", kind: "number", value: 24, min: 1, step: 1 }, { name: "priority", label: "Priority", kind: "number", value: 9, min: 1, step: 1 }],
    command: (g) => ({ kind: "order", order: orderName(), part: g.part, quantity: Number(g.quantity), due_s: dueIn(Number(g.hours)), priority: Number(g.priority) }),
  },
  unit_down: {
    title: "Machine down", lead: "Removes the machine from the plan until it runs again.",
    fields: [{ name: "unit", label: "Machine", kind: "select", choices: stoppable }, { name: "hours", label: "Expected duration, hours", kind: "number", value: 4, min: 0.5, step: 0.5 }],
    command: (g) => ({ kind: "unit_down", unit: g.unit, hours: Number(g.hours) }),
  },
  unit_up: { title: "Machine running again", lead: "Returns the machine to the plan.", fields: [{ name: "unit", label: "Machine", kind: "select", choices: stoppable }], command: (g) => ({ kind: "unit_up", unit: g.unit }) },
  scrap: {
    title: "Scrap found", lead: "The part is removed and a replacement is made.",
    fields: [{ name: "serial", label: "Serial number", kind: "select", choices: () => doc.view.serials || [] }, { name: "reason", label: "Defect", kind: "text", value: "dent" }],
    command: (g) => ({ kind: "scrap", serial: g.serial, reason: g.reason }),
  },
  dispose: {
    title: "Decide on a part", lead: "Your decision, name and reason are recorded in the log and the plan is updated. A reworked part is inspected again.",
    fields: [{ name: "serial", label: "Serial number", kind: "text", value: "" }, { name: "decision", label: "Decision", kind: "select", choices: () => [["use_as_is", t("use as is")], ["rework", t("rework")], ["scrap", t("scrap it")], ["return", t("return to supplier")]] }, { name: "minutes", label: "Minutes of rework", kind: "number", value: 15, min: 1, step: 1, only: ["decision", "rework"] }, { name: "reason", label: "Reason", kind: "text", value: "" }],
    command: (g) => ({ kind: "dispose", serial: g.serial, decision: g.decision, reason: g.reason, minutes: Number(g.minutes) }),
  },
  tool_worn: { title: "Tool worn", lead: "A sister edge is used from the next cut on.", fields: [{ name: "unit", label: "Machine", kind: "select", choices: mills }, { name: "tool", label: "Tool", kind: "select", choices: () => (doc.view.tools || []).map((/** @type {number} */ each) => [String(each), `T${each}`]) }], command: (g) => ({ kind: "tool_worn", unit: g.unit, tool: Number(g.tool) }) },
  release: { title: "Release a hold", lead: "The held parts or the cell may continue. Your name and reason are recorded in the log.", fields: [{ name: "hold", label: "Hold", kind: "text", value: "" }], command: (g) => ({ kind: "release", hold: g.hold }) },
  presence: {
    title: "Change presence", lead: "Fewer people than the shifts plan, or people called in. Schedule and night plan are updated.",
    fields: [{ name: "from", label: "From, hours from now", kind: "number", value: 0, step: 0.5 }, { name: "to", label: "To, hours from now", kind: "number", value: 4, step: 0.5 }, { name: "how", label: "Kind of change", kind: "select", choices: () => [["most", t("at most this many from the shifts")], ["call", t("this many called in")]] }, { name: "persons", label: "Number of people", kind: "number", value: 0, min: 0, step: 1 }],
    command: (g) => ({ kind: "presence", from_s: dueIn(Number(g.from)), to_s: dueIn(Number(g.to)), persons: Number(g.persons), call: g.how === "call" }),
  },
  check: { title: "Record a check", lead: "Enter what you found.", fields: [{ name: "unit", label: "Unit", kind: "select", choices: () => (doc.view.units || []).map((/** @type {any} */ u) => u.id) }, { name: "resource", label: "What", kind: "select", choices: () => [["coolant", t("coolant")], ["chips", t("chips")], ["probe", t("probe")]] }, { name: "level", label: "Level", kind: "number", value: 80, step: 1 }], command: (g) => ({ kind: "check", unit: g.unit, resource: g.resource, level: Number(g.level) }) },
  move: { title: "Move an operation", lead: "To the machine and time to which you dragged it in the schedule.", fields: [{ name: "unit", label: "Machine", kind: "select", choices: mills }], command: (g) => ({ kind: "move", serial: g.serial, operation: g.operation, unit: g.unit, start_s: g.start_s }) },
  order_change: { title: "Change an order", lead: "Set a new due date and priority.", fields: [{ name: "order", label: "Order", kind: "select", choices: () => doc.view.orders.map((/** @type {any} */ o) => o.id) }, { name: "hours", label: "Due in, hours", kind: "number", value: 24, min: 1, step: 1 }, { name: "priority", label: "Priority", kind: "number", value: 9, min: 1, step: 1 }], command: (g) => ({ kind: "order_change", order: g.order, due_s: dueIn(Number(g.hours)), priority: Number(g.priority) }) },
  cancel: { title: "Cancel an order", lead: "Parts that have not been cut yet will not be made.", fields: [{ name: "order", label: "Order", kind: "select", choices: () => doc.view.orders.map((/** @type {any} */ o) => o.id) }], command: (g) => ({ kind: "cancel", order: g.order }) },
};
export const TASK_NAMES = ["rush", "unit_down", "unit_up", "scrap", "tool_worn", "presence", "check", "order_change", "cancel"];

/** @param {Field} field @param {any} given */
function control(field, given) {
  const value = given ?? field.value ?? "";
  const id = `f-${field.name}`;
  if (field.kind === "select") {
    const pairs = (field.choices ? field.choices() : []).map((each) => (Array.isArray(each) ? each : [each, each]));
    if (given !== undefined && !pairs.some(([key]) => key === String(given))) pairs.unshift([String(given), String(given)]);
    return el("label", { for: id }, t(field.label), el("select", { id, name: field.name, required: true }, pairs.map(([key, word]) => el("option", { value: key, selected: key === String(value) }, word))));
  }
  return el("label", { for: id }, t(field.label), el("input", { id, name: field.name, type: field.kind, value, required: true, min: field.min ?? null, step: field.step ?? null }));
}

/** @param {string} title @param {string} lead @param {...any} children */
function show(title, lead, ...children) {
  dialog.replaceChildren(el("h2", { id: "dialog-title" }, title), lead ? el("p", { class: "muted" }, lead) : "", ...children.flat(3).filter(Boolean));
  if (!dialog.open) dialog.showModal();
}

const cancel = (/** @type {string} */ word) => el("button", { type: "button", onclick: () => dialog.close() }, word);

/** Open the form of one task; ``given`` pre-fills fields.
 * @param {string} name @param {Record<string, any>} given @param {import("./main.js").Room} room */
export function openTask(name, given, room) {
  const task = TASKS[name];
  const problem = el("div", { role: "alert" });
  // a task with its own reason field gets no second one
  const why = task.fields.some((field) => field.name === "reason") ? "" : el("label", { for: "f-why" }, t("Reason (recorded in the log)"), el("input", { id: "f-why", name: "why", type: "text", value: given.why || "" }));
  const form = el("form", {}, task.fields.map((field) => control(field, given[field.name])), why, problem, el("div", { class: "end" }, cancel(t("Cancel")), el("button", { type: "submit", class: "primary" }, t("Show effects"))));
  const asked = () => {
    for (const field of task.fields) if (field.only) /** @type {HTMLElement} */ (form.querySelector(`label[for="f-${field.name}"]`)).hidden = /** @type {HTMLSelectElement} */ (form.querySelector(`#f-${field.only[0]}`)).value !== field.only[1];
  };
  form.addEventListener("change", asked);
  asked();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = { ...given, ...Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (form))) };
    await guarded(problem, form, async () => showDiff(await post("/api/proposals", { command: task.command(values), why: values.why || values.reason || t(task.title) }), room));
  });
  show(t(task.title), t(task.lead), form);
}

/** Open the list of tasks.
 * @param {import("./main.js").Room} room */
export function openTasks(room) {
  const buttons = TASK_NAMES.map((name) => el("button", { type: "button", onclick: () => openTask(name, {}, room) }, t(TASKS[name].title)));
  show(t("Choose an action"), t("Every action shows its effects before it is applied."), el("div", { class: "grid cols-2", style: "margin-top:14px" }, buttons), el("div", { class: "end", style: "margin-top:14px" }, cancel(t("Cancel"))));
}

/** Run the work and show its error, if any.
 * @param {HTMLElement} place @param {HTMLElement} form @param {() => Promise<void>} work */
async function guarded(place, form, work) {
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll("button"));
  for (const each of buttons) each.disabled = true;
  place.replaceChildren();
  try {
    await work();
  } catch (error) {
    const words = error instanceof Refused && error.status === 403 ? t("Your role may not do this: {0}", error.message) : error instanceof Refused && (error.status === 404 || error.status === 405) ? t("This server accepts no commands.") : /** @type {Error} */ (error).message;
    place.replaceChildren(el("p", { class: "problem" }, words, error instanceof Refused ? error.findings.map((each) => el("span", {}, ` ${each.remedy}`)) : ""));
  } finally {
    for (const each of buttons) each.disabled = false;
  }
}

/** Effects of a proposal, as figures.
 * @param {any} diff */
export function diffCard(diff) {
  if (!diff) return el("p", { class: "muted" }, t("No forecast is available."));
  const share = diff.on_time_share || {};
  const signed = (/** @type {number} */ value, /** @type {(x: number) => string} */ form) => (typeof value === "number" ? `${value > 0 ? "+" : ""}${form(value)}` : "–");
  const rows = [
    [t("On time"), share.before === undefined || share.before === null ? "–" : `${percent(share.before)} → ${percent(share.after)}`],
    [t("Parts"), signed(diff.parts, (x) => number(x, 0))],
    [t("Machine minutes"), signed(diff.minutes, (x) => number(x, 0))],
    [t("Money"), signed(diff.money_usd, money)],
    [t("Operations moved"), number(diff.moves)],
  ];
  if (diff.foreseen === false) return el("p", { class: "muted" }, diff.note ? say(diff.note) : t("No forecast is available."));
  const orders = diff.orders || [];
  const gates = diff.gates || [];
  return el("div", { class: "diff" }, el("dl", {}, rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    orders.length ? el("ul", { class: "small" }, orders.slice(0, 8).map((/** @type {any} */ each) => el("li", {}, orderWords(each), each.late_s > each.late_before_s ? tag(t("late"), "bad") : null))) : null,
    gates.length ? el("p", { class: "small" }, gates.map((/** @type {string} */ gate) => tag(say(gate), "info"))) : null);
}

/** @param {any} each */
function orderWords(each) {
  return `${each.order}: ${clock(each.promise_before_s)} → ${clock(each.promise_s)} (${t("Due")} ${clock(each.due_s)}) `;
}

/** The twin's forecast for a proposal: orders whose risk changes.
 * @param {any} found */
function chancesCard(found) {
  if (found.why) return el("p", { class: "muted" }, say(found.why));
  const risk = (/** @type {number | null} */ share) => (share === null ? "–" : percent(share));
  const rows = found.orders.slice(0, 8).map((/** @type {any} */ each) => el("li", {}, `${each.order}: ${t("late {0} → {1}", risk(each.late_share_before), risk(each.late_share))}`, ...likely(each)));
  return el("div", { class: "chances" }, el("p", { class: "small muted" }, t("In {0} simulated futures, without and with it:", number(found.replications))), rows.length ? el("ul", { class: "small" }, rows) : el("p", { class: "small" }, t("The risk of no order changes.")));
}

/** @param {any} proposal @param {import("./main.js").Room} room */
function showDiff(proposal, room) {
  const problem = el("div", { role: "alert" });
  const place = el("div", {});
  const decide = (/** @type {string} */ word) => () => guarded(problem, place, async () => {
    const answer = await post(`/api/proposals/${encodeURIComponent(proposal.id)}/${word}`, { why: proposal.why || "" });
    dialog.close();
    toast(word === "approve" ? (answer.state === "executed" ? t("Done.") : answer.state === "refused" ? `${t("Not possible.")} ${say(answer.refused)}` : answer.run === "next" ? t("Approved; the next run will apply it.") : t("Approved; the run will apply it.")) : t("Rejected."));
    await room.refresh();
  });
  const state = proposal.state;
  const open = state === "proposed";
  const chances = el("div", { role: "status" });
  const weigh = () => guarded(problem, place, async () => chances.replaceChildren(chancesCard(await get(`/api/proposals/${encodeURIComponent(proposal.id)}/chances`))));
  place.append(chances, el("div", { class: "end", style: "margin-top:16px" }, open ? el("button", { type: "button", id: "weigh", onclick: weigh }, t("Show chances")) : "", cancel(open ? t("Keep as proposal") : t("Close")), open ? el("button", { type: "button", onclick: decide("reject") }, t("Reject")) : "", !open ? "" : el("button", { type: "button", class: "primary", id: "do-it", onclick: decide("approve") }, t("Apply"))));
  show(t("Effects"), say(proposal.text || commandWords(proposal.command)), diffCard(proposal.diff), state === "refused" ? el("p", { class: "problem" }, proposal.refused ? say(proposal.refused) : t("Not possible.")) : null, problem, place);
  /** @type {HTMLElement | null} */ (dialog.querySelector("#do-it"))?.focus();
}

/** The name of a command's field.
 * @param {string} name */
const field = (name) => t(capital(name.replaceAll("_", " "))).toLowerCase();

/** A command as readable text.
 * @param {any} command */
export function commandWords(command) {
  if (!command) return "";
  const { kind, ...rest } = command;
  const words = Object.entries(rest).filter(([, value]) => value !== null && value !== "").map(([name, value]) => (name.endsWith("_s") && typeof value === "number" ? `${field(name.slice(0, -2))} ${clock(value)}` : `${field(name)} ${value}`));
  return `${t(kind === "order" ? "Order" : TASKS[kind]?.title || kind)}: ${words.join(", ")}`;
}

/** Approve or reject a waiting proposal.
 * @param {any} proposal @param {import("./main.js").Room} room */
export function openProposal(proposal, room) {
  showDiff(proposal, room);
}

/** Why an order is late: causes whose hours add up, and what would help.
 * @param {string} order @param {import("./main.js").Room} room */
export async function openWhyLate(order, room) {
  show(t("Why is {0} late?", order), "", el("p", { class: "loading" }, "…"));
  try {
    const found = await get(question(`/api/late/${encodeURIComponent(order)}`));
    const blame = found.blame || [];
    const most = Math.max(1, ...blame.map((/** @type {any} */ each) => Math.abs(each.seconds)));
    const rows = blame.map((/** @type {any} */ each) => el("div", { class: "blame" }, el("span", {}, say(each.cause)), el("b", {}, long(each.seconds)), el("i", { style: `width:${(Math.abs(each.seconds) / most) * 100}%` })));
    const ways = found.counterfactuals || [];
    show(t("Why is {0} late?", order), found.waits_for ? `${t("Waiting:")} ${say(found.waits_for)}` : found.late_by_s > 0 ? t("{0} late.", long(found.late_by_s)) : t("Not late."), rows.length ? el("div", { class: "stack blames" }, rows) : null,
      ways.length ? el("div", {}, el("h3", {}, t("What would help")), el("ul", {}, ways.map((/** @type {any} */ way) => el("li", {}, `${say(way.change)}: ${way.late_by_s > 0 ? `${long(way.late_by_s)} ${t("late")}` : t("on time")}`, way.verified ? tag(t("verified"), "good") : null)))) : null,
      el("div", { class: "end" }, el("button", { type: "button", onclick: () => { dialog.close(); room.go(`/schedule?order=${encodeURIComponent(order)}`); } }, t("Show in schedule")), cancel(t("Close"))));
  } catch (error) {
    show(t("Why is {0} late?", order), "", el("p", { class: "problem" }, /** @type {Error} */ (error).message), el("div", { class: "end" }, cancel(t("Close"))));
  }
}

/** The dates that hold with 80 and 90 % in the twin.
 * @param {any} chances */
function likely(chances) {
  const told = chances ? [[80, chances.p80], [90, chances.p90]].filter(([, at]) => typeof at === "number") : [];
  return told.map(([share, at]) => el("span", { class: "muted" }, ` ${t("with {0} %: {1}", share, clock(at))}`));
}

/** Open the form that computes a promise date for a new order.
 * @param {Record<string, any>} given */
export function openPromise(given) {
  const answer = el("div", { role: "status" });
  const form = el("form", {}, el("div", { class: "pair" }, control({ name: "part", label: "Part", kind: "select", choices: items }, given.part), control({ name: "quantity", label: "Quantity", kind: "number", value: 4, min: 1, step: 1 }, given.quantity)), answer, el("div", { class: "end" }, cancel(t("Close")), el("button", { type: "submit", class: "primary" }, t("Find promise date"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (form)));
    guarded(answer, form, async () => {
      const asked = { part: String(values.part), quantity: String(values.quantity) };
      const found = await get(question("/api/promise", { ...asked, chances: "false" }));
      const first = found.first_in_line_s ?? found.first_s;
      answer.replaceChildren(el("p", { class: "promise" }, el("b", {}, clock(found.promise_s)), typeof first === "number" && first < found.promise_s ? el("span", { class: "muted" }, ` ${t("if first in line: {0}", clock(first))}`) : ""));
      const sure = await get(question("/api/promise", asked)).catch(() => null);
      answer.append(...(sure ? likely(sure.chances?.orders?.[0]) : [el("span", { class: "muted" }, t("No forecast is available."))]));
    });
  });
  show(t("Promise date"), t("Computed by adding the order to the present schedule."), form);
}
