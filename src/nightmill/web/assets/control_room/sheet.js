// Sheet: a list of orders (CSV or Excel) dropped on the page; the effects of all orders are shown before any is accepted.
import { el } from "../elements.js";
import { table } from "../tables.js";
import { clock, number } from "../words.js";
import { diffCard } from "./actions.js";
import { t } from "./i18n.js";
import { send } from "./net.js";
import { openPanel, toast } from "./shell.js";

const MAX_BYTES = 2 * 1024 * 1024;
const MOST = 200;

/** @param {File} file @param {import("./main.js").Room} room */
export async function takeSheet(file, room) {
  if (file.size > MAX_BYTES) return toast(t("{0} is larger than 2 MB.", file.name));
  const key = `sheet ${file.name}`;
  const problem = el("div", { role: "alert" });
  const failed = (/** @type {unknown} */ error) => problem.replaceChildren(el("p", { class: "problem" }, /** @type {Error} */ (error).message));
  openPanel(key, file.name, el("p", { role: "status" }, t("Working …")), problem);
  try {
    const found = await send("/api/import/orders", file);
    const id = crypto.randomUUID();
    const wrong = found.findings.map((/** @type {any} */ each) => el("li", {}, el("b", {}, each.place), ` ${each.found}. ${each.remedy}`));
    const rows = found.rows.map((/** @type {any} */ row) => row.command);
    const take = (/** @type {boolean} */ execute) => async () => {
      buttons.querySelectorAll("button").forEach((each) => { each.disabled = true; });
      try {
        const made = await send(`/api/import/orders?preview=false&execute=${execute}&command_id=${id}`, file);
        openPanel(key, file.name, el("p", { class: "lead", role: "status" }, execute ? t("{0} orders accepted.", made.proposals.length) : t("{0} orders proposed.", made.proposals.length)));
        await room.refresh();
      } catch (error) {
        failed(error);
      }
    };
    const buttons = el("div", { class: "row end", style: "margin-top:14px" }, el("button", { type: "button", onclick: take(false) }, t("Propose all orders")), el("button", { type: "button", class: "primary", id: "take-sheet", onclick: take(true) }, t("Accept all orders")));
    openPanel(key, file.name,
      el("p", { class: "lead" }, t("{0} orders, not accepted yet.", rows.length)),
      wrong.length ? el("div", { role: "alert" }, el("p", { class: "problem" }, t("{0} rows have errors. Orders are accepted only after they are corrected.", wrong.length)), el("ul", {}, wrong.slice(0, 20))) : "",
      el("ul", { class: "muted small" }, found.remarks.map((/** @type {string} */ each) => el("li", {}, each))),
      rows.length ? diffCard(found.diff) : "",
      rows.length ? table([[t("Order"), (r) => el("b", {}, r.order)], [t("Part"), (r) => r.part], [t("Quantity"), (r) => number(r.quantity), { num: true }], [t("Due"), (r) => clock(r.due_s)]], rows.slice(0, MOST), { tall: true, label: t("Orders") }) : "",
      rows.length > MOST ? el("p", { class: "muted small" }, t("The first {0} of {1}.", MOST, rows.length)) : "",
      rows.length && !wrong.length ? buttons : "", problem);
  } catch (error) {
    openPanel(key, file.name, problem);
    failed(error);
  }
}
