"""Running the kernel: as plain Python on a list, or compiled on an array; the same words come out.

The rules are ordinary functions. ``compiled`` makes a second set of them, each compiled by numba and calling one
another; only the three that are entered from here are kept on disk, under a mark that changes with any line of the
kernel. A small piece of work is done before numba would be loaded, so it runs as plain Python.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.twin.kernel import columns, draws, events, lots, machines, opening, queues, timers
from nightmill.twin.kernel.codes import TIME_UP, WANTS_LOTS
from nightmill.twin.kernel.layout import Laid
from nightmill.twin.kernel.memory import Word, add_lots
from nightmill.twin.kernel.schema import COLUMNS, OF, WIDTH

MODULES: tuple[ModuleType, ...] = (draws, timers, queues, machines, lots, events, opening)
BITS_64 = (1 << 64) - 1
# Events that plain Python does in about the time that loading the compiled kernel takes.
SMALL = 60_000


class Entries(NamedTuple):
    """The functions by which the kernel is entered."""

    open_run: Callable[[Any, Any, int], None]
    run: Callable[[Any, Any, float], int]
    bring_up_to_date: Callable[[Any, Any, float], None]


PLAIN = Entries(opening.open_run, events.run, opening.bring_up_to_date)


def source_mark() -> int:
    """A number that changes with any line of the kernel."""
    text = b"".join(Path(str(module.__file__)).read_bytes() for module in (*MODULES, columns))
    return int.from_bytes(blake2b(text, digest_size=7).digest(), "big")


@lru_cache(maxsize=2)
def compiled(boundscheck: bool = False) -> Entries:
    """The kernel compiled; ``boundscheck`` has every address checked."""
    from numba import njit

    space: dict[str, Any] = {}
    for module in MODULES:
        space.update({name: value for name, value in vars(module).items() if not name.startswith("__")})
    space["__name__"] = __name__
    options = {"error_model": "numpy", "boundscheck": boundscheck}
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                twin = FunctionType(value.__code__, space, name, value.__defaults__)
                space[name] = njit(**options)(twin)
    mark = source_mark() * 2 + boundscheck
    inner = Entries(space["open_run"], space["run"], space["bring_up_to_date"])
    return Entries(*_kept(inner, mark, options))


def _kept(inner: Entries, mark: int, options: dict[str, Any]) -> tuple[Any, Any, Any]:
    """The entries with their compiled code kept on disk under ``mark``."""
    from numba import njit

    opens, runs, brings = inner

    def open_run(N: Any, F: Any, seed: int) -> int:
        _open(N, F, seed)
        return mark

    def run(N: Any, F: Any, until: float) -> int:
        return _run(N, F, until) if mark else 0

    def bring_up_to_date(N: Any, F: Any, now: float) -> int:
        _bring(N, F, now)
        return mark

    space = {**globals(), "_open": opens, "_run": runs, "_bring": brings}
    made = [
        FunctionType(each.__code__, space, each.__name__, None, each.__closure__)
        for each in (open_run, run, bring_up_to_date)
    ]
    signatures = ["int64(int64[::1], float64[::1], int64)"] + ["int64(int64[::1], float64[::1], float64)"] * 2
    return tuple(njit(s, cache=True, **options)(each) for s, each in zip(signatures, made, strict=True))  # type: ignore[return-value]


class Record(msgspec.Struct, frozen=True):
    """A lot that ended: its class by number, its number in the class, whether good, release and end."""

    class_number: int
    serial: int
    good: bool
    released: float
    ended: float


class Image:
    """A laid-out factory ready to be copied: as words, and on demand as an array."""

    def __init__(self, laid: Laid) -> None:
        self.laid, self.words = laid, laid.words
        self._array: NDArray[np.int64] | None = None

    def array(self) -> NDArray[np.int64]:
        """The words as one array of 64-bit numbers; floats by their bits."""
        if self._array is None:
            self._array = encode(self.words)
            self._array[columns.MASK] = -1
        return self._array


def encode(words: list[Word]) -> NDArray[np.int64]:
    """Words as an array; whole numbers beyond 63 bits wrap."""
    array = np.zeros(len(words), np.int64)
    floats = array.view(np.float64)
    for k, word in enumerate(words):
        if isinstance(word, float):
            floats[k] = word
        elif word:
            array[k] = (int(word) + (1 << 63)) % (1 << 64) - (1 << 63)
    return array


class Replication:
    """One future: a copy of the image, run as far as wanted; ``entries`` says which way."""

    def __init__(self, image: Image, seed: int, entries: Entries = PLAIN) -> None:
        self.image, self.entries = image, entries
        self.records: list[Record] = []
        self._is_float = [isinstance(word, float) for word in image.words] if entries is not PLAIN else []
        if entries is PLAIN:
            self.N: Any = list(image.words)
            self.N[columns.MASK] = BITS_64
            self.F: Any = self.N
        else:
            self.N = image.array().copy()
            self.F = self.N.view(np.float64)
        self.entries.open_run(self.N, self.F, (seed + (1 << 63)) % (1 << 64) - (1 << 63))

    def to(self, until: float) -> None:
        """Run to ``until`` and bring the figures up to date."""
        while True:
            why = self.entries.run(self.N, self.F, until)
            if why == TIME_UP:
                break
            if why == WANTS_LOTS:
                self._grow()
            else:
                self._read_records()
        self._read_records()
        self.entries.bring_up_to_date(self.N, self.F, until)

    def begin_figures_anew(self) -> None:
        """Zero all statistics, as after a warm-up."""
        for owner, rows in self._tables().items():
            for row in rows:
                for place, column in enumerate(OF[owner]):
                    if column.statistic:
                        if column.dtype == "int":
                            self.N[row + place] = 0
                        else:
                            self.F[row + place] = 0.0

    def words(self) -> list[Word]:
        """The memory as words, whole numbers unsigned: the same however the kernel ran."""
        if self.entries is PLAIN:
            found = [word if isinstance(word, float) else int(word) & BITS_64 for word in self.N]
            return found
        pairs = zip(self._is_float, self.N.tolist(), self.F.tolist(), strict=True)
        return [number if is_float else whole & BITS_64 for is_float, whole, number in pairs]

    def _tables(self) -> dict[str, range]:
        laid, N = self.image.laid, self.N
        tables = {"header": range(1)}
        for owner, first, end in (
            ("class", columns.CLASSES, columns.CLASSES_END), ("station", columns.STATIONS, columns.STATIONS_END),
            ("machine", columns.MACHINES, columns.MACHINES_END), ("stop", columns.STOPS, columns.STOPS_END),
            ("person", columns.PERSONS, columns.PERSONS_END),
        ):  # fmt: skip
            tables[owner] = range(int(N[first]), int(N[end]), WIDTH[owner])
        tokens = sorted(laid.tokens.values())
        tables["token"] = range(tokens[0], tokens[-1] + 1, WIDTH["token"]) if tokens else range(0)
        return tables

    def _grow(self) -> None:
        """Twice the lots."""
        N = self.N
        count = max(int(N[columns.LOTS_END] - N[columns.LOTS]) // WIDTH["lot"], 64)
        if self.entries is PLAIN:
            add_lots(N, count)
            return
        pairs = zip(self._is_float, N.tolist(), self.F.tolist(), strict=True)
        words: list[Word] = [number if is_float else whole for is_float, whole, number in pairs]
        add_lots(words, count)
        self._is_float = [isinstance(word, float) for word in words]
        self.N = encode(words)
        self.F = self.N.view(np.float64)

    def _read_records(self) -> None:
        N, F, c = self.N, self.F, columns
        for row in range(N[c.RECORD_AT], N[c.RECORD_AT] + N[c.RECORDS] * WIDTH["record"], WIDTH["record"]):
            self.records.append(
                Record(
                    int(N[row + c.RECORD_CLASS]), int(N[row + c.RECORD_SERIAL]), bool(N[row + c.RECORD_GOOD]),
                    float(F[row + c.RECORD_RELEASED]), float(F[row + c.RECORD_ENDED]),
                )
            )  # fmt: skip
        N[c.RECORDS] = 0

    def number(self, row: int, name: str) -> float:
        """A word of a row by name."""
        place = row + NUMBER[name]
        return self.F[place] if DTYPE[name] == "float" else int(self.N[place])


NUMBER = {column.name: place for owner in OF.values() for place, column in enumerate(owner)}
DTYPE = {column.name: column.dtype for column in COLUMNS}
