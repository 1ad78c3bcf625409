// Machines and stock: health, utilisation, quantities in stock.
const STATES = { running: ["cutting", "var(--c0)"], busy: ["busy", "var(--c4)"], down: ["down", "var(--c5)"], maintenance: ["planned stop", "var(--c6)"], idle: ["idle", "var(--sunken)"] };

function shares(unit) {
  const seconds = { running: 0, busy: 0, maintenance: 0, down: 0 };
  for (const span of unit.spans) if (span.state in seconds) seconds[span.state] += span.end_s - span.start_s;
  return seconds;
}

function usage(unit) {
  const seconds = shares(unit);
  return el("div", { class: "bar-100" }, Object.entries(seconds).filter(([, s]) => s > 0).map(([state, s]) => el("i", { style: `width:${Math.min(100, (s / doc.view.now_s) * 100)}%;background:${STATES[state][1]}`, "data-tip": `${STATES[state][0]}: ${long(s)} (${percent(s / doc.view.now_s)})` })));
}

function healthPlot(unit) {
  const to = Math.max(doc.view.now_s, 1);
  const stops = unit.spans.filter((span) => span.state === "down" || span.state === "maintenance");
  const draw = (svg, x, y, box) => {
    for (const span of stops) svg.append(sv("rect", { x: x(span.start_s), y: box.top, width: Math.max(2, x(span.end_s) - x(span.start_s)), height: box.bottom - box.top, fill: span.state === "down" ? "var(--c5)" : "var(--c6)", opacity: ".32", "data-tip": spanWords(unit, span) }));
    svg.append(sv("path", { class: "series", d: path(unit.health.map(([at, health]) => [at, health]), x, y, true).text }));
    svg.append(sv("path", { class: "series second", d: path(unit.health.map(([at, , risk]) => [at, risk]), x, y, true).text }));
  };
  return responsive((width) => timePlot(width, { height: 118, from: 0, to, low: 0, high: 1, label: `Health and failure probability of ${unit.id}`, draw }));
}

function vibrationPlot(unit) {
  const values = unit.signals.map(([, value]) => value);
  const [, high] = extent(values, 0);
  const draw = (svg, x, y) => svg.append(sv("path", { class: "series", d: path(unit.signals, x, y).text, "stroke-width": "1.1" }));
  return responsive((width) => timePlot(width, { height: 92, from: 0, to: Math.max(doc.view.now_s, 1), low: 0, high: high || 1, unit: "vibration, mm/s", label: `Vibration of ${unit.id}`, draw }));
}

function machineCard(unit, measures) {
  const seconds = shares(unit);
  const last = unit.health.length ? unit.health[unit.health.length - 1] : null;
  const kind = unit.alarm || unit.status === "failed" || unit.status === "down" ? "bad" : unit.status ? "info" : "";
  const rows = () => el("div", {},
    table([["Stops", (span) => clock(span.start_s)], ["", (span) => STATES[span.state][0]], ["For", (span) => long(span.end_s - span.start_s), { num: true }], ["Why", (span) => span.subject]], unit.spans.filter((span) => span.state === "down" || span.state === "maintenance")),
    unit.health.length ? table([["When", ([at]) => clock(at)], ["Health", ([, health]) => percent(health), { num: true }], ["Failure within the horizon", ([, , risk]) => percent(risk), { num: true }]], unit.health, { tall: true, label: `health of ${unit.id}` }) : null,
    unit.signals.length ? table([["When", ([at]) => clock(at)], ["Vibration, mm/s", ([, value]) => number(value, 2), { num: true }]], unit.signals, { tall: true, label: `vibration of ${unit.id}` }) : null);
  return card(null, el("div", { class: "machine-head" }, el("h3", { style: "margin:0" }, unit.id, el("span", { class: "muted", style: "font-weight:400" }, ` ${unit.kind}`)), unit.alarm ? tag(unit.alarm, "bad") : unit.status ? tag(plain(unit.status), kind) : null), usage(unit),
    el("p", { class: "small muted", style: "margin:0 0 6px" }, /mill|lathe/.test(unit.kind) ? `cutting ${long(seconds.running)}${measures ? `, ${number(measures.unattended_h, 1)} h of it unattended, OEE ${percent(measures.oee)}` : ""}${seconds.down ? `, down ${long(seconds.down)}` : ""}` : `busy ${long(seconds.busy)}`),
    last ? [el("p", { class: "small", style: "margin:0" }, "Health ", el("b", {}, percent(last[1])), ", failure within the horizon ", el("b", { class: last[2] > 0.3 ? "bad-ink" : "" }, percent(last[2]))), healthPlot(unit)] : null, unit.signals.length ? vibrationPlot(unit) : null, last || unit.signals.length ? beside(`machine-${unit.id}`, "Stops, health and vibration as tables", rows) : null);
}

function screenMachines() {
  const units = doc.view.units;
  if (!units.length) return empty("The shop has no units.");
  const figures = new Map((doc.view.measures.machines || []).map((each) => [each.unit, each]));
  const worst = (unit) => (unit.health.length ? -unit.health[unit.health.length - 1][2] : 1);
  const sorted = [...units].sort((a, b) => (/mill|lathe/.test(a.kind) ? 0 : 1) - (/mill|lathe/.test(b.kind) ? 0 : 1) || worst(a) - worst(b));
  const watched = sorted.filter((unit) => /mill|lathe/.test(unit.kind) || unit.health.length || unit.signals.length);
  return el("div", { class: "stack" }, legend([...Object.values(STATES).slice(0, 4), ["health", "var(--c0)"], ["probability of failure", "var(--c1)"], ["night", null, "key-night"]]), el("div", { class: "grid cols-3" }, watched.map((unit) => machineCard(unit, figures.get(unit.id)))), el("div", { class: "grid cols-4" }, sorted.filter((unit) => !watched.includes(unit)).map((unit) => machineCard(unit, figures.get(unit.id)))));
}

function stockCard(item) {
  const series = item.series;
  const to = Math.max(doc.view.now_s, 1);
  const steps = series.length ? [...series, [to, series[series.length - 1][1]]] : [];
  const [, high] = extent(series.map(([, n]) => n), 1);
  const now = series.length ? series[series.length - 1][1] : 0;
  const draw = (svg, x, y, box) => {
    const line = path(steps, x, y, true);
    svg.append(sv("path", { class: "area", d: `${line.text}V${box.bottom}H${x(steps[0] ? steps[0][0] : 0)}Z` }));
    svg.append(sv("path", { class: "series", d: line.text }));
    series.forEach(([at, n], place) => {
      if (place && n > series[place - 1][1]) svg.append(sv("circle", { class: "mark", cx: x(at), cy: y(n), r: 4, "data-tip": `${clock(at)}: ${number(n - series[place - 1][1], 0)} received` }));
    });
  };
  const forecast = item.forecast_q50 === null ? "" : `; ${number(item.forecast_q50, 0)} expected next week, 95 % below ${number(item.forecast_q95, 0)}`;
  const rows = () => table([["When", ([at]) => clock(at)], ["Pieces", ([, n]) => number(n, 0), { num: true }]], series, { tall: true, label: item.item });
  return card(null, el("div", { class: "row spread" }, el("h3", { style: "margin:0" }, item.item), now <= 0 ? tag("empty", "bad") : tag(`${number(now, 0)} in stock`)), el("p", { class: "small muted", style: "margin:4px 0" }, `${number(item.ordered, 0)} ordered, ${number(item.received, 0)} received${forecast}`), responsive((width) => timePlot(width, { height: 112, from: 0, to, low: 0, high, digits: 0, label: `Stock of ${item.item}`, draw })), beside(`stock-${item.item}`, "As a table", rows));
}

function screenStock() {
  const moved = doc.view.stock.filter((item) => item.series.length > 1 || item.ordered || item.received);
  const still = doc.view.stock.filter((item) => !moved.includes(item));
  if (!doc.view.stock.length) return empty("No stock.");
  return el("div", { class: "stack" }, legend([["pieces in stock", "var(--c0)"], ["delivery", "var(--c1)"]]), el("div", { class: "grid cols-3" }, moved.map(stockCard)), still.length ? beside("still", still.length === 1 ? "1 item without movement" : `${still.length} items without movement`, () => table([["Item", (item) => item.item], ["Pieces", (item) => number(item.series[0] ? item.series[0][1] : 0, 0), { num: true }]], still)) : null);
}
