"""Find which stretches of a level line a program clears: test lines against the plane shapes that tools sweep at that level.

At a level z a tool whose tip is h below that level cuts a disc of radius r(h) (``tool_profile``). A level move sweeps
a band with round ends, a level arc a ring sector with round ends, a ramp through one straight piece of the profile the
hull of two discs. A line intersects each shape in one or two intervals, in closed form; the rest of the line is left uncut.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.nc.motions import FEED, Motions, Primitive, arcs_points
from nightmill.verification.removal.segment_pairs import Neighbours
from nightmill.verification.target.tool_profile import profile, radius_at
from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Chord error for arcs that rise or spiral; level arcs need no chords.
CHORD_MM = 0.001
_LEVEL_MM = 1e-9
# Greatest bulge of a piece of a level arc: with short pieces, lines out of reach are easily ruled out.
_BULGE_MM = 0.1
_PAIRS = 400_000
_SOONER = 8


@dataclass(frozen=True)
class Stretches:
    """Parts of lines: ``line`` (k,) the line, ``low`` and ``high`` (k,) their ends as fractions of the line (0 to 1),
    ``move`` (k,) the move that clears it.
    """

    line: Ints
    low: Floats
    high: Floats
    move: Ints

    def __getitem__(self, at: NDArray[np.bool_]) -> "Stretches":
        return Stretches(self.line[at], self.low[at], self.high[at], self.move[at])


class PlanarSweeps:
    """The feed moves of one program, queried for level lines in its work coordinates."""

    def __init__(self, motions: Motions, tools: Sequence[Tool]) -> None:
        used = [tool for tool in tools if tool.number in motions.tools]
        self._profiles = [profile(tool) for tool in used]
        rows = _rows(motions, {tool.number: index for index, tool in enumerate(used)})
        self._ends, self._centre, self._turn, self._tool, self.program_line = rows
        self._top = np.array([knots[-1, 0] for knots in self._profiles])[self._tool]
        self._widest = np.array([knots[-1, 1] for knots in self._profiles])[self._tool]
        self._low = self._ends[:, :, 2].min(axis=1)
        self._high = self._ends[:, :, 2].max(axis=1) + self._top
        # How far an arc bulges beyond the straight line between its ends.
        ring = np.linalg.norm(self._ends[:, 0, :2] - self._centre, axis=1)
        self._bulge = np.where(self._turn != 0, ring * (1 - np.cos(self._turn / 2)), 0.0)
        # tools of each size are searched separately, so that the many moves of a small tool aren't searched out to the reach of a large
        # tool
        rows_of = [np.flatnonzero(self._tool == index) for index in range(len(used))]
        self._neighbours = [(own, Neighbours(self._ends[own][:, :, :2].reshape(-1, 4))) for own in rows_of]

    def cleared(self, lines: Floats) -> Stretches:
        """Return the stretches of ``lines`` (n, 2, 3), each at one height and longer than 0, that feed moves clear.

        If some moves clear a line completely, stretches from other moves may be left out.
        """
        heights = np.ascontiguousarray(lines[:, 0, 2])
        wide = self._widest
        if len(heights) and np.ptp(heights) < _LEVEL_MM:
            wide = self._radius(np.arange(len(self._tool)), np.minimum(heights[0] - self._low, self._top))
        flat = lines[:, :, :2].reshape(-1, 4)
        reach = wide + self._bulge + _LEVEL_MM
        near = [
            (line, own[row])
            for own, neighbours in self._neighbours
            for line, row in [neighbours.pairs(flat, heights, self._low[own], self._high[own], reach[own])]
        ]
        if not near:
            return _stretches([])
        line, move = (np.concatenate(column) for column in zip(*near, strict=True))
        # Most lines are cleared many times over: try a few moves for each line first, and the others only if those leave a gap.
        sooner = np.arange(len(line)) % _SOONER == 0
        first = self._meet(lines, line[sooner], move[sooner])
        open_ = np.zeros(len(lines), dtype=np.bool_)
        open_[gaps(len(lines), first).line] = True
        later = ~sooner & open_[line]
        rest = self._meet(lines, line[later], move[later])
        return _stretches([(each.line, each.low, each.high, each.move) for each in (first, rest)])

    def _meet(self, lines: Floats, line: Ints, move: Ints) -> Stretches:
        """Return the stretches for pairs of a line and a move."""
        parts = [slice(first, first + _PAIRS) for first in range(0, len(line), _PAIRS)]
        return _stretches([found for part in parts for found in self._pairs(lines, line[part], move[part])])

    def axes_at(self, height: float, most: int) -> tuple[Floats, Ints]:
        """Return positions (k, 3) at ``height`` on the axes of tools that cut there, at both ends of moves, and the
        move (k,) of each.

        Returns no more than about ``most``, starting with those where the tool arrives from elsewhere.
        """
        near = np.flatnonzero((self._low < height) & (self._high >= height))
        ends = self._ends[near]
        below = height - ends[:, :, 2]
        cuts = (below > 0) & (below <= self._top[near][:, None])
        follows = np.zeros(len(near), dtype=np.bool_)
        follows[1:] = cuts[:-1, 1] & (np.abs(ends[1:, 0] - ends[:-1, 1]).max(axis=1) < _LEVEL_MM)
        enters = np.flatnonzero(cuts[:, 0] & ~follows)
        leaves = np.flatnonzero(cuts[:, 1])
        leaves = leaves[:: max(1, len(leaves) // most)]
        row = np.concatenate([enters[:: max(1, len(enters) // most)], leaves])
        side = np.concatenate([np.zeros(len(row) - len(leaves), dtype=np.int64), np.ones(len(leaves), dtype=np.int64)])
        places = ends[row, side]
        places[:, 2] = height
        return places, near[row]

    def _pairs(self, lines: Floats, line: Ints, move: Ints) -> list[tuple[Ints, Floats, Floats, Ints]]:
        """Return intervals for pairs of a line and a move that may meet."""
        arc = self._turn[move] != 0
        straight = self._ramps(lines, line[~arc], move[~arc])
        line, move = line[arc], move[arc]
        ends = self._ends[move]
        radius = self._radius(move, lines[line, 0, 2] - ends[:, 0, 2])
        origin, way = lines[line, 0, :2], lines[line, 1, :2] - lines[line, 0, :2]
        parts = _ring_sector(origin, way, ends[:, :, :2], self._centre[move], self._turn[move], radius)
        return [
            straight,
            *(
                (line[kept], low[kept], high[kept], move[kept])
                for low, high, kept in map(_within, *zip(*parts, strict=True))
            ),
        ]

    def _radius(self, move: Ints, heights: Floats) -> Floats:
        radius = np.zeros(len(move))
        for index, knots in enumerate(self._profiles):
            own = self._tool[move] == index
            radius[own] = radius_at(knots, heights[own])
        return radius

    def _ramps(self, lines: Floats, line: Ints, move: Ints) -> tuple[Ints, Floats, Floats, Ints]:
        """Return intervals for straight moves: each move is split where it passes the level, the end of the flutes and the knots of the
        profile.
        """
        at, first, last = self._pieces(lines[line, 0, 2], move)
        line, move = line[at], move[at]
        height, ends = lines[line, 0, 2], self._ends[move]
        fall = ends[:, 0, 2] - ends[:, 1, 2]
        sloped = np.abs(fall) > _LEVEL_MM
        below = height - ends[:, 0, 2]
        steps = np.stack([first, last], axis=1) - below[:, None]
        share = np.where(sloped[:, None], steps / np.where(sloped, fall, 1.0)[:, None], [0.0, 1.0])
        centres = ends[:, :1, :2] + share[:, :, None] * (ends[:, 1:, :2] - ends[:, :1, :2])
        radii = np.stack([self._radius(move, first), self._radius(move, last)], axis=1)
        origin, way = lines[line, 0, :2], lines[line, 1, :2] - lines[line, 0, :2]
        low, high, kept = _within(*_hull(origin, way, centres, radii))
        return line[kept], low[kept], high[kept], move[kept]

    def _pieces(self, height: Floats, move: Ints) -> tuple[Ints, Floats, Floats]:
        """Return pairs (by index) and the tool heights at the level at which a straight piece of the profile starts and ends."""
        least = np.maximum(height - self._high[move] + self._top[move], 0.0)
        most = np.minimum(height - self._low[move], self._top[move])
        ends = self._ends[move]
        upright = np.abs(ends[:, 0, 0] - ends[:, 1, 0]) + np.abs(ends[:, 0, 1] - ends[:, 1, 1]) < _LEVEL_MM
        least = np.where(upright, most, least)
        cut = most > 0
        pairs, firsts, lasts = [np.zeros(0, dtype=np.int64)], [np.zeros(0)], [np.zeros(0)]
        for index, knots in enumerate(self._profiles):
            own = np.flatnonzero(cut & (self._tool[move] == index))
            before = np.searchsorted(knots[:, 0], least[own], side="right")
            count = np.maximum(np.searchsorted(knots[:, 0], most[own], side="left") - before, 0) + 1
            row = np.repeat(np.arange(len(own)), count)
            place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
            knot = knots[np.minimum(before[row] + place, len(knots) - 1), 0]
            earlier = knots[np.maximum(before[row] + place - 1, 0), 0]
            pairs.append(own[row])
            firsts.append(np.where(place == 0, least[own][row], earlier))
            lasts.append(np.where(place == count[row] - 1, most[own][row], knot))
        return np.concatenate(pairs), np.concatenate(firsts), np.concatenate(lasts)


def _stretches(parts: Sequence[tuple[Ints, Floats, Floats, Ints]]) -> Stretches:
    none = np.zeros(0, dtype=np.int64)
    columns = zip(*[*parts, (none, np.zeros(0), np.zeros(0), none)], strict=True)
    return Stretches(*(np.concatenate(column) for column in columns))


def gaps(count: int, stretches: Stretches) -> Stretches:
    """Return the parts of ``count`` lines that ``stretches`` don't cover; ``move`` is -1."""
    every = np.arange(count)
    line = np.concatenate([every, stretches.line])
    low = np.concatenate([np.zeros(count), stretches.low])
    high = np.concatenate([np.zeros(count), stretches.high])
    order = np.lexsort((low, line))
    line, low, high = line[order], low[order], high[order]
    upto = np.maximum.accumulate(high + 2.0 * line) - 2.0 * line
    following = np.append(np.where(line[1:] == line[:-1], low[1:], 1.0), 1.0)
    open_ = following > upto
    return Stretches(line[open_], upto[open_], following[open_], np.full(np.count_nonzero(open_), -1))


def _rows(motions: Motions, index: dict[int, int]) -> tuple[Floats, Floats, Floats, Ints, Ints]:
    """Feed moves with known tools: ends (m, 2, 3), centre (m, 2), signed turn (m,) of level arcs (0: straight), tool, line."""
    primitives = motions.primitives
    curved = np.array([move.arc is not None for move in primitives], dtype=np.bool_)
    known = np.array([move.kind == FEED and move.tool in index for move in primitives], dtype=np.bool_)
    rows = np.flatnonzero((known & ~curved)[motions.primitive]) if len(primitives) else np.zeros(0, dtype=np.int64)
    ends = [np.stack([motions.start[rows], motions.end[rows]], axis=1)]
    centre, turn = [np.zeros((len(rows), 2))], [np.zeros(len(rows))]
    source = [motions.primitive[rows].astype(np.int64)]
    number = np.flatnonzero(known & curved)
    pieces, of, centres, sweeps = _arc_pieces([primitives[k] for k in number.tolist()])
    ends.append(pieces)
    centre.append(centres[of])
    turn.append(sweeps)
    source.append(number[of])
    owner = np.concatenate(source)
    tool = np.array([index.get(move.tool, -1) for move in primitives], dtype=np.int64)[owner]
    line = np.array([move.line for move in primitives], dtype=np.int64)[owner]
    return np.concatenate(ends), np.concatenate(centre), np.concatenate(turn), tool, line


def _arc_pieces(moves: Sequence[Primitive]) -> tuple[Floats, Ints, Floats, Floats]:
    """Pieces of n arcs (k, 2, 3), the arc of each (k,), the arcs' centres (n, 2), and the turn of each piece (k,): a quarter or less if
    the arc is level, 0 (chords) if not.
    """
    arcs = [(move, move.arc) for move in moves if move.arc is not None]
    if not arcs:
        return np.zeros((0, 2, 3)), np.zeros(0, dtype=np.int64), np.zeros((0, 2)), np.zeros(0)
    figures = np.array(
        [(*a.center, a.radius_start, a.radius_end, a.angle, a.sweep, m.start[2], m.end[2], a.axes[2]) for m, a in arcs]
    )
    x, y, radius, other, angle, sweep, low, high, normal = figures.T
    level = (normal == 2) & (np.abs(radius - other) < CHORD_MM) & (np.abs(low - high) < _LEVEL_MM)
    most = np.where(radius > 0, 2 * np.arccos(np.maximum(0.0, 1 - _BULGE_MM / np.maximum(radius, 1e-300))), math.pi)
    counts = np.maximum(1, np.ceil(np.abs(sweep) / np.minimum(most, math.pi / 2) - 1e-9)).astype(np.int64)
    points, counts[~level] = arcs_points(
        [move for (move, _), one in zip(arcs, level, strict=True) if not one], CHORD_MM
    )
    of = np.repeat(np.arange(len(arcs)), counts)
    place = np.arange(len(of)) - (np.cumsum(counts) - counts)[of]
    pieces = np.empty((len(of), 2, 3))
    for end in (0, 1):
        turned = angle[of] + sweep[of] * (place + end) / counts[of]
        pieces[:, end, 0], pieces[:, end, 1] = x[of] + radius[of] * np.cos(turned), y[of] + radius[of] * np.sin(turned)
    pieces[:, :, 2] = low[of][:, None]
    chords = np.flatnonzero(~level[of])
    pieces[chords, 1] = points
    pieces[chords, 0] = np.roll(points, 1, axis=0)
    first = chords[place[chords] == 0]
    pieces[first, 0] = np.array([move.start for move, _ in arcs])[of[first]]
    return pieces, of, figures[:, :2], np.where(level, sweep / counts, 0.0)[of]


def _within(low: Floats, high: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return intervals clipped to 0 and 1, and which of them are not empty."""
    low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
    return low, high, high > low


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1])


def _disc(origin: Floats, way: Floats, centre: Floats, radius: Floats) -> tuple[Floats, Floats]:
    """Return where lines origin + t way meet discs; low > high if they don't."""
    off = origin - centre
    a, b = _dot(way, way), _dot(way, off)
    under = b * b - a * (_dot(off, off) - radius * radius)
    root = np.sqrt(np.maximum(under, 0.0))
    hit = (under > 0) & (radius > 0)
    return np.where(hit, (-b - root) / a, np.inf), np.where(hit, (-b + root) / a, -np.inf)


def _half_plane(origin: Floats, way: Floats, normal: Floats, limit: Floats) -> tuple[Floats, Floats]:
    """Return where lines are within half planes normal . p <= limit."""
    slope, room = _dot(normal, way), limit - _dot(normal, origin)
    along = np.abs(slope) < 1e-14
    at = room / np.where(along, 1.0, slope)
    low = np.where(along, np.where(room >= 0, -np.inf, np.inf), np.where(slope < 0, at, -np.inf))
    high = np.where(along, np.where(room >= 0, np.inf, -np.inf), np.where(slope > 0, at, np.inf))
    return low, high


def _hull(origin: Floats, way: Floats, centres: Floats, radii: Floats) -> tuple[Floats, Floats]:
    """Return where lines meet the hull of two discs, centres (n, 2, 2) and radii (n, 2): the discs and the area between their tangents."""
    low, high = _disc(origin, way, centres[:, 0], radii[:, 0])
    other = _disc(origin, way, centres[:, 1], radii[:, 1])
    low, high = np.minimum(low, other[0]), np.maximum(high, other[1])
    axis = centres[:, 1] - centres[:, 0]
    length = np.sqrt(_dot(axis, axis))
    # If one disc is inside the other there are no tangents.
    apart = length > np.abs(radii[:, 1] - radii[:, 0]) + 1e-12
    unit = axis / np.where(apart, length, 1.0)[:, None]
    lean = np.where(apart, (radii[:, 0] - radii[:, 1]) / np.where(apart, length, 1.0), 0.0)
    across = np.stack([-unit[:, 1], unit[:, 0]], axis=1) * np.sqrt(1 - lean * lean)[:, None]
    base = _dot(unit, centres[:, 0])
    sides = [
        _half_plane(origin, way, -unit, -(base + lean * radii[:, 0])),
        _half_plane(origin, way, unit, base + length + lean * radii[:, 1]),
    ]
    tangents = (lean[:, None] * unit + across, lean[:, None] * unit - across)
    sides += [_half_plane(origin, way, each, _dot(each, centres[:, 0]) + radii[:, 0]) for each in tangents]
    first, last = sides[0]
    for low_side, high_side in sides[1:]:
        first, last = np.maximum(first, low_side), np.minimum(last, high_side)
    between = apart & (last > first)
    return np.where(between, np.minimum(low, first), low), np.where(between, np.maximum(high, last), high)


def _ring_sector(
    origin: Floats, way: Floats, ends: Floats, centre: Floats, turn: Floats, radius: Floats
) -> list[tuple[Floats, Floats]]:
    """Return where lines meet the area swept by a disc along arcs of up to half a turn: the sector before and behind its inner circle,
    and the discs at both ends (n, 2, 2).
    """
    ring = np.sqrt(_dot(ends[:, 0] - centre, ends[:, 0] - centre))
    low, high = _disc(origin, way, centre, np.where(radius > 0, ring + radius, 0.0))
    side = np.sign(turn)[:, None]
    for spoke in (side * (ends[:, 0] - centre), side * (centre - ends[:, 1])):
        inwards = np.stack([spoke[:, 1], -spoke[:, 0]], axis=1)
        at = _half_plane(origin, way, inwards, _dot(inwards, centre))
        low, high = np.maximum(low, at[0]), np.minimum(high, at[1])
    inner = _disc(origin, way, centre, np.maximum(ring - radius, 0.0))
    return [
        (low, np.minimum(high, inner[0])),
        (np.maximum(low, inner[1]), high),
        _disc(origin, way, ends[:, 0], radius),
        _disc(origin, way, ends[:, 1], radius),
    ]
