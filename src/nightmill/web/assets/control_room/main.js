// The control room: selects the screen and the moment, and updates the screen as events happen in the shop.
import { el } from "../elements.js";
import { clock, doc } from "../words.js";
import { openTask, openTasks } from "./actions.js";
import { watchDrops } from "./drop.js";
import { loadLanguage, switchLanguage, t } from "./i18n.js";
import { follow, whoAmI } from "./live.js";
import { Refused, get, moment, question } from "./net.js";
import { closePanel, drawTravel, openPanel, panelKey } from "./shell.js";

/**
 * @typedef {{at: number | null, me: {name: string, role: string, may: string[]}, head: any, argument: string, query: URLSearchParams,
 *   go: (url: string) => void, replay: (from: number, until?: number) => void, refresh: () => Promise<void>, act: (task: string, given?: Record<string, any>) => void}} Room
 * @typedef {{path: (room: Room) => string, draw: (place: HTMLElement, data: any, room: Room) => void, events?: (list: any[], room: Room) => void,
 *   leave?: () => void, pause_ms: number, keys?: Record<string, () => void>}} Screen
 */

const NAMES = ["floor", "schedule", "part", "quality", "machines", "stock", "money", "night"];
const REPLAY_STEP_S = 600;
const place = /** @type {HTMLElement} */ (document.getElementById("screen"));
/** @type {Map<string, Screen>} */
const loaded = new Map();
/** @type {Room} */
const room = { at: null, me: { name: "", role: "", may: [] }, head: null, argument: "", query: new URLSearchParams(), go, replay, refresh, act: (task, given) => openTask(task, given || {}, room) };
const state = { name: "", lamp: "", due: false, busy: false, last: 0, seq: 0, playing: 0, stop: () => {} };

/** The screen named by the address and its argument (/part/NAME). */
function addressed() {
  const [name, ...rest] = location.pathname.split("/").filter(Boolean);
  return { name: NAMES.includes(name) ? name : "floor", argument: decodeURIComponent(rest.join("/")) };
}

/** @param {string} name @returns {Promise<Screen>} */
async function screenOf(name) {
  if (!loaded.has(name)) loaded.set(name, (await import(`./${name}.js`)).screen);
  return /** @type {Screen} */ (loaded.get(name));
}

/** @param {string} url */
function go(url) {
  const next = new URL(url, location.href);
  if (!next.searchParams.has("at") && moment() !== null) next.searchParams.set("at", String(moment()));
  if (next.href === location.href) return;
  history.pushState(null, "", next);
  arrive();
}

/** @param {number | null} at */
function travelTo(at) {
  const next = new URL(location.href);
  if (at === null) next.searchParams.delete("at");
  else next.searchParams.set("at", String(Math.round(at)));
  history.replaceState(null, "", next);
  room.at = moment();
  refresh();
}

async function arrive() {
  const { name, argument } = addressed();
  const other = name !== state.name || argument !== room.argument;
  if (other) {
    if (state.name) loaded.get(state.name)?.leave?.();
    closePanel();
    place.replaceChildren(el("div", { class: "loading", role: "status" }, "…"));
    place.scrollTop = 0;
  }
  Object.assign(room, { at: moment(), argument, query: new URLSearchParams(location.search) });
  state.name = name;
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.getAttribute("href") === `/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  await refresh();
}

/** Fetch the head and the screen's figures again and draw them; focus and scroll positions stay. */
async function refresh() {
  const name = state.name;
  state.due = false;
  state.busy = true;
  try {
    const screen = await screenOf(name);
    const [head, data] = await Promise.all([get(question("/api/screens/head")), get(screen.path(room))]);
    if (name !== state.name) return;
    takeHead(head);
    keeping(() => screen.draw(place, data, room));
    chrome();
  } catch (error) {
    if (name === state.name) place.replaceChildren(trouble(/** @type {Error} */ (error)));
  } finally {
    state.busy = false;
    state.last = Date.now();
  }
}

/** @param {any} head */
function takeHead(head) {
  room.head = head;
  state.seq = Math.max(state.seq, head.events);
  Object.assign(doc.view, head);
  const shop = document.getElementById("shop");
  if (shop) shop.textContent = head.shop;
}

/** Draw, and keep focus and scroll positions.
 * @param {() => void} draw */
function keeping(draw) {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const key = active && place.contains(active) ? active.dataset.key || active.id : "";
  const top = place.scrollTop;
  const inner = [...place.querySelectorAll(".tall")].map((each) => each.scrollTop);
  draw();
  place.scrollTop = top;
  [...place.querySelectorAll(".tall")].forEach((each, n) => (each.scrollTop = inner[n] || 0));
  if (key && !document.activeElement?.isConnected) void 0;
  if (key) /** @type {HTMLElement | null} */ (place.querySelector(`[data-key="${CSS.escape(key)}"], #${CSS.escape(key)}`))?.focus({ preventScroll: true });
}

/** React to a request that the server refused.
 * @param {Error} error */
function trouble(error) {
  const status = error instanceof Refused ? error.status : 0;
  const words = status === 401 ? [t("Please sign in"), t("Open the address that nightmill serve printed to sign in.")] : status === 404 ? [t("Nothing here yet"), error.message] : [t("That did not work"), error.message];
  const findings = error instanceof Refused ? error.findings : [];
  return el("div", { class: "card inside" }, el("h1", {}, words[0]), el("p", {}, words[1]), findings.map((each) => el("p", { class: "small muted" }, each.remedy)), el("button", { type: "button", class: "primary", onclick: () => refresh() }, t("Try again")));
}

/** Status lamp, clock and timeline. */
function chrome() {
  const head = room.head || doc.view;
  const words = room.at !== null ? t("the past") : head.ended ? t("run ended") : state.lamp === "lost" ? t("connection lost") : t("live");
  const lamp = room.at !== null ? "past" : state.lamp === "lost" ? "lost" : head.ended ? "" : "live";
  document.getElementById("clock")?.replaceChildren(el("span", { class: `lamp ${lamp}` }), el("span", {}, `${clock(head.now_s)} · ${words}`));
  const travel = /** @type {HTMLElement} */ (document.getElementById("travel"));
  drawTravel(travel, { at: room.at, now: doc.view.last_s, go: (at) => { stopReplay(); travelTo(at); }, replay: () => (state.playing ? stopReplay() : replay(room.at ?? Math.max(0, doc.view.last_s - 86400))), playing: state.playing > 0 });
}

function stopReplay() {
  clearInterval(state.playing);
  state.playing = 0;
}

/** Replay the past from a moment, in steps of ten minutes of shop time.
 * @param {number} from @param {number} [until] */
function replay(from, until) {
  stopReplay();
  let at = from;
  state.playing = Number(setInterval(() => {
    if (state.busy) return;
    at += REPLAY_STEP_S;
    if (at >= Math.min(until ?? Infinity, doc.view.last_s || Infinity)) stopReplay();
    travelTo(Math.min(at, doc.view.last_s || at));
  }, 320));
  if (state.name !== "floor") go(`/floor?at=${Math.round(from)}`);
  else travelTo(from);
}

/** @param {any[]} list */
function told(list) {
  state.seq = Math.max(state.seq, list[list.length - 1]?.seq || 0);
  if (room.at !== null) return;
  loaded.get(state.name)?.events?.(list, room);
  state.due = true;
}

function tick() {
  const screen = loaded.get(state.name);
  if (!state.due || state.busy || document.hidden || room.at !== null || !screen || Date.now() - state.last < screen.pause_ms) return;
  if (document.querySelector("dialog[open]") || document.querySelector("#screen [data-busy]")) return;
  refresh();
}

function wire() {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-link]") : null;
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(/** @type {HTMLAnchorElement} */ (link).href);
  });
  addEventListener("popstate", arrive);
  document.getElementById("language")?.addEventListener("click", switchLanguage);
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.matches("input, select, textarea");
    if (event.key === "Escape" && panelKey()) closePanel();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const number = Number(event.key);
    if (number >= 1 && number <= NAMES.length) go(`/${NAMES[number - 1]}`);
    else if (event.key === "a") openTasks(room);
    else if (event.key === "?") openPanel("keys", t("Keys"), el("ul", {}, t("1 to 8: screens · a: actions · [ ]: one hour back or forward · l: now · arrows: move the schedule, turn a part · + - 0: zoom the schedule · Esc: close").split(" · ").map((key) => el("li", {}, key))));
    else if (event.key === "[") travelTo(Math.max(0, (room.at ?? doc.view.last_s) - 3600));
    else if (event.key === "]" && room.at !== null) travelTo(room.at + 3600 >= doc.view.last_s ? null : room.at + 3600);
    else if (event.key === "l") travelTo(null);
  });
  watchDrops(room);
  setInterval(tick, 200);
}

/** Follow the log from the position of the page's figures. */
function listen() {
  state.stop();
  state.stop = follow(state.seq, {
    events: told,
    state: (word) => {
      state.lamp = word;
      if (room.head) chrome();
    },
    reset: () => {
      state.seq = 0;
      doc.view.last_s = 0;
      state.due = true;
    },
  });
}

await loadLanguage();
wire();
room.me = await whoAmI();
await arrive();
listen();
