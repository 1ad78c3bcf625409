// Net: requests to the page's own server; errors are problem documents (RFC 9457), shown as sentences.

/** The server refused a request or did not answer. */
export class Refused extends Error {
  /** @param {number} status @param {{title?: string, detail?: string, findings?: {found: string, expected: string, remedy: string}[]}} problem */
  constructor(status, problem) {
    super(problem.detail || problem.title || `error ${status}`);
    this.status = status;
    this.findings = problem.findings || [];
  }
}

/** @param {string} path @param {RequestInit} [settings] @returns {Promise<any>} */
async function asked(path, settings) {
  const answer = await fetch(path, { credentials: "same-origin", ...settings });
  const kind = answer.headers.get("content-type") || "";
  const body = kind.includes("json") ? await answer.json() : { detail: (await answer.text()).slice(0, 200) };
  if (!answer.ok) throw new Refused(answer.status, body);
  return body;
}

/** @param {string} path @returns {Promise<any>} */
export const get = (path) => asked(path, { headers: { Accept: "application/json" } });

/** A write with its own id, so that repeating it has no further effect.
 * @param {string} path @param {object} body @returns {Promise<any>} */
export const post = (path, body) => asked(path, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify({ command_id: crypto.randomUUID(), ...body }) });

/** Send a file's bytes.
 * @param {string} path @param {File} file @returns {Promise<any>} */
export const send = (path, file) => asked(path, { method: "POST", headers: { "Content-Type": "application/octet-stream", Accept: "application/json" }, body: file });

/** The past moment in the address, s of shop time, or null for now. @returns {number | null} */
export function moment() {
  const text = new URLSearchParams(location.search).get("at");
  const value = text === null || text === "" ? NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : null;
}

/** A path with the address's moment and further query parameters.
 * @param {string} path @param {Record<string, string | number | null | undefined>} [more] @returns {string} */
export function question(path, more) {
  const query = new URLSearchParams();
  const at = moment();
  if (at !== null) query.set("at", String(at));
  for (const [name, value] of Object.entries(more || {})) if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  const asks = String(query);
  return asks ? `${path}?${asks}` : path;
}
