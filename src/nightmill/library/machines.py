"""Machine health: learn from histories; predict remaining life, wear and alarms."""

import msgspec

from nightmill.library import frames
from nightmill.library.frames import Frame


class Health(msgspec.Struct, frozen=True):
    """A fitted health model as JSON bytes; ``save`` and ``nightmill health predict`` take the same bytes."""

    model: bytes


def fit_health(history: Frame, *, horizon: int = 125, alarms_per_unit_month: float = 1.0) -> Health:
    """Learn from machine histories: columns ``unit``, ``cycle``, sensors and settings, and ``failed`` if a failure was seen.

    ``horizon``: number of cycles ahead; longer remaining lives are not distinguished. Deterministic. Raises ``BadInput``.
    """
    from nightmill.maintenance import fit_health as fit
    from nightmill.maintenance import read_history, save_model

    table = read_history({"history.csv": frames.csv_text(history)})
    return Health(save_model(fit(table, horizon, alarms_per_unit_month)))


def predict_health(health: Health, history: Frame) -> dict[str, object]:
    """Predict the remaining life (with its 90 % interval), alarms or wear of every unit in ``history``.

    A prediction uses no rows later than the time for which it is made. Raises ``BadInput`` with the missing columns.
    """
    from nightmill.maintenance import load_model, read_history
    from nightmill.maintenance import predict_health as predict

    table = read_history({"history.csv": frames.csv_text(history)})
    found: dict[str, object] = msgspec.to_builtins(predict(load_model(health.model), table))
    return found
