"""Find the signals in a host application's messages: numeric metrics with their sampling times."""

from collections.abc import Iterator

from nightmill.drivers.sparkplug.edge import BD_SEQ
from nightmill.drivers.sparkplug.host import Heard

OURS = "Signals/"
CONTROL = "Node Control/"


def signals_of(heard: Heard, *, ours: bool) -> Iterator[tuple[str, int, dict[str, float]]]:
    """Source, UTC time in µs, and values by name. ``ours``: the shop's own node, whose devices are its work units.

    For any other node every numeric metric is a signal, with the source ``GROUP/NODE/DEVICE``. Samples in a birth may have been
    published before.
    """
    if ours and not heard.device:
        return
    source = heard.device if ours else "/".join(filter(None, (heard.group, heard.node, heard.device)))
    by_time: dict[int, dict[str, float]] = {}
    for metric, value in heard.values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        wanted = metric.startswith(OURS) if ours else metric != BD_SEQ and not metric.startswith(CONTROL)
        if wanted:
            name = metric[len(OURS) :] if ours else metric
            by_time.setdefault(heard.times_ms.get(metric, heard.at_ms), {})[name] = value
    for at_ms, signals in by_time.items():
        yield source, at_ms * 1000, signals
