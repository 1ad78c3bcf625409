"""Draw the maintenance chart (SVG): each mill's health over time, and the cost of stopping the mill in each of the next windows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from nightmill.formats import write_atomic
from nightmill.plant.deciders.maintenance import ACT_HEALTH
from nightmill.vocabulary.errors import BadInput, Finding

WIDTH, PANEL, LEFT, GAP, TOP, FOOT = 960.0, 170.0, 60.0, 90.0, 28.0, 40.0
LINE, ACT, LEAST = "#0b6e99", "#c2410c", "#3f7d20"
Place = tuple[float, float, float, float]


def draw_maintenance(answer: dict[str, Any], path: Path) -> None:
    """Draw the answer of ``maintenance_answer``. Raises ``BadInput`` if no mill has health data or the file isn't an SVG."""
    if path.suffix.lower() != ".svg":
        raise BadInput(Finding("--chart", "", str(path), "a file that ends in .svg", "Use the suffix .svg."))
    if not answer["health"]:
        raise BadInput(Finding("--chart", "", "nothing to draw", "signals of a mill", "Run the shop first."))
    write_atomic(path, _picture(answer).encode())


def _picture(answer: dict[str, Any]) -> str:
    mills = answer["health"]
    height, wide = TOP + PANEL * len(mills) + 10, (WIDTH - LEFT - GAP - 20) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}" height="{height:g}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH:g}" height="{height:g}" fill="white"/>',
    ]
    now_h = answer["now_s"] / 3600
    for n, mill in enumerate(mills):
        top = TOP + n * PANEL
        left: Place = (LEFT, top, wide, PANEL - FOOT)
        course = [
            (each["at_s"] / 3600, each["health"])
            for each in answer["health_history"]
            if each["machine"] == mill["machine"]
        ]
        parts += _health(mill["machine"], [*course, (now_h, mill["health"])], left)
        parts += _curve(mill, (LEFT + wide + GAP, top, wide, PANEL - FOOT))
    return "\n".join([*parts, "</svg>", ""])


def _health(machine: str, course: Sequence[tuple[float, float]], place: Place) -> list[str]:
    """Draw health as steps, since the last reported value holds until the next report, and the threshold below which a stop is planned."""
    span = (0.0, max(course[-1][0], 1.0))
    steps = [(course[0][0], course[0][1])]
    for at, health in course[1:]:
        steps += [(at, steps[-1][1]), (at, health)]
    act = [(span[0], ACT_HEALTH), (span[1], ACT_HEALTH)]
    return [
        *_frame(f"{machine}: health by hour of shop time", span, (0.0, 1.0), place),
        _line(act, span, (0.0, 1.0), place, ACT),
        _line(steps, span, (0.0, 1.0), place, LINE),
    ]


def _curve(mill: dict[str, Any], place: Place) -> list[str]:
    windows = mill["windows"]
    points = [(each["start_s"] / 3600, each["cost_usd"]) for each in windows]
    if not points:
        return [_label(place[0], place[1] - 8, f"{mill['machine']}: no window")]
    span = (points[0][0], max(points[-1][0], points[0][0] + 1.0))
    costs = [cost for _, cost in points]
    ends = (min(costs), max(*costs, min(costs) + 1.0))
    dots = []
    for each, point in zip(windows, points, strict=True):
        x, y = _at(point, span, ends, place)
        tooltip = f"{each['start']}: {each['cost_usd']:.0f} USD, probability of failure before it: {each['failure_before']:.0%}"
        size, colour = (5, LEAST) if each["cheapest"] else (2.5, LINE)
        dots.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{colour}"><title>{escape(tooltip)}</title></circle>'
        )
    title = f"{mill['machine']}: expected cost of a stop (USD) by hour of its window, lowest in green"
    return [*_frame(title, span, ends, place), _line(points, span, ends, place, LINE), *dots]


def _frame(title: str, span: tuple[float, float], ends: tuple[float, float], place: Place) -> list[str]:
    left, top, wide, high = place
    return [
        f'<rect x="{left:g}" y="{top:g}" width="{wide:g}" height="{high:g}" fill="none" stroke="#cbd5e1"/>',
        _label(left, top - 8, title),
        _label(left - 6, top + 10, f"{ends[1]:.4g}", "end"),
        _label(left - 6, top + high, f"{ends[0]:.4g}", "end"),
        _label(left, top + high + 14, f"{span[0]:.4g} h"),
        _label(left + wide, top + high + 14, f"{span[1]:.4g} h", "end"),
    ]


def _at(
    point: tuple[float, float], span: tuple[float, float], ends: tuple[float, float], place: Place
) -> tuple[float, float]:
    left, top, wide, high = place
    x = left + (point[0] - span[0]) / (span[1] - span[0]) * wide
    return x, top + high - (point[1] - ends[0]) / (ends[1] - ends[0]) * high


def _line(
    points: Sequence[tuple[float, float]],
    span: tuple[float, float],
    ends: tuple[float, float],
    place: Place,
    colour: str,
) -> str:
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_at(point, span, ends, place) for point in points))
    return f'<polyline points="{text}" fill="none" stroke="{colour}"/>'


def _label(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
