"""Keep a page open for a simulated working day and check whether its memory grows.

Usage: python campaigns/page_day.py [--hours H] [--step S] [--mills N] [--most SHARE]

A shop's log gets events all the time: signals of every mill, failures and repairs, alarms. ``nightmill serve`` shows it
in Chromium, whose page clock is simulated: in each step of ``--step`` simulated seconds the page's timers run, and the
page requests the screen again when due, as in real use. The reader goes from screen to screen; back on the Floor, after
a forced garbage collection, the size of the heap and the numbers of DOM nodes and listeners are read. Growth is the
last quarter compared with the second (caches are filled in the first); more than ``--most`` is a failure, as is any
message on the console. Heap snapshots at the end of the first quarter and of the day show what has grown: the page's
own objects, or code that the engine compiles as functions are used more often.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from served import prepared, served

from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r

SCREENS = ("floor", "schedule", "part", "quality", "machines", "stock", "money", "night")
STEPS_A_SCREEN = 4
ARRIVES_MS = 80
"""Real time allowed for events to reach the page through its stream, and for answers to reach the screen."""

COLLECTIONS = 3
BEFORE = 500
"""Number of steps that the shop runs before the page is opened, so that the page's list of news is full from the start."""


class Life:
    """The events of the shop, step by step."""

    def __init__(self, folder: Path, mills: int) -> None:
        self.store = SqliteEventStore(folder / ".nightmill" / "log.sqlite")
        self.mills = [f"mill-{n + 1}" for n in range(mills)]
        self.reports = self.steps = 0

    def go_on(self, at_s: float) -> None:
        """Append one commit: signals of all mills and, from time to time, a failure, its repair, or an alarm."""
        self.steps += 1
        level = 1.0 + self.steps % 97 / 50
        facts: list[e.AnyFact] = [
            e.Reported(r.SignalsSampled(self._next(), at_s, mill, {"vibration_mm_s": level})) for mill in self.mills
        ]
        mill = self.mills[self.steps // 20 % len(self.mills)]
        if self.steps % 20 == 5:
            facts.append(e.Reported(r.MachineFailed(self._next(), at_s, mill, f"cause {self.steps}")))
        elif self.steps % 20 == 12:
            facts.append(e.Reported(r.MachineRepaired(self._next(), at_s, mill, f"repair-{self.steps}", "bearing")))
        elif self.steps % 20 == 15:
            facts.append(e.AlarmRaised("note", mill, f"alarm {self.steps}"))
        events = [e.Event(0, at_s, "machine", fact) for fact in facts]
        self.store.append(events, expected_version=self.store.version())

    def _next(self) -> int:
        self.reports += 1
        return self.reports


def by_type(tools: Any) -> dict[str, int]:
    """Return the bytes of a heap snapshot: the page's ``objects`` (including strings, closures and arrays), compiled
    ``code``, and the browser's own.
    """
    pieces: list[str] = []

    def kept(event: Any) -> None:
        pieces.append(event["chunk"])

    tools.on("HeapProfiler.addHeapSnapshotChunk", kept)
    tools.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    tools.remove_listener("HeapProfiler.addHeapSnapshotChunk", kept)
    found = json.loads("".join(pieces))
    about = found["snapshot"]["meta"]
    fields, types = about["node_fields"], about["node_types"][0]
    kind, size = fields.index("type"), fields.index("self_size")
    sums = {"objects": 0, "code": 0, "browser": 0}
    for node in range(0, len(found["nodes"]), len(fields)):
        name = types[found["nodes"][node + kind]]
        group = {"code": "code", "native": "browser"}.get(name, "objects")
        sums[group] += found["nodes"][node + size]
    return sums


def watched(url: str, life: Life, chosen: argparse.Namespace) -> dict[str, Any]:
    """Return the page's memory at each return to the Floor screen. No element handle is requested: a handle would keep
    the element, and with it a whole screen, alive.
    """
    from playwright.sync_api import sync_playwright

    words: list[str] = []
    seen: list[dict[str, float]] = []
    asked: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1360, "height": 860})
        page.on("console", lambda said: words.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: words.append(f"error: {error}"))
        page.on("request", lambda request: asked.append("") if "/api/screens/head" in request.url else None)
        page.clock.install()
        page.goto(url)
        page.locator("#screen .screen-head h1").wait_for()
        tools = page.context.new_cdp_session(page)
        tools.send("Performance.enable")
        steps = round(chosen.hours * 3600 / chosen.step)
        sums: list[dict[str, int]] = []
        for step in range(steps):
            if step % STEPS_A_SCREEN == 0:
                screen = SCREENS[step // STEPS_A_SCREEN % len(SCREENS)]
                page.locator(f"#nav a[href='/{screen}']").click()
                page.locator("#screen .screen-head h1").wait_for()
            life.go_on((BEFORE + step) * chosen.step)
            page.wait_for_timeout(ARRIVES_MS)
            page.clock.run_for(int(chosen.step * 1000))
            page.wait_for_timeout(ARRIVES_MS)
            if step % (STEPS_A_SCREEN * len(SCREENS)) == STEPS_A_SCREEN - 1:
                for _ in range(
                    COLLECTIONS
                ):  # the page's own objects are released by the second collection, their DOM by the third
                    tools.send("HeapProfiler.collectGarbage")
                    page.wait_for_timeout(ARRIVES_MS)
                told = {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}
                seen.append({name: told[name] for name in ("JSHeapUsedSize", "Nodes", "JSEventListeners")})
                if (not sums and step >= steps // 4) or step + STEPS_A_SCREEN * len(SCREENS) >= steps:
                    sums.append(by_type(tools))
        browser.close()
    return {
        "hours": chosen.hours,
        "refreshed": len(asked),
        "events": life.store.version(),
        "readings": len(seen),
        "heap_growth": growth([each["JSHeapUsedSize"] for each in seen]),
        "grew_since_the_first_quarter": {name: sums[-1][name] - sums[0][name] for name in sums[0]},
        "nodes_growth": growth([each["Nodes"] for each in seen]),
        "listeners_growth": growth([each["JSEventListeners"] for each in seen]),
        "last_reading": {name: int(value) for name, value in seen[-1].items()},
        "words_on_the_console": words[:5],
    }


def growth(values: list[float]) -> float:
    """Return the mean of the last quarter divided by that of the second, minus 1."""
    quarter = max(1, len(values) // 4)
    second, last = values[quarter : 2 * quarter] or values[:1], values[-quarter:]
    return round((sum(last) / len(last)) / (sum(second) / len(second)) - 1, 4)


def main() -> int:
    """Run the campaign and print the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--step", type=float, default=10.0, help="simulated seconds between two updates of the page")
    parser.add_argument("--mills", type=int, default=10)
    parser.add_argument("--most", type=float, default=0.05, help="fraction by which the heap may grow")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "shop"
        prepared(folder, chosen.mills)
        with served(folder) as address:
            life = Life(folder, chosen.mills)
            for step in range(BEFORE):
                life.go_on(step * chosen.step)
            found = watched(address, life, chosen)
    print(json.dumps(found))
    return 1 if found["heap_growth"] > chosen.most or found["words_on_the_console"] else 0


if __name__ == "__main__":
    sys.exit(main())
