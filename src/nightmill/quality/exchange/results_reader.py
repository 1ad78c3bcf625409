"""Readings from any results document and their evaluation: verdicts, documents and gauge studies."""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from nightmill.quality.exchange.aqdef import read_aqdef, write_aqdef
from nightmill.quality.exchange.as9102_form3 import form3_csv
from nightmill.quality.exchange.csv_results import read_csv, write_csv
from nightmill.quality.exchange.dmis import is_dmis, read_dmis
from nightmill.quality.exchange.qif_results_in import read_qif_results
from nightmill.quality.exchange.qif_results_out import results_qif
from nightmill.quality.exchange.reading import JudgedReading, Reading
from nightmill.quality.inspection.characteristic import Characteristic
from nightmill.quality.metrology.gauge_rr import GaugeReading, GaugeStudy, by_anova, by_ranges
from nightmill.quality.metrology.uncertainty import GaugeFacts, Uncertainty, uncertainty_of
from nightmill.vocabulary.errors import BadInput, Finding

_NO_ALIAS = {"user_defined_linear": "", "user_defined_angle": ""}


class GaugeReport(msgspec.Struct, frozen=True):
    """A gauge's study by both methods, and the uncertainty used for the guard band of verdicts with this gauge."""

    anova: GaugeStudy
    ranges: GaugeStudy
    uncertainty: Uncertainty


class Readings(msgspec.Struct, frozen=True):
    """Readings from one document, in document order; ``left_out`` counts values that the document marks as not counted."""

    file: str
    readings: tuple[Reading, ...]
    left_out: int = 0
    part: str = ""

    @classmethod
    def of_text(cls, text: str | bytes, file: str) -> "Readings":
        """Return the readings from an AQDEF (starts with a K-field), QIF 3.0 (XML), DMIS or CSV document (UTF-8 if bytes).

        Raises ``BadInput`` with file, place and remedy if it can't be read.
        """
        plain = text if isinstance(text, str) else _decoded(text, file)
        start = plain.lstrip("\ufeff \t\r\n")[:6]
        if start.startswith("<"):
            document = read_qif_results(text, file)
        elif start[:1] == "K" and start[1:5].isdecimal():
            document = read_aqdef(plain.lstrip("\ufeff"), file)
        elif is_dmis(plain):
            document = read_dmis(plain, file)
        else:
            document = read_csv(plain, file)
        return cls(file, document.readings, document.left_out, document.part)

    @classmethod
    def of_study(cls, text: str | bytes, file: str) -> "Readings":
        """Return the readings of a gauge study: a CSV with ``part``, ``appraiser`` and ``value``, or an AQDEF document."""
        plain = text if isinstance(text, str) else _decoded(text, file)
        if plain.lstrip("\ufeff \t\r\n")[:5] == "K0100":
            return cls.of_text(plain, file)
        document = read_csv(plain, file, ("serial", "appraiser", "value"))
        return cls(file, document.readings)

    def judged(self, plan: Sequence[Characteristic], uncertainty: float | None = None) -> tuple[JudgedReading, ...]:
        """Judge every reading by the characteristic with its balloon, with guard bands (ISO 14253-1).

        The uncertainty (expanded, k = 2) is ``uncertainty`` or, if that is None, the reading's own. Raises ``BadInput``
        if neither is known, and for readings that don't belong to the plan: an unknown balloon, or a different kind, unit or
        nominal.
        """
        by_balloon = {str(item.balloon): item for item in plan}
        findings = [found for each in self.readings if (found := self._strange(each, by_balloon))]
        findings += [
            Finding(self.file, each.place, "no uncertainty", "the gauge's expanded uncertainty", "Give --uncertainty.")
            for each in self.readings
            if uncertainty is None and each.uncertainty is None
        ][:1]
        if findings:
            raise BadInput(*findings)
        judged = []
        for each in self.readings:
            item = by_balloon[each.characteristic]
            u = (each.uncertainty or 0.0) if uncertainty is None else uncertainty
            verdict = "no limits" if item.limits == (None, None) else item.judge(each.value, u)
            judged.append(JudgedReading(item.balloon, item.kind, each.serial, each.value, u, verdict, each.time))
        return tuple(judged)

    def as_aqdef(self, plan: Sequence[Characteristic], part: str) -> str:
        """Return the readings as a DFQ document with the plan's characteristics; ``judged`` checks whether they belong to the plan."""
        return write_aqdef(plan, part, self.readings)

    def as_csv(self) -> str:
        """Return the readings as CSV, one line per value."""
        return write_csv(self.readings)

    def as_qif(
        self, plan: Sequence[Characteristic], part: str, *, created: datetime, uncertainty: float | None = None
    ) -> bytes:
        """Judge the readings and return them as a QIF 3.0 results document (UTF-8); raises what ``judged`` raises."""
        return results_qif(plan, part, self.judged(plan, uncertainty), created=created)

    def as_form3(self, plan: Sequence[Characteristic], part: str) -> str:
        """Return AS9102 Form 3 for the first part in the document, with its worst reading of each characteristic."""
        serial, results = self._of_the_first(plan)
        return form3_csv(plan, part_number=part, serial=serial, results=results)

    def as_first_article(
        self, plan: Sequence[Characteristic], part: str, *, created: datetime, revision: str = ""
    ) -> dict[str, bytes]:
        """Return AS9102 Forms 1 to 3 for the document's first part: ``form3.csv``, ``as9102.xlsx``, ``as9102.pdf``."""
        from nightmill.quality.exchange.documents import first_article

        serial, results = self._of_the_first(plan)
        return first_article(plan, part, created, revision=revision, serial=serial, results=results)

    def _of_the_first(self, plan: Sequence[Characteristic]) -> tuple[str, dict[int, float]]:
        """Return the first part's serial and its worst readings by balloon."""
        serial = self.readings[0].serial if self.readings else ""
        results: dict[int, float] = {}
        for item in plan:
            own = [
                each.value
                for each in self.readings
                if (each.characteristic, each.serial) == (str(item.balloon), serial)
            ]
            if own:
                results[item.balloon] = min(own, key=lambda value: _room(item, value))
        return serial, results

    def gauge_report(
        self,
        facts: Mapping[str, float],
        *,
        lower: float | None = None,
        upper: float | None = None,
        tolerance: float | None = None,
        confidence: float = 0.95,
    ) -> GaugeReport:
        """Return the gauge study of these readings: repeatability and reproducibility, and the measurement uncertainty.

        ``facts`` uses the names of ``GaugeFacts``. Raises ``BadInput`` for a study that isn't crossed and balanced, for
        readings of several characteristics, and for invalid facts and limits.
        """
        names = list(dict.fromkeys(each.characteristic for each in self.readings))
        if len(names) > 1:
            found = f"characteristics {', '.join(names[:4])}"
            raise BadInput(Finding(self.file, "", found, "a study of one", "Give each characteristic its own file."))
        uncertain = uncertainty_of(
            GaugeFacts(**facts), lower=lower, upper=upper, tolerance=tolerance
        )  # checks them first
        if lower is not None and upper is not None:
            tolerance = upper - lower
        study = [GaugeReading(each.serial, each.appraiser, each.value, each.place) for each in self.readings]
        anova = by_anova(study, tolerance=tolerance, confidence=confidence, file=self.file)
        ranges = by_ranges(study, tolerance=tolerance, file=self.file)
        uncertain = uncertainty_of(GaugeFacts(**facts), anova, lower=lower, upper=upper, tolerance=tolerance)
        return GaugeReport(anova, ranges, uncertain)

    def _strange(self, reading: Reading, plan: Mapping[str, Characteristic]) -> Finding | None:
        """Return a finding if the reading belongs to another plan."""
        item = plan.get(reading.characteristic)
        remedy = "Judge it by the plan with which it was measured."
        if item is None:
            known = ", ".join(list(plan)[:12]) + (", ..." if len(plan) > 12 else "")
            return Finding(
                self.file, reading.place, f"characteristic {reading.characteristic!r}", f"one of {known}", remedy
            )
        place = f"{reading.place} (balloon {item.balloon})"
        kind = _NO_ALIAS.get(reading.kind, reading.kind)
        if kind and kind != item.kind:
            return Finding(self.file, place, kind, item.kind, remedy)
        if reading.unit and reading.unit != item.unit:
            return Finding(self.file, place, f"a value in {reading.unit}", f"one in {item.unit}", remedy)
        nominal = 0.0 if item.tolerance is not None else item.nominal
        if reading.nominal is not None and nominal is not None and abs(reading.nominal - nominal) > 1e-4:
            return Finding(self.file, place, f"nominal {reading.nominal:g}", f"nominal {nominal:g}", remedy)
        return None


def _room(item: Characteristic, value: float) -> float:
    """Return the margin between a value and the nearest limit; negative if the value is outside."""
    lower, upper = item.limits
    return min(math.inf if lower is None else value - lower, math.inf if upper is None else upper - value)


def _decoded(data: bytes, file: str) -> str:
    """Decode UTF-8, UTF-16 with a byte order mark, or Windows-1252, which most measuring programs still use."""
    likely = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    with suppress(UnicodeDecodeError):
        return data.decode(likely)
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        found = f"byte 0x{data[error.start]:02x}"
        raise BadInput(Finding(file, "", found, "text", "Save the file as UTF-8.")) from error
