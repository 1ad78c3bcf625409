// Drop: a STEP file dropped on the page is planned, certified and priced; one more click orders it. Lists of orders are handled in sheet.js.
import { el, tag } from "../elements.js";
import { clock, doc, long, money, number, percent } from "../words.js";
import { t } from "./i18n.js";
import { get, post, send } from "./net.js";
import { openPanel, toast } from "./shell.js";

const MAX_BYTES = 50 * 1024 * 1024;
const ASK_MS = 300;
const overlay = /** @type {HTMLElement} */ (document.getElementById("drop"));

/** @param {import("./main.js").Room} room */
export function watchDrops(room) {
  let depth = 0;
  const files = (/** @type {DragEvent} */ event) => [...(event.dataTransfer?.types || [])].includes("Files");
  addEventListener("dragenter", (event) => {
    if (!files(event)) return;
    depth += 1;
    overlay.hidden = false;
    /** @type {HTMLElement} */ (overlay.firstElementChild).textContent = t("Drop a STEP file for a plan, price and promise date, or a list of orders (CSV, Excel)");
  });
  addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    overlay.hidden = depth === 0;
  });
  addEventListener("dragover", (event) => files(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    depth = 0;
    overlay.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (file) takeFile(file, room);
  });
}

/** A button that selects a file.
 * @param {import("./main.js").Room} room @param {string} word */
export function fileButton(room, word) {
  const input = el("input", { type: "file", accept: ".step,.stp,.csv,.xlsx", hidden: true, id: "step-file", "aria-label": word });
  input.addEventListener("change", () => {
    const file = /** @type {HTMLInputElement} */ (input).files?.[0];
    if (file) takeFile(file, room);
    /** @type {HTMLInputElement} */ (input).value = "";
  });
  return el("span", {}, input, el("button", { type: "button", onclick: () => input.click() }, word));
}

/** @param {File} file @param {import("./main.js").Room} room */
export async function takeFile(file, room) {
  if (/\.(csv|xlsx)$/i.test(file.name)) return (await import("./sheet.js")).takeSheet(file, room);
  if (!/\.(step|stp)$/i.test(file.name)) return toast(t("{0} is neither a STEP file nor a list of orders.", file.name));
  if (file.size > MAX_BYTES) return toast(t("{0} is larger than 50 MB.", file.name));
  const key = `job ${file.name}`;
  const bar = el("progress", { max: "1", value: "0", "aria-label": t("Progress") });
  const words = el("p", { role: "status" }, t("Sending …"));
  const name = file.name.replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9_-]/g, "_").replace(/^[^A-Za-z0-9]+/, "").slice(0, 40) || "part";
  const seen = look(file, name);
  openPanel(key, file.name, seen.place, el("p", { class: "lead" }, t("Planned and certified on this computer.")), bar, words);
  try {
    let job = await send(`/api/parts?name=${encodeURIComponent(name)}`, file);
    while (job.state === "running" || job.state === "waiting") {
      await new Promise((done) => setTimeout(done, ASK_MS));
      job = await get(`/api/jobs/${encodeURIComponent(job.id)}`);
      bar.setAttribute("value", String(job.progress || 0));
      words.textContent = job.phase || t("Working …");
    }
    if (job.state === "failed") throw new Error((job.findings || []).map((/** @type {any} */ each) => `${each.found}. ${each.remedy}`).join(" ") || t("The part could not be planned."));
    seen.knows(job.result.picture);
    openPanel(key, job.result.part, seen.place, ...priced(job.result, room, job.id));
  } catch (error) {
    openPanel(key, file.name, seen.place, el("p", { class: "problem", role: "alert" }, /** @type {Error} */ (error).message));
  }
}

/** The part's 3D view, shown as soon as it arrives, while planning continues; ``knows`` adds the finished plan.
 * @param {File} file @param {string} name */
function look(file, name) {
  const place = el("div", {});
  const part = { name, certificate: { uncut: [] }, setups: [] };
  send("/api/screens/picture", file).then(async (preview) => {
    place.append(await solid(part, preview));
  }, () => {});
  return { place, knows: (/** @type {any} */ picture) => Object.assign(part, { certificate: picture.certificate, setups: picture.setups }) };
}

/** The 3D view of the part, to rotate and click.
 * @param {any} part @param {any} preview */
async function solid(part, preview) {
  const [{ readMesh }, { VIEWS, solidViewer }] = await Promise.all([import("../mesh.js"), import("../solid.js")]);
  const mesh = preview.findings ? null : readMesh(preview);
  if (!mesh) return el("p", { class: "empty" }, t("No 3D view of this part."));
  const camera = { angles: VIEWS.iso, zoom: 1, pan: [0, 0], lit: new Set() };
  const hint = el("div", { class: "hint", role: "status" });
  const seen = solidViewer(part, mesh, camera, (/** @type {number} */ face) => {
    camera.lit = face < 0 || camera.lit.has(face) ? new Set() : new Set([face]);
    const steps = part.setups.flatMap((/** @type {any} */ setup) => (setup.steps || []).filter((/** @type {any} */ step) => step.faces.includes(face)).map((/** @type {any} */ step) => `${setup.name}: ${step.name}`));
    hint.textContent = camera.lit.size ? `${t("Face {0}", face)} ${steps.slice(0, 2).join("; ")}` : "";
    seen.draw(false);
  });
  seen.place.append(hint);
  requestAnimationFrame(() => seen.draw(false));
  return el("div", { style: "margin-top:12px", id: "priced-solid" }, seen.place);
}

/** Adds the part to the shop's parts, once; ``taken()`` returns whether it is one of them.
 * @param {any} found @param {string} job @param {boolean} known */
function adoption(found, job, known) {
  const words = el("p", { class: "small muted" }, t("Ordering the part adds it to the shop; the current run makes it."));
  const place = el("div", { role: "status" }, words);
  const taken = async () => {
    if (known) return true;
    try {
      const answer = await post(`/api/parts/${encodeURIComponent(job)}/adopt`, {});
      known = true;
      const when = answer.made_by === "the next run" ? t("made by the next run") : answer.made_by === "this run" ? t("made by this run") : t("made by this run as soon as it continues");
      place.replaceChildren(el("p", {}, tag(t("in the shop's parts"), "good"), ` ${when}`));
    } catch (error) {
      place.replaceChildren(words, button, el("p", { class: "problem", role: "alert" }, /** @type {Error} */ (error).message));
    }
    return known;
  };
  const button = el("button", { type: "button", disabled: !found.certified, onclick: taken }, t("Add to parts"));
  place.append(button);
  return { place: known ? null : place, taken };
}

/** @param {any} found @param {import("./main.js").Room} room @param {string} job */
function priced(found, room, job) {
  const name = found.part;
  const known = doc.view.parts.some((/** @type {any} */ part) => part.name === name);
  const proof = found.certificate || {};
  const promise = found.promise?.promise_s;
  const sites = found.sites?.sites || [];
  const own = adoption(found, job, known);
  const order = async () => { if (await own.taken()) room.act("rush", { part: name, quantity: found.quantity, priority: 1 }); };
  const facts = [
    [t("Price"), money(found.price_usd)],
    [t("Cycle time"), typeof found.minutes === "number" ? long(found.minutes * 60) : "–"],
    [t("Promise date"), clock(promise ?? null)],
    [t("Certified area"), percent(proof.certified_area_share, 2)],
    [t("Gouge"), typeof proof.gouge_mm === "number" ? `${number(proof.gouge_mm, 3)} mm` : "–"],
  ];
  return [
    el("p", {}, proof.certified ? tag(t("certified"), "good") : tag(t("not certified: never sent to a machine"), "bad")),
    el("dl", { class: "facts" }, facts.map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))),
    el("div", { class: "row", style: "margin-top:16px" }, el("button", { type: "button", class: "primary", disabled: !proof.certified, onclick: order }, t("Order part")), known ? el("button", { type: "button", onclick: () => room.go(`/part/${encodeURIComponent(name)}`) }, t("Show part")) : null),
    own.place,
    sites.length ? el("div", {}, el("h3", {}, t("Make or buy: where to make it")), el("ul", { class: "causes" }, sites.map((/** @type {any} */ site) => el("li", { class: site.id === found.sites.decision ? "best" : "" }, el("span", {}, site.name), el("small", {}, site.unit_cost_usd === null ? t("unknown") : money(site.unit_cost_usd)))))) : null,
    proof.uncut?.length ? el("div", {}, el("h3", {}, t("uncut areas")), el("ul", { class: "causes" }, proof.uncut.slice(0, 6).map((/** @type {any} */ each) => el("li", {}, `${number(each.area_mm2, 0)} mm²`, el("small", {}, each.reason))))) : null,
  ];
}
