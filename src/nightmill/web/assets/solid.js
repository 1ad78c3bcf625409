// @ts-nocheck
// Solid: a part drawn with a software z-buffer, so that it looks the same with and without a graphics card, and in print.
import { fitCanvas, rgb } from "./canvas.js";
import { el } from "./elements.js";
import { word } from "./words.js";
export const VIEWS = { iso: [-0.62, 0.55], top: [0, 1.5707], front: [0, 0], right: [-1.5707, 0], below: [-0.62, -0.6] };

export function rotation([yaw, pitch]) {
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  // Rows: right, up, towards the eye; the model's z is up.
  return [cy, -sy, 0, sp * sy, sp * cy, cp, -cp * sy, -cp * cy, sp];
}

export function drawSolid(canvas, mesh, camera, paint) {
  const [width, height] = [canvas.width, canvas.height];
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const depth = new Float32Array(width * height).fill(-1e30);
  const owner = new Int32Array(width * height).fill(-1);
  const r = rotation(camera.angles);
  const middle = [0, 1, 2].map((axis) => (mesh.low[axis] + mesh.high[axis]) / 2);
  const radius = reachOf(mesh, camera.lines || [], middle);
  const scale = ((Math.min(width, height * 1.15) * 0.46) / radius) * camera.zoom;
  const projected = (points) => {
    const at = new Float32Array(points.length);
    for (let i = 0; i < at.length; i += 3) {
      const [x, y, z] = [points[i] - middle[0], points[i + 1] - middle[1], points[i + 2] - middle[2]];
      at[i] = width / 2 + (r[0] * x + r[1] * y + r[2] * z) * scale + camera.pan[0] * width;
      at[i + 1] = height / 2 - (r[3] * x + r[4] * y + r[5] * z) * scale + camera.pan[1] * height;
      at[i + 2] = (r[6] * x + r[7] * y + r[8] * z) * scale;
    }
    return at;
  };
  const seen = projected(mesh.vertices);
  const light = [-0.35, 0.55, 0.76];
  const shade = (at) => {
    const n = mesh.normals;
    const nx = r[0] * n[at] + r[1] * n[at + 1] + r[2] * n[at + 2];
    const ny = r[3] * n[at] + r[4] * n[at + 1] + r[5] * n[at + 2];
    const nz = r[6] * n[at] + r[7] * n[at + 1] + r[8] * n[at + 2];
    return 0.42 + 0.5 * Math.max(0, nx * light[0] + ny * light[1] + nz * light[2]) + 0.16 * Math.max(0, nz);
  };
  for (let t = 0; t < mesh.count; t += 1) {
    const [a, b, c] = [3 * mesh.triangles[3 * t], 3 * mesh.triangles[3 * t + 1], 3 * mesh.triangles[3 * t + 2]];
    const face = mesh.faceOf[t];
    rasterise(pixels, depth, owner, width, height, seen, a, b, c, face, shade(9 * t), shade(9 * t + 3), shade(9 * t + 6), paint.colour(face));
  }
  const bias = radius * scale * 0.006 + 0.5;
  for (let i = 0; i < mesh.edges.length; i += 2) {
    strike(pixels, depth, width, height, seen, 3 * mesh.edges[i], 3 * mesh.edges[i + 1], bias, paint.edge, camera.thick);
  }
  for (const line of camera.lines || []) {
    const at = projected(line.points);
    for (let i = 0; i < at.length; i += 6) strike(pixels, depth, width, height, at, i, i + 3, bias, line.colour, camera.thick);
  }
  context.putImageData(image, 0, 0);
  return owner;
}

// Radius of the view around its centre, mm: the part, and the fixtures if they are shown.
export function reachOf(mesh, lines, middle) {
  let far = Math.hypot(...[0, 1, 2].map((axis) => mesh.high[axis] - mesh.low[axis])) / 2;
  for (const line of lines.filter((each) => each.frame)) for (let i = 0; i < line.points.length; i += 3) far = Math.max(far, Math.hypot(...[0, 1, 2].map((axis) => line.points[i + axis] - middle[axis])));
  return far || 1;
}

export function rasterise(pixels, depth, owner, width, height, p, a, b, c, face, sa, sb, sc, colour) {
  const [ax, ay, bx, by, cx, cy] = [p[a], p[a + 1], p[b], p[b + 1], p[c], p[c + 1]];
  const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  if (area >= 0) return;
  const [x0, x1] = [Math.max(0, Math.floor(Math.min(ax, bx, cx))), Math.min(width - 1, Math.ceil(Math.max(ax, bx, cx)))];
  const [y0, y1] = [Math.max(0, Math.floor(Math.min(ay, by, cy))), Math.min(height - 1, Math.ceil(Math.max(ay, by, cy)))];
  const dv = (cy - ay) / area;
  const du = -(by - ay) / area;
  for (let y = y0; y <= y1; y += 1) {
    const py = y + 0.5;
    let u = ((bx - ax) * (py - ay) - (by - ay) * (x0 + 0.5 - ax)) / area;
    let v = ((x0 + 0.5 - ax) * (cy - ay) - (cx - ax) * (py - ay)) / area;
    for (let x = x0; x <= x1; x += 1) {
      if (u >= -1e-6 && v >= -1e-6 && u + v <= 1 + 1e-6) {
        const z = p[a + 2] + v * (p[b + 2] - p[a + 2]) + u * (p[c + 2] - p[a + 2]);
        const at = y * width + x;
        if (z > depth[at]) {
          depth[at] = z;
          owner[at] = face;
          const s = sa + v * (sb - sa) + u * (sc - sa);
          pixels[at] = 0xff000000 | (Math.min(255, colour[2] * s) << 16) | (Math.min(255, colour[1] * s) << 8) | Math.min(255, colour[0] * s);
        }
      }
      u += du;
      v += dv;
    }
  }
}

export function strike(pixels, depth, width, height, p, a, b, bias, colour, thick) {
  const steps = Math.ceil(Math.max(Math.abs(p[b] - p[a]), Math.abs(p[b + 1] - p[a + 1]))) || 1;
  const ink = 0xff000000 | (colour[2] << 16) | (colour[1] << 8) | colour[0];
  for (let i = 0; i <= steps; i += 1) {
    const share = i / steps;
    const x = Math.floor(p[a] + share * (p[b] - p[a]));
    const y = Math.floor(p[a + 1] + share * (p[b + 1] - p[a + 1]));
    const z = p[a + 2] + share * (p[b + 2] - p[a + 2]) + bias;
    for (let dx = 0; dx < thick; dx += 1) {
      for (let dy = 0; dy < thick; dy += 1) {
        const at = (y + dy) * width + x + dx;
        if (x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height && z >= depth[at]) pixels[at] = ink;
      }
    }
  }
}

export function paintOf(part, lit, thumb) {
  const [metal, edge, orange, blue] = [rgb("--metal"), rgb("--edge"), rgb("--c5"), rgb("--accent")];
  const uncut = new Set(thumb ? [] : part.certificate.uncut.flatMap((each) => each.faces));
  return { edge, colour: (face) => (lit.has(face) ? blue : uncut.has(face) ? orange : metal) };
}

// The viewer: orbit by mouse, touch and keyboard; a click on a face calls act(face).
export function solidViewer(part, mesh, state, act) {
  const canvas = el("canvas", { tabindex: "0", role: "img", "aria-label": `${part.name} in 3D. Arrow keys rotate it, plus and minus zoom.` });
  const place = el("div", { class: "solid" }, canvas);
  let owner = null;
  let asked = 0;
  let moved = 0;
  const fingers = new Map();
  const paint = (quick) => {
    const width = canvas.clientWidth || 480;
    const ratio = fitCanvas(canvas, width, width * 0.75, quick ? 1 : 2);
    owner = drawSolid(canvas, mesh, { ...state, thick: ratio > 1 ? 2 : 1 }, state.paint ? state.paint() : paintOf(part, state.lit));
  };
  const draw = (quick) => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => paint(quick));
  };
  const turn = (dx, dy) => {
    state.angles = [state.angles[0] + dx * 0.01, Math.max(-1.5707, Math.min(1.5707, state.angles[1] + dy * 0.01))];
  };
  canvas.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    canvas.setPointerCapture(event.pointerId);
    moved = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const [dx, dy] = [event.clientX - last[0], event.clientY - last[1]];
    moved += Math.abs(dx) + Math.abs(dy);
    if (fingers.size === 2) {
      const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
      state.zoom = Math.max(0.4, Math.min(12, (state.zoom * Math.hypot(event.clientX - other[0], event.clientY - other[1])) / (Math.hypot(last[0] - other[0], last[1] - other[1]) || 1)));
    } else if (event.shiftKey) state.pan = [state.pan[0] + dx / canvas.clientWidth, state.pan[1] + dy / canvas.clientHeight];
    else turn(dx, dy);
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    draw(true);
  });
  const lift = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    if (moved < 4 && event.type === "pointerup" && owner) {
      const box = canvas.getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * canvas.width);
      const y = Math.floor(((event.clientY - box.top) / box.height) * canvas.height);
      act(owner[y * canvas.width + x] ?? -1);
    } else draw(false);
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("wheel", (event) => {
    if (document.activeElement !== canvas) return;
    event.preventDefault();
    state.zoom = Math.max(0.4, Math.min(12, state.zoom * Math.exp(-event.deltaY * 0.0015)));
    draw(true);
    clearTimeout(state.rest);
    state.rest = setTimeout(() => draw(false), 160);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const keys = { ArrowLeft: () => turn(-14, 0), ArrowRight: () => turn(14, 0), ArrowUp: () => turn(0, -14), ArrowDown: () => turn(0, 14), "+": () => (state.zoom *= 1.15), "=": () => (state.zoom *= 1.15), "-": () => (state.zoom /= 1.15), 0: () => Object.assign(state, { angles: VIEWS.iso, zoom: 1, pan: [0, 0] }) };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
    draw(false);
  });
  new ResizeObserver(() => draw(false)).observe(canvas);
  matchMedia("screen and (prefers-color-scheme: dark)").addEventListener("change", () => paint(false));
  const buttons = Object.keys(VIEWS).map((name) => el("button", { type: "button", onclick: () => {
    Object.assign(state, { angles: VIEWS[name], zoom: 1, pan: [0, 0] });
    draw(false);
  } }, word(name)));
  place.append(el("div", { class: "view-buttons" }, buttons));
  return { place, draw };
}
