// Live: follows the log. Each event reaches the screen at once; the screen's figures are fetched again soon after.
import { get } from "./net.js";

/** @typedef {{seq: number, at_s: number, actor: string, fact: any, why?: string}} LogEvent */

/** Follow the log from a position.
 * @param {number} after @param {{events: (list: LogEvent[]) => void, state: (word: string) => void, reset: () => void}} told */
export function follow(after, told) {
  /** @type {LogEvent[]} */
  let waiting = [];
  let asked = 0;
  const give = () => {
    asked = 0;
    const list = waiting;
    waiting = [];
    told.events(list);
  };
  const source = new EventSource(`/api/stream?after=${after}`);
  source.addEventListener("message", (message) => {
    waiting.push(JSON.parse(message.data));
    if (!asked) asked = document.hidden ? Number(setTimeout(give, 500)) : requestAnimationFrame(give);
  });
  source.addEventListener("reset", () => told.reset());
  source.addEventListener("open", () => told.state("live"));
  source.addEventListener("error", () => told.state("lost"));
  return () => source.close();
}

/** Who is signed in, with permissions; on a server without roles everybody may read. @returns {Promise<{name: string, role: string, may: string[]}>} */
export async function whoAmI() {
  try {
    return await get("/api/me");
  } catch (error) {
    return { name: "", role: "", may: [] };
  }
}
