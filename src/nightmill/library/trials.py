"""Trials: suggest the next process parameters from the results so far."""

from pathlib import Path
from typing import Any

import msgspec

from nightmill.tuning import Asked, History, Result, Study, Suggestion, Told
from nightmill.tuning import suggest as suggest_settings
from nightmill.tuning import tell as tell_result
from nightmill.tuning import told as told_so_far


class Tuning:
    """A study and its trials so far: ``suggest`` returns the next setting, ``tell`` takes its result, and ``best`` returns the best trial.

    ``study``: a ``Study``, its JSON as a mapping, or the path of its JSON file. The same study and results give the same suggestions.
    """

    def __init__(self, study: Study | dict[str, Any] | str | Path) -> None:
        from nightmill.formats import read_document
        from nightmill.tuning import read_study

        if isinstance(study, dict):
            study = read_study(msgspec.json.encode(study).decode("utf-8"), "study")
        elif not isinstance(study, Study):
            study = read_study(read_document(Path(study)), str(study))
        self.study, self.history = study, History()

    def suggest(self, batch: int = 1) -> tuple[Suggestion, ...]:
        """Return the next settings to try, each with its predicted outcome and the risk of breaking a limit."""
        asked: Asked = suggest_settings(self.study, self.history, batch)
        self.history = asked.history
        return asked.suggestions

    def tell(self, outputs: dict[str, float], *, trial: int) -> None:
        """Add the measured ``outputs`` of a suggested trial. Raises ``BadInput`` for an unknown trial or missing outputs."""
        self.history = tell_result(self.study, self.history, Result(outputs=outputs, trial=trial))

    @property
    def best(self) -> Told:
        """Return the number of trials, and the best one that meets every limit."""
        return told_so_far(self.study, self.history)
