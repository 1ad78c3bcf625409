// Language: the code contains English; another language is a table of translations of the English texts, loaded on demand.
import { clock, tongue as hook } from "../words.js";

/** @typedef {{words: Record<string, string>, patterns: [RegExp, string][]}} Tongue */

/** @type {Tongue} */
let tongue = { words: {}, patterns: [] };
const LANGUAGES = ["en", "zh"];

/** The language that the address, the reader's last choice or the browser asks for. @returns {string} */
export function asked() {
  const found = new URLSearchParams(location.search).get("lang") || localStorage.getItem("nightmill-language") || navigator.language.slice(0, 2);
  return LANGUAGES.includes(found) ? found : "en";
}

/** Load the language and translate the shell. */
export async function loadLanguage() {
  document.documentElement.lang = asked();
  if (asked() === "zh") tongue = (await import("./zh.js")).tongue;
  hook.of = t;
  for (const each of document.querySelectorAll("[data-t]")) each.textContent = t(each.textContent || "");
  const other = document.getElementById("language");
  if (other) other.textContent = asked() === "zh" ? "English" : "中文";
}

/** Switch to the other language and reload the page. */
export function switchLanguage() {
  localStorage.setItem("nightmill-language", asked() === "zh" ? "en" : "zh");
  const url = new URL(location.href);
  url.searchParams.delete("lang");
  location.href = url.href;
}

/** Translate an English text for the reader; {0}, {1} … are filled in, and remain if no values are given.
 * @param {string} text @param {...unknown} values @returns {string} */
export function t(text, ...values) {
  return (tongue.words[text] ?? text).replace(/\{(\d)\}/g, (unused, place) => String(values.length ? (values[Number(place)] ?? "") : unused));
}

/** Translate a sentence from the log for the reader if its form is known; otherwise return it unchanged.
 * @param {string} text @returns {string} */
export function say(text) {
  if (tongue.words[text]) return tongue.words[text];
  text = text.replace(/\bhour (\d+(?:\.\d+)?)/g, (unused, hours) => clock(Number(hours) * 3600));
  for (const [form, words] of tongue.patterns) {
    const found = form.exec(text);
    if (found) return words.replace(/\{(\d)\}/g, (unused, place) => say(found[Number(place) + 1] ?? ""));
  }
  return text;
}
