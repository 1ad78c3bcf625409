"""Measure the time of an event from the log to the screen, with 200 machines that each report ten times per second.

    python benchmarks/event_to_pixel.py [--machines 200] [--rate 10] [--seconds 60]

A writer process appends telemetry reports to a shop's log, one commit every 50 ms; ``serve`` streams it; a browser has
the Floor open. The page reads its clock in the frame that follows the change of a machine's tile, and the writer reads
its clock when the commit starts; both are the clock of this computer. Prints the quantiles of the difference, the
fraction of tiles that changed, and the growth of the page's heap from the first quarter to the last, each measured
after a garbage collection.
"""

import argparse
import json
import multiprocessing
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "campaigns"))

from served import prepared, served

COMMIT_S = 0.05
WATCH = """() => {
  window.seen = [];
  const watcher = new MutationObserver((list) => {
    const found = list.map((each) => Number(each.target.dataset.seq)).filter(Boolean);
    requestAnimationFrame(() => { const at = Date.now() / 1000; for (const seq of found) window.seen.push([seq, at]); });
  });
  watcher.observe(document.querySelector("#screen"), { subtree: true, attributes: true, attributeFilter: ["data-seq"] });
}"""


def write(folder: str, machines: int, rate: float, seconds: float, times: str) -> None:
    """Append reports and record when each commit started."""
    from nightmill.store import SqliteEventStore
    from nightmill.vocabulary import events as e
    from nightmill.vocabulary import reports as r

    store = SqliteEventStore(Path(folder) / ".nightmill" / "log.sqlite")
    began, number = time.time(), 0
    with Path(times).open("w", encoding="utf-8") as notes:
        while (now := time.time() - began) < seconds:
            wanted = int(now * machines * rate)
            batch = []
            for n in range(number, wanted):
                report = r.SignalsSampled(
                    n + 1, now, f"mill-{n % machines + 1}", {"vibration_mm_s": 1.0 + (n % 97) / 50}
                )
                batch.append(e.Event(0, now, "machine", e.Reported(report)))
            first = store.version() + 1
            at = time.time()
            if batch:
                store.append(batch, expected_version=first - 1)
            notes.write(json.dumps([first, len(batch), at]) + "\n")
            number = wanted
            time.sleep(max(0.0, COMMIT_S - (time.time() - began - now)))
    store.close()


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machines", type=int, default=200)
    parser.add_argument("--rate", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, times = Path(scratch) / "shop", Path(scratch) / "times.jsonl"
        prepared(folder, asked.machines)
        with served(folder) as address:
            print(json.dumps(watched(address, folder, times, asked)))


def watched(url: str, folder: Path, times: Path, asked: argparse.Namespace) -> dict[str, float]:
    """Return what the browser recorded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1360, "height": 860})
        page.goto(url)
        page.wait_for_selector("[data-unit='mill-1']")
        page.evaluate(WATCH)
        tools = page.context.new_cdp_session(page)
        writer = multiprocessing.get_context("spawn").Process(
            target=write, args=(str(folder), asked.machines, asked.rate, asked.seconds, str(times))
        )
        writer.start()
        heap: list[float] = []
        seen: list[tuple[int, float]] = []
        while writer.is_alive():
            page.wait_for_timeout(asked.seconds * 1000 / 20)
            seen += page.evaluate("window.seen.splice(0)")
            tools.send("HeapProfiler.collectGarbage")
            heap.append(float(tools.send("Runtime.getHeapUsage")["usedSize"]))
        page.wait_for_timeout(2000)
        seen += page.evaluate("window.seen.splice(0)")
        browser.close()
    written: dict[int, float] = {}
    for line in times.read_text(encoding="utf-8").splitlines():
        first, count, at = json.loads(line)
        written.update(dict.fromkeys(range(first, first + count), at))
    late = sorted(1000 * (at - written[int(seq)]) for seq, at in seen if int(seq) in written)
    quarter = max(1, len(heap) // 4)
    return {
        "events": len(written),
        "events_a_second": round(len(written) / asked.seconds, 1),
        "tiles_moved": len(late),
        "p50_ms": round(late[len(late) // 2], 1),
        "p95_ms": round(late[int(len(late) * 0.95)], 1),
        "p99_ms": round(late[int(len(late) * 0.99)], 1),
        "heap_growth": round((sum(heap[-quarter:]) / quarter) / (sum(heap[quarter : 2 * quarter]) / quarter) - 1, 3),
    }


if __name__ == "__main__":
    main()
