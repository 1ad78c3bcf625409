"""Measure the time from dropping a STEP file on the page to a picture that can be clicked: a part of some 100 faces, cold and warm, in Debian's Chromium.

    python benchmarks/step_picture.py [--rows 10] [--again 4] [--server-cold] [--light]

A plate with ROWS × ROWS holes is made (ROWS² + 6 faces), a small shop is served, and the file is dropped on an open
page. The time is measured in the page, from the drop until a frame with the solid has been drawn, and counts only if a
click on the solid names a face. Cold: the first STEP file that this server receives (with ``--server-cold`` at the
moment when the page shows the floor, as soon after the server's start as a browser can; the child that meshes has been
loading the geometry kernel since the start). Warm: the later files, each a different one, so that no picture is cached.
``again``: the same file once more. With ``--light`` the server keeps no child ready. Times depend on the computer.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "campaigns"))

from labelled_parts import write
from served import prepared, served

TIMED = """async ([name, text]) => {
  const all = new DataTransfer();
  all.items.add(new File([text], name));
  const old = document.querySelector("#priced-solid");
  const began = performance.now();
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: all, bubbles: true, cancelable: true }));
  for (;;) {
    await new Promise(requestAnimationFrame);
    const seen = document.querySelector("#priced-solid");
    if (seen && seen !== old && seen.querySelector("canvas")) break;
    if (performance.now() - began > 60000) throw new Error("no picture within a minute");
  }
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - began;
}"""
READY_MS = 15_000


def plate(rows: int, side: float) -> Any:
    """Return a plate of ``side`` mm with ``rows`` × ``rows`` through holes."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge, BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakeWire
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.gp import gp_Ax2, gp_Circ, gp_Dir, gp_Pln, gp_Pnt, gp_Vec

    step = side / (rows + 1)
    face = BRepBuilderAPI_MakeFace(gp_Pln(), 0.0, side, 0.0, side)
    for x in range(rows):
        for y in range(rows):
            axis = gp_Ax2(gp_Pnt(step * (x + 1), step * (y + 1), 0.0), gp_Dir(0, 0, -1))
            edge = BRepBuilderAPI_MakeEdge(gp_Circ(axis, step / 5)).Edge()
            face.Add(BRepBuilderAPI_MakeWire(edge).Wire())
    return BRepPrimAPI_MakePrism(face.Face(), gp_Vec(0.0, 0.0, 15.0)).Shape()


def main() -> None:
    """Make the parts, serve a shop, drop the parts one after the other, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10)
    parser.add_argument(
        "--again",
        type=int,
        default=4,
        help="number of warm measurements; the server plans one file at a time and lets at most sixteen wait",
    )
    parser.add_argument("--server-cold", action="store_true", help="don't wait until the server is ready")
    parser.add_argument("--light", action="store_true", help="as with serve --light")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch) / f"plate-{k}.step" for k in range(asked.again + 1)]
        for k, file in enumerate(files):
            write(plate(asked.rows, 150.0 + k), file)
        prepared(Path(scratch) / "shop")
        with served(Path(scratch) / "shop", *(["--light"] if asked.light else [])) as url:
            print(json.dumps(measured(url, files, cold=asked.server_cold) | {"faces": asked.rows**2 + 6}))


def measured(url: str, files: list[Path], *, cold: bool) -> dict[str, float]:
    """Return the milliseconds of each drop, each confirmed by a click that names a face."""
    from playwright.sync_api import sync_playwright

    took: list[float] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1360, "height": 860})
        page.goto(url)
        page.wait_for_selector("[data-unit='mill-1']")
        if not cold:
            page.wait_for_timeout(READY_MS)
        for file in [*files, files[-1]]:
            took.append(float(page.evaluate(TIMED, [file.name, file.read_text(encoding="utf-8")])))
            _clicked(page)
            page.keyboard.press("Escape")
            page.wait_for_timeout(500)
        browser.close()
    return {
        "cold_ms": round(took[0], 1),
        "warm_median_ms": round(statistics.median(took[1:-1]), 1),
        "warm_worst_ms": round(max(took[1:-1]), 1),
        "again_ms": round(took[-1], 1),
    }


def _clicked(page: Any) -> None:
    """Click on the solid until a face is named; first beside the middle, which may be a hole."""
    canvas = page.locator("#priced-solid canvas")
    box = canvas.bounding_box()
    for share in (0.5, 0.46, 0.54, 0.42, 0.58):
        canvas.click(position={"x": box["width"] * share, "y": box["height"] * 0.5})
        if "Face" in page.locator("#priced-solid .hint").inner_text():
            return
    raise AssertionError("no click on the picture named a face")


if __name__ == "__main__":
    main()
