// @ts-nocheck
// Words: one format for figures, times and colours for all screens. Times are s of shop time.
export const doc = JSON.parse(document.getElementById("data").textContent);
export const ui = { part: null, face: null, step: null, setup: null, range: null, order: "", charts: 12, site: null, filter: "", kind: "" };
// The colours of items; the colours of failures and planned stops are reserved.
export const ITEM_COLOURS = [0, 1, 2, 3, 4, 7, 8, 9];
export const COLOURS = 10;
let zoneWords = null;
let zoneKey = "";

// The reader's language decides how dates and figures are written.
export const locale = () => (document.documentElement.lang === "zh" ? "zh-CN" : "en-GB");

// Pages in other languages set their translation here.
export const tongue = { of: (text) => text };
export const word = (text) => tongue.of(text);

// Formats are expensive to create: they are kept as long as start, zone and language stay.
export function zone() {
  const key = `${doc.view.start}|${doc.view.time_zone}|${locale()}`;
  if (key !== zoneKey) {
    zoneKey = key;
    const options = { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    let timeZone = doc.view.time_zone || "UTC";
    try {
      new Intl.DateTimeFormat("en-GB", { timeZone });
    } catch (error) {
      timeZone = "UTC";
    }
    zoneWords = {
      start: Date.parse(doc.view.start) || 0,
      clock: new Intl.DateTimeFormat(locale(), { ...options, timeZone }),
      far: new Intl.DateTimeFormat(locale(), { ...options, day: "numeric", month: "short", timeZone }),
      hour: new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }),
      day: new Intl.DateTimeFormat(locale(), { weekday: "short", day: "numeric", month: "short", timeZone }),
    };
  }
  return zoneWords;
}

export const moment = (seconds) => new Date(zone().start + seconds * 1000);
// Within some days of now the weekday identifies the day; otherwise the date is shown.
const FAR_S = 518400;
export const clock = (seconds) => (seconds === null || seconds === undefined ? "–" : zone()[Math.abs(seconds - doc.view.now_s) > FAR_S ? "far" : "clock"].format(moment(seconds)).replace(/,/g, "").replace(/([^\x00-\x7f])(?=\d)/, "$1 "));
export const hourOf = (seconds) => zone().hour.format(moment(seconds));
export const dayOf = (seconds) => zone().day.format(moment(seconds));

export function long(seconds) {
  if (seconds === null || seconds === undefined || !isFinite(seconds)) return "–";
  const sign = seconds < 0 ? "−" : "";
  const s = Math.abs(seconds);
  if (s < 90) return `${sign}${Math.round(s)} s`;
  if (s < 5400) return `${sign}${Math.round(s / 60)} min`;
  if (s < 172800) return `${sign}${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} min`;
  return `${sign}${(s / 86400).toFixed(1)} days`;
}

export function number(value, digits) {
  if (value === null || value === undefined || typeof value !== "number" || !isFinite(value)) return "–";
  const places = digits ?? (Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  return value.toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places }).replace("-", "−");
}

export const percent = (share, digits) => (typeof share === "number" ? `${number(share * 100, digits ?? (share > 0 && share < 0.1 ? 1 : 0))} %` : "–");
export const money = (value, digits) => (typeof value === "number" ? `${number(value, digits ?? (Math.abs(value) < 1000 ? 2 : 0))} ${doc.view.currency}` : "–");
export const plain = (name) => String(name).replaceAll("_", " ").replace(/\busd\b/, "").replace(/\bip\b/, "IP").trim();
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
// A subject is "ORDER.001 PART/SETUP", or something else as a whole; orders and parts may have spaces in their names.
// An ambiguous subject, such as one from an order "A.123 B", is split so that the order exists.
const SUBJECT = /^(.*?\.\d{3,})(?: (.+)\/[^/]+)?$/;
const LONGER = /^(.*\.\d{3,}) (.+)\/[^/]+$/;
const whole = (serial) => serial.replace(/\.\d+$/, "");
const parted = (subject) => {
  const found = SUBJECT.exec(subject);
  const other = /\.\d{3,} /.test(found?.[2] ?? "") && LONGER.exec(subject);
  return other && doc.view.orders.some((order) => order.id === whole(other[1])) ? other : found;
};
export const serialOf = (subject) => parted(subject)?.[1] ?? subject;
export const itemOf = (subject) => parted(subject)?.[2] ?? "";
export const orderOf = (subject) => whole(parted(subject)?.[1] ?? "");

// One colour per item, in the order of the parts, so that a part has the same colour on all screens.
export function colourIndex(item) {
  const names = [...doc.view.parts.map((part) => part.name), ...new Set(doc.view.orders.map((order) => order.item))];
  const place = [...new Set(names)].indexOf(item);
  return place < 0 ? -1 : ITEM_COLOURS[place % ITEM_COLOURS.length];
}

export const styles = () => getComputedStyle(document.documentElement);
export const token = (name) => styles().getPropertyValue(name).trim();
export const itemColour = (item) => (colourIndex(item) < 0 ? "var(--faint)" : `var(--c${colourIndex(item)})`);

// Nights are the times in 0..end outside the presence windows.
export function nights(end) {
  const found = [];
  let last = 0;
  for (const [from, to] of [...doc.view.presence].sort((a, b) => a[0] - b[0])) {
    if (from > last) found.push([last, Math.min(from, end)]);
    last = Math.max(last, to);
    if (last >= end) break;
  }
  if (last < end) found.push([last, end]);
  return found.filter(([a, b]) => b > a);
}

export const atNight = (seconds) => !doc.view.presence.some(([from, to]) => seconds >= from && seconds < to);
