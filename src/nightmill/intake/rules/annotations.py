"""A letter's text with annotated spans: labelled values, cells, dates, and figures with a role."""

import re
from datetime import date

import msgspec

from nightmill.intake.lexicon.labels import Told, labelled
from nightmill.intake.lexicon.order_draft import Extracted
from nightmill.intake.mail import number_roles as roles
from nightmill.intake.mail.text_tables import cells
from nightmill.intake.rules.dates import DueDate, dates_of


class Typed(msgspec.Struct, frozen=True):
    """The text and its annotated spans; ``roles`` are the spans of figures that are neither parts nor quantities."""

    body: str
    labels: tuple[Told, ...]
    cells: tuple[Told, ...]
    days: tuple[DueDate, ...]
    roles: tuple[tuple[int, int], ...]

    @property
    def told(self) -> tuple[Told, ...]:
        """Return all values whose kind is given by a column heading or label."""
        return *self.cells, *self.labels

    @property
    def dates(self) -> list[Extracted]:
        """Return all dates, regardless of their purpose."""
        return [day.found for day in self.days]


def typed(body: str, today: date) -> Typed:
    """Return the text of a letter with its annotated spans."""
    labels, columns = labelled(body), tuple(cells(body))
    days = dates_of(body, today, [(each.kind, *_place(each)) for each in (*columns, *labels)])
    return Typed(body, labels, columns, days, tuple(roles.spans(body, [*labels, *columns])))


def _place(told: Told) -> tuple[int, int]:
    if told.kind == "due":  # the next sentence is about something else
        return told.start, told.start + len(re.split(r"(?<=\w{3})[.;] (?=[A-Z][a-z])", told.text, maxsplit=1)[0])
    return roles.told_span(told) if told.kind == "reference" else (told.start, told.end)
