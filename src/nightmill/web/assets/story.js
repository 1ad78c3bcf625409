// Story and decisions: one part from CAD hash to verdict, and every decision in the log.
function detailOf(step) {
  return Object.entries(step.detail).filter(([, value]) => value !== "").map(([name, value]) => `${plain(name.replace("#", " · no. "))} ${/^[0-9a-f]{64}$/.test(value) ? `${value.slice(0, 12)}…` : value}`).join(", ");
}

function screenStory() {
  const story = doc.view.story;
  if (!story) return empty("No part is finished yet.");
  const steps = story.steps;
  const first = steps.length ? steps[0].at_s : 0;
  const last = steps.length ? steps[steps.length - 1].at_s : 0;
  const item = (step) => el("li", { class: `${step.what.replace("finished cut", "cut").replaceAll(" ", "-")} ${atNight(step.at_s) ? "night-step" : ""}` }, el("time", {}, clock(step.at_s)), el("span", { class: "bead", "aria-hidden": "true" }), el("div", {}, el("b", {}, capital(step.what)), step.where ? ` at ${step.where}` : "", el("div", { class: "detail", title: Object.entries(step.detail).map(([k, v]) => `${k}: ${v}`).join("\n") }, detailOf(step))));
  return el("div", { class: "card" }, el("div", { class: "row spread" }, el("div", {}, el("h3", { style: "font-size:16px;margin:0" }, `${story.serial}, a ${story.item}`), el("span", { class: "muted" }, `order ${story.order}; ${steps.length} steps over ${long(last - first)}`)), story.complete ? tag("complete traceability", "good") : tag("traceability has gaps", "warn")), el("p", { class: "small", style: "margin:10px 0 14px" }, el("span", { class: "muted" }, "CAD file SHA-256 "), el("code", { style: "overflow-wrap:anywhere" }, story.cad_sha256 || "not in the log")), el("ol", { class: "timeline" }, steps.map(item)));
}

function matches(decision) {
  const words = ui.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${decision.text} ${decision.why} ${decision.actor} ${plain(decision.kind)}`.toLowerCase();
  return (!ui.kind || decision.kind === ui.kind) && words.every((word) => text.includes(word));
}

function screenDecisions() {
  const all = doc.view.decisions;
  if (!all.length) return empty("No decisions yet.");
  const list = el("ol", { class: "log" });
  const count = el("span", { class: "muted small", role: "status" });
  const refill = () => {
    const found = all.filter(matches).reverse();
    count.textContent = `${found.length} of the latest ${all.length}, newest first`;
    list.replaceChildren(...found.map((decision) => el("li", {}, el("time", {}, clock(decision.at_s)), el("span", { class: "actor", title: decision.actor }, decision.actor), el("span", { class: decision.kind === "alarm_raised" ? "alarm" : "" }, decision.text, decision.why ? el("span", { class: "why" }, ` – ${decision.why}`) : ""))));
  };
  const kinds = [...new Set(all.map((decision) => decision.kind))].sort();
  const search = el("input", { type: "search", id: "decision-filter", placeholder: "Filter by words", "aria-label": "Filter decisions by words", value: ui.filter, oninput: (event) => {
    ui.filter = event.target.value;
    refill();
  } });
  const picker = el("select", { id: "decision-kind", "aria-label": "Kind of decision", onchange: (event) => {
    ui.kind = event.target.value;
    refill();
  } }, el("option", { value: "" }, "all kinds"), kinds.map((kind) => el("option", { value: kind, selected: kind === ui.kind }, plain(kind))));
  refill();
  return el("div", { class: "card" }, el("div", { class: "row no-print", style: "margin-bottom:10px" }, search, picker, count), el("div", { class: "tall", tabindex: "0", role: "region", "aria-label": "decisions" }, list));
}
