// Screens: each section is drawn from the view; a redraw keeps the reader's selection, open tables and focus.
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

function clockLine() {
  const view = doc.view;
  if (doc.plan) return;
  const words = view.ended ? `ended ${clock(view.now_s)}` : `shop time ${clock(view.now_s)}`;
  document.getElementById("clock").replaceChildren(el("span", { class: "lamp" }), el("span", {}, `${words} · report`));
}

function footer() {
  if (doc.plan) {
    document.getElementById("foot").replaceChildren(el("p", {}, "Created by Nightmill from plan.json and its NC programs; tool paths are read back from the NC programs."));
    return;
  }
  document.getElementById("foot").replaceChildren(el("p", {}, `Created by Nightmill from the event log of ${doc.view.shop}. The shop, its machines and its readings are simulated; times are in ${doc.view.time_zone}.`));
}

function showAll() {
  keepWays(doc.view.parts);
  for (const name of Object.keys(SCREENS)) if (document.getElementById(name)) show(name);
  clockLine();
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
