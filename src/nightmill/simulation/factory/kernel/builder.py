"""Build the kernel's memory: rows of words, table by table, and the timer tree over all rows that have a timer."""

import math

from nightmill.simulation.factory.kernel import columns
from nightmill.simulation.factory.kernel.schema import KINDS, LINE, LINED, OF, WIDTH

Word = int | float


class Memory:
    """A block of words that grows table by table; ``words`` holds integers and floats according to the schema."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.number = {c.name: k for owner in OF.values() for k, c in enumerate(owner)}
        self.blank: dict[str, list[Word]] = {}
        for owner, of in OF.items():
            row: list[Word] = [0 if c.dtype == "int" else 0.0 for c in of]
            self.blank[owner] = row + [0] * (WIDTH[owner] - len(of))
        for kind in KINDS:
            self.blank[kind][columns.AGENDA] = -1

    def rows(self, owner: str, count: int) -> int:
        """Append ``count`` empty rows; returns the address of the first row."""
        if owner in LINED:
            self.words += [0] * (-len(self.words) % LINE)
        first = len(self.words)
        self.words += self.blank[owner] * count
        return first

    def set(self, row: int, **values: Word) -> None:
        """Fill words of a row by name."""
        for name, value in values.items():
            place = row + self.number[name]
            self.words[place] = float(value) if isinstance(self.words[place], float) else int(value)


def addresses(words: list[Word], first: int, end: int, owner: str) -> range:
    """Return the addresses of the rows of a table, from two words of the header."""
    return range(int(words[first]), int(words[end]), WIDTH[owner])


def plant_tree(words: list[Word]) -> None:
    """(Re)build the timer tree at the end of ``words``: leaves in the order of simultaneous events."""
    head = columns
    tables = {
        owner: list(addresses(words, first, end, owner))
        for owner, first, end in (
            ("source", head.SOURCES, head.SOURCES_END), ("calendar", head.CALENDARS, head.CALENDARS_END),
            ("lot", head.LOTS, head.LOTS_END), ("machine", head.MACHINES, head.MACHINES_END),
            ("stop", head.STOPS, head.STOPS_END),
        )
    }  # fmt: skip
    if not words[head.LOT_TIMERS]:
        tables["lot"] = []
    timed = [row for rows in tables.values() for row in rows]
    old = int(words[head.TREE])
    leaves = [int(words[row + head.LEAF]) for row in timed]
    due = [float(words[old + leaf]) if leaf else math.inf for leaf in leaves]
    del words[int(words[head.LOTS_END]) :]
    words += [math.inf] * (-(len(words) + 1) % LINE)
    first = 1
    while 7 * first + 1 < len(due):
        first = 8 * first + 1
    for k, row in enumerate(timed):
        words[row + head.LEAF] = first + k
    due += [math.inf] * (-len(due) % 8 if due else 8)
    nodes = [math.inf] * first + due
    firsts = [8 * node + 1 for node in range(first)]
    for node in range((len(nodes) - 1) // 8 - 1, -1, -1):
        firsts[node] = min(range(8 * node + 1, 8 * node + 9), key=nodes.__getitem__)
        nodes[node] = nodes[firsts[node]]
    words[head.TREE], words[head.FIRST_LEAF] = len(words), first
    words += nodes
    words[head.FIRST_SON] = len(words)
    words += firsts
    words[head.CALENDAR_LEAF] = calendar_leaf = first + len(tables["source"])
    words[head.LOT_LEAF] = lot_leaf = calendar_leaf + len(tables["calendar"])
    words[head.MACHINE_LEAF] = machine_leaf = lot_leaf + len(tables["lot"])
    words[head.STOP_LEAF] = machine_leaf + len(tables["machine"])


def add_lots(words: list[Word], count: int) -> None:
    """Add room for ``count`` more lots: new rows after the old ones, at the end of the list of free rows, and a new tree."""
    head = columns
    tree = int(words[head.TREE])
    tail = words[tree:]
    del words[int(words[head.LOTS_END]) :]
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
    words += tail
    plant_tree(words)
