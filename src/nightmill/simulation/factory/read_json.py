"""Read any factory from one JSON document: ``factory.model.Factory`` plus its unit of time."""

from typing import Literal

import msgspec

from nightmill.simulation.factory import model as f
from nightmill.simulation.factory.read_autosched import AutoSchedModel
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding

UNITS_S = {"s": 1.0, "min": 60.0, "h": 3600.0, "day": 86400.0}
MOST_TOGETHER = 1_000_000
"""Limits on lots per arrival, arrivals from a finite source, pieces in a lot and tokens; anything beyond is a typing error."""


class FactoryFile(f.Factory, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document: a factory, and the ``unit`` of all times in it."""

    unit: Literal["s", "min", "h", "day"]


def read_factory(name: str, text: str) -> AutoSchedModel:
    """Read the model from the text of the file ``name``. Products are the classes that sources release, and classes with looping routes.

    A lot in hand is counted under its own class ``in hand: CLASS`` and named ``CLASS 1``, ``CLASS 2``, ... in order.
    Raises ``BadInput`` if the text is not JSON, or has an unknown key, a wrong type or a number out of range.
    """
    try:
        document = msgspec.json.decode(text, type=FactoryFile)
    except UNREADABLE as error:
        remedy = "Write it as docs/simulation.md describes."
        raise BadInput(Finding(name, "", str(error), "a factory as JSON, with its unit", remedy)) from error
    findings = [
        Finding(name, place, f"{number}", f"1 .. {MOST_TOGETHER}", "Correct the document.")
        for place, number in _numbers(document)
        if not 1 <= number <= MOST_TOGETHER
    ]
    classes = {each.name: each for each in document.classes}
    findings += [
        Finding(name, "lots", f"class {lot.lot_class}", "a class in the document", "Correct the document.")
        for lot in document.lots
        if lot.lot_class not in classes
    ]
    if not document.lots and not document.sources:
        findings.append(
            Finding(name, "", "neither lots nor sources", "at least one lot or source", "Add lots or a source.")
        )
    if findings:
        raise BadInput(*findings)
    return _model(name, document, classes)


def _numbers(document: f.Factory) -> list[tuple[str, int]]:
    return [
        *((f"source {each.name}: lots", each.lots) for each in document.sources),
        *((f"source {each.name}: count", each.count) for each in document.sources if each.count is not None),
        *((f"class {each.name}: pieces", each.pieces) for each in document.classes),
        *(("lots: pieces", each.pieces) for each in document.lots if each.pieces is not None),
        *((f"token {each.name}: count", each.count) for each in document.tokens if each.count),
    ]


def _model(name: str, document: FactoryFile, classes: dict[str, f.LotClass]) -> AutoSchedModel:
    looping = {route.name for route in document.routes if route.loops}
    brought = {name for source in document.sources for name, _ in source.mix}
    products = tuple(each.name for each in document.classes if each.name in brought or each.route in looping)
    in_hand: dict[str, list[str]] = {}
    lots: list[f.Lot] = []
    for lot in document.lots:
        if classes[lot.lot_class].route in looping:
            lots.append(lot)
            continue
        own = f"in hand: {lot.lot_class}"
        names = in_hand.setdefault(own, [])
        names.append(f"{lot.lot_class} {len(names) + 1}")
        lots.append(msgspec.structs.replace(lot, lot_class=own))
    counted = tuple(
        msgspec.structs.replace(each, name=own, recorded=each.route not in looping)
        for each in document.classes
        for own in (each.name, f"in hand: {each.name}")
        if own == each.name or own in in_hand
    )
    fields = {field: getattr(document, field) for field in f.Factory.__struct_fields__}
    factory = f.Factory(**{**fields, "classes": counted, "lots": tuple(lots)})
    told = {own: tuple(names) for own, names in in_hand.items()}
    return AutoSchedModel(factory, products, told, (), UNITS_S[document.unit], name)
