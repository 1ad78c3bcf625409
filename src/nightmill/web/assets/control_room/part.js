// Part: the 3D view with features, setups, tool paths and characteristics, coloured by measurement results.
import { rgb } from "../canvas.js";
import { el, empty, tag } from "../elements.js";
import { readMesh } from "../mesh.js";
import { certificate, hintOf, litFaces, stepsTable } from "../proof.js";
import { VIEWS, paintOf, solidViewer } from "../solid.js";
import { beside, legend, pickRow, table } from "../tables.js";
import { keepWays, linesOf, setupButtons } from "../ways.js";
import { clock, itemColour, long, money, number, percent, ui } from "../words.js";
import { openPromise } from "./actions.js";
import { fileButton } from "./drop.js";
import { t } from "./i18n.js";
import { get, question } from "./net.js";
import { screenHead } from "./shell.js";

/** @type {Map<string, any>} meshes and cameras by part, kept across redraws */
const kept = new Map();
const RESULTS = { good: "--c2", near: "--c1", bad: "--c5", unmeasured: "--c4" };
/** @type {string} */
let mode = "results";
/** @type {string} */
let picked = "";

/** The worst result of each face.
 * @param {any[]} list */
function faceResults(list) {
  const rank = ["unmeasured", "good", "near", "bad"];
  /** @type {Map<number, string>} */
  const found = new Map();
  for (const one of list) for (const face of one.faces) if (rank.indexOf(one.result) > rank.indexOf(found.get(face) || "")) found.set(face, one.result);
  return found;
}

/** @param {any} part @param {any[]} list @param {any} camera */
function paint(part, list, camera) {
  const results = faceResults(list);
  return () => {
    const plain = paintOf(part, camera.lit, mode !== "uncut");
    if (mode !== "results" || ui.step !== null || ui.setup !== null) return plain;
    const colours = Object.fromEntries(Object.entries(RESULTS).map(([word, name]) => [word, rgb(name)]));
    return { edge: plain.edge, colour: (/** @type {number} */ face) => (camera.lit.has(face) || !results.has(face) ? plain.colour(face) : colours[/** @type {string} */ (results.get(face))]) };
  };
}

/** @param {any} found @param {import("./main.js").Room} room */
function viewer(found, room) {
  const part = found.part;
  if (!kept.has(part.name)) {
    keepWays([part]);
    kept.set(part.name, { mesh: readMesh(part.preview || {}), camera: { angles: VIEWS.iso, zoom: 1, pan: [0, 0], lit: new Set() } });
  }
  const { mesh, camera } = kept.get(part.name);
  if (!mesh) return { place: empty(t("No 3D view of this part.")), steps: el("div", {}), list: el("div", {}) };
  const hint = el("div", { class: "hint", role: "status" });
  const steps = el("div", {});
  const setups = el("div", {});
  const list = el("div", {});
  camera.paint = paint(part, found.characteristics, camera);
  const solid = solidViewer(part, mesh, camera, (/** @type {number} */ face) => {
    Object.assign(ui, { face: face < 0 || ui.face === face ? null : face, step: null, setup: null });
    picked = "";
    redraw();
  });
  const redraw = () => {
    const one = found.characteristics.find((/** @type {any} */ each) => each.id === picked);
    camera.lit = one ? new Set(one.faces) : litFaces(part);
    camera.lines = linesOf(part);
    setups.replaceChildren(setupButtons(part, redraw) || "");
    steps.replaceChildren(stepsTable(part, camera.lit, redraw));
    list.replaceChildren(characteristicTable(found, redraw, camera.lit));
    hint.textContent = one ? `${t("No. {0}", one.balloon)}: ${t(one.kind)} ${number(one.nominal, 3)} (${number(one.lower, 3)} – ${number(one.upper, 3)}) mm` : hintOf(part);
    solid.draw(false);
  };
  const modes = el("div", { class: "seg modes no-print", role: "group", "aria-label": t("Colours") }, [["results", t("results")], ["uncut", t("uncut areas")], ["plain", t("plain")]].map(([word, said]) => el("button", { type: "button", "data-key": `mode-${word}`, "aria-pressed": mode === word ? "true" : "false", onclick: () => { mode = word; for (const each of modes.children) each.setAttribute("aria-pressed", each.textContent === said ? "true" : "false"); redraw(); } }, said)));
  solid.place.append(modes, hint);
  redraw();
  return { place: solid.place, setups, steps, list };
}

/** @param {any} found @param {() => void} redraw @param {Set<number>} lit */
function characteristicTable(found, redraw, lit) {
  const words = { good: [t("good"), "good"], near: [t("near a limit"), "warn"], bad: [t("out of tolerance"), "bad"], unmeasured: [t("not measured yet"), ""] };
  const rows = [...found.characteristics].sort((a, b) => Number(b.faces.some((/** @type {number} */ f) => lit.has(f))) - Number(a.faces.some((/** @type {number} */ f) => lit.has(f))));
  return table([[t("No."), (r) => r.balloon, { num: true }], [t("Kind"), (r) => t(r.kind)], [t("Nominal"), (r) => number(r.nominal, 3), { num: true }], [t("Limits"), (r) => `${number(r.lower, 3)} – ${number(r.upper, 3)}`, { num: true }], [t("Last"), (r) => (r.last === null ? "–" : number(r.last, 4)), { num: true }], [t("Ppk"), (r) => (r.cpk === null ? "–" : number(r.cpk, 2)), { num: true }], [t("Measured"), (r) => number(r.count), { num: true }], ["", (r) => { const [word, kind] = /** @type {any} */ (words)[r.result]; return tag(word, kind); }], [t("Source"), (r) => el("span", { class: "small muted" }, r.origin)]], rows, { tall: rows.length > 10, label: t("Characteristics"), row: (r) => ({ ...pickRow(picked === r.id, () => {
    picked = picked === r.id ? "" : r.id;
    Object.assign(ui, { face: null, step: null, setup: null });
    redraw();
  }), "data-key": `char-${r.id}` }) });
}

/** @param {any} list @param {string} chosen */
function gallery(list, chosen) {
  return el("nav", { class: "part-list", "aria-label": t("Parts") }, list.map((/** @type {any} */ each) => el("a", { href: `/part/${encodeURIComponent(each.name)}`, "data-link": "", "aria-current": each.name === chosen ? "page" : null }, el("i", { class: "swatch", style: `background:${itemColour(each.name)}` }), el("span", {}, each.name), each.certified ? el("i", { class: "dot good", "data-tip": t("certified") }) : el("i", { class: "dot bad", "data-tip": t("not certified") }))));
}

/** @param {HTMLElement} place @param {any} list @param {import("./main.js").Room} room */
async function draw(place, list, room) {
  const name = room.argument || list[0]?.name;
  const tools = [fileButton(room, t("Price a part")), name ? el("button", { type: "button", "data-key": "promise", onclick: () => openPromise({ part: name }) }, t("Promise date")) : null, name ? el("button", { type: "button", class: "primary", "data-key": "rush", onclick: () => room.act("rush", { part: name }) }, t("Order part")) : null];
  if (!name) return place.replaceChildren(el("div", { class: "inside" }, screenHead(t("Part"), t("No part is planned yet. Drop a STEP file here."), tools)));
  if (place.dataset.part === name && place.querySelector(".solid")) return;
  place.dataset.busy = "";
  const found = await get(question(`/api/screens/part/${encodeURIComponent(name)}`)).finally(() => delete place.dataset.busy);
  Object.assign(ui, { face: null, step: null, setup: null });
  picked = "";
  const part = found.part;
  const seen = viewer(found, room);
  const mesh = kept.get(name)?.mesh;
  const size = mesh ? `${[0, 1, 2].map((axis) => number(mesh.high[axis] - mesh.low[axis], 1)).join(" × ")} mm` : "";
  const cost = Object.values(part.cost_usd).reduce((/** @type {number} */ sum, value) => sum + Number(value), 0);
  const facts = [[t("Material"), part.material], [t("Size"), size], [t("Cycle time"), long(part.cycle_s)], [t("Setups"), part.setups.length], [t("Features"), part.features], [t("Made"), part.made], [t("Actual cost"), part.made ? money(cost) : "–"], [t("Price"), money(part.price_usd)], [t("On order"), number(found.open)]];
  place.dataset.part = name;
  place.replaceChildren(el("div", { class: "inside stack" }, screenHead(t("Part"), t("Each NC program is certified against the CAD model by a checker that shares no code with the planner."), tools),
    el("div", { class: "part-grid" }, gallery(list, name), el("div", { class: "stack" },
      el("div", { class: "grid wide-left" }, el("div", { class: "card solid-card" }, seen.place, legend([[t("good"), "var(--c2)"], [t("near a limit"), "var(--c1)"], [t("out of tolerance"), "var(--c5)"], [t("not measured yet"), "var(--c4)"]]), seen.setups || ""), el("div", { class: "card" }, el("div", { class: "row spread" }, el("h2", { style: "margin:0;font-size:19px" }, part.name), part.certified ? tag(t("certified"), "good") : tag(t("not certified"), "bad")), el("dl", { class: "facts", style: "margin-top:12px" }, facts.map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))), found.promises.length ? el("h3", {}, t("Open orders")) : null, found.promises.map((/** @type {any} */ r) => el("p", { class: "small" }, `${r.order}: ${r.quantity}, ${t("promised")} ${clock(r.promise_s)}`)))),
      el("div", { class: "card" }, certificate(part)),
      el("div", { class: "card" }, el("h2", {}, t("Characteristics")), seen.list),
      el("div", { class: "card" }, el("h2", {}, t("Setups and steps")), seen.steps))),
    beside("parts-table", t("All parts as a table"), () => table([[t("Part"), (r) => r.name], [t("Material"), (r) => r.material], [t("Certified"), (r) => (r.certified ? t("yes") : t("no"))], [t("Area"), (r) => percent(r.share, 2), { num: true }], [t("Setups"), (r) => r.setups, { num: true }], [t("Cycle time"), (r) => long(r.cycle_s), { num: true }], [t("Made"), (r) => r.made, { num: true }], [t("Price"), (r) => money(r.price_usd), { num: true }]], list))));
}

/** @type {import("./main.js").Screen} */
export const screen = { path: () => question("/api/screens/parts"), draw: (place, list, room) => void draw(place, list, room), pause_ms: 10000, leave: () => delete /** @type {HTMLElement} */ (document.getElementById("screen")).dataset.part };
