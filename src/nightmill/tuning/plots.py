"""Plots of a study as one SVG: convergence, the models' predictions, and the Pareto front."""

import html
from collections.abc import Sequence

import numpy as np

from nightmill.stats.gaussian_process import Floats
from nightmill.tuning.ask_tell import History, best_trial, break_chance, keeps_limits, pareto_front
from nightmill.tuning.output_model import believe
from nightmill.tuning.search_space import decode, encode
from nightmill.tuning.study import Output, Parameter, Study, Trial, Value, hard_limits_kept

SIDE, MARGIN, CELLS = 320.0, 56.0, 28
KEPT, BROKEN, BEST = "#1b6e3c", "#b3261e", "#0b3d91"


class _Axes:
    """A panel with its own scale, which maps data to points in the picture."""

    def __init__(self, left: float, title: str, x: tuple[str, float, float], y: tuple[str, float, float]) -> None:
        self.left, self.top = left, MARGIN
        (self.x_name, self.x0, self.x1), (self.y_name, self.y0, self.y1) = x, y
        self.title, self.marks = title, [""]
        self.ends = [f"{end:.4g}" for end in (self.x0, self.x1, self.y0, self.y1)]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the point in the picture for (x, y)."""
        across = (x - self.x0) / max(self.x1 - self.x0, 1e-300)
        up = (y - self.y0) / max(self.y1 - self.y0, 1e-300)
        return self.left + SIDE * across, self.top + SIDE * (1 - up)

    def dot(self, x: float, y: float, colour: str, told: str) -> None:
        """Draw a trial, with its description as a tooltip."""
        px, py = self.at(x, y)
        title = f"<title>{html.escape(told)}</title>"
        self.marks.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="{colour}">{title}</circle>')

    def line(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """Draw a line through data points."""
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in (self.at(*point) for point in points))
        self.marks.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')

    def cell(self, corner: tuple[float, float], size: tuple[float, float], colour: str) -> None:
        """Draw a coloured cell of a surface."""
        px, py = self.at(corner[0], corner[1] + size[1])
        qx, qy = self.at(corner[0] + size[0], corner[1])
        self.marks.append(
            f'<rect x="{px:.1f}" y="{py:.1f}" width="{qx - px + 0.3:.1f}" height="{qy - py + 0.3:.1f}" fill="{colour}"/>'
        )

    def drawn(self) -> str:
        """Return the panel as SVG."""
        left, top, name = self.left, self.top, html.escape
        ends = (
            (left, top + SIDE + 16, "start", self.ends[0]), (left + SIDE, top + SIDE + 16, "end", self.ends[1]),
            (left - 4, top + SIDE, "end", self.ends[2]), (left - 4, top + 10, "end", self.ends[3]),
            (left + SIDE / 2, top + SIDE + 32, "middle", self.x_name), (left, top - 8, "start", self.title),
        )  # fmt: skip
        texts = [f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{a}">{name(t)}</text>' for x, y, a, t in ends]
        frame = f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#555"/>'
        side = f'<text transform="translate({left - 40:.1f},{top + SIDE / 2:.1f}) rotate(-90)" text-anchor="middle">'
        return "".join([*self.marks, frame, *texts, f"{side}{name(self.y_name)}</text>"])


def draw_study(study: Study, history: History) -> str:
    """Return the SVG text. Plots without data are left out: a front without a second goal, a surface with a single parameter."""
    done = tuple(t for t in history.trials if not t.failed)
    goals = [o for o in study.outputs if o.goal]
    panels: list[_Axes] = []

    def left() -> float:
        return MARGIN + len(panels) * (SIDE + 1.5 * MARGIN)

    if done:
        panels.append(_convergence(study, done, goals[0], left()))
    numeric = [p for p in study.parameters if p.kind != "choice"]
    best = best_trial(study, history.trials)
    if len(done) >= 3 and len(numeric) >= 2:
        panels.append(_surface(study, done, goals[0], dict(best.parameters if best else done[-1].parameters), left()))
    if done and len(goals) >= 2:
        panels.append(_front(study, done, goals, left()))
    width, height = left() + MARGIN / 2, SIDE + 2 * MARGIN
    inside = "".join(panel.drawn() for panel in panels) or f'<text x="{MARGIN}" y="{MARGIN}">no trial yet</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {max(width, 400):.0f} {height:.0f}" '
        f'font-family="sans-serif" font-size="12"><title>{html.escape(study.name)}</title>'
        f'<rect width="100%" height="100%" fill="#fff"/>{inside}</svg>\n'
    )


def _tooltip(study: Study, trial: Trial) -> str:
    numbers = {**trial.parameters, **trial.outputs}
    values = ", ".join(f"{name} {v:.4g}" if isinstance(v, float) else f"{name} {v}" for name, v in numbers.items())
    return (
        f"trial {trial.trial}: {values}; {'all limits kept' if keeps_limits(study, trial.outputs) else 'limit broken'}"
    )


def _colour(study: Study, trial: Trial) -> str:
    return KEPT if keeps_limits(study, trial.outputs) else BROKEN


def _ends(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room


def _convergence(study: Study, done: tuple[Trial, ...], goal: Output, left: float) -> _Axes:
    values = [t.outputs[goal.name] for t in done]
    axes = _Axes(left, "best so far", ("trial", 0.5, len(done) + 0.5), (goal.name, *_ends(values)))
    axes.ends[:2] = "1", str(len(done))
    better = min if goal.goal == "minimise" else max
    steps: list[tuple[float, float]] = []
    for k, trial in enumerate(done, 1):
        kept = [t.outputs[goal.name] for t in done[:k] if keeps_limits(study, t.outputs)]
        steps += [(k - 0.5, better(kept)), (k + 0.5, better(kept))] if kept else []
        axes.dot(k, trial.outputs[goal.name], _colour(study, trial), _tooltip(study, trial))
    axes.line(steps, BEST)
    return axes


def _surface(study: Study, done: tuple[Trial, ...], goal: Output, base: dict[str, Value], left: float) -> _Axes:
    """Return the predicted goal over the two numbers with the most effect, the rest as in the best trial; excluded cells are grey."""
    belief = believe(study, goal, done)
    centre = encode(study, [base])[0]
    columns = _columns(study)
    swing = {}
    for _, k in columns:
        line = np.repeat(centre[None, :], CELLS, axis=0)
        line[:, k] = (np.arange(CELLS) + 0.5) / CELLS
        swing[k] = float(np.ptp(belief.predict(line)[0]))
    first, second = sorted(sorted(columns, key=lambda pair: -swing[pair[1]])[:2], key=lambda pair: pair[1])
    grid = (np.arange(CELLS) + 0.5) / CELLS
    across, up = (part.ravel() for part in np.meshgrid(grid, grid))
    points = np.repeat(centre[None, :], CELLS**2, axis=0)
    points[:, first[1]], points[:, second[1]] = across, up
    mean = belief.predict(points)[0]
    chance = np.zeros(len(points))
    for output in study.outputs:
        if output.limit:
            chance = np.maximum(chance, break_chance(believe(study, output, done), points))
    barred = np.array([not hard_limits_kept(study, setting) for setting in decode(study, points)])
    share = (mean - mean.min()) / max(float(np.ptp(mean)), 1e-12)
    others = [
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in base.items()
        if name not in (first[0].name, second[0].name)
    ]
    title = f"predicted {goal.name} (red: a limit is probably broken)"
    axes = _Axes(left, title, _axis(first[0]), _axis(second[0]))
    axes.x0, axes.x1, axes.y0, axes.y1 = 0.0, 1.0, 0.0, 1.0
    for k in range(len(points)):
        axes.cell(
            (across[k] - 0.5 / CELLS, up[k] - 0.5 / CELLS), (1 / CELLS, 1 / CELLS), _shade(share, chance, barred, k)
        )
    rows = encode(study, [t.parameters for t in done])
    for row, trial in zip(rows, done, strict=True):
        x, y = (float(np.clip(row[k], 0, 1)) for k in (first[1], second[1]))
        axes.dot(x, y, _colour(study, trial), _tooltip(study, trial))
    held = html.escape(f"at {', '.join(others)}" if others else "")
    axes.marks.append(f'<text x="{left:.1f}" y="{MARGIN + SIDE + 48:.1f}">{held}</text>')
    axes.ends = [f"{end:.4g}" for p, _ in (first, second) for end in (p.low, p.high)]
    axes.x_name, axes.y_name = (f"{p.name} {p.unit} ({p.scale})".replace("  ", " ") for p, _ in (first, second))
    return axes


def _columns(study: Study) -> list[tuple[Parameter, int]]:
    """Return the numeric parameters with their coordinates."""
    found, k = [], 0
    for p in study.parameters:
        if p.kind != "choice":
            found.append((p, k))
        k += len(p.values) if p.kind == "choice" else 1
    return found


def _axis(p: Parameter) -> tuple[str, float, float]:
    return (p.name, p.low, p.high)


def _shade(share: Floats, chance: Floats, barred: Floats, k: int) -> str:
    if barred[k]:
        return "#bbb"
    light = 96 - 46 * float(share[k])
    return f"hsl(8,70%,{light:.0f}%)" if chance[k] > 0.5 else f"hsl(212,60%,{light:.0f}%)"


def _front(study: Study, done: tuple[Trial, ...], goals: list[Output], left: float) -> _Axes:
    one, two = goals[:2]
    xs, ys = ([t.outputs[o.name] for t in done] for o in (one, two))
    axes = _Axes(left, "Pareto front", (one.name, *_ends(xs)), (two.name, *_ends(ys)))
    front = sorted((b.outputs[one.name], b.outputs[two.name]) for b in pareto_front(study, done))
    axes.line(front, BEST)
    for trial in done:
        axes.dot(trial.outputs[one.name], trial.outputs[two.name], _colour(study, trial), _tooltip(study, trial))
    return axes
