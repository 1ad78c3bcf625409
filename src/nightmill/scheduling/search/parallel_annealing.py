"""Search one plan with several searchers in parallel, on one core each; after every stretch all continue from the best schedule.

Synchronous parallel annealing (after Lee & Lee 1996): two searchers get as far in a stretch as one searcher with nearly twice
the steps. The number of searchers determines the result; the number of cores only determines how soon it is found.
"""

from concurrent.futures import Executor, ThreadPoolExecutor
from types import TracebackType

from nightmill.scheduling.engine.state import OPS, Ints, Memory
from nightmill.scheduling.search.annealing import Search, Stability

CHUNK = 500
"""Steps between two changes of the temperature."""
HOT, COLD = 0.03, 0.004
"""Temperature at the start and at the end: the cost increase that is readily accepted, as a fraction of a typical uphill step."""
STEPS_EACH, HOTTER = 20, 33.0
"""A search with more than ``STEPS_EACH`` steps per operation has time to cool down, so its starting temperature is
raised in proportion, up to ``HOTTER`` times.
"""
SEED_STEP = 104_729


def first_heat(steps: float, operations: int, hot: float | None = None) -> float:
    """The starting temperature of a search with this many steps: ``hot`` if given, but not below the final temperature."""
    if hot is not None:
        return max(hot, COLD)
    return HOT * min(HOTTER, max(1.0, steps / (STEPS_EACH * max(1, operations))))


class Crew:
    """A ``Search`` run by ``searchers`` searchers; the first works in ``memory``, the others in copies of it.

    A context manager: its threads run from ``__enter__`` to ``__exit__`` (the kernels release the interpreter's lock).
    """

    def __init__(
        self,
        memory: Memory,
        night: Ints,
        cost: float,
        seed: int,
        stability: Stability = Stability(),
        *,
        searchers: int = 1,
    ) -> None:
        self.searches = [Search(memory, night, cost, seed, stability)]
        for mate in range(1, searchers):
            self.searches.append(Search(memory.copy(), night.copy(), cost, seed + mate * SEED_STEP, stability))
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
        """Make ``steps`` steps with each searcher, cooling from ``hot`` to ``cold``; then all continue from the best schedule found."""
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
        """Make ``steps`` steps in all, cooling evenly on a logarithmic scale from ``hot``; ends in the best schedule."""
        done, first = 0, first_heat(steps, int(self.searches[0].memory.n[OPS]), hot)
        while done < steps:
            size = min(CHUNK, steps - done)
            begin, end = (first * (COLD / first) ** (share / steps) for share in (done, done + size))
            self.step(size, begin, end)
            done += size
        self.settle()

    def settle(self) -> None:
        """Return the first searcher to the best schedule of all."""
        self.searches[0].settle()
