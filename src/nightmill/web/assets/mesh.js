// @ts-nocheck
// Mesh: a part's triangles, unpacked; normals smooth inside a face and sharp between faces; the edges between faces.
export function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  return bytes.buffer;
}

export function unpacked(preview) {
  if (preview.v) {
    const grid = new Uint16Array(bytesOf(preview.v));
    const vertices = new Float32Array(grid.length);
    for (let i = 0; i < grid.length; i += 1) vertices[i] = preview.origin[i % 3] + grid[i] * preview.step_mm;
    return { vertices, triangles: new Uint32Array(bytesOf(preview.t)), faceOf: new Uint32Array(bytesOf(preview.f)) };
  }
  if (!preview.triangles || !preview.triangles.length) return null;
  return { vertices: new Float32Array(preview.vertices.flat()), triangles: new Uint32Array(preview.triangles.flat()), faceOf: new Uint32Array(preview.face_of) };
}

// Vertices at the same place (within 0.001 mm) are merged, so that faces meshed separately share their edges.
export function welded(vertices) {
  const places = new Map();
  const found = new Uint32Array(vertices.length / 3);
  for (let i = 0; i < found.length; i += 1) {
    const key = `${Math.round(vertices[3 * i] * 1e3)},${Math.round(vertices[3 * i + 1] * 1e3)},${Math.round(vertices[3 * i + 2] * 1e3)}`;
    if (!places.has(key)) places.set(key, i);
    found[i] = places.get(key);
  }
  return found;
}

export function readMesh(preview) {
  const raw = unpacked(preview);
  if (!raw) return null;
  const { vertices, triangles, faceOf } = raw;
  const count = faceOf.length;
  const weld = welded(vertices);
  const flat = new Float32Array(count * 3);
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < vertices.length; i += 1) {
    if (vertices[i] < low[i % 3]) low[i % 3] = vertices[i];
    if (vertices[i] > high[i % 3]) high[i % 3] = vertices[i];
  }
  for (let t = 0; t < count; t += 1) {
    const [a, b, c] = [triangles[3 * t] * 3, triangles[3 * t + 1] * 3, triangles[3 * t + 2] * 3];
    const u = [vertices[b] - vertices[a], vertices[b + 1] - vertices[a + 1], vertices[b + 2] - vertices[a + 2]];
    const v = [vertices[c] - vertices[a], vertices[c + 1] - vertices[a + 1], vertices[c + 2] - vertices[a + 2]];
    flat[3 * t] = u[1] * v[2] - u[2] * v[1];
    flat[3 * t + 1] = u[2] * v[0] - u[0] * v[2];
    flat[3 * t + 2] = u[0] * v[1] - u[1] * v[0];
  }
  return { vertices, triangles, faceOf, count, low, high, normals: cornerNormals(triangles, faceOf, flat, weld), edges: faceEdges(triangles, faceOf, flat, weld) };
}

export function cornerNormals(triangles, faceOf, flat, weld) {
  const sums = new Map();
  const keyOf = (t, k) => weld[triangles[3 * t + k]] * 65536 + faceOf[t];
  for (let t = 0; t < faceOf.length; t += 1) {
    for (let k = 0; k < 3; k += 1) {
      const key = keyOf(t, k);
      let sum = sums.get(key);
      if (!sum) sums.set(key, (sum = [0, 0, 0]));
      for (let axis = 0; axis < 3; axis += 1) sum[axis] += flat[3 * t + axis];
    }
  }
  for (const sum of sums.values()) {
    const length = Math.hypot(...sum) || 1;
    for (let axis = 0; axis < 3; axis += 1) sum[axis] /= length;
  }
  const normals = new Float32Array(faceOf.length * 9);
  for (let t = 0; t < faceOf.length; t += 1) for (let k = 0; k < 3; k += 1) normals.set(sums.get(keyOf(t, k)), 9 * t + 3 * k);
  return normals;
}

// Edges between two faces (or at a border): pairs of vertices; ``sharp`` if the faces meet at more than 8 degrees.
export function faceEdges(triangles, faceOf, flat, weld) {
  const sides = new Map();
  for (let t = 0; t < faceOf.length; t += 1) {
    for (let k = 0; k < 3; k += 1) {
      const a = triangles[3 * t + k];
      const b = triangles[3 * t + ((k + 1) % 3)];
      const [p, q] = [Math.min(weld[a], weld[b]), Math.max(weld[a], weld[b])];
      const key = p * 4294967 + q;
      const known = sides.get(key);
      if (!known) sides.set(key, { a, b, t, other: -1 });
      else if (faceOf[known.t] !== faceOf[t]) known.other = t;
      else known.inside = true;
    }
  }
  const found = [];
  for (const side of sides.values()) {
    if (side.inside && side.other < 0) continue;
    let sharp = true;
    if (side.other >= 0) {
      const [m, n] = [3 * side.t, 3 * side.other];
      const dot = flat[m] * flat[n] + flat[m + 1] * flat[n + 1] + flat[m + 2] * flat[n + 2];
      const size = Math.hypot(flat[m], flat[m + 1], flat[m + 2]) * Math.hypot(flat[n], flat[n + 1], flat[n + 2]) || 1;
      sharp = dot / size < 0.99;
    }
    if (sharp) found.push(side.a, side.b);
  }
  return new Uint32Array(found);
}
