// Drop: a STEP file let fall on the page is planned, proven and priced; from there it is one click to an order.
import { el, tag } from "../elements.js";
import { clock, long, money, number, percent } from "../words.js";
import { t } from "./i18n.js";
import { get, send } from "./net.js";
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
    /** @type {HTMLElement} */ (overlay.firstElementChild).textContent = t("Drop a STEP file: plan, price and promise date");
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

/** A button that opens a file. @param {import("./main.js").Room} room @param {string} word */
export function fileButton(room, word) {
  const input = el("input", { type: "file", accept: ".step,.stp", hidden: true, id: "step-file", "aria-label": word });
  input.addEventListener("change", () => {
    const file = /** @type {HTMLInputElement} */ (input).files?.[0];
    if (file) takeFile(file, room);
    /** @type {HTMLInputElement} */ (input).value = "";
  });
  return el("span", {}, input, el("button", { type: "button", onclick: () => input.click() }, word));
}

/** @param {File} file @param {import("./main.js").Room} room */
export async function takeFile(file, room) {
  if (!/\.(step|stp)$/i.test(file.name)) return toast(t("{0} is no STEP file.", file.name));
  if (file.size > MAX_BYTES) return toast(t("{0} is larger than 50 MB.", file.name));
  const key = `job ${file.name}`;
  const bar = el("progress", { max: "1", value: "0", "aria-label": t("Progress") });
  const words = el("p", { role: "status" }, t("Sending …"));
  openPanel(key, file.name, el("p", { class: "lead" }, t("Planned and proven on this machine.")), bar, words);
  try {
    let job = await send("/api/parts", file);
    while (job.state === "running" || job.state === "queued") {
      await new Promise((done) => setTimeout(done, ASK_MS));
      job = await get(`/api/jobs/${encodeURIComponent(job.id)}`);
      bar.setAttribute("value", String(typeof job.progress === "number" ? job.progress : (job.progress?.share ?? 0)));
      words.textContent = job.progress?.phase || t("Working …");
    }
    if (job.state === "failed") throw new Error(job.problem?.detail || job.problem || t("It could not be planned."));
    openPanel(key, job.result.name || job.result.part?.name || file.name, ...priced(job.result, room));
  } catch (error) {
    openPanel(key, file.name, el("p", { class: "problem", role: "alert" }, /** @type {Error} */ (error).message));
  }
}

/** @param {any} found @param {import("./main.js").Room} room */
function priced(found, room) {
  const name = typeof found.part === "string" ? found.part : found.part?.name || "";
  const proof = found.certificate || {};
  const promise = found.promise?.promise_s ?? found.promise_s ?? found.promise;
  const facts = [
    [t("Price"), money(found.price_usd)],
    [t("Cycle time"), typeof found.minutes === "number" ? long(found.minutes * 60) : "–"],
    [t("Promise date"), typeof promise === "number" ? clock(promise) : promise ? String(promise) : "–"],
    [t("Certified area"), percent(proof.certified_area_share, 2)],
    [t("Gouge"), typeof proof.gouge_mm === "number" ? `${number(proof.gouge_mm, 3)} mm` : "–"],
  ];
  return [
    el("p", {}, proof.certified ? tag(t("certified"), "good") : tag(t("not certified: never sent to a machine"), "bad")),
    el("dl", { class: "facts" }, facts.map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))),
    el("div", { class: "row", style: "margin-top:16px" }, el("button", { type: "button", class: "primary", disabled: !proof.certified, onclick: () => room.act("rush", { part: name, priority: 1 }) }, t("Order it")), el("button", { type: "button", onclick: () => room.go(`/part/${encodeURIComponent(name)}`) }, t("Look at it"))),
  ];
}
