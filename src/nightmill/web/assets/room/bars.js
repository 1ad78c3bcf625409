// Bars: operations as columns of numbers, sorted by row and start, so that a frame looks only at what it shows.

/**
 * @typedef {{row: ArrayLike<number>, start: ArrayLike<number>, end: ArrayLike<number>, state: ArrayLike<number>, what: ArrayLike<number>, subjects: string[]}} Columns
 * @typedef {{count: number, rows: number, first: Uint32Array, start: Float64Array, end: Float64Array, reach: Float64Array, state: Uint8Array,
 *   what: Uint32Array, colour: Int8Array, order: Int32Array, subjects: string[], orders: string[], from: number, to: number}} Bars
 */

/** Columns into bars. ``colourOf`` gives the colour's number of a subject (-1: none), ``orderOf`` its order.
 * @param {Columns} columns @param {number} rows @param {(subject: string) => number} colourOf @param {(subject: string) => string} orderOf @returns {Bars} */
export function makeBars(columns, rows, colourOf, orderOf) {
  const count = columns.row.length;
  const place = inOrder(columns, rows);
  const colours = columns.subjects.map(colourOf);
  /** @type {Map<string, number>} */
  const names = new Map();
  const orderNumber = columns.subjects.map((subject) => {
    const name = orderOf(subject);
    if (!names.has(name)) names.set(name, names.size);
    return /** @type {number} */ (names.get(name));
  });
  const bars = { count, rows, first: new Uint32Array(rows + 1), start: new Float64Array(count), end: new Float64Array(count), reach: new Float64Array(count), state: new Uint8Array(count), what: new Uint32Array(count), colour: new Int8Array(count), order: new Int32Array(count), subjects: columns.subjects, orders: [...names.keys()], from: Infinity, to: -Infinity };
  let row = 0;
  place.forEach((at, n) => {
    while (row < columns.row[at]) bars.first[++row] = n;
    bars.start[n] = columns.start[at];
    bars.end[n] = columns.end[at];
    bars.state[n] = columns.state[at];
    bars.what[n] = columns.what[at];
    bars.colour[n] = colours[columns.what[at]];
    bars.order[n] = orderNumber[columns.what[at]];
    // the furthest end so far in the row: bars may overlap, and a search by start must not miss a long one
    bars.reach[n] = n > bars.first[row] ? Math.max(bars.reach[n - 1], bars.end[n]) : bars.end[n];
    bars.from = Math.min(bars.from, bars.start[n]);
    bars.to = Math.max(bars.to, bars.end[n]);
  });
  while (row < rows) bars.first[++row] = count;
  return bars;
}

/** Places of the columns by row and start: counted into rows, and sorted only where a row isn't already.
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

/** The first bar of a row that reaches beyond a time.
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

/** The bar at a time of a row, the topmost; -1 where there is none.
 * @param {Bars} bars @param {number} row @param {number} at @param {number} slack s @returns {number} */
export function barAt(bars, row, at, slack) {
  let best = -1;
  for (let n = firstAfter(bars, row, at - slack); n < bars.first[row + 1] && bars.start[n] <= at + slack; n += 1) {
    if (bars.end[n] < at - slack) continue;
    if (best < 0 || (bars.start[n] <= at && bars.end[n] >= at)) best = n;
  }
  return best;
}
