// Gantt chart: past and planned work of each unit over nights and days. Drawn on a canvas; the table beside it has the same content.
const GANTT = { row: 26, head: 34, label: 92, foot: 6 };

function ganttRange() {
  const view = doc.view;
  const last = Math.max(view.now_s, ...view.units.flatMap((unit) => unit.planned.map((span) => span.end_s)));
  return [0, last];
}

function hatch(context, colour) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = 3;
  pen.beginPath();
  for (const at of [-8, 0, 8]) {
    pen.moveTo(at, 8);
    pen.lineTo(at + 8, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

// Draw units over [from, to] (s) and return the boxes for hit tests: [x, y, w, h, unit, span].
function drawGantt(canvas, width, units, range, chosen) {
  const height = GANTT.head + units.length * GANTT.row + GANTT.foot;
  canvas.style.height = `${height}px`;
  const ratio = fitCanvas(canvas, width, height);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const [from, to] = range;
  const x = (at) => GANTT.label + ((at - from) / (to - from)) * (width - GANTT.label);
  const ink = { ink: token("--ink"), muted: token("--muted"), faint: token("--faint"), line: token("--line"), hair: token("--hair"), night: token("--night"), nightInk: token("--night-ink"), surface: token("--surface"), accent: token("--accent"), font: token("--font") };
  const colours = Array.from({ length: COLOURS }, (unused, place) => token(`--c${place}`));
  const boxes = [];
  context.save();
  context.beginPath();
  context.rect(GANTT.label, 0, width - GANTT.label, height);
  context.clip();
  context.font = `11px ${ink.font}`;
  for (const [a, b] of nights(to)) {
    if (b < from) continue;
    context.fillStyle = ink.night;
    context.fillRect(x(a), 0, x(b) - x(a), height);
    if (x(b) - x(a) > 60) {
      context.fillStyle = ink.nightInk;
      context.textAlign = "left";
      context.fillText("☾ nobody present", Math.max(x(a), GANTT.label) + 6, 12);
    }
  }
  const times = timeTicks(from, to, Math.max(2, Math.floor((width - GANTT.label) / 70)));
  for (const at of times.at) {
    context.strokeStyle = ink.line;
    context.beginPath();
    context.moveTo(Math.round(x(at)) + 0.5, 18);
    context.lineTo(Math.round(x(at)) + 0.5, height);
    context.stroke();
    context.fillStyle = ink.muted;
    context.textAlign = "left";
    context.fillText(tickWord(at, times.step), x(at) + 4, 28);
  }
  const down = hatch(context, token("--c5"));
  const serve = hatch(context, token("--c6"));
  units.forEach((unit, place) => {
    const y = GANTT.head + place * GANTT.row;
    context.fillStyle = ink.line;
    context.fillRect(GANTT.label, y + GANTT.row - 1, width - GANTT.label, 1);
    const put = (span, ghost) => {
      if (span.end_s < from || span.start_s > to) return;
      const [x0, x1] = [Math.max(x(span.start_s), GANTT.label - 4), Math.min(x(span.end_s), width + 4)];
      const w = Math.max(0.8, x1 - x0 - (x1 - x0 > 4 ? 0.7 : 0));
      const box = [x0, y + 3, w, GANTT.row - 7];
      const index = colourIndex(itemOf(span.subject));
      const apart = chosen && (!span.subject || orderOf(span.subject) !== chosen);
      context.globalAlpha = apart ? 0.14 : span.state === "busy" ? 0.55 : 1;
      if (ghost) {
        context.globalAlpha *= 0.9;
        context.strokeStyle = index < 0 ? ink.faint : colours[index];
        context.setLineDash([3, 2]);
        context.strokeRect(box[0] + 0.5, box[1] + 0.5, Math.max(0.5, w - 1), box[3] - 1);
        context.setLineDash([]);
      } else {
        context.fillStyle = span.state === "down" ? down : span.state === "maintenance" ? serve : index < 0 ? ink.faint : colours[index];
        context.fillRect(...box);
      }
      if (w > 58 && span.subject && !apart) {
        context.save();
        context.beginPath();
        context.rect(...box);
        context.clip();
        context.fillStyle = ghost || span.state === "down" || span.state === "maintenance" ? ink.ink : "#10151d";
        context.fillText(serialOf(span.subject), Math.max(box[0], GANTT.label) + 5, box[1] + 13);
        context.restore();
      }
      context.globalAlpha = 1;
      boxes.push([...box, unit, span]);
    };
    unit.planned.forEach((span) => put(span, true));
    unit.spans.forEach((span) => put(span, false));
  });
  if (doc.view.now_s >= from && doc.view.now_s <= to && (!doc.view.ended || to > doc.view.now_s)) {
    context.fillStyle = ink.accent;
    context.fillRect(x(doc.view.now_s) - 1, 16, 2, height - 16);
    context.textAlign = "right";
    context.fillText(doc.view.ended ? "end" : "now", x(doc.view.now_s) - 5, 12);
  }
  context.restore();
  units.forEach((unit, place) => {
    context.fillStyle = ink.ink;
    context.font = `600 12px ${ink.font}`;
    context.textAlign = "left";
    context.fillText(unit.id, 0, GANTT.head + place * GANTT.row + 17, GANTT.label - 10);
  });
  return boxes;
}

function spanWords(unit, span) {
  const word = { running: "cutting", busy: "busy", down: "down", maintenance: "planned stop", planned: "planned" }[span.state] || span.state;
  return `${unit.id}: ${word}${span.subject ? ` ${span.subject}` : ""}\n${clock(span.start_s)} – ${hourOf(span.end_s)} (${long(span.end_s - span.start_s)})`;
}

function ganttChart(units, act) {
  const canvas = el("canvas", { tabindex: "0", role: "img", "aria-label": "Schedule. Left and right arrow keys move, plus and minus zoom, 0 shows all. The table below has the same content." });
  const place = el("div", { class: "gantt" }, canvas);
  let boxes = [];
  let asked = 0;
  let grip = null;
  const whole = ganttRange();
  if (!ui.range) ui.range = whole;
  const paint = () => (boxes = drawGantt(canvas, place.clientWidth || 900, units, ui.range, ui.order));
  const draw = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(paint);
  };
  const show = (from, to) => {
    const length = Math.max(900, Math.min(to - from, (whole[1] - whole[0]) * 1.04));
    const start = Math.max(whole[0] - length * 0.02, Math.min(from, whole[1] + length * 0.02 - length));
    ui.range = [start, start + length];
    draw();
  };
  const zoom = (factor, share) => {
    const [from, to] = ui.range;
    const at = from + (to - from) * share;
    show(at - (at - from) * factor, at + (to - at) * factor);
  };
  const move = (share) => show(ui.range[0] + (ui.range[1] - ui.range[0]) * share, ui.range[1] + (ui.range[1] - ui.range[0]) * share);
  const hit = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    return boxes.findLast(([bx, by, w, h]) => x >= bx - 1 && x <= bx + w + 1 && y >= by && y <= by + h && x > GANTT.label);
  };
  canvas.addEventListener("pointerdown", (event) => {
    grip = { x: event.clientX, range: ui.range, moved: 0 };
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("drag");
  });
  canvas.addEventListener("pointermove", (event) => {
    if (grip) {
      const pixels = event.clientX - grip.x;
      grip.moved = Math.max(grip.moved, Math.abs(pixels));
      const shift = (-pixels / (canvas.clientWidth - GANTT.label)) * (grip.range[1] - grip.range[0]);
      show(grip.range[0] + shift, grip.range[1] + shift);
      return;
    }
    const found = hit(event);
    showTip(found ? spanWords(found[4], found[5]) : "", event.clientX, event.clientY);
  });
  canvas.addEventListener("pointerup", (event) => {
    const found = grip && grip.moved < 4 ? hit(event) : null;
    const clicked = grip && grip.moved < 4;
    grip = null;
    canvas.classList.remove("drag");
    if (clicked) act(found ? orderOf(found[5].subject) : "");
  });
  canvas.addEventListener("pointercancel", () => (grip = null));
  canvas.addEventListener("pointerleave", () => showTip(""));
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey && document.activeElement !== canvas) return;
    event.preventDefault();
    const share = Math.max(0, (event.offsetX - GANTT.label) / (canvas.clientWidth - GANTT.label));
    if (event.shiftKey) move((event.deltaY || event.deltaX) * 0.001);
    else zoom(Math.exp(event.deltaY * 0.002), share);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const keys = { ArrowLeft: () => move(-0.15), ArrowRight: () => move(0.15), "+": () => zoom(0.75, 0.5), "=": () => zoom(0.75, 0.5), "-": () => zoom(1.33, 0.5), 0: () => show(...whole), Escape: () => act("") };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  new ResizeObserver(draw).observe(place);
  matchMedia("screen and (prefers-color-scheme: dark)").addEventListener("change", paint);
  return { place, draw, show, zoom, whole };
}
