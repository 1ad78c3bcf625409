"""Find out whether a fault changes the part that a plan makes: a slow check that shares no geometry with
``verification``.

It uses random points on a mesh from the planner's reader, and steps the tools along every move in numpy, without height
map or hash. It compares a plan with a good one: is there new material left, a new cut into the part, a rapid through
material, or a shank, holder or cutter in a fixture that the good plan doesn't have?
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import turned_opinion
from numpy.typing import NDArray

from nightmill.cad import read_part
from nightmill.verification import interpret
from nightmill.vocabulary.plan import Body, Plan, Tool

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
Changes = list[
    tuple[Rows, Rows]
]  # for each setup, the moves that only the good plan has, and those that only the other plan has
POINTS = 10_000
_DRAWN = 400_000
_BATCH = 48
_IN_CUTTER = 4000
_FEW = 64  # changed moves that are checked one by one
_PROUD_MM, _DEEP_MM = 0.06, 0.03
_STEPS = np.linspace(0.0, 1.0, 65)
_SLOPE = {"drill": 118.0, "spot": 90.0, "chamfer": 90.0, "countersink": 90.0}


@dataclass(frozen=True)
class Moves:
    """One setup's moves: start, end (n, 3), rapid (n,), tools (n,), in work coordinates, and the transform to them (4,
    4).
    """

    start: Floats
    end: Floats
    rapid: Flags
    tool: list[Tool]
    to_work: Floats
    fixtures: tuple[Body, ...]
    refused: bool = False
    turns: bool = False

    @cached_property
    def radius(self) -> Floats:
        """Return the radius of the cutter of each move (n,)."""
        return np.array([tool.diameter_mm / 2 for tool in self.tool])

    @cached_property
    def flute(self) -> Floats:
        """Return the height above its tip up to which the cutter of each move cuts (n,)."""
        return np.array([_flute(tool) for tool in self.tool])


def _flute(tool: Tool) -> float:
    return tool.flute_length_mm or tool.stickout_mm or 1e6


def read_moves(plan: Plan, texts: dict[str, str]) -> list[Moves]:
    """Return the moves of every setup in order, arcs as chords within 0.002 mm, up to where a control stops."""
    by_number = {tool.number: tool for tool in plan.tools}
    setups = []
    for setup in plan.setups:
        turns = setup.kind == "turn"
        home = (500.0, 0.0, 500.0) if turns else (0.0, 0.0, 500.0)
        m = interpret(texts[setup.program], home=home, chord_mm=0.002, lathe=turns)
        known = np.array([number in by_number for number in m.tool.tolist()], dtype=np.bool_)
        tools = [by_number[number] for number in m.tool[known].tolist()]
        matrix = np.array(setup.model_to_work)
        rapid = m.kind[known] == 0
        moves = Moves(m.start[known], m.end[known], rapid, tools, matrix, setup.fixtures, m.fatal, turns)
        setups.append(moves)
    return setups


def _under(tool: Tool, d: Floats) -> Floats:
    radius = tool.diameter_mm / 2
    if tool.type in _SLOPE:
        flat = (tool.tip_diameter_mm or 0.0) / 2
        half = math.radians((tool.tip_angle_deg or _SLOPE[tool.type]) / 2)
        return np.maximum(0.0, d - flat) / math.tan(half)
    corner = radius if tool.type == "ball" else tool.corner_radius_mm
    out = np.clip(d - (radius - corner), 0.0, corner)
    return corner - np.sqrt(corner * corner - out * out)


def removed(points: Floats, setups: list[Moves], until: tuple[int, int] | None = None) -> Flags:
    """Return whether feed moves remove each point (model coordinates); in setup ``until[0]``, only moves before ``until[1]`` count."""
    gone = np.zeros(len(points), dtype=np.bool_)
    for number, setup in enumerate(setups):
        if until and number > until[0]:
            break
        stop = until[1] if until and number == until[0] else len(setup.start)
        work = points @ setup.to_work[:3, :3].T + setup.to_work[:3, 3]
        feeds = np.flatnonzero(~setup.rapid[:stop])
        for first in range(0, len(feeds), _BATCH):
            batch = feeds[first : first + _BATCH]
            low, high = _box(setup, batch)
            near = np.flatnonzero(~gone & _between(work, low, high))
            if len(near):
                gone[near] = _cleared(work[near], setup, batch)
    return gone


def _box(setup: Moves, rows: Rows) -> tuple[Floats, Floats]:
    """Return the corners of the space that cutters sweep in the moves ``rows``, up to the end of the flutes; on a
    lathe, all around the axis.
    """
    if setup.turns:
        own = [
            turned_opinion.box(setup.tool[row], setup.start[row : row + 1], setup.end[row : row + 1]) for row in rows
        ]
        reach = max(high[1] for _, high in own)
        ends = min(low[0] for low, _ in own), max(high[0] for _, high in own)
        return np.array([-reach, -reach, ends[0]]), np.array([reach, reach, ends[1]])
    radius = setup.radius[rows, None] * np.array([1.0, 1.0, 0.0])
    high = np.maximum(setup.start[rows], setup.end[rows]) + radius
    high[:, 2] += setup.flute[rows]
    return (np.minimum(setup.start[rows], setup.end[rows]) - radius).min(axis=0), high.max(axis=0)


def _between(points: Floats, low: Floats, high: Floats) -> Flags:
    return np.asarray(((points >= low) & (points <= high)).all(axis=1))


def _cleared(points: Floats, setup: Moves, rows: Rows) -> Flags:
    """Return whether one of the moves ``rows`` removes each of ``points`` (work coordinates)."""
    gone = np.zeros(len(points), dtype=np.bool_)
    if setup.turns:
        plane = np.stack([points[:, 2], np.hypot(points[:, 0], points[:, 1])], axis=1)
        for index in rows:
            low, high = turned_opinion.box(setup.tool[index], setup.start[index, None], setup.end[index, None])
            near = np.flatnonzero(~gone & _between(plane, low, high))
            if len(near):
                there = setup.start[index], setup.end[index]
                gone[near[turned_opinion.swept(setup.tool[index], *there, plane[near])]] = True
        return gone
    for index in rows:
        a, b, radius = setup.start[index], setup.end[index], setup.radius[index]
        least, most = np.minimum(a, b), np.maximum(a, b)
        near = np.flatnonzero(
            ~gone & (np.abs(points[:, :2] - (least + most)[:2] / 2) < (most - least)[:2] / 2 + radius).all(axis=1)
            & (points[:, 2] > least[2])
        )  # fmt: skip
        if len(near):
            gone[near[_touched(points[near], a, b, setup.tool[index], radius)]] = True
    return gone


def _touched(p: Floats, a: Floats, b: Floats, tool: Tool, radius: float) -> Flags:
    way = b - a
    level = float(way[:2] @ way[:2])
    foot = np.clip((p[:, :2] - a[:2]) @ way[:2] / level, 0.0, 1.0)[:, None] if level > 1e-18 else np.zeros((len(p), 1))
    s = foot if abs(way[2]) < 1e-12 else np.concatenate([foot, np.tile(_STEPS, (len(p), 1))], axis=1)
    d = np.hypot(p[:, 0, None] - a[0] - s * way[0], p[:, 1, None] - a[1] - s * way[1])
    rise = p[:, 2, None] - a[2] - s * way[2]
    under = _under(tool, np.minimum(d, radius))
    return np.asarray(((d < radius) & (rise > under) & (rise <= _flute(tool))).any(axis=1))


def _inside(body: Body, points: Floats) -> Flags:
    if body.min is not None and body.max is not None:
        return np.asarray(((points > np.array(body.min)) & (points < np.array(body.max))).all(axis=1))
    if body.base is not None and body.axis is not None and body.radius is not None and body.height is not None:
        axis = np.array(body.axis) / np.linalg.norm(body.axis)
        along = (points - np.array(body.base)) @ axis
        out = np.linalg.norm(points - np.array(body.base) - np.outer(along, axis), axis=1)
        return np.asarray((along > 0) & (along < body.height) & (out < body.radius))
    raise ValueError("the second opinion supports only boxes and cylinders")


def harm(folder: Path, target: Path, good: tuple[Plan, dict[str, str]], bad: tuple[Plan, dict[str, str]]) -> str:
    """Return the damage that the fault does to the part, as text; empty if nothing is left, cut or hit that the good
    plan doesn't leave, cut or hit.
    """
    before, after = read_moves(*good), read_moves(*bad)
    stopped = [s.name for s, a, b in zip(bad[0].setups, before, after, strict=False) if b.refused and not a.refused]
    words = [f"a control stops in setup {name}" for name in stopped]
    order = [setup.program for setup in bad[0].setups]
    if len(before) != len(after):
        kept = [moves for moves, setup in zip(before, good[0].setups, strict=True) if setup.program in order]
        lost = [moves for moves, setup in zip(before, good[0].setups, strict=True) if setup.program not in order]
        nothing = np.zeros(0, dtype=np.int64)
        changed = [(nothing, nothing) for _ in kept] + [(np.arange(len(m.start)), nothing) for m in lost]
        return "; ".join([*words, *_surface(target, [*kept, *lost], kept, changed)])
    if [setup.program for setup in good[0].setups] != order:
        return "; ".join([*words, *_other_order(good[0].stock, after, folder)])
    changed = [_changed(a, b) for a, b in zip(before, after, strict=True)]
    if any(len(rows) for pair in changed for rows in pair):
        words += _surface(target, before, after, changed)
        words += _rapids(
            good[0].stock, after, [new[moves.rapid[new]] for moves, (_, new) in zip(after, changed, strict=True)]
        )
        words += _rapids_where_material_stays(good[0].stock, before, after, changed)
        words += _fixtures(after, changed)
    return "; ".join(words)


def _keys(moves: Moves) -> list[tuple[object, ...]]:
    """Return the values that distinguish moves: their ends, whether they are rapid, and their tool."""
    table = np.round(np.hstack([moves.start, moves.end, moves.rapid[:, None]]), 6).tolist()
    return [(*row, tool.number) for row, tool in zip(table, moves.tool, strict=True)]


def _changed(a: Moves, b: Moves) -> tuple[Rows, Rows]:
    left, right = _keys(a), _keys(b)
    in_left, in_right = set(left), set(right)
    return (
        np.array([i for i, key in enumerate(left) if key not in in_right], dtype=np.int64),
        np.array([i for i, key in enumerate(right) if key not in in_left], dtype=np.int64),
    )


@lru_cache(maxsize=64)
def _corners(target: Path) -> Floats:
    """Return the triangles (n, 3, 3) of the part from the planner's reader."""
    mesh = read_part(target).mesh
    return np.asarray(mesh.vertices[mesh.triangles])


def _near(points: Floats, moves: Moves, rows: Rows) -> Flags:
    """Return which points (work coordinates) may be swept by the moves ``rows``: by the box of each if they are few."""
    margin = 0.2
    groups = [rows] if len(rows) > _FEW else [rows[i : i + 1] for i in range(len(rows))]
    near = np.zeros(len(points), dtype=np.bool_)
    for group in groups:
        if len(group):
            low, high = _box(moves, group)
            near |= _between(points, low - margin, high + margin)
    return near


def _surface(target: Path, before: list[Moves], after: list[Moves], changed: Changes) -> list[str]:
    """Return the material left on the part's faces and the cuts into them, at random points where moves have changed."""
    corners = _corners(target)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(cross, axis=1) / 2
    draw = np.random.default_rng(1)
    at = draw.choice(len(area), _DRAWN, p=area / area.sum())
    u, v = np.sqrt(draw.random(_DRAWN)), draw.random(_DRAWN)
    points = np.einsum("nk,nkc->nc", np.stack([1 - u, u * (1 - v), u * v], axis=1), corners[at])
    near = np.zeros(_DRAWN, dtype=np.bool_)
    for moves, rows in [(m, p[0]) for m, p in zip(before, changed, strict=True)] + [
        (m, p[1]) for m, p in zip(after, changed, strict=False)
    ]:
        work = points @ moves.to_work[:3, :3].T + moves.to_work[:3, 3]
        near |= _near(work, moves, rows[~moves.rapid[rows]])
    chosen = np.flatnonzero(near)
    if not len(chosen):
        return []
    each = float(area.sum()) / _DRAWN * max(1.0, len(chosen) / POINTS)
    chosen = chosen if len(chosen) <= POINTS else draw.choice(chosen, POINTS, replace=False)
    points, normal = points[chosen], cross[at[chosen]] / (2 * area[at[chosen], None])
    words = []
    above, below = points + _PROUD_MM * normal, points - _DEEP_MM * normal
    left = removed(above, before)
    left[left] = ~removed(above[left], after)
    if np.count_nonzero(left) > 1:
        words.append(f"leaves {np.count_nonzero(left) * each:.3f} mm² more than {_PROUD_MM} mm proud")
    cut = removed(below, after)
    cut[cut] = ~removed(below[cut], before)
    if np.count_nonzero(cut) > 1:
        words.append(f"cuts {np.count_nonzero(cut) * each:.3f} mm² more than {_DEEP_MM} mm deep")
    return words


def _swept(draw: np.random.Generator, moves: Moves, row: int) -> Floats:
    """Return random points of the cutter, shrunk by 0.1 mm, as it moves along one move (work coordinates)."""
    tool, a, b = moves.tool[row], moves.start[row], moves.end[row]
    if moves.turns:
        shape = turned_opinion.outline(tool)
        middle = shape.mean(axis=0)
        share = draw.dirichlet(np.full(3, 0.5), _IN_CUTTER)
        at = np.einsum("nk,nkc->nc", share, shape[draw.integers(0, len(shape), (_IN_CUTTER, 3))])
        at = middle + (at - middle) * 0.9
        z, x = (at + a[[2, 0]] + draw.random((_IN_CUTTER, 1)) * (b - a)[[2, 0]]).T
        angle = draw.random(_IN_CUTTER) * 2 * math.pi
        return np.stack([x * np.cos(angle), x * np.sin(angle), z], axis=1)
    r = np.sqrt(draw.random(_IN_CUTTER)) * max(0.0, tool.diameter_mm / 2 - 0.1)
    angle, s = draw.random(_IN_CUTTER) * 2 * math.pi, draw.random(_IN_CUTTER)
    rise = _under(tool, r) + 0.05 + draw.random(_IN_CUTTER) * (tool.flute_length_mm or 10.0)
    return np.asarray(a + s[:, None] * (b - a) + np.stack([r * np.cos(angle), r * np.sin(angle), rise], axis=1))


def _rapids(stock: Body, after: list[Moves], rapids: list[Rows]) -> list[str]:
    """Return the first of the ``rapids`` of each setup that meets stock remaining at that time."""
    draw = np.random.default_rng(2)
    for number, (moves, rows) in enumerate(zip(after, rapids, strict=True)):
        back = np.linalg.inv(moves.to_work)
        for row in rows[:50]:
            model = _swept(draw, moves, int(row)) @ back[:3, :3].T + back[:3, 3]
            model = model[_inside(stock, model)]
            if len(model) and not removed(model, after, (number, int(row))).all():
                return [_meets(moves, int(row))]
    return []


def _rapids_where_material_stays(stock: Body, before: list[Moves], after: list[Moves], changed: Changes) -> list[str]:
    """Return the first rapid, common to both plans, through material that only removed feed moves would have cleared
    before it.
    """
    draw = np.random.default_rng(4)
    for number, (was, moves, (lost, _)) in enumerate(zip(before, after, changed, strict=True)):
        lost = lost[~was.rapid[lost]]
        if not len(lost):
            continue
        low, high = _box(was, lost)
        places = {key: place for place, key in enumerate(_keys(was))}
        meets = [
            (int(row), places[key])
            for row, key in enumerate(_keys(moves))
            if moves.rapid[row] and key in places and _overlap(*_box(moves, np.array([row])), low, high)
        ]
        back = np.linalg.inv(moves.to_work)
        for row, place in meets[:: max(1, len(meets) // 40)]:
            points = _swept(draw, moves, row)
            model = points[_near(points, was, lost)] @ back[:3, :3].T + back[:3, 3]
            model = model[_inside(stock, model)]
            if len(model):
                stays = removed(model, before, (number, place)) & ~removed(model, after, (number, row))
                if stays.any():
                    return [_meets(moves, row)]
    return []


def _overlap(low: Floats, high: Floats, other_low: Floats, other_high: Floats) -> bool:
    return bool((low < other_high).all() and (other_low < high).all())


def _meets(moves: Moves, row: int) -> str:
    return f"a rapid from {moves.start[row].round(3).tolist()} to {moves.end[row].round(3).tolist()} meets material"


def _other_order(stock: Body, after: list[Moves], folder: Path) -> list[str]:
    """Return the rapids (of a sample) that go through material left at that time, and the fixtures that overlap the piece."""
    draw = np.random.default_rng(3)
    words = []
    none = np.zeros(0, dtype=np.int64)
    low = [np.flatnonzero(moves.rapid & (moves.end[:, 2] < moves.start[:, 2])) for moves in after]
    rows = [draw.choice(each, min(len(each), 40), replace=False) if len(each) else none for each in low]
    words += _rapids(stock, after, rows)
    for number, moves in enumerate(after):
        back = np.linalg.inv(moves.to_work)
        for body in moves.fixtures:
            corners = _triangles(folder / body.file) if body.file else None
            least = np.array(body.min) if corners is None else corners.min(axis=(0, 1))
            most = np.array(body.max) if corners is None else corners.max(axis=(0, 1))
            points = draw.uniform(least, most, (20_000, 3))
            model = points @ back[:3, :3].T + back[:3, 3]
            points, model = points[_inside(stock, model)], model[_inside(stock, model)]
            if corners is not None and len(points):
                within = _parity(points, corners) & _parity(points + 0.1, corners) & _parity(points - 0.1, corners)
                points, model = points[within], model[within]
            if len(model):
                held = ~removed(model, after, (number, 0))
                if np.count_nonzero(held) > 5:
                    words.append(f"{body.name} stands in the piece at {np.count_nonzero(held)} points")
    return words


def _triangles(path: Path) -> Floats:
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    return np.asarray(np.frombuffer(path.read_bytes(), dtype=record, offset=84)["corners"], dtype=np.float64)


def _parity(points: Floats, corners: Floats) -> Flags:
    """Return whether each point lies in a closed mesh, by the parity of an upward ray."""
    crossings = np.zeros(len(points), dtype=np.int64)
    for a, b, c in corners:
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if abs(area) < 1e-12:
            continue
        x, y = points[:, 0], points[:, 1]
        u = ((b[0] - x) * (c[1] - y) - (b[1] - y) * (c[0] - x)) / area
        v = ((c[0] - x) * (a[1] - y) - (c[1] - y) * (a[0] - x)) / area
        crossings += (u >= 0) & (v >= 0) & (u + v <= 1) & (u * a[2] + v * b[2] + (1 - u - v) * c[2] > points[:, 2])
    return np.asarray(crossings % 2 == 1)


def _fixtures(after: list[Moves], changed: Changes) -> list[str]:
    for moves, (_, rows) in zip(after, changed, strict=True):
        for row in () if moves.turns else rows:
            tool, a, b = moves.tool[row], moves.start[row], moves.end[row]
            path = a + np.linspace(0, 1, max(2, math.ceil(float(np.linalg.norm(b - a)) / 0.2)))[:, None] * (b - a)
            for body in moves.fixtures:
                if body.min is None or body.max is None:
                    continue
                out = np.linalg.norm(
                    np.maximum(0, np.maximum(body.min[:2] - path[:, :2], path[:, :2] - body.max[:2])), axis=1
                )
                for size, lift in (
                    (tool.diameter_mm, 0.0), (tool.shank_diameter_mm, tool.flute_length_mm), (tool.holder_diameter_mm, tool.stickout_mm)
                ):  # fmt: skip
                    if ((out < size / 2 - 0.1) & (path[:, 2] + lift < body.max[2] - 0.1)).any():
                        return [f"runs into {body.name or 'a fixture'}"]
    return []
