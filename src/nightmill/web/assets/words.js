// Words: figures, times and colours said the same way on every screen. Times are s of shop time.
const doc = JSON.parse(document.getElementById("data").textContent);
const ui = { part: null, face: null, step: null, setup: null, range: null, order: "", charts: 12, site: null, filter: "", kind: "" };
const COLOURS = 8;
let zoneWords = null;

function zone() {
  if (!zoneWords) {
    const options = { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    let timeZone = doc.view.time_zone || "UTC";
    try {
      new Intl.DateTimeFormat("en-GB", { timeZone });
    } catch (error) {
      timeZone = "UTC";
    }
    zoneWords = {
      start: Date.parse(doc.view.start) || 0,
      clock: new Intl.DateTimeFormat("en-GB", { ...options, timeZone }),
      hour: new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }),
      day: new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone }),
    };
  }
  return zoneWords;
}

const moment = (seconds) => new Date(zone().start + seconds * 1000);
const clock = (seconds) => (seconds === null || seconds === undefined ? "–" : zone().clock.format(moment(seconds)).replace(",", ""));
const hourOf = (seconds) => zone().hour.format(moment(seconds));
const dayOf = (seconds) => zone().day.format(moment(seconds));

function long(seconds) {
  if (seconds === null || seconds === undefined || !isFinite(seconds)) return "–";
  const sign = seconds < 0 ? "−" : "";
  const s = Math.abs(seconds);
  if (s < 90) return `${sign}${Math.round(s)} s`;
  if (s < 5400) return `${sign}${Math.round(s / 60)} min`;
  if (s < 172800) return `${sign}${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} min`;
  return `${sign}${(s / 86400).toFixed(1)} days`;
}

function number(value, digits) {
  if (value === null || value === undefined || typeof value !== "number" || !isFinite(value)) return "–";
  const places = digits ?? (Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  return value.toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places }).replace("-", "−");
}

const percent = (share, digits) => (typeof share === "number" ? `${number(share * 100, digits ?? (share > 0 && share < 0.1 ? 1 : 0))} %` : "–");
const money = (value, digits) => (typeof value === "number" ? `${number(value, digits ?? (Math.abs(value) < 1000 ? 2 : 0))} ${doc.view.currency}` : "–");
const plain = (name) => String(name).replaceAll("_", " ").replace(/\busd\b/, "").trim();
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const itemOf = (subject) => (subject.includes("/") ? subject.split(" ").pop().split("/")[0] : "");
const orderOf = (subject) => subject.split(" ")[0].replace(/\.[^.]*$/, "");

// A colour each item, in the order of the parts, so that a part has one colour on all screens.
function colourIndex(item) {
  const names = [...doc.view.parts.map((part) => part.name), ...new Set(doc.view.orders.map((order) => order.item))];
  const place = [...new Set(names)].indexOf(item);
  return place < 0 ? -1 : place % COLOURS;
}

const styles = () => getComputedStyle(document.documentElement);
const token = (name) => styles().getPropertyValue(name).trim();
const itemColour = (item) => (colourIndex(item) < 0 ? "var(--faint)" : `var(--c${colourIndex(item)})`);

// Presence windows are when somebody is there; the rest of 0..end is night.
function nights(end) {
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

const atNight = (seconds) => !doc.view.presence.some(([from, to]) => seconds >= from && seconds < to);
