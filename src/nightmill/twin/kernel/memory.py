"""Rows of words under construction, and the timer tree over those that own a leaf."""

import math

from nightmill.twin.kernel import columns
from nightmill.twin.kernel.schema import KINDS, OF, WIDTH

Word = int | float


class Memory:
    """A block of words that grows table by table; ``words`` holds whole numbers and floats as the schema says."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.number = {c.name: k for owner in OF.values() for k, c in enumerate(owner)}
        self.blank = {owner: [0 if c.dtype == "int" else 0.0 for c in of] for owner, of in OF.items()}
        for kind, number in zip(KINDS, range(1, len(KINDS) + 1), strict=True):
            self.blank[kind][columns.KIND] = number
            self.blank[kind][columns.AGENDA] = -1

    def rows(self, owner: str, count: int) -> int:
        """Append ``count`` empty rows; the address of the first."""
        first = len(self.words)
        self.words += self.blank[owner] * count
        return first

    def set(self, row: int, **values: Word) -> None:
        """Fill words of a row by name."""
        for name, value in values.items():
            place = row + self.number[name]
            self.words[place] = float(value) if isinstance(self.words[place], float) else int(value)


def addresses(words: list[Word], first: int, end: int, owner: str) -> range:
    """The addresses of the rows of a table, from two words of the header."""
    return range(int(words[first]), int(words[end]), WIDTH[owner])


def plant_tree(words: list[Word]) -> None:
    """(Re)build the timer tree at the end of ``words``: leaves in the order in which things happen at one time."""
    head = columns
    old_tree = int(words[head.TREE])
    timed: list[int] = [
        *addresses(words, head.SOURCES, head.SOURCES_END, "source"),
        *addresses(words, head.CALENDARS, head.CALENDARS_END, "calendar"),
    ]
    lots = addresses(words, head.LOTS, head.LOTS_END, "lot")
    if words[head.LOT_TIMERS]:
        timed += lots
    timed += addresses(words, head.MACHINES, head.MACHINES_END, "machine")
    timed += addresses(words, head.STOPS, head.STOPS_END, "stop")
    when = [math.inf] * len(timed)
    if old_tree:
        for k, row in enumerate(timed):
            leaf = int(words[row + head.LEAF])
            when[k] = float(words[old_tree + 2 * leaf + head.WHEN]) if leaf else math.inf
        del words[old_tree:]
    leaves = 1
    while leaves < len(timed):
        leaves *= 2
    tree = len(words)
    words += [0, math.inf] * (2 * leaves)
    for k, row in enumerate(timed):
        words[row + head.LEAF] = leaves + k
        words[tree + 2 * (leaves + k)] = row
        words[tree + 2 * (leaves + k) + 1] = when[k]
    for node in range(leaves - 1, 0, -1):
        left, right = tree + 4 * node, tree + 4 * node + 2
        first = right if words[right + 1] < words[left + 1] else left
        words[tree + 2 * node : tree + 2 * node + 2] = words[first : first + 2]
    words[head.TREE], words[head.LEAVES] = tree, leaves


def add_lots(words: list[Word], count: int) -> None:
    """Make room for ``count`` more lots: new rows behind the old, last on the list of free ones; a new tree."""
    head = columns
    tree = int(words[head.TREE])
    tail_rows = words[tree:]
    del words[tree:]
    first = len(words)
    blank = Memory().blank["lot"]
    words += blank * count
    for k in range(count):
        words[first + k * len(blank) + head.LOT_NEXT] = first + (k + 1) * len(blank) if k + 1 < count else 0
    free = int(words[head.FREE_LOT])
    if free == 0:
        words[head.FREE_LOT] = first
    else:
        while words[free + head.LOT_NEXT]:
            free = int(words[free + head.LOT_NEXT])
        words[free + head.LOT_NEXT] = first
    words[head.FREE_LOTS] += count
    words[head.LOTS_END] = len(words)
    words[head.TREE] = len(words)
    words += tail_rows
    plant_tree(words)
