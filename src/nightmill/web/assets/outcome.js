// Outcome: results of the run, and the loop compared with the conventional policy.
// better: 1 if more is better, -1 if less is better, 0 if neither.
const FIGURES = [
  ["good", "good parts", 1, (v) => number(v, 0)],
  ["on_time_share", "orders complete and on time", 1, (v) => percent(v)],
  ["unattended_hours", "unattended spindle hours", 1, (v) => number(v, 1)],
  ["oee", "OEE", 1, (v) => percent(v)],
  ["first_pass_yield", "first-pass yield", 1, (v) => percent(v, 1)],
  ["cost_per_good_part_usd", "cost per good part", -1, (v) => money(v)],
  ["cost_per_good_part_order_mix_usd", "cost per good part, weighted by the order mix", -1, (v) => money(v)],
  ["scrapped", "scrapped parts", -1, (v) => number(v, 0)],
  ["quarantined", "parts in quarantine", -1, (v) => number(v, 0)],
  ["energy_kwh", "energy, kWh", -1, (v) => number(v, 0)],
  ["cost_usd", "cost of all parts made", 0, (v) => money(v)],
  ["period_cost_per_good_part_usd", "cost per good part, including idle time", -1, (v) => money(v)],
  ["lights_out_longest_h", "longest lights-out run, h", 1, (v) => number(v, 1)],
  ["unattended_share", "unattended share of cutting", 1, (v) => percent(v)],
  ["spindle_hours", "spindle hours", 1, (v) => number(v, 1)],
  ["interventions", "interventions by a person", -1, (v) => number(v, 0)],
  ["decision_automation", "decisions made without a person", 1, (v) => percent(v, 1)],
  ["thread_completeness", "parts with complete traceability", 1, (v) => percent(v)],
  ["schedule_adherence", "cuts started as scheduled", 1, (v) => percent(v)],
  ["index", "factory index", 1, (v) => number(v, 2)],
  ["orders", "orders", 0, (v) => number(v, 0)],
];
const HERO = ["good", "on_time_share", "unattended_hours", "oee", "first_pass_yield", "cost_per_good_part_usd", "lights_out_longest_h", "energy_kwh"];

function heroFigure(key) {
  const measures = doc.view.measures;
  const [, label, , format] = FIGURES.find(([name]) => name === key);
  const text = format(measures[key]);
  const [, value, unit] = /^([−\d.,]+)\s*(.*)$/.exec(text) || [null, text, ""];
  const notes = {
    good: `${number(measures.scrapped, 0)} scrapped, ${number(measures.quarantined, 0)} in quarantine`,
    on_time_share: measures.orders_due !== undefined ? `${measures.orders_on_time} of ${measures.orders_due} due, ${measures.orders} in all` : "",
    unattended_hours: `${percent(measures.unattended_share)} of ${number(measures.spindle_hours, 1)} spindle hours`,
    oee: measures.availability !== undefined ? `${percent(measures.availability)} × ${percent(measures.effectiveness)} × ${percent(measures.quality_ratio)}` : "",
  };
  return el("div", { class: "figure" }, el("div", { class: "value" }, value, unit ? el("small", {}, unit) : null), el("div", { class: "label" }, label), notes[key] ? el("div", { class: "note" }, notes[key]) : null);
}

function compared() {
  const [closed, plainly] = [doc.comparison["closed-loop"] || {}, doc.comparison.conventional || {}];
  return FIGURES.filter(([key]) => typeof closed[key] === "number" || typeof plainly[key] === "number").map(([key, label, better, format]) => {
    const [a, b] = [closed[key], plainly[key]];
    const known = typeof a === "number" && typeof b === "number";
    const same = known && Math.abs(a - b) <= 1e-9 + 0.002 * Math.max(Math.abs(a), Math.abs(b));
    const verdict = !known || !better ? "" : same ? "same" : (a - b) * better > 0 ? "better" : "worse";
    return { key, label, a, b, format, verdict, top: Math.max(Math.abs(a || 0), Math.abs(b || 0)) || 1 };
  });
}

function comparison() {
  const rows = compared();
  const difference = (row) => {
    if (typeof row.a !== "number" || typeof row.b !== "number" || row.verdict === "same" || row.a === row.b) return "";
    const text = row.format(Math.abs(row.a - row.b)).replace(" %", " points");
    return `${row.a > row.b ? "+" : "−"}${text}`;
  };
  const verdict = (row) => (row.verdict === "better" ? tag("loop better", "good") : row.verdict === "worse" ? tag("loop worse", "bad") : row.verdict === "same" ? tag("no difference") : "");
  const pair = (row) => el("div", { class: "pair" }, bar(Math.abs(row.a || 0) / row.top, "", `closed loop: ${row.format(row.a)}`), bar(Math.abs(row.b || 0) / row.top, "alt", `conventional: ${row.format(row.b)}`));
  const grid = table([["", (row) => capital(row.label)], ["Closed loop", (row) => el("b", {}, row.format(row.a)), { num: true }], ["Conventional", (row) => row.format(row.b), { num: true }], ["Difference", difference, { num: true }], ["", pair], ["", verdict]], rows);
  const worse = rows.filter((row) => row.verdict === "worse" || row.verdict === "same");
  const remarks = doc.comparison.remarks || [];
  return el("div", { class: "card" },
    el("h3", {}, "Closed loop compared with the conventional policy"),
    el("p", { class: "muted small" }, "The same virtual shop, orders and seed, run twice (simulated). Conventional: due-date dispatching, run to failure, handbook parameters, fixed reorder points, sampled final inspection."),
    legend([["closed loop", "var(--c0)"], ["conventional", "var(--c1)"]]), grid,
    worse.length || remarks.length ? el("div", { class: "callout" }, el("b", {}, "Where the loop helps and where it does not"), el("ul", {}, remarks.length ? remarks.map((text) => el("li", {}, text)) : worse.map((row) => el("li", {}, `${capital(row.label)}: ${row.format(row.a)}, conventional ${row.format(row.b)}.`)))) : null);
}

function screenOutcome() {
  const view = doc.view;
  const measures = view.measures;
  const refused = view.parts.filter((part) => !part.certified).length;
  const lead = el("p", { class: "lead" }, el("b", {}, view.shop), ` in ${view.country}, ${number(view.now_s / 86400, 1)} days from ${dayOf(0)} ${hourOf(0)} (${view.time_zone}), policy `, el("b", {}, view.policy || "–"), `, seed ${view.seed}. ${view.parts.length} parts planned from their CAD files, ${view.parts.length - refused} certified; ${view.orders.length} orders; ${number(view.events, 0)} events in the log. `, tag(view.ended ? "simulated run, ended" : "simulated run, in progress", "info"));
  const components = Object.entries(measures.index_components || {});
  const rest = FIGURES.filter(([key]) => !HERO.includes(key) && measures[key] !== undefined);
  const small = el("div", { class: "grid cols-2" },
    card("More figures", table([["", (row) => capital(row[1])], ["", (row) => row[3](measures[row[0]]), { num: true }]], rest)),
    components.length ? card(`Factory index ${number(measures.index, 2)}`, el("p", { class: "muted small" }, "Components of the index, each 0 to 1."), table([["", ([name]) => capital((FIGURES.find(([key]) => key === name) || [null, plain(name)])[1])], ["", ([, share]) => bar(share, "", percent(share, 1))], ["", ([, share]) => percent(share), { num: true }]], components)) : null,
  );
  return el("div", { class: "stack" }, lead, el("div", { class: "hero" }, HERO.map(heroFigure)), doc.comparison ? comparison() : null, small);
}
