// Screens: each section is drawn from the view; a redraw keeps what the reader has chosen, opened and focused.
const SCREENS = { outcome: screenOutcome, parts: screenParts, schedule: screenSchedule, orders: screenOrders, quality: screenQuality, machines: screenMachines, stock: screenStock, money: screenMoney, story: screenStory, decisions: screenDecisions };

function show(name) {
  const body = document.querySelector(`#${name} > .body`);
  const active = document.activeElement;
  const held = active && body.contains(active) ? { id: active.id, tag: active.tagName, at: active.selectionStart, place: [...body.querySelectorAll(active.tagName)].indexOf(active) } : null;
  const scrolls = [...body.querySelectorAll(".tall, .scroll")].map((each) => [each.scrollTop, each.scrollLeft]);
  body.replaceChildren(SCREENS[name]());
  [...body.querySelectorAll(".tall, .scroll")].forEach((each, place) => {
    if (scrolls[place]) [each.scrollTop, each.scrollLeft] = scrolls[place];
  });
  if (!held) return;
  const again = held.id ? document.getElementById(held.id) : body.querySelectorAll(held.tag)[held.place];
  if (!again) return;
  again.focus({ preventScroll: true });
  if (held.at !== null && held.at !== undefined && again.setSelectionRange) again.setSelectionRange(held.at, held.at);
}

function clockLine(state) {
  const view = doc.view;
  if (doc.plan) return;
  const words = doc.at_s !== null ? `as of ${clock(doc.at_s)}` : view.ended ? `ended ${clock(view.now_s)}` : `shop time ${clock(view.now_s)}`;
  const line = doc.live && state ? state : doc.served ? "" : "report";
  document.getElementById("clock").replaceChildren(el("span", { class: `lamp ${doc.live ? (state === "connection lost" ? "lost" : "live") : ""}` }), el("span", {}, `${words}${line ? ` · ${line}` : ""}`));
}

function footer() {
  if (doc.plan) {
    document.getElementById("foot").replaceChildren(el("p", {}, "Made by Nightmill from plan.json and the NC programs beside it; tool paths are read back from the NC text."));
    return;
  }
  const links = doc.served ? [el("a", { href: "/openapi.json" }, "API description"), " · ", el("a", { href: "/metrics" }, "figures for Prometheus"), " · ", timeTravel()] : [];
  document.getElementById("foot").replaceChildren(el("p", {}, `Made by Nightmill from the event log of ${doc.view.shop}. The shop, its machines and its readings are simulated; times are in ${doc.view.time_zone}.`), ...links);
}

function timeTravel() {
  const hours = el("input", { type: "number", min: "0", step: "0.5", id: "travel", style: "width:90px", value: ((doc.at_s ?? doc.view.now_s) / 3600).toFixed(1), "aria-label": "Hour of shop time" });
  const go = (event) => {
    event.preventDefault();
    location.search = `?at=${Math.max(0, Number(hours.value) * 3600)}`;
  };
  return el("form", { class: "row", style: "display:inline-flex", onsubmit: go }, "look at hour ", hours, el("button", { type: "submit" }, "Go"), doc.at_s !== null ? el("a", { href: "/" }, "back to now") : null);
}

function showAll() {
  zoneWords = null;
  keepWays(doc.view.parts);
  for (const name of Object.keys(SCREENS)) if (document.getElementById(name)) show(name);
  clockLine("live");
}

showAll();
footer();

const links = new Map([...document.querySelectorAll("#nav a")].map((link) => [link.getAttribute("href").slice(1), link]));
const inSight = new Set();
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) inSight.add(entry.target.id);
    else inSight.delete(entry.target.id);
  }
  const current = [...links.keys()].find((name) => inSight.has(name));
  for (const [name, link] of links) {
    if (name === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}, { rootMargin: "-70px 0px -60% 0px" });
for (const name of links.keys()) watcher.observe(document.getElementById(name));
if (location.hash) document.querySelector(location.hash.replace(/[^#\w-]/g, ""))?.scrollIntoView();
