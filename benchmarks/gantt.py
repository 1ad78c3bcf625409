"""Compare the schedule's canvas with 50,000 operations with ECharts and vis-timeline in one browser: script time per frame, first draw.

    python benchmarks/gantt.py [--echarts echarts.min.js] [--vis vis-timeline-graph2d.min.js] [--operations 50000]

The peers are files from their public packages (echarts 6, vis-timeline 8); a peer that isn't given is left out. Every
page shows the same operations on 40 machines in 1280 × 720 px, with all rows visible, and runs the same 60 steps: zoom
in to a hundredth of the range and out again, then move along it. The script time of a step is the time that the
browser's main thread spent on scripts, styles and layout, by the DevTools protocol (``Performance.getMetrics``); its
frame time is the time until the next two animation frames. Times depend on the computer; only the ratios matter.
"""

import argparse
import json
import shutil
import statistics
import tempfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

ASSETS = Path(__file__).parents[1] / "src" / "nightmill" / "web" / "assets"
STEPS = 60
FRAME_MS = 1000 / 60
IN_A_TASK = "new Promise((done) => setTimeout(async () => done(await {}), 0))"
"""Run it as a script of the page, since a call from outside isn't counted as script time."""
DATA = """
const rows = 40, per = Math.ceil(COUNT / rows);
let seed = 7;
const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
const bars = [];
for (let row = 0; row < rows; row += 1) {
  let at = random() * 600;
  for (let n = 0; n < per && bars.length < COUNT; n += 1) {
    const length = 200 + random() * 1500;
    bars.push([row, at, at + length, n % 8]);
    at += length + random() * 400;
  }
}
const whole = [0, Math.max(...bars.map((bar) => bar[2]))];
const ranges = [];
for (let k = 0; k < 40; k += 1) {
  const share = k < 20 ? 0.01 ** (k / 19) : 0.01 ** ((39 - k) / 19);
  ranges.push([whole[1] * 0.4 * (1 - share), whole[1] * 0.4 * (1 - share) + whole[1] * share]);
}
for (let k = 0; k < 20; k += 1) ranges.push([whole[1] * 0.04 * k, whole[1] * 0.04 * k + whole[1] * 0.2]);
window.frames2 = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
"""
OURS = """<!doctype html><link rel=stylesheet href="/assets/tokens.css"><body style="margin:0"><div id=tip hidden></div><div id=here style="width:1280px"></div>
<script type="application/json" id="data">{"view":{"parts":[],"orders":[],"presence":[],"currency":"","time_zone":"UTC","start":"2026-01-01T00:00:00Z"}}</script>
<script type=module>
import { makeBars } from "/assets/control_room/bars.js";
import { Gantt } from "/assets/control_room/gantt.js";
%DATA%
const columns = { row: bars.map((b) => b[0]), start: bars.map((b) => b[1]), end: bars.map((b) => b[2]), state: bars.map(() => 4), what: bars.map((b, n) => n), subjects: bars.map((b, n) => `S-${n} part${b[3]}/1`) };
window.start = async () => {
  const began = performance.now();
  const gantt = new Gantt({ pick() {}, propose() {} });
  gantt.view.row = 17;
  document.getElementById("here").append(gantt.place);
  gantt.show(makeBars(columns, rows, (subject) => Number(subject.split("part")[1][0]), (subject) => subject.split(" ")[0]), { rows: Array.from({ length: rows }, (x, n) => `mill-${n}`), mills: Array(rows).fill(true), now: 0 });
  gantt.view.height = 720;
  for (const each of [gantt.canvas, gantt.over]) each.style.height = "720px";
  gantt.measure = () => {};
  await frames2();
  window.step = async (k) => { gantt.range(...ranges[k]); await frames2(); };
  return performance.now() - began;
};
window.ready = true;
</script>"""
ECHARTS = """<!doctype html><body style="margin:0"><div id=here style="width:1280px;height:720px"></div><script src="/peer/echarts.js"></script><script>
%DATA%
const colours = ["#2f74c0", "#e69f00", "#009e73", "#cc6fa0", "#56b4e9", "#b8a800", "#6f8f3a", "#a3735a"];
window.start = async () => {
  const began = performance.now();
  const chart = echarts.init(document.getElementById("here"), null, { renderer: "canvas" });
  chart.setOption({ animation: false, grid: { left: 96, right: 0, top: 34, bottom: 0 }, xAxis: { min: whole[0], max: whole[1] }, yAxis: { type: "category", data: Array.from({ length: rows }, (x, n) => `mill-${n}`) },
    dataZoom: [{ type: "inside", filterMode: "weakFilter" }],
    series: [{ type: "custom", progressive: 0, clip: true, encode: { x: [1, 2], y: 0 }, data: bars,
      renderItem: (params, api) => { const a = api.coord([api.value(1), api.value(0)]); const b = api.coord([api.value(2), api.value(0)]); return { type: "rect", shape: { x: a[0], y: a[1] - 6, width: Math.max(0.5, b[0] - a[0]), height: 12 }, style: { fill: colours[api.value(3)] } }; } }] });
  await frames2();
  window.step = async (k) => { chart.dispatchAction({ type: "dataZoom", startValue: ranges[k][0], endValue: ranges[k][1] }); await frames2(); };
  return performance.now() - began;
};
window.ready = true;
</script>"""
VIS = """<!doctype html><body style="margin:0"><div id=here style="width:1280px;height:720px"></div><script src="/peer/vis.js"></script><script>
%DATA%
window.start = async () => {
  const began = performance.now();
  const items = new vis.DataSet(bars.map((b, n) => ({ id: n, group: b[0], start: new Date(b[1] * 1000), end: new Date(b[2] * 1000), content: "" })));
  const groups = new vis.DataSet(Array.from({ length: rows }, (x, n) => ({ id: n, content: `mill-${n}` })));
  const line = new vis.Timeline(document.getElementById("here"), items, groups, { stack: false, height: 720, margin: 1, start: new Date(whole[0] * 1000), end: new Date(whole[1] * 1000), showCurrentTime: false });
  await frames2();
  window.step = async (k) => { line.setWindow(ranges[k][0] * 1000, ranges[k][1] * 1000, { animation: false }); await frames2(); };
  return performance.now() - began;
};
window.ready = true;
</script>"""


def main() -> None:
    """Print each page's results as JSON, with ratios to ours."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--echarts", type=Path)
    parser.add_argument("--vis", type=Path)
    parser.add_argument("--operations", type=int, default=50_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        shutil.copytree(ASSETS, root / "assets")
        (root / "peer").mkdir()
        pages = {"nightmill": OURS}
        for name, path, page in (("echarts", asked.echarts, ECHARTS), ("vis", asked.vis, VIS)):
            if path is not None:
                shutil.copy(path, root / "peer" / f"{name}.js")
                pages[name] = page
        for name, page in pages.items():
            data = DATA.replace("COUNT", str(asked.operations))
            (root / f"{name}.html").write_text(page.replace("%DATA%", data), encoding="utf-8")
        found = measured(root, list(pages))
    ours = found["nightmill"]
    for name, row in found.items():
        for key in ("first_draw_ms", "script_p95_ms"):
            row[f"{key[:-3]}_of_ours"] = round(row[key] / ours[key], 2)
        print(json.dumps({"page": name, **row}))


def measured(root: Path, names: list[str]) -> dict[str, dict[str, float]]:
    """Return first draw, script and frame time of each page, one after the other in one browser."""
    from playwright.sync_api import sync_playwright

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    Thread(target=server.serve_forever, daemon=True).start()
    found = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for name in names:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.set_default_timeout(180_000)
            page.goto(f"http://127.0.0.1:{server.server_address[1]}/{name}.html")
            page.wait_for_function("window.ready")
            found[name] = driven(page)
            page.close()
        browser.close()
    server.shutdown()
    return found


def driven(page: Any) -> dict[str, float]:
    """Return the figures of one page."""
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        told = {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}
        return 1000.0 * float(told["ScriptDuration"] + told["LayoutDuration"] + told["RecalcStyleDuration"])

    before = spent()
    first = float(page.evaluate(IN_A_TASK.format("start()")))
    script_first = spent() - before
    scripts, frames = [], []
    for k in range(STEPS):
        before = spent()
        frames.append(
            float(
                page.evaluate(
                    IN_A_TASK.format(
                        f"(async () => {{ const at = performance.now(); await step({k}); return performance.now() - at; }})()"
                    )
                )
            )
            / 2
        )
        scripts.append(spent() - before)
    return {
        "first_draw_ms": round(first, 1),
        "script_first_ms": round(script_first, 1),
        "script_median_ms": round(statistics.median(scripts), 2),
        "script_p95_ms": round(sorted(scripts)[int(0.95 * STEPS)], 2),
        "frame_median_ms": round(statistics.median(frames), 1),
        "frame_p95_ms": round(sorted(frames)[int(0.95 * STEPS)], 1),
        "frames_of_60_hz": round(sum(frame <= FRAME_MS * 1.25 for frame in frames) / STEPS, 2),
    }


class Quiet(SimpleHTTPRequestHandler):
    """Serve files without logging."""

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


if __name__ == "__main__":
    main()
