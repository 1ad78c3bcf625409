"""Draw signals as a chart (SVG): one panel per signal; for each machine, a line inside the band from its lowest to its highest value."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from nightmill.formats import write_atomic
from nightmill.vocabulary.errors import BadInput, Finding

WIDTH, PANEL, LEFT, RIGHT, TOP = 960.0, 190.0, 70.0, 130.0, 28.0
COLOURS = ("#0b6e99", "#c2410c", "#3f7d20", "#7c3aed", "#a16207", "#be185d", "#475569", "#0f766e")
Points = Sequence[dict[str, Any]]


def draw_telemetry(points: Points, path: Path) -> None:
    """Draw the points of ``telemetry_of``. Raises ``BadInput`` if there are none or the file isn't an SVG."""
    if path.suffix.lower() != ".svg":
        raise BadInput(Finding("--chart", "", str(path), "a file that ends in .svg", "Use the suffix .svg."))
    if not points:
        remedy = "Choose a source or a signal, and a time for which there are samples."
        raise BadInput(Finding("--chart", "", "nothing to draw", "points of a signal", remedy))
    write_atomic(path, _picture(points))


def _picture(points: Points) -> str:
    signals = sorted({point["signal"] for point in points})
    sources = sorted({point["source"] for point in points})
    colours = {source: COLOURS[n % len(COLOURS)] for n, source in enumerate(sources)}
    seconds = [_seconds(point["at"]) for point in points]
    span = (min(seconds), max(*seconds, min(seconds) + 1.0))
    height = TOP + PANEL * len(signals) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}" height="{height:g}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH:g}" height="{height:g}" fill="white"/>',
    ]
    for n, signal in enumerate(signals):
        parts += _panel(signal, [p for p in points if p["signal"] == signal], colours, span, TOP + n * PANEL)
    first, last = min(p["at"] for p in points), max(p["at"] for p in points)
    parts += [_label(LEFT, height - 8, first), _label(WIDTH - RIGHT, height - 8, last, "end")]
    parts += [
        f'<text x="{WIDTH - RIGHT + 12:g}" y="{TOP + 14 + 15 * n:g}" fill="{colours[source]}">{escape(source)}</text>'
        for n, source in enumerate(sources)
    ]
    return "\n".join([*parts, "</svg>", ""])


def _panel(signal: str, points: Points, colours: dict[str, str], span: tuple[float, float], top: float) -> list[str]:
    low, high = min(p["low"] for p in points), max(p["high"] for p in points)
    high = high if high > low else low + 1.0
    bottom = top + PANEL - 40

    def x(point: dict[str, Any]) -> float:
        return LEFT + (_seconds(point["at"]) - span[0]) / (span[1] - span[0]) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    parts = [
        f'<rect x="{LEFT:g}" y="{top:g}" width="{WIDTH - LEFT - RIGHT:g}" height="{bottom - top:g}" fill="none" stroke="#cbd5e1"/>',
        _label(LEFT, top - 8, signal),
        _label(LEFT - 6, top + 10, f"{high:.4g}", "end"),
        _label(LEFT - 6, bottom, f"{low:.4g}", "end"),
    ]
    for source, colour in colours.items():
        own = [point for point in points if point["source"] == source]
        if not own:
            continue
        edge = [f"{x(p):.1f},{y(p['high']):.1f}" for p in own] + [f"{x(p):.1f},{y(p['low']):.1f}" for p in own[::-1]]
        line = " ".join(f"{x(p):.1f},{y(p['mean']):.1f}" for p in own)
        parts.append(f'<polygon points="{" ".join(edge)}" fill="{colour}" fill-opacity="0.15"/>')
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>')
    return parts


def _label(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
