// Quality: control charts with the loop's corrections, and camera images.
function chartOf(chart) {
  const points = chart.points;
  const name = chart.characteristic.replace("#", " · no. ");
  const [low, high] = extent(points.flatMap((p) => [p.deviation_um, p.offset_um]), chart.lower_um, chart.upper_um, 0);
  const from = 0;
  const to = Math.max(doc.view.now_s, 1);
  const draw = (svg, x, y, box) => {
    for (const [at, cls, label] of [[chart.upper_um, "limit", "upper"], [0, "centre", ""], [chart.lower_um, "limit", "lower"]]) {
      svg.append(sv("line", { class: cls, x1: box.left, x2: box.right, y1: y(at), y2: y(at) }));
      if (label) svg.append(sv("text", { x: box.right - 2, y: y(at) + (label === "upper" ? 13 : -5), "text-anchor": "end" }, `${label} ${number(at, 0)}`));
    }
    for (let i = 1; i < points.length; i += 1) {
      if (points[i].edge !== points[i - 1].edge) svg.append(sv("line", { class: "edge-change", x1: x(points[i].at_s) - 3, x2: x(points[i].at_s) - 3, y1: box.top, y2: box.bottom, "stroke-width": "6", "stroke-opacity": ".5", "data-tip": `new edge ${points[i].edge}` }));
    }
    if (points.length) {
      const offsets = path([...points.map((p) => [p.at_s, p.offset_um]), [to, points[points.length - 1].offset_um]], x, y, true);
      svg.append(sv("path", { class: "series second", d: offsets.text }));
    }
    svg.append(sv("path", { class: "series", d: path(points.map((p) => [p.at_s, p.deviation_um]), x, y).text, "stroke-opacity": ".35" }));
    for (const p of points) {
      const out = p.deviation_um > chart.upper_um || p.deviation_um < chart.lower_um;
      svg.append(sv("circle", { class: `dot ${out ? "out" : ""}`, cx: x(p.at_s), cy: y(p.deviation_um), r: 3, "data-tip": `${p.serial}, ${clock(p.at_s)}\ndeviation ${number(p.deviation_um, 1)} µm, offset ${number(p.offset_um, 1)} µm${p.edge ? `\nedge ${p.edge}` : ""}${p.signal ? `\n${p.signal}` : ""}${out ? "\nout of tolerance" : ""}` }));
      if (p.signal) svg.append(sv("circle", { class: "signal", cx: x(p.at_s), cy: y(p.deviation_um), r: 6.5 }));
    }
  };
  const plan = { height: 172, from, to, low, high, digits: 0, label: `Control chart of ${name} on ${chart.machine}: ${points.length} readings`, draw };
  const rows = () => table([["When", (p) => clock(p.at_s)], ["Serial", (p) => p.serial], ["Deviation, µm", (p) => number(p.deviation_um, 1), { num: true }], ["Offset, µm", (p) => number(p.offset_um, 1), { num: true }], ["Edge", (p) => p.edge], ["Signal", (p) => p.signal]], points, { tall: true, label: name });
  const signals = points.filter((p) => p.signal).length;
  return card(null, el("div", { class: "row spread" }, el("h3", { style: "margin:0" }, `${name} on ${chart.machine}`), el("span", { class: "row" }, el("span", { class: "small muted" }, `${chart.kind}, T${chart.tool}, ${points.length} readings`), signals ? tag(`${signals} ${signals === 1 ? "signal" : "signals"}`, "bad") : null)), responsive((width) => timePlot(width, plan)), beside(`spc-${chart.family}`, "Readings", rows));
}

function photo(image) {
  const bad = image.verdict !== "good";
  return el("figure", { class: `photo ${bad ? "bad" : ""}` }, el("img", { src: `data:image/png;base64,${image.png_base64}`, alt: `${image.serial}: ${image.verdict}, score ${number(image.score, 2)}`, loading: "lazy" }), el("figcaption", {}, el("span", {}, image.serial), tag(`${image.verdict} ${number(image.score, 2)}`, bad ? "bad" : "good")));
}

function screenQuality() {
  const { charts, images } = doc.view;
  if (!charts.length && !images.length) return empty("No measurements or images yet.");
  const signalled = [...charts].sort((a, b) => b.points.filter((p) => p.signal).length - a.points.filter((p) => p.signal).length || b.points.length - a.points.length);
  const shown = signalled.slice(0, ui.charts);
  const more = charts.length > shown.length ? el("button", { type: "button", class: "no-print", onclick: () => {
    ui.charts += 24;
    show("quality");
  } }, `Show more (${charts.length - shown.length} charts left)`) : null;
  const key = legend([["reading, µm from nominal", "var(--c0)"], ["tool offset in force", "var(--c1)"], ["signal or out of tolerance", "var(--c5)"], ["new cutting edge", "var(--c6)"]]);
  return el("div", { class: "stack" }, charts.length ? el("p", { class: "lead" }, `${charts.length} characteristics charted by machine and tool (simulated readings). Dashed lines are the tolerance about nominal; a step in the offset is a correction that the loop wrote to the machine.`) : null, charts.length ? key : null, el("div", { class: "grid cols-2" }, shown.map(chartOf)), more,
    images.length ? card("Camera images", el("p", { class: "muted small" }, "Rendered images of the virtual shop, most suspicious first. Score of the detector: higher is worse."), el("div", { class: "photos" }, images.map(photo))) : null);
}
