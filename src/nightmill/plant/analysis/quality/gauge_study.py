"""Gauges and measurement results: gauge studies and uncertainty, and comparison of other programs' readings with the plan.

The documents come from unknown machines and people, so they are read in a guarded child process.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import write_atomic
from nightmill.plant.part_planning.planning_child import in_child, inspection_of
from nightmill.plant.plan_store.kept_plans import readable_route
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.shop import whole_shop
from nightmill.quality import Characteristic, Readings
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import UNREADABLE, BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.ordinary_files import read_ordinary
from nightmill.workers import Limits

_LIMITS = Limits(memory_mib=4096, cpu_s=120, wall_s=180.0)
_MOST_BYTES = 64 * 1024 * 1024
_STEP = (".step", ".stp")


class _Plan(msgspec.Struct):
    """The output of ``inspect plan --json``."""

    characteristics: list[Characteristic]
    part: str = ""


def gauge_of(
    file: Path,
    facts: dict[str, float],
    *,
    lower: float | None = None,
    upper: float | None = None,
    tolerance: float | None = None,
    confidence: float = 0.95,
) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect gauge``: ``{anova, ranges, uncertainty}``, each as defined in the room ``quality``.

    ``facts``: resolution, calibration, bias, reference_sd, linearity, temperature, other, all in the readings' unit.
    """
    request = {
        "file": str(file),
        "facts": facts,
        "lower": lower,
        "upper": upper,
        "tolerance": tolerance,
        "confidence": confidence,
    }
    return _in_child("nightmill.plant.analysis.quality.gauge_study:gauge_job", request, file)


def results_of(file: Path, plan: Path, *, uncertainty: float | None = None, out: Path | None = None) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect results``: ``{file, part, left_out, counts, readings[], not_measured[]}``.

    ``plan`` is a STEP file or the output of ``inspect plan --json`` for it. With ``out``, also writes readings.dfq,
    readings.qif, readings.csv and the first part's form3.csv (AS9102) there. Raises ``BadInput`` for results that can't be read or don't
    belong to the plan.
    """
    part, characteristics = _plan(plan)
    request = {
        "file": str(file),
        "part": part,
        "plan": msgspec.to_builtins(characteristics),
        "uncertainty": uncertainty,
        "out": str(out) if out else None,
    }
    return _in_child("nightmill.plant.analysis.quality.gauge_study:results_job", request, file)


def readings_of(shop_folder: Path, out: Path) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect readings``: ``{parts[{part, readings, serials, files[]}]}``.

    Writes the gauge readings of the shop's latest run to ``out``: PART.dfq (AQDEF), PART.csv and PART.plan.json (as ``inspect plan``
    prints it) for each part, with times in shop time. Raises ``BadInput`` if there was no run or nothing was measured.
    """
    shop = whole_shop(shop_folder)
    log = read_events(shop_folder)
    plans = shop_folder / ".nightmill" / "plans"
    answer = []
    for part in shop.parts:
        route = readable_route(plans / part.name)
        if route is None:
            continue
        asked = {record.id: record.asked for record in route.characteristics}
        rows = measured(log, asked, shop.start)
        if rows:
            plan = {item.balloon: item for item in asked.values()}
            readings = msgspec.convert({"file": str(shop_folder), "readings": rows, "part": part.name}, Readings)
            files = _write(readings, list(plan.values()), part.name, out, part.name)
            shape = {"part": part.name, "characteristics": list(plan.values())}
            files.append(str(out / f"{part.name}.plan.json"))
            write_atomic(Path(files[-1]), msgspec.json.format(msgspec.json.encode(shape)))
            serials = len({each.serial for each in readings.readings})
            answer.append({"part": part.name, "readings": len(rows), "serials": serials, "files": files})
    if not answer:
        remedy = "Add a gauge to the shop and run it."
        raise BadInput(Finding(str(shop_folder), "the latest run", "no readings", "measured parts", remedy))
    return {"parts": answer}


def measured(log: Iterable[e.Event], asked: Mapping[str, Characteristic], start: datetime) -> list[dict[str, Any]]:
    """Return the readings of the characteristics ``asked`` (by id), as records of the room ``quality``."""
    found = []
    for event in log:
        if not (isinstance(event.fact, e.Reported) and isinstance(event.fact.report, r.PartMeasured)):
            continue
        time = (start + timedelta(seconds=event.at_s)).replace(tzinfo=None).isoformat(timespec="seconds")
        for name, value in event.fact.report.readings.items():
            if name in asked:
                item, serial = asked[name], event.fact.report.serial
                fields = {"place": f"event {event.seq}", "serial": serial, "time": time, "unit": item.unit}
                found.append({"characteristic": str(item.balloon), "value": value, **fields})
    return found


def _write(readings: Readings, plan: list[Characteristic], part: str, folder: Path, name: str) -> list[str]:
    """Write ``name``.dfq and ``name``.csv in ``folder``; return their names."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "Choose a writable folder."
        raise EnvironmentFailed(Finding(str(folder), "", error.strerror or str(error), "a folder", remedy)) from error
    texts = {folder / f"{name}.dfq": readings.as_aqdef(plan, part), folder / f"{name}.csv": readings.as_csv()}
    for path, text in texts.items():
        write_atomic(path, text.encode())
    return [str(path) for path in texts]


def gauge_job(
    file: str,
    facts: dict[str, float],
    lower: float | None,
    upper: float | None,
    tolerance: float | None,
    confidence: float,
    progress: Callable[[str, float], None],
) -> dict[str, Any]:
    """Do the work of ``gauge_of`` in the child."""
    progress("reading", 0.0)
    study = Readings.of_study(_content(Path(file)), file)
    report = study.gauge_report(facts, lower=lower, upper=upper, tolerance=tolerance, confidence=confidence)
    return dict(msgspec.to_builtins(report))


def results_job(
    file: str,
    part: str,
    plan: list[dict[str, Any]],
    uncertainty: float | None,
    out: str | None,
    progress: Callable[[str, float], None],
) -> dict[str, Any]:
    """Do the work of ``results_of`` in the child."""
    progress("reading", 0.0)
    characteristics = msgspec.convert(plan, list[Characteristic])
    readings = Readings.of_text(_content(Path(file)), file)
    judged = readings.judged(characteristics, uncertainty)
    progress("writing", 0.9)
    if out is not None:
        _write(readings, characteristics, part, Path(out), "readings")
        now = datetime.now(UTC).replace(microsecond=0)
        qif = readings.as_qif(characteristics, part, created=now, uncertainty=uncertainty)
        write_atomic(Path(out) / "readings.qif", qif)
        write_atomic(Path(out) / "form3.csv", readings.as_form3(characteristics, part).encode())
    measured = {each.balloon for each in judged}
    verdicts = [each.verdict for each in judged]
    return {
        "file": file,
        "part": part,
        "left_out": readings.left_out,
        "counts": {verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)},
        "readings": msgspec.to_builtins(judged),
        "not_measured": [item.balloon for item in characteristics if item.balloon not in measured],
    }


def _in_child(call: str, request: dict[str, Any], file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise BadInput(Finding(str(file), "", "no such file", "a file of readings", "Check the path."))
    return in_child(call, request, file, None, _LIMITS, reader="the reader", sound="a sound file of readings")


def _plan(plan: Path) -> tuple[str, list[Characteristic]]:
    if plan.suffix.lower() in _STEP:
        found = msgspec.convert(inspection_of(plan), _Plan)
        return found.part, found.characteristics
    if not plan.is_file():
        raise BadInput(Finding(str(plan), "", "no such file", "a STEP file or an inspection plan", "Check the path."))
    try:
        found = msgspec.json.decode(_content(plan), type=_Plan)
    except UNREADABLE as error:
        remedy = "Give the STEP file, or save the output of nightmill inspect plan PART --json."
        raise BadInput(Finding(str(plan), "", str(error), "an inspection plan", remedy)) from error
    balloons = [item.balloon for item in found.characteristics]
    for balloon in dict.fromkeys(each for each in balloons if balloons.count(each) > 1):
        raise BadInput(Finding(str(plan), f"balloon {balloon}", "used twice", "each balloon once", "Renumber them."))
    return found.part, found.characteristics


def _content(file: Path) -> bytes:
    return read_ordinary(file, _MOST_BYTES)
