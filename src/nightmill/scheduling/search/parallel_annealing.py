"""Several searches of one plan at a time, a core each: after every stretch all go on from the one that stands best.

Synchronous parallel annealing (after Lee & Lee 1996): two searches of a stretch each get as far as one of nearly twice the steps.
How many searchers there are decides what is found, how many cores they have only how soon.
"""

from concurrent.futures import Executor, ThreadPoolExecutor
from types import TracebackType

from nightmill.scheduling.engine.state import FAR, OPS, Floats, Ints, Memory
from nightmill.scheduling.search.annealing import KEEP_MACHINES, Search

CHUNK = 500
"""Steps between two values of the heat."""
HOT, COLD = 0.03, 0.004
"""What a step up costs to take at first and at last, in shares of a usual step up."""
STEPS_EACH, HOTTER = 20, 33.0
"""A search of more than ``STEPS_EACH`` steps an operation begins hotter in proportion, up to ``HOTTER`` times: it has the time to cool down."""
SEED_STEP = 104_729


def first_heat(steps: float, operations: int, hot: float | None = None) -> float:
    """How hot a search of so many steps begins: as it is asked to, but no colder than it ends."""
    if hot is not None:
        return max(hot, COLD)
    return HOT * min(HOTTER, max(1.0, steps / (STEPS_EACH * max(1, operations))))


class Crew:
    """What ``Search`` is, by ``searchers`` of them; the first works in ``memory``, the others in copies of it.

    A context: its threads are there from ``__enter__`` to ``__exit__`` (the kernels release the interpreter's lock).
    """

    def __init__(
        self,
        memory: Memory,
        night: Ints,
        cost: float,
        seed: int,
        most_away: float = FAR,
        keep: float = KEEP_MACHINES,
        *,
        searchers: int = 1,
        before: Floats | None = None,
    ) -> None:
        self.searches = [Search(memory, night, cost, seed, most_away, keep, before)]
        for mate in range(1, searchers):
            self.searches.append(
                Search(memory.copy(), night.copy(), cost, seed + mate * SEED_STEP, most_away, keep, before)
            )
        self.threads: Executor | None = None

    def __enter__(self) -> "Crew":
        if len(self.searches) > 1:
            self.threads = ThreadPoolExecutor(len(self.searches))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.threads:
            self.threads.shutdown()

    def step(self, steps: int, hot: float, cold: float) -> None:
        """``steps`` steps of each searcher, cooling from ``hot`` to ``cold``; then all stand where the best of them does."""
        if self.threads is None:
            self.searches[0].step(steps, hot, cold)
            return
        list(self.threads.map(lambda search: search.step(steps, hot, cold), self.searches))
        least = min(self.searches, key=lambda search: search.least)
        ahead = min(self.searches, key=lambda search: search.cost)
        ahead.remember(least)
        for search in self.searches:
            search.follow(ahead)

    def run(self, steps: int, hot: float | None = None) -> None:
        """``steps`` steps in all, cooling down evenly on a logarithmic scale from ``hot``; ends in the best schedule."""
        done, first = 0, first_heat(steps, int(self.searches[0].memory.n[OPS]), hot)
        while done < steps:
            size = min(CHUNK, steps - done)
            begin, end = (first * (COLD / first) ** (share / steps) for share in (done, done + size))
            self.step(size, begin, end)
            done += size
        self.settle()

    def settle(self) -> None:
        """The first searcher returns to the best schedule of all."""
        self.searches[0].settle()
