// Schedule and orders: what each unit does when, promise dates and reasons for lateness.
function screenSchedule() {
  const units = doc.view.units.filter((unit) => unit.spans.length || unit.planned.length || /mill|lathe/.test(unit.kind));
  if (!units.length) return empty("No schedule yet.");
  const chart = ganttChart(units, (order) => {
    ui.order = order;
    show("schedule");
  });
  chart.draw();
  const dark = nights(Math.max(doc.view.now_s, 1)).filter(([a, b]) => b - a > 3 * 3600);
  const jump = (name, from, to) => el("button", { type: "button", onclick: () => chart.show(from, to) }, name);
  const names = [...new Set(doc.view.orders.map((order) => order.id))];
  const picker = el("select", { id: "schedule-order", "aria-label": "Order to highlight", onchange: (event) => {
    ui.order = event.target.value;
    show("schedule");
  } }, el("option", { value: "" }, "all orders"), names.map((name) => el("option", { value: name, selected: name === ui.order }, name)));
  const keys = doc.view.parts.map((part) => [part.name, itemColour(part.name)]);
  const spans = () => {
    const rows = units.flatMap((unit) => [...unit.spans, ...unit.planned].map((span) => ({ unit, span })));
    return table([["Unit", (row) => row.unit.id], ["State", (row) => row.span.state], ["From", (row) => clock(row.span.start_s)], ["To", (row) => clock(row.span.end_s)], ["Duration", (row) => long(row.span.end_s - row.span.start_s), { num: true }], ["What", (row) => row.span.subject], ["", (row) => (atNight(row.span.start_s) ? "☾" : "")]], rows, { tall: true, label: "spans of all units" });
  };
  return el("div", { class: "card" },
    el("div", { class: "row spread no-print" }, el("div", { class: "row" }, jump("Whole run", ...chart.whole), dark.map(([a, b], place) => jump(`Night ${place + 1}`, a - 3600, b + 3600)), picker), el("div", { class: "row" }, el("button", { type: "button", "aria-label": "Zoom in", onclick: () => chart.zoom(0.6, 0.5) }, "+"), el("button", { type: "button", "aria-label": "Zoom out", onclick: () => chart.zoom(1.6, 0.5) }, "−"))),
    legend([...keys, ["failed", null, "key-hatch"], ["planned stop", null, "key-serve"], ["planned", null, "key-ghost"], ["nobody present", null, "key-night"]]), chart.place,
    el("p", { class: "muted small no-print", style: "margin:8px 0 0" }, "Drag to move. Ctrl + wheel, or + and −, zoom. Click a bar to highlight its order."), beside("spans", "Schedule as a table", spans));
}

function lateness(order) {
  const end = order.completed_s ?? Math.max(order.promise_s ?? 0, doc.view.now_s);
  return end - order.due_s;
}

function orderBar(order, from, to) {
  const x = (at) => `${Math.max(0, Math.min(100, ((at - from) / (to - from)) * 100))}%`;
  const end = order.completed_s ?? order.promise_s;
  const late = lateness(order) > 0;
  return el("div", { style: "position:relative;height:16px;min-width:200px;background:var(--sunken);border-radius:4px", "data-tip": `due ${clock(order.due_s)}\npromised ${clock(order.promise_s)}\ndone ${clock(order.completed_s)}` },
    end !== null && end !== undefined ? el("i", { style: `position:absolute;left:0;top:5px;height:6px;border-radius:3px;width:${x(end)};background:${itemColour(order.item)};opacity:${order.completed_s === null ? 0.4 : 1}` }) : null,
    el("i", { style: `position:absolute;top:1px;height:14px;width:2px;left:${x(order.due_s)};background:${late ? "var(--c5)" : "var(--ink)"}` }));
}

function screenOrders() {
  const orders = doc.view.orders;
  if (!orders.length) return empty("There are no orders.");
  const latest = Math.max(...orders.flatMap((order) => [order.due_s, order.promise_s ?? 0, order.completed_s ?? 0]));
  const kinds = { done: ["done", "good"], open: ["open", "info"], late: ["late", "bad"] };
  const columns = [
    ["Order", (order) => el("b", {}, order.id)], ["Item", (order) => order.item], ["Good", (order) => `${order.good} of ${order.quantity}`, { num: true }], ["Scrap", (order) => order.scrapped || "", { num: true }],
    ["State", (order) => tag(...(kinds[order.state] || [order.state, ""]))], ["Due", (order) => clock(order.due_s)], ["Promise", (order) => clock(order.promise_s)], ["Done", (order) => clock(order.completed_s)],
    ["Margin", (order) => el("span", { class: lateness(order) > 0 ? "bad-ink" : "" }, order.completed_s === null && order.promise_s === null ? "–" : lateness(order) > 0 ? `${long(lateness(order))} late` : `${long(-lateness(order))} early`), { num: true }],
    ["Until due", (order) => orderBar(order, 0, latest)], ["Reason", (order) => el("span", { class: "small" }, order.reason)],
  ];
  const tally = (state) => orders.filter((order) => order.state === state).length;
  return el("div", {}, el("p", { class: "lead" }, el("b", {}, tally("done")), " done, ", el("b", {}, tally("open")), " open, ", el("b", {}, tally("late")), " late. The vertical mark is the due date; a solid bar ends at completion, a pale one at the promise date."), el("div", { class: "card" }, table(columns, [...orders].sort((a, b) => a.due_s - b.due_s), { row: (order) => pickRow(order.id === ui.order, () => {
    ui.order = ui.order === order.id ? "" : order.id;
    show("orders");
    show("schedule");
  }) })));
}
