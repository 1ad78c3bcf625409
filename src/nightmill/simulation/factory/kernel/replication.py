"""Run the kernel, as plain Python on a list or compiled on an array; the resulting words are the same.

The rules are ordinary functions. ``compiled`` makes a second set of them that numba compiles and that call each other. Only the
three entry points used here are cached on disk, under a mark that changes with any line of the kernel. A small run would finish
before numba is loaded, so it runs as plain Python.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from nightmill.simulation.factory.kernel import (
    columns,
    event_queue,
    events,
    lifecycle,
    lots,
    machines,
    queues,
    random_draws,
)
from nightmill.simulation.factory.kernel.builder import Word, add_lots
from nightmill.simulation.factory.kernel.codes import TIME_UP, WANTS_LOTS
from nightmill.simulation.factory.kernel.encode import Laid
from nightmill.simulation.factory.kernel.schema import COLUMNS, LINE, OF, WIDTH

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODULES: tuple[ModuleType, ...] = (random_draws, event_queue, queues, machines, lots, events, lifecycle)
# Called from one place, at nearly every event: their call overhead is 5 % of the run time.
INLINED = frozenset(("machine_due", "lot_due", "end_travel", "end_operation", "turned_away", "begin_lots"))
BITS_64 = (1 << 64) - 1
# Number of events that plain Python handles in the time needed to load the compiled kernel, or to compile it first.
SMALL, SMALL_UNCOMPILED = 60_000, 1_500_000
# The functions called by the cached entry points: bound to compiled functions in a separate namespace.
_open: Any = None
_run: Any = None
_bring: Any = None
_whole: Any = None
_float: Any = None


class Entries(NamedTuple):
    """The entry points of the kernel."""

    open_run: Callable[[Any, Any, int], None]
    run: Callable[[Any, Any, float], int]
    bring_up_to_date: Callable[[Any, Any, float], None]


PLAIN = Entries(lifecycle.open_run, events.run, lifecycle.bring_up_to_date)


def source_mark() -> int:
    """Return a number that changes with any line of the kernel."""
    paths = [str(module.__file__) for module in (*MODULES, columns)] + [__file__]
    text = b"".join(Path(path).read_bytes() for path in paths)
    return int.from_bytes(blake2b(text, digest_size=7).digest(), "big")


@lru_cache(maxsize=2)
def compiled(checked: bool = False) -> Entries:
    """Return the compiled kernel, which accesses its memory through bare pointers.

    With ``checked`` it uses arrays with bounds checks, which are slow and not cached on disk.
    """
    from numba import njit

    space: dict[str, Any] = {}
    for module in MODULES:
        space.update({name: value for name, value in vars(module).items() if not name.startswith("__")})
    space["__name__"] = __name__
    options = {"error_model": "numpy", "boundscheck": checked}
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                twin = FunctionType(value.__code__, space, name, value.__defaults__)
                space[name] = njit(forceinline=name in INLINED, **options)(twin)
    inner = Entries(space["open_run"], space["run"], space["bring_up_to_date"])
    if checked:
        return inner
    made = _kept(inner, source_mark())
    with suppress(OSError):
        _note().touch()
    return made


def is_small(events: float) -> bool:
    """Return whether plain Python handles this many events before the compiled kernel would be ready."""
    return events <= SMALL or (events <= SMALL_UNCOMPILED and not _note().exists())


def _note() -> Path:
    """Return the file that marks this kernel as compiled and cached."""
    place = os.environ.get("NUMBA_CACHE_DIR") or Path(__file__).with_name("__pycache__")
    return Path(place) / f"kernel-{source_mark():x}-{sys.version_info[0]}{sys.version_info[1]}.kept"


def _kept(inner: Entries, mark: int) -> Entries:
    """Return the entry points, with their compiled code cached on disk under ``mark``, which is part of the cache key."""
    from numba import njit

    def open_run(N: Any, F: Any, seed: int) -> int:
        _open(_whole(N.ctypes.data), _float(F.ctypes.data), seed)
        return mark

    def run(N: Any, F: Any, until: float) -> int:
        return _run(_whole(N.ctypes.data), _float(F.ctypes.data), until) if mark else 0

    def bring_up_to_date(N: Any, F: Any, now: float) -> int:
        _bring(_whole(N.ctypes.data), _float(F.ctypes.data), now)
        return mark

    whole, floating = _pointers()
    opens, runs, brings = inner
    space = {**globals(), "_open": opens, "_run": runs, "_bring": brings, "_whole": whole, "_float": floating}
    words = "int64(int64[::1], float64[::1], "
    signatures = (words + "int64)", words + "float64)", words + "float64)")
    made: list[Any] = []
    for signature, each in zip(signatures, (open_run, run, bring_up_to_date), strict=True):
        bound = FunctionType(each.__code__, space, each.__name__, None, each.__closure__)
        made.append(njit(signature, cache=True, nogil=True, error_model="numpy")(bound))
    return Entries(*made)


def _pointers() -> tuple[Any, Any]:
    """Return compiled functions that turn an address into a pointer to integers, or to floats.

    Through a pointer an index is neither wrapped nor checked, and a pointer is passed as one word instead of an array's seven.
    """
    from numba import types
    from numba.extending import intrinsic

    def pointer_to(kind: Any) -> Any:
        def typed(context: Any, address: Any) -> Any:
            target = types.CPointer(kind)

            def generate(target_context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
                return builder.inttoptr(arguments[0], target_context.get_value_type(target))

            return target(types.uintp), generate

        return intrinsic(typed)

    return pointer_to(types.int64), pointer_to(types.float64)


class Record(msgspec.Struct, frozen=True):
    """A lot that ended: number of its class, its number in the class, whether it is good, release and end."""

    class_number: int
    serial: int
    good: bool
    released: float
    ended: float


class Copies(NamedTuple):
    """The source of replications: words, the same words as an array, and flags for the words that are floats."""

    words: list[Word]
    array: "NDArray[np.int64] | None"
    is_float: list[bool]


class Image:
    """A laid-out factory ready to be copied; it learns the largest number of lots so that copies don't have to grow."""

    def __init__(self, laid: Laid) -> None:
        self.laid, self.words = laid, laid.words
        self._plain = Copies(laid.words, None, [])
        self._compiled: Copies | None = None

    def __getstate__(self) -> tuple[Laid, list[Word]]:
        return self.laid, self._plain.words

    def __setstate__(self, state: tuple[Laid, list[Word]]) -> None:
        self.__init__(state[0])  # type: ignore[misc]
        self._plain = Copies(state[1], None, [])

    def copies(self, plain: bool) -> Copies:
        """Return the source for copies; the array is made on first use."""
        if plain:
            return self._plain
        if self._compiled is None:
            self._compiled = self._as_array(self._plain.words)
        return self._compiled

    def reserve(self, lots: int) -> None:
        """Give copies room for ``lots`` from the start; the results don't change."""
        words = list(self._plain.words)
        missing = lots - (int(words[columns.LOTS_END]) - int(words[columns.LOTS])) // WIDTH["lot"]
        if missing > 0:
            add_lots(words, missing)
            self._plain = Copies(words, None, [])
            if self._compiled is not None:
                self._compiled = self._as_array(words)

    @staticmethod
    def _as_array(words: list[Word]) -> Copies:
        array = encode(words)
        array[columns.MASK] = -1
        return Copies(words, array, [isinstance(word, float) for word in words])


def encode(words: list[Word]) -> "NDArray[np.int64]":
    """Return words as an array; integers beyond 63 bits wrap."""
    import numpy as np

    array = np.zeros(len(words), np.int64)
    floats = array.view(np.float64)
    for k, word in enumerate(words):
        if isinstance(word, float):
            floats[k] = word
        elif word:
            array[k] = (int(word) + (1 << 63)) % (1 << 64) - (1 << 63)
    return array


def aligned(array: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """Return a copy that starts at a cache line, as the rows of the memory do."""
    import numpy as np

    room = np.empty(len(array) + LINE, np.int64)
    first = -(room.ctypes.data // room.itemsize) % LINE
    copied = room[first : first + len(array)]
    copied[:] = array
    return copied


class Replication:
    """One future: a copy of the image that is run as far as requested; ``entries`` selects plain or compiled code."""

    def __init__(self, image: Image, seed: int, entries: Entries | None = None) -> None:
        entries = entries or PLAIN
        self.image, self.entries = image, entries
        self.records: list[Record] = []
        words, array, self._is_float = image.copies(entries is PLAIN)
        if array is None:
            self.N: Any = list(words)
            self.N[columns.MASK] = BITS_64
            self.F: Any = self.N
        else:
            self.N = aligned(array)
            self.F = self.N.view("float64")
        self.entries.open_run(self.N, self.F, (seed + (1 << 63)) % (1 << 64) - (1 << 63))

    def to(self, until: float) -> None:
        """Run to ``until`` and bring the statistics up to date."""
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
        """Return the memory as words with unsigned integers, which are the same whichever way the kernel ran."""
        if self.entries is PLAIN:
            return [word if isinstance(word, float) else int(word) & BITS_64 for word in self.N]
        return [word if isinstance(word, float) else word & BITS_64 for word in self._decoded()]

    def _decoded(self) -> list[Word]:
        pairs = zip(self._is_float, self.N.tolist(), self.F.tolist(), strict=True)
        return [number if is_float else whole for is_float, whole, number in pairs]

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
        """Double the number of lots."""
        N = self.N
        present = int(N[columns.LOTS_END] - N[columns.LOTS]) // WIDTH["lot"]
        count = max(present, 64)
        self.image.reserve(present + count)
        if self.entries is PLAIN:
            add_lots(N, count)
            return
        words = self._decoded()
        add_lots(words, count)
        self._is_float = [isinstance(word, float) for word in words]
        self.N = aligned(encode(words))
        self.F = self.N.view("float64")

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
        """Return one word of a row by name."""
        place = row + NUMBER[name]
        return float(self.F[place]) if DTYPE[name] == "float" else int(self.N[place])


NUMBER = {column.name: place for owner in OF.values() for place, column in enumerate(owner)}
DTYPE = {column.name: column.dtype for column in COLUMNS}
