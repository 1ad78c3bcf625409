// Parts: 3D view, certificate, setups and steps.
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
  const facts = [["Material", part.material], ["Cycle time", long(part.cycle_s)], ["Setups", part.setups.length], ["Features", part.features], ["Faces", part.faces], ["Characteristics", part.characteristics], ...(doc.plan ? [] : [["Made", part.made], ["Price", money(part.price_usd)]])];
  const size = mesh ? `${[0, 1, 2].map((axis) => number(mesh.high[axis] - mesh.low[axis], 1)).join(" × ")} mm` : "no 3D view";
  return el("div", { class: "card stack" },
    el("div", { class: "part" }, viewer ? viewer.place : empty("No 3D view of this part."), el("div", {},
      el("div", { class: "row" }, el("h3", { style: "font-size:18px;margin:0" }, part.name), el("span", { class: "muted" }, size)),
      el("dl", { class: "facts", style: "margin-top:10px" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))), certificate(part))),
    part.setups.length ? el("div", {}, el("h3", {}, "Setups and steps"), setups, steps) : "");
}

function screenParts() {
  const parts = doc.view.parts;
  if (!parts.length) return empty("No part is planned yet.");
  const chosen = parts.find((part) => part.name === ui.part) || parts[0];
  const pick = (part) => () => {
    Object.assign(ui, { part: part.name, face: null, step: null, setup: null });
    show("parts");
  };
  const rows = table([["Part", (part) => part.name], ["Material", (part) => part.material], ["Certified", (part) => (part.certified ? tag("yes", "good") : tag("no", "bad"))], ["Area share", (part) => percent(part.certificate.certified_area_share, 2), { num: true }], ["Gouge, mm", (part) => number(part.certificate.gouge_mm, 3), { num: true }], ["Setups", (part) => part.setups.length, { num: true }], ["Cycle", (part) => long(part.cycle_s), { num: true }], ["Faces", (part) => part.faces, { num: true }], ["Made", (part) => part.made, { num: true }]], parts);
  if (doc.plan) return partCard(chosen);
  return el("div", {}, el("p", { class: "lead" }, "Each NC program is certified against the CAD model by a checker that shares no code with the planner. Nothing uncertified reaches a machine."), el("div", { class: "gallery" }, parts.map((part) => thumbnail(part, part === chosen, pick(part)))), partCard(chosen), beside("parts-table", "All parts as a table", () => rows));
}
