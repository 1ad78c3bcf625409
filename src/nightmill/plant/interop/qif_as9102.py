"""Export a run's measurements for customers: QIF 3.0 results, and AS9102 Forms 1 to 3 for the first good piece of each part."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from nightmill.floor import ShopState, apply, empty_state
from nightmill.formats import write_atomic
from nightmill.plant.analysis.quality.gauge_study import measured
from nightmill.plant.plan_store.kept_plans import readable_route
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.layout import state_folder
from nightmill.plant.workspace.shop import whole_shop
from nightmill.quality import Characteristic, Readings
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.shop import Shop


class _Measured(msgspec.Struct, frozen=True):
    """A part made in the shop, its inspection plan, and its readings in the order taken."""

    part: str
    revision: str
    plan: list[Characteristic]
    readings: Readings


def export_qif(folder: Path, out: Path) -> dict[str, Any]:
    """Write ``out/PART.qif`` for each part that the latest run measured: plan, results by serial, verdicts with gauge uncertainty.

    Returns ``{folder, parts[{part, serials, readings, files[]}], not_measured[]}``. Raises ``BadInput`` if there was
    no run or nothing was measured.
    """
    shop, log, _ = _run(folder)
    uncertainty = max((unit.uncertainty_mm for unit in shop.units("gauge")), default=0.0)
    answer, left = [], []
    for each in _parts(folder, shop, log):
        if not each.readings.readings:
            left.append(each.part)
            continue
        content = each.readings.as_qif(each.plan, each.part, created=_run_end(shop, log), uncertainty=uncertainty)
        answer.append(_part_answer(each, _write_files(out, {f"{each.part}.qif": content})))
    if not answer:
        remedy = "Add a gauge to the shop and run it."
        raise BadInput(Finding(str(folder), "the latest run", "no readings", "measured parts", remedy))
    return {"folder": str(out), "parts": answer, "not_measured": left}


def export_as9102(folder: Path, out: Path) -> dict[str, Any]:
    """Write AS9102 Forms 1 to 3 of each part into ``out``: PART.as9102.xlsx, .pdf and PART.form3.csv.

    Form 3 has the results for the first piece that was measured and found good or, if there is none, for the first piece
    measured. For a part that wasn't measured, the results are left blank. Returns
    ``{folder, parts[{part, serial, serials, readings, files[]}]}``.
    """
    shop, log, state = _run(folder)
    answer = []
    for each in _parts(folder, shop, log):
        good = [one for one in each.readings.readings if state.parts[one.serial].disposition == "good"]
        first = msgspec.structs.replace(each.readings, readings=tuple(good)) if good else each.readings
        papers = first.as_first_article(each.plan, each.part, created=_run_end(shop, log), revision=each.revision)
        files = _write_files(out, {f"{each.part}.{name}": content for name, content in papers.items()})
        serial = first.readings[0].serial if first.readings else ""
        answer.append(_part_answer(each, files) | {"serial": serial})
    if not answer:
        remedy = f"Run it first: nightmill run {folder}"
        raise BadInput(Finding(str(folder), "parts", "no planned part", "an inspection plan", remedy))
    return {"folder": str(out), "parts": answer}


def _run(folder: Path) -> tuple[Shop, Sequence[e.Event], ShopState]:
    shop = whole_shop(folder)
    log, state = list(read_events(folder)), empty_state(shop)
    for event in log:
        apply(state, event)
    return shop, log, state


def _parts(folder: Path, shop: Shop, log: Sequence[e.Event]) -> list[_Measured]:
    """Return each part that has a plan, with the run's measurements of it."""
    found = []
    for part in shop.parts:
        route = readable_route(state_folder(folder) / "plans" / part.name)
        if route is not None:
            asked = {record.id: record.asked for record in route.characteristics}
            document = {"file": str(folder), "part": part.name, "readings": measured(log, asked, shop.start)}
            plan = list({item.balloon: item for item in asked.values()}.values())
            found.append(_Measured(part.name, part.revision, plan, msgspec.convert(document, Readings)))
    return found


def _run_end(shop: Shop, log: Sequence[e.Event]) -> datetime:
    """Return the time of the run's last event on the shop's clock, so that a run always gives the same documents."""
    return (shop.start + timedelta(seconds=log[-1].at_s if log else 0.0)).replace(microsecond=0)


def _part_answer(each: _Measured, files: list[str]) -> dict[str, Any]:
    serials = len({one.serial for one in each.readings.readings})
    return {"part": each.part, "serials": serials, "readings": len(each.readings.readings), "files": files}


def _write_files(out: Path, contents: dict[str, bytes]) -> list[str]:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "Choose a writable folder."
        raise EnvironmentFailed(Finding(str(out), "", error.strerror or str(error), "a folder", remedy)) from error
    for name, content in contents.items():
        write_atomic(out / name, content)
    return [str(out / name) for name in contents]
