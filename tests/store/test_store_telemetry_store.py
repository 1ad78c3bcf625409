import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from nightmill.store import TelemetryHistory, TelemetryLane, telemetry_files
from nightmill.store.telemetry_files import DAY_US, HOUR_US, Piece, pieces
from nightmill.store.telemetry_upkeep import MINUTE_DAYS, RAW_DAYS, Keeping, tidy

BEGIN_US = 1_790_000_000_000_000 // DAY_US * DAY_US
MINUTE_US = 60_000_000
Sample = tuple[str, str, int, float]


def _samples(count: int, *, step_us: int = 10_000_000, seed: int = 1) -> list[Sample]:
    draw = random.Random(seed)
    return [
        (f"mill-{n % 3}", name, BEGIN_US + n * step_us, draw.uniform(-5.0, 90.0))
        for n in range(count)
        for name in ("load", "temp")
    ]


def _written(
    folder: Path,
    samples: Iterable[Sample],
    *,
    batches: int = 5,
    raw_days: float = RAW_DAYS,
    minute_days: float = MINUTE_DAYS,
) -> None:
    lane = TelemetryLane(folder, batch_s=3600.0, raw_days=raw_days, minute_days=minute_days)
    samples = list(samples)
    size = -(-len(samples) // batches)
    for start in range(0, len(samples), size):
        for source, name, at_us, value in samples[start : start + size]:
            lane.put(source, at_us, {name: value})
        with lane._turn:
            lane._waiting.append(lane._batch)
            lane._batch = type(lane._batch)()
    lane.close()
    assert (lane.written, lane.dropped, lane.trouble()) == (len(samples), 0, "")


def _told(folder: Path) -> list[Sample]:
    return [(p.source, p.signal, p.at_us, p.mean) for p in TelemetryHistory(folder).points()]


def _buckets(samples: Iterable[Sample], every_us: int) -> dict[tuple[str, str, int], tuple[int, float, float, float]]:
    """Means a bucket, the slow way."""
    found: dict[tuple[str, str, int], list[float]] = {}
    for source, name, at_us, value in samples:
        found.setdefault((source, name, at_us // every_us * every_us), []).append(value)
    return {key: (len(v), round(sum(v) / len(v), 6), min(v), max(v)) for key, v in found.items()}


def _asked(folder: Path, every_us: int) -> dict[tuple[str, str, int], tuple[int, float, float, float]]:
    points = TelemetryHistory(folder).points(every_us=every_us)
    return {(p.source, p.signal, p.at_us): (p.samples, round(p.mean, 6), p.low, p.high) for p in points}


def test_what_goes_in_comes_out_whatever_the_batches(tmp_path: Path) -> None:
    samples = _samples(1000)
    _written(tmp_path, samples)
    assert _told(tmp_path) == sorted(samples)
    assert len(pieces(tmp_path)) == 1  # one file a day once merged
    _written(tmp_path, [("gauge", "probe", BEGIN_US, 1.0)], batches=1)
    assert len(_told(tmp_path)) == len(samples) + 1


def test_buckets_are_means_of_their_samples_from_raw_files_and_from_sums(tmp_path: Path) -> None:
    samples = _samples(900, step_us=200_000_000)  # two days
    _written(tmp_path, samples, batches=3)
    assert set(telemetry_files.days(tmp_path)) == {p.day for p in pieces(tmp_path)} - {max(pieces(tmp_path)).day}
    for every_us in (7_000_000, MINUTE_US, HOUR_US):
        assert _asked(tmp_path, every_us) == _buckets(samples, every_us)


def test_many_samples_of_an_hour_lie_in_a_file_of_that_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightmill.store.telemetry_store.HOUR_ROWS", 100)
    samples = _samples(1000)
    _written(tmp_path, samples, batches=2)
    assert [piece.hour[10:] for piece in pieces(tmp_path)] == ["T00", "T01", "T02"]
    assert _told(tmp_path) == sorted(samples)
    points = TelemetryHistory(tmp_path).points(since_us=BEGIN_US + HOUR_US, until_us=BEGIN_US + 2 * HOUR_US)
    assert len(points) == 720


def test_a_question_names_sources_signals_and_times(tmp_path: Path) -> None:
    samples = _samples(600)
    _written(tmp_path, samples)
    since, until = BEGIN_US + 100 * 10_000_000, BEGIN_US + 400 * 10_000_000
    points = TelemetryHistory(tmp_path).points(sources=["mill-1"], signals=["temp"], since_us=since, until_us=until)
    wanted = [s for s in samples if s[0] == "mill-1" and s[1] == "temp" and since <= s[2] < until]
    assert [(p.source, p.signal, p.at_us, p.mean) for p in points] == wanted
    channels = TelemetryHistory(tmp_path).channels()
    assert [(c.source, c.signal) for c in channels] == sorted({s[:2] for s in samples})
    assert sum(c.samples for c in channels) == len(samples)


def test_an_old_day_lives_on_in_its_sums(tmp_path: Path) -> None:
    samples = _samples(500, step_us=1_000_000_000)  # six days
    _written(tmp_path, samples, batches=1, raw_days=2.0)
    kept = {piece.day for piece in pieces(tmp_path)}
    assert len(kept) == 3
    assert _asked(tmp_path, HOUR_US) == _buckets(samples, HOUR_US)
    late = [("mill-0", "load", BEGIN_US + 5, 1000.0)]
    _written(tmp_path, late, batches=1)
    assert _asked(tmp_path, HOUR_US) == _buckets(samples + late, HOUR_US)
    _written(tmp_path, [("mill-0", "load", BEGIN_US + 6 * DAY_US, 1.0)], batches=1, raw_days=2.0, minute_days=3.0)
    assert min(telemetry_files.days(tmp_path)) == telemetry_files.day_name(BEGIN_US + 3 * DAY_US)


def test_a_sample_told_twice_counts_once(tmp_path: Path) -> None:
    samples = _samples(50)
    _written(tmp_path, samples + samples, batches=2)
    assert _told(tmp_path) == sorted(samples)


@pytest.mark.slow
def test_any_moment_of_upkeep_may_be_its_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = _samples(400, step_us=1_000_000_000)
    _written(tmp_path, samples)
    late = _samples(400, step_us=1_000_000_000, seed=2)
    wanted = _buckets(samples + late, HOUR_US)
    monkeypatch.setattr("nightmill.store.telemetry_store.tidy", lambda *_, **__: None)
    _written(tmp_path, late, batches=8)
    monkeypatch.undo()
    steps = [0]

    def dying(real: object) -> object:
        def step(*words: object, **more: object) -> object:
            steps[0] -= 1
            if steps[0] < 0:
                raise InterruptedError
            return real(*words, **more)  # type: ignore[operator]

        return step

    for allowed in (0, 1, 2, 3, 5, 8, 13, 40, 100):
        steps[0] = allowed
        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", dying(Path.unlink))
            patch.setattr(os, "fsync", dying(os.fsync))
            with contextlib.suppress(InterruptedError):
                tidy(tmp_path, max(s[2] for s in samples), Keeping(raw_days=1.0), whole=True)
        telemetry_files.drop_drafts(tmp_path)
        assert _asked(tmp_path, HOUR_US) == wanted, allowed
    tidy(tmp_path, max(s[2] for s in samples), Keeping(raw_days=1.0), whole=True)
    assert _asked(tmp_path, HOUR_US) == wanted


def test_a_disk_that_takes_no_more_is_told_and_nothing_half_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    lane = TelemetryLane(tmp_path, batch_s=0.01)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        lane.put("mill-1", BEGIN_US, {"load": 1.0})
        deadline = time.monotonic() + 60.0
        trouble = ""
        while not trouble and time.monotonic() < deadline:
            trouble = lane.trouble()
            time.sleep(0.001)
        assert "No space left" in trouble
        assert not list(tmp_path.glob("**/*.parquet"))
        assert not list(tmp_path.glob("**/*.new"))
    lane.close()
    assert _told(tmp_path) == [("mill-1", "load", BEGIN_US, 1.0)]
    assert lane.dropped == 0


WRITER = """
import sys, time
from pathlib import Path
from nightmill.store import TelemetryLane
lane = TelemetryLane(Path(sys.argv[1]), batch_rows=500, batch_s=0.02)
begin = int(sys.argv[2])
for n in range(begin, begin + 10_000_000):
    lane.put(f"mill-{n % 3}", 1_790_000_000_000_000 + n * 1_000_000, {"load": float(n)})
    if n % 1000 == 0:
        print(n, lane.written, flush=True)
        time.sleep(0.001)
"""


@pytest.mark.slow
def test_a_killed_writer_leaves_whole_files_alone(tmp_path: Path) -> None:
    promised, begin = 0, 0
    for life in range(4):
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(begin)], stdout=subprocess.PIPE, text=True)  # fmt: skip
        assert child.stdout is not None
        written = 0
        deadline = time.monotonic() + 0.4 + 0.13 * life
        for line in child.stdout:
            begin, written = (int(word) for word in line.split())
            if time.monotonic() > deadline and written > 2000:
                break
        child.send_signal(signal.SIGKILL)
        child.communicate()
        promised += written
        begin += 100_000  # in all well within the days for which each value is kept
        found = [value for *_, value in _told(tmp_path)]
        assert len(found) >= min(promised, 100_000)
        assert max(Counter(found).values()) == 1


def test_files_that_a_merged_one_stands_for_do_not_count(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "2026-11-25T07"
    folder.mkdir(parents=True)
    for name in ("000000001-000000001", "000000002-000000002", "000000001-000000002", "000000003-000000003"):
        (folder / f"{name}.parquet").touch()
    (folder / "000000004-000000004.new").touch()
    assert pieces(tmp_path) == [Piece("2026-11-25T07", 1, 2), Piece("2026-11-25T07", 3, 3)]


@pytest.mark.parametrize("at_us", [-1, 1 << 62, 1 << 80])
def test_an_impossible_time_is_given_up_and_told_and_the_rest_is_kept(tmp_path: Path, at_us: int) -> None:
    lane = TelemetryLane(tmp_path)
    lane.put("stranger", at_us, {"load": 1.0, "temp": 2.0})
    lane.put("mill-1", BEGIN_US, {"load": 1.0})
    assert "stranger" in lane.trouble()
    lane.close()
    assert (lane.written, lane.dropped) == (1, 2)
    assert _told(tmp_path) == [("mill-1", "load", BEGIN_US, 1.0)]


def test_samples_are_written_without_loading_pandas(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom nightmill.store import TelemetryLane\n"
        f"lane = TelemetryLane(Path({str(tmp_path)!r}), batch_s=3600.0)\n"
        f"lane.put('mill-1', {BEGIN_US}, {{'Last °C': 1.5}})\nlane.close()\n"
        "print(lane.written, 'pandas' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["1", "False"]
