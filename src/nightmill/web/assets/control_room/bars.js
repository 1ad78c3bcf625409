// Bars: operations as columns of numbers, sorted by row and start, so that a frame reads only what it shows.

/**
 * @typedef {{row: ArrayLike<number>, start: ArrayLike<number>, end: ArrayLike<number>, state: ArrayLike<number>, what: ArrayLike<number>, subjects: string[]}} Columns
 * @typedef {{count: number, rows: number, first: Uint32Array, start: Float64Array, end: Float64Array, reach: Float64Array, state: Uint8Array,
 *   what: Uint32Array, colour: Int8Array, readonly order: Int32Array, subjects: string[], readonly orders: string[], from: number, to: number}} Bars
 */

/** Convert columns to bars. ``colourOf`` gives the colour number of a subject (-1: none), ``orderOf`` its order.
 * @param {Columns} columns @param {number} rows @param {(subject: string) => number} colourOf @param {(subject: string) => string} orderOf @returns {Bars} */
export function makeBars(columns, rows, colourOf, orderOf) {
  const count = columns.row.length;
  const place = inOrder(columns, rows);
  const { subjects, row: rowOf, what: whatOf, state: stateOf } = columns;
  const colours = new Int8Array(subjects.length);
  for (let k = 0; k < subjects.length; k += 1) colours[k] = colourOf(subjects[k]);
  const [first, start, end, reach] = [new Uint32Array(rows + 1), new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const [state, what, colour] = [new Uint8Array(count), new Uint32Array(count), new Int8Array(count)];
  let [row, from, to, furthest] = [0, Infinity, -Infinity, -Infinity];
  for (let n = 0; n < count; n += 1) {
    const at = place[n];
    for (; row < rowOf[at]; furthest = -Infinity) first[++row] = n;
    const [begins, ends, subject] = [columns.start[at], columns.end[at], whatOf[at]];
    start[n] = begins;
    end[n] = ends;
    state[n] = stateOf[at];
    what[n] = subject;
    colour[n] = colours[subject];
    // the furthest end so far in the row: bars may overlap, and a search by start must not miss a long one
    reach[n] = furthest = furthest > ends ? furthest : ends;
    if (begins < from) from = begins;
    if (ends > to) to = ends;
  }
  while (row < rows) first[++row] = count;
  /** @type {{order: Int32Array, orders: string[]} | undefined} */
  let told;
  const numbered = () => (told ??= inOrders(subjects, what, orderOf));
  return { count, rows, first, start, end, reach, state, what, colour, subjects, from, to, get order() { return numbered().order; }, get orders() { return numbered().orders; } };
}

/** The number of each bar's order, and the orders' names; computed on demand, as the first drawing doesn't need them.
 * @param {string[]} subjects @param {Uint32Array} what @param {(subject: string) => string} orderOf */
function inOrders(subjects, what, orderOf) {
  /** @type {Map<string, number>} */
  const names = new Map();
  const numbers = subjects.map((subject) => {
    const name = orderOf(subject);
    if (!names.has(name)) names.set(name, names.size);
    return /** @type {number} */ (names.get(name));
  });
  return { order: Int32Array.from(what, (subject) => numbers[subject]), orders: [...names.keys()] };
}

/** Indices of the columns by row and start: counted into rows, and sorted only if a row isn't sorted yet.
 * @param {Columns} columns @param {number} rows */
function inOrder(columns, rows) {
  const { row, start } = columns;
  const edge = new Uint32Array(rows + 1);
  for (let n = 0; n < row.length; n += 1) edge[row[n] + 1] += 1;
  for (let r = 0; r < rows; r += 1) edge[r + 1] += edge[r];
  const next = edge.slice();
  const place = new Uint32Array(row.length);
  for (let n = 0; n < row.length; n += 1) place[next[row[n]]++] = n;
  for (let r = 0; r < rows; r += 1) {
    let n = edge[r] + 1;
    while (n < edge[r + 1] && start[place[n - 1]] <= start[place[n]]) n += 1;
    if (n < edge[r + 1]) place.subarray(edge[r], edge[r + 1]).sort((a, b) => start[a] - start[b]);
  }
  return place;
}

/** The first bar of a row that ends after a time.
 * @param {Bars} bars @param {number} row @param {number} at @returns {number} */
export function firstAfter(bars, row, at) {
  let low = bars.first[row];
  let high = bars.first[row + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bars.reach[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The topmost bar of a row at a time; -1 if there is none.
 * @param {Bars} bars @param {number} row @param {number} at @param {number} slack s @returns {number} */
export function barAt(bars, row, at, slack) {
  let best = -1;
  for (let n = firstAfter(bars, row, at - slack); n < bars.first[row + 1] && bars.start[n] <= at + slack; n += 1) {
    if (bars.end[n] < at - slack) continue;
    if (best < 0 || (bars.start[n] <= at && bars.end[n] >= at)) best = n;
  }
  return best;
}
