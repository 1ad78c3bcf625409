"""Heat maps: the PNG bytes, and an HTML page that shows all heat maps in a folder."""

import html
import io
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Heat maps</title><style>
body {{ font: 15px system-ui, sans-serif; margin: 1.5rem; color: #1b1f24; background: #fff; }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 1rem; }}
figure {{ margin: 0; border-top: 4px solid #2e7d32; }} .reject {{ border-color: #b71c1c; }} .unsure {{ border-color: #f9a825; }}
img {{ width: 100%; display: block; }} figcaption {{ padding: .3rem 0; overflow-wrap: anywhere; }}
</style></head><body>
<h1>Heat maps, worst first</h1>
<p>A score above 1 means not accepted. Colour marks areas that differ more from good parts than the worst areas of good parts do.</p>
{said}<main>
{figures}</main></body></html>
"""


def png(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture as PNG (h, w) or (h, w, 3)."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def heat_page(rows: list[dict[str, Any]], alarms: list[dict[str, Any]]) -> str:
    """Return all heat maps on one HTML page, worst first; images that couldn't be read and alarms are listed on top."""
    said = [f"{row['file']}: unreadable, {row['reason']}" for row in rows if row["score"] is None]
    said += [f"{alarm['kind']} alarm at image {alarm['image']}: {alarm['reason']}" for alarm in alarms]
    worst = sorted((row for row in rows if row["score"] is not None), key=lambda row: -row["score"])
    figures = "".join(
        f'<figure class="{row["verdict"]}"><img src="{quote(row["file"])}.png" alt="heat map of {html.escape(row["file"])}" loading="lazy">'
        f"<figcaption>{html.escape(row['file'])}<br><b>{row['verdict']}</b> {row['score']:.2f}</figcaption></figure>\n"
        for row in worst
    )
    return _PAGE.format(said="".join(f"<p>{html.escape(line)}</p>\n" for line in said), figures=figures)
