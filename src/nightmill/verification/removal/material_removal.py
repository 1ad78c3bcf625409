"""Combine all setups into one exact answer: which model points are removed by some feed move."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.removal.swept_volumes import hash_moves, longest_reach, mark_removed, removes
from nightmill.verification.removal.turned_cuts import TurnedCuts
from nightmill.verification.target.grid_hash import fill_cells
from nightmill.verification.target.tool_rows import MoveTable

Floats = NDArray[np.float64]
_CELLS = 180
_LEAST_CELL_MM = 0.5


@dataclass(frozen=True)
class Hash:
    """Feed moves of one setup by XY cell: ``grid`` x0, y0, cell size; CSR ``starts`` and ``entries``, sorted within each cell by ``lows``,
    the lowest height of their moves; ``reach`` (cells,) how far above that any of them cuts.
    """

    grid: Floats
    shape: NDArray[np.int64]
    starts: NDArray[np.int64]
    entries: NDArray[np.int32]
    lows: Floats
    reach: Floats


@dataclass(frozen=True)
class Cuts:
    """The feed moves of one milling setup, indexed by position; ``to_work`` (4, 4) converts model to work coordinates."""

    to_work: Floats
    moves: MoveTable
    table: Hash

    @classmethod
    def of(cls, to_work: Floats, moves: MoveTable, low: Floats, high: Floats) -> "Cuts":
        """Enter the moves in a hash; ``low`` and ``high`` bound the points (work coordinates) that will be queried."""
        cell = max(_LEAST_CELL_MM, float((high[:2] - low[:2]).max()) / _CELLS)
        grid = np.array([low[0] - cell, low[1] - cell, cell])
        shape = np.array([int((high[axis] - low[axis]) / cell) + 3 for axis in (0, 1)], dtype=np.int64)
        lowest = np.minimum(moves.geometry[:, 3], moves.geometry[:, 6])
        order = np.argsort(lowest, kind="stable")
        starts, entries = fill_cells(
            int(shape[0] * shape[1]),
            lambda starts, entries: hash_moves(
                moves.geometry, moves.tool, moves.rapid, moves.tools, order, grid, shape, starts, entries
            ),
        )
        reach = longest_reach(moves.geometry, moves.tool, moves.tools, starts, entries)
        return cls(to_work, moves, Hash(grid, shape, starts, entries, lowest[entries], reach))

    def first_line(self, point: Floats) -> int | None:
        """Return the line of the first move that removes a point (3,), model coordinates."""
        x, y, z = (self.to_work[:3, :3] @ point + self.to_work[:3, 3]).tolist()
        grid, moves = self.table.grid, self.moves
        i, j = int((x - grid[0]) // grid[2]), int((y - grid[1]) // grid[2])
        if not (0 <= i < self.table.shape[0] and 0 <= j < self.table.shape[1]):
            return None
        at = j * int(self.table.shape[0]) + i
        for move in np.sort(self.table.entries[self.table.starts[at] : self.table.starts[at + 1]]).tolist():
            if removes(moves.geometry[move], moves.tools[moves.tool[move]], x, y, z):
                return int(moves.line[move])
        return None


@dataclass(frozen=True)
class FirstLines:
    """Program lines by milling and by turning setup, in order; None for a setup that doesn't remove the point."""

    milled: tuple[int | None, ...]
    turned: tuple[int | None, ...]


class Removal:
    """The exact removal of setups added one by one, queried for points in model coordinates."""

    def __init__(self) -> None:
        self._setups: list[Cuts] = []
        self.turned_setups: list[TurnedCuts] = []

    @property
    def has_milled(self) -> bool:
        """Return whether one of the setups is a milling setup."""
        return bool(self._setups)

    def add_turned(self, cuts: TurnedCuts) -> None:
        """Add a turning setup."""
        self.turned_setups.append(cuts)

    def add(self, cuts: Cuts) -> None:
        """Add a milling setup."""
        self._setups.append(cuts)

    def removed(self, points: Floats) -> NDArray[np.bool_]:
        """Return whether each point (n, 3), model coordinates, is removed by any feed move of any setup."""
        done = np.zeros(len(points), dtype=np.bool_)
        for cut in self._setups:
            to_work, moves, table = cut.to_work, cut.moves, cut.table
            work = np.ascontiguousarray(points @ to_work[:3, :3].T + to_work[:3, 3])
            mark_removed(
                work,
                moves.geometry,
                moves.tool,
                moves.tools,
                table.grid,
                table.shape,
                table.starts,
                table.entries,
                table.lows,
                table.reach,
                done,
            )
        for cuts in self.turned_setups:
            cuts.mark(points, done)
        return done

    def first_lines(self, point: Floats) -> "FirstLines":
        """Return, for each setup, the line of its first feed move that removes a point (3,), model coordinates."""
        return FirstLines(
            tuple(cut.first_line(point) for cut in self._setups),
            tuple(cuts.first_line(point) for cuts in self.turned_setups),
        )

    def near_moves(self, points: Floats, within_mm: float) -> NDArray[np.bool_]:
        """Return whether some feed move passes within about ``within_mm`` of each point: six points around it are tested."""
        near = self.removed(points)
        for axis in range(3):
            for sign in (-within_mm, within_mm):
                step = np.zeros(3)
                step[axis] = sign
                near |= self.removed(points + step)
        return near
