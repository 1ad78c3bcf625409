"""Material review from the command line: list the parts that wait for a decision, and decide on one."""

from pathlib import Path
from typing import Any

import msgspec

from nightmill.plant.requests.inbox import asked_here
from nightmill.plant.requests.material_review import parts_in_review, why_not
from nightmill.plant.shop_state.live import live_shop
from nightmill.plant.workspace.event_log import read_events
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.errors import BadInput, Finding

_DECISIONS = ("use_as_is", "rework", "scrap", "return")


def review_answer(folder: Path) -> dict[str, Any]:
    """Return the answer of ``nightmill dispose SHOP``: ``{parts[]}``, the parts that wait for a decision."""
    _, state = live_shop(folder, planning=False)
    return {"parts": parts_in_review(state, read_events(folder))}


def dispose_part(
    folder: Path, serial: str, decision: str, *, by: str, why: str, minutes: float = 15.0
) -> dict[str, Any]:
    """Ask the shop's run to carry out a decision on a part. Raises ``BadInput`` if the decision can't be carried out."""
    _, state = live_shop(folder, planning=False)
    if decision not in _DECISIONS:
        words = ", ".join(word.replace("_", "-") for word in _DECISIONS)
        raise BadInput(Finding("dispose", "--as", decision, words, "Choose one of them."))
    document = {"kind": "dispose", "serial": serial, "decision": decision, "reason": why, "minutes": minutes}
    try:
        ask = msgspec.convert(document, a.DisposePart)
    except msgspec.ValidationError as error:
        raise BadInput(
            Finding(str(folder), serial, str(error), "a reason; at most 1440 minutes", "Correct it.")
        ) from error
    if reason := why_not(state, ask):
        remedy = f"nightmill dispose {folder} lists the parts that wait for a decision."
        raise BadInput(Finding(str(folder), serial, reason, "a part in review", remedy))
    return asked_here(folder, ask, by, why)
