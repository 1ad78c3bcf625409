// Parts: the solid, its proof, and how it is made.
const meshes = new Map();
const cameras = new Map();
const viewers = new Map();

function meshOf(part) {
  if (!meshes.has(part.name)) {
    const mesh = readMesh(part.preview || {});
    if (!mesh) return null;
    meshes.set(part.name, mesh);
  }
  return meshes.get(part.name);
}

function thumbnail(part, chosen, act) {
  const canvas = el("canvas", { "aria-hidden": "true" });
  const mesh = meshOf(part);
  if (mesh) {
    new ResizeObserver((entries, observer) => {
      const width = canvas.clientWidth;
      if (!width) return;
      observer.disconnect();
      fitCanvas(canvas, width, width * 0.75, 2);
      drawSolid(canvas, mesh, { angles: VIEWS.iso, zoom: 1, pan: [0, 0], thick: 1 }, paintOf(part, new Set(), true));
    }).observe(canvas);
  }
  return el("button", { type: "button", class: "thumb", "aria-pressed": chosen ? "true" : "false", onclick: act }, canvas, el("b", {}, part.name), el("span", { class: "row small" }, el("i", { style: `width:9px;height:9px;border-radius:2px;background:${itemColour(part.name)}` }), part.certified ? tag("certified", "good") : tag("not certified", "bad")));
}

const checked = (value, format) => (value === null || value === undefined ? tag("not checked", "warn") : format(value));

function certificate(part) {
  const c = part.certificate;
  const judge = (value, limit, format) => checked(value, (v) => el("span", { class: v <= limit ? "good-ink" : "bad-ink" }, format(v)));
  const rows = [
    ["Gouge into the part", judge(c.gouge_mm, 0.02, (v) => `${number(v, 3)} mm`), "≤ 0.020 mm"],
    ["Material left, where visible", checked(c.excess_mm, (v) => `${number(v, 3)} mm`), "≤ 0.050 mm over 99.5 %"],
    ["Certified share of the visible area", checked(c.certified_area_share, (v) => el("span", { class: v >= 0.995 ? "good-ink" : "bad-ink" }, percent(v, 2))), "≥ 99.5 %"],
    ["Rapid moves through stock", judge(c.rapid_hits, 0, (v) => number(v, 0)), "0"],
    ["Collisions", judge(c.collisions, 0, (v) => number(v, 0)), "0"],
  ];
  const uncut = c.uncut.length
    ? [el("h4", {}, "What stays uncut, and why"), table([["Area", (row) => `${number(row.area_mm2, 0)} mm²`, { num: true }], ["Faces", (row) => row.faces.slice(0, 12).join(", ") + (row.faces.length > 12 ? " …" : "")], ["Reason", (row) => row.reason]], c.uncut)]
    : [el("p", { class: "muted small" }, "Nothing stays uncut.")];
  return [el("div", { class: "row spread" }, el("h3", {}, "Certificate"), part.certified ? tag("certified", "good") : tag("not certified: never sent to a machine", "bad")), table([["Check", (row) => row[0]], ["Found", (row) => row[1], { num: true }], ["Limit", (row) => row[2], { num: true }]], rows), uncut, c.messages.length ? el("ul", { class: "small muted" }, c.messages.map((text) => el("li", {}, text))) : null];
}

function stepsTable(part, lit, redraw) {
  const rows = part.setups.flatMap((setup, s) => (setup.steps || []).map((step, place) => ({ setup, step, key: `${s}/${place}`, first: place === 0 })));
  const longest = Math.max(1, ...rows.map((row) => row.step.time_s || 0));
  const columns = [
    ["Setup", (row) => (row.first ? el("b", {}, row.setup.name, row.setup.direction ? el("span", { class: "muted" }, ` from ${row.setup.direction}`) : "") : "")],
    ["Step", (row) => row.step.name], ["Strategy", (row) => row.step.strategy], ["Tool", (row) => `T${row.step.tool}`, { num: true }],
    ["Spindle", (row) => `${number(row.step.cutting.spindle_rpm, 0)} rpm`, { num: true }], ["Feed", (row) => `${number(row.step.cutting.feed_mm_min, 0)} mm/min`, { num: true }],
    ["ap × ae", (row) => `${number(row.step.cutting.ap_mm, 1)} × ${number(row.step.cutting.ae_mm, 1)}`, { num: true }],
    ["Time", (row) => el("div", { style: "min-width:90px" }, long(row.step.time_s), bar((row.step.time_s || 0) / longest)), { num: true }],
    ["Data from", (row) => el("span", { class: "small muted" }, row.step.cutting.source)],
  ];
  return table(columns, rows, { tall: rows.length > 14, label: "steps", row: (row) => pickRow(ui.step === row.key, () => {
    ui.step = ui.step === row.key ? null : row.key;
    ui.setup = null;
    ui.face = null;
    redraw();
  }) });
}

function litFaces(part) {
  if (ui.face !== null && ui.face >= 0) return new Set([ui.face]);
  if (ui.step === null) return new Set();
  const [s, place] = ui.step.split("/").map(Number);
  return new Set(part.setups[s]?.steps?.[place]?.faces || []);
}

function hintOf(part) {
  if (ui.face !== null && ui.face >= 0) {
    const by = part.setups.flatMap((setup) => (setup.steps || []).filter((step) => step.faces.includes(ui.face)).map((step) => `${setup.name}: ${step.name} (T${step.tool})`));
    const uncut = part.certificate.uncut.find((each) => each.faces.includes(ui.face));
    return `Face ${ui.face}${by.length ? `, cut by ${by.slice(0, 3).join("; ")}` : ""}${uncut ? `, not cut fully: ${uncut.reason}` : ""}`;
  }
  const orange = part.certificate.uncut.length ? " Orange: not cut fully." : "";
  if (ui.step !== null) return `Blue: the faces of the chosen step and its tool's way; rapid moves orange.${orange}`;
  if (ui.setup !== null) return `Grey: fixtures and the raw piece; a colour a step; rapid moves orange.`;
  return `Drag to turn, click a face, a setup or a step.${orange}`;
}

function partCard(part) {
  if (!cameras.has(part.name)) cameras.set(part.name, { angles: VIEWS.iso, zoom: 1, pan: [0, 0], lit: new Set() });
  const camera = cameras.get(part.name);
  const mesh = meshOf(part);
  const hint = el("div", { class: "hint", role: "status" }, hintOf(part));
  const steps = el("div", {});
  const setups = el("div", {});
  const redraw = () => {
    camera.lit = litFaces(part);
    camera.lines = linesOf(part);
    setups.replaceChildren(setupButtons(part, redraw) || "");
    steps.replaceChildren(stepsTable(part, camera.lit, redraw));
    hint.textContent = hintOf(part);
    if (viewers.has(part.name)) viewers.get(part.name).draw(false);
  };
  const viewer = mesh ? solidViewer(part, mesh, camera, (face) => {
    ui.face = face < 0 || ui.face === face ? null : face;
    ui.step = null;
    ui.setup = null;
    redraw();
  }) : null;
  if (viewer) viewers.set(part.name, viewer);
  if (viewer) viewer.place.append(hint);
  redraw();
  const facts = [["Material", part.material], ["Cycle time", long(part.cycle_s)], ["Setups", part.setups.length], ["Features", part.features], ["Faces", part.faces], ["Characteristics", part.characteristics], ...(doc.plan ? [] : [["Made and costed", part.made], ["Price", money(part.price_usd)]])];
  const size = mesh ? `${[0, 1, 2].map((axis) => number(mesh.high[axis] - mesh.low[axis], 1)).join(" × ")} mm` : "no picture";
  return el("div", { class: "card stack" },
    el("div", { class: "part" }, viewer ? viewer.place : empty("There is no picture of this part."), el("div", {},
      el("div", { class: "row" }, el("h3", { style: "font-size:18px;margin:0" }, part.name), el("span", { class: "muted" }, size)),
      el("dl", { class: "facts", style: "margin-top:10px" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))), certificate(part))),
    el("div", {}, el("h3", {}, "Setups and steps"), setups, steps));
}

function screenParts() {
  const parts = doc.view.parts;
  if (!parts.length) return empty("No part has been planned yet.");
  const chosen = parts.find((part) => part.name === ui.part) || parts[0];
  const pick = (part) => () => {
    Object.assign(ui, { part: part.name, face: null, step: null, setup: null });
    show("parts");
  };
  const rows = table([["Part", (part) => part.name], ["Material", (part) => part.material], ["Certified", (part) => (part.certified ? tag("yes", "good") : tag("no", "bad"))], ["Area share", (part) => percent(part.certificate.certified_area_share, 2), { num: true }], ["Gouge, mm", (part) => number(part.certificate.gouge_mm, 3), { num: true }], ["Setups", (part) => part.setups.length, { num: true }], ["Cycle", (part) => long(part.cycle_s), { num: true }], ["Faces", (part) => part.faces, { num: true }], ["Made", (part) => part.made, { num: true }]], parts);
  if (doc.plan) return partCard(chosen);
  return el("div", {}, el("p", { class: "lead" }, "Each NC program is certified against the CAD model by a checker that shares no code with the planner. Nothing uncertified reaches a machine."), el("div", { class: "gallery" }, parts.map((part) => thumbnail(part, part === chosen, pick(part)))), partCard(chosen), beside("parts-table", "All parts as a table", () => rows));
}
