"""Write telemetry: samples of machine signals go in batches to Parquet files, separately from the events.
An event is committed at once, then acknowledged, then acted on; nothing ever waits for a sample. A kill loses the samples since
the last batch (``batch_s``); each file is complete or absent. A full disk stops nothing: up to ``WAITING_ROWS`` samples
wait, then the oldest are dropped, and ``trouble`` reports it.
"""

import threading
from array import array
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nightmill.store.telemetry_files import DAY_US, HOUR_US, Piece, drop_drafts, hour_name, next_batch, put_whole
from nightmill.store.telemetry_upkeep import MINUTE_DAYS, RAW_DAYS, Keeping, tidy

BATCH_ROWS, BATCH_S = 200_000, 5.0
WAITING_ROWS = 4_000_000
"""Maximum number of samples that may wait for the disk, about 80 MB."""
FAR_US = 8000 * 365 * DAY_US
HOUR_ROWS = 10_000
"""If a batch has at least this many samples from one hour, they are written to a separate file for that hour."""
TIDY_EVERY = 16
"""Batches between two rounds of merging and cleaning up."""


class _Batch:
    """Columns of samples: number of the channel, UTC time in µs, value."""

    __slots__ = ("at_us", "channel", "value")

    def __init__(self) -> None:
        self.channel, self.at_us, self.value = array("i"), array("q"), array("d")

    def __len__(self) -> int:
        return len(self.value)


class _Words:
    """The names used by channels, each stored once."""

    __slots__ = ("numbers", "of_channel")

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.of_channel = array("i")

    def add(self, word: str) -> int:
        """Add the next channel's name; return the channel's number."""
        self.of_channel.append(self.numbers.setdefault(word, len(self.numbers)))
        return len(self.of_channel) - 1

    def copied(self) -> "tuple[array[int], list[str]]":
        """Return the index of each channel's name, and the names."""
        return self.of_channel[:], list(self.numbers)


class TelemetryLane:
    """Takes samples from any thread (``drivers.telemetry.Telemetry``) and writes them in its own thread until ``close``."""

    def __init__(
        self,
        folder: Path,
        *,
        batch_rows: int = BATCH_ROWS,
        batch_s: float = BATCH_S,
        raw_days: float = RAW_DAYS,
        minute_days: float = MINUTE_DAYS,
    ) -> None:
        """``folder`` is created if missing. A batch is written after ``batch_rows`` samples or ``batch_s`` seconds, whichever comes first.
        Samples and sums by minutes are kept for the given days back from the newest sample.
        """
        self.folder, self._rows, self._batch_s = folder, batch_rows, batch_s
        self._keeping = Keeping(raw_days, minute_days)
        folder.mkdir(parents=True, exist_ok=True)
        drop_drafts(folder)
        self._number = next_batch(folder)
        self._channels: dict[str, dict[str, int]] = {}
        self._sources, self._signals = _Words(), _Words()
        self._batch = _Batch()
        self._turn = threading.Condition()
        self._waiting: deque[_Batch] = deque()
        self._newest_us = 0
        self._ending = False
        self.written = self.dropped = 0
        """Number of samples written to complete files, and number dropped."""
        self._trouble = ""
        self._writer = threading.Thread(target=self._write_on, name="telemetry", daemon=True)
        self._writer.start()

    def put(self, source: str, at_us: int, signals: Mapping[str, float]) -> None:
        """Take samples of one source at one UTC time (µs since 1970); return at once. An impossible time is refused and reported."""
        with self._turn:
            if not 0 <= at_us < FAR_US:
                self.dropped += len(signals)
                self._trouble = f"telemetry of {source} has the impossible time {at_us} µs; {self.dropped} samples were dropped so far"
                return
            channels = self._channels.get(source)
            if channels is None:
                channels = self._channels[source] = {}
            batch = self._batch
            for name, value in signals.items():
                number = channels.get(name)
                if number is None:
                    number = channels[name] = self._sources.add(source)
                    self._signals.add(name)
                batch.channel.append(number)
                batch.at_us.append(at_us)
                batch.value.append(value)
            if len(batch) >= self._rows:
                self._turn.notify()

    def trouble(self) -> str:
        """Return the errors since the last call; empty if there were none."""
        with self._turn:
            said, self._trouble = self._trouble, ""
        return said

    def close(self) -> None:
        """Write the waiting samples, merge files where possible, and stop."""
        with self._turn:
            if self._ending:
                return
            self._ending = True
            self._turn.notify()
        self._writer.join()

    def _write_on(self) -> None:
        import pyarrow.parquet  # noqa: F401  # import it now rather than when the first batch is full

        batches = 0
        while True:
            with self._turn:
                if not self._ending:
                    self._turn.wait_for(lambda: self._ending or len(self._batch) >= self._rows, self._batch_s)
                if len(self._batch):
                    self._waiting.append(self._batch)
                    self._batch = _Batch()
                ending = self._ending
            batches += self._write_waiting()
            if ending or batches >= TIDY_EVERY:
                self._tidy(whole=ending)
                batches = 0
            if ending:
                return

    def _write_waiting(self) -> int:
        """Write the waiting batches, oldest first; return their number."""
        done = 0
        while self._waiting:
            try:
                self._write(self._waiting[0])
            except OSError as error:
                self._refused(error)
                break
            self.written += len(self._waiting.popleft())
            done += 1
        return done

    def _refused(self, error: OSError) -> None:
        lost = 0
        while len(self._waiting) > 1 and sum(len(batch) for batch in self._waiting) > WAITING_ROWS:
            lost += len(self._waiting.popleft())
        if self._ending:
            lost += sum(len(batch) for batch in self._waiting)
            self._waiting.clear()
        self.dropped += lost
        with self._turn:
            self._trouble = f"telemetry can't be written: {error}; {self.dropped} samples were dropped so far"

    def _write(self, batch: _Batch) -> None:
        """Write one file for each day in the batch, or for each hour if it has many samples."""
        import numpy as np

        channel, at_us, value = (np.frombuffer(column, dtype=column.typecode) for column in (batch.channel, batch.at_us, batch.value))  # fmt: skip
        order = np.lexsort((at_us, channel))
        channel, at_us, value = channel[order], at_us[order], value[order]
        hours, place, count = np.unique(at_us // HOUR_US, return_inverse=True, return_counts=True)
        names = [hour_name(int(hour) * HOUR_US)[: None if many else 10] for hour, many in zip(hours, count >= HOUR_ROWS, strict=True)]  # fmt: skip
        number, self._number = self._number, self._number + 1
        for name in dict.fromkeys(names):
            chosen = np.array([each == name for each in names])[place]
            table = self._table(channel[chosen], at_us[chosen], value[chosen])
            put_whole(Piece(name, number, number).path(self.folder), table)
        self._newest_us = max(self._newest_us, int(at_us.max()))

    def _table(self, channel: Any, at_us: Any, value: Any) -> Any:
        import numpy as np
        import pyarrow as pa

        with self._turn:
            # a thread that delivers samples waits only for these copies
            copies = {"source": self._sources.copied(), "signal": self._signals.copied()}
        columns = {"at_us": _column(pa.int64(), at_us)}
        for name, (of_channel, words) in copies.items():
            codes = np.frombuffer(of_channel, dtype=np.int32)[channel]
            columns[name] = pa.DictionaryArray.from_arrays(_column(pa.int32(), codes), _words(words))
        return pa.table({**columns, "value": _column(pa.float64(), value)})

    def _tidy(self, *, whole: bool) -> None:
        try:
            tidy(self.folder, self._newest_us, self._keeping, whole=whole)
        except OSError as error:
            with self._turn:
                self._trouble = f"telemetry files can't be merged or removed: {error}"


def _column(kind: Any, values: Any) -> Any:
    """Numbers (n,) of one type as an Arrow array, without copying; ``pyarrow.array`` would load pandas to inspect them."""
    import pyarrow as pa

    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def _words(words: list[str]) -> Any:
    """Texts as an Arrow array, also without loading pandas."""
    import numpy as np
    import pyarrow as pa

    texts = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(texts), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(texts))])
