"""A log of alarms that carry their own numbers, written where a shop has it."""

from pathlib import Path

from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e


def alarm(number: int) -> e.Event:
    """An event that carries its own number as text."""
    return e.Event(
        0, float(number), "software:plant", e.AlarmRaised(f"a{number}", "mill-1", f"alarm\n{number} </script>")
    )


def write_log(folder: Path, first: int, count: int) -> None:
    """Append ``count`` alarms numbered from ``first``."""
    store = SqliteEventStore(folder / ".nightmill" / "log.sqlite")
    store.append([alarm(first + k) for k in range(count)], expected_version=store.version())
    store.close()
