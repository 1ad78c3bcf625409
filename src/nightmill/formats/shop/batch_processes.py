"""Assign the in-house treatments of parts to the shop's ovens, washers and tumblers, and report impossible ones."""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from nightmill.formats.findings import Findings, did_you_mean
from nightmill.formats.shop.rows import Book
from nightmill.vocabulary.shop import Finishing, PartFile, Shift, WorkUnit

Units = Mapping[str, tuple[WorkUnit, ...]]


def place_treatments(book: Book, units: Units, shifts: Collection[Shift], findings: Findings) -> None:
    """Assign machines to each in-house step; findings for steps that no machine or person can do."""
    longest_h = max((shift.ends_h - shift.begins_h for shift in shifts), default=0.0)
    for name, part in book.parts.items():
        steps: list[Finishing] = []
        for number, step in enumerate(part.finishing, 1):
            place = f"finishing[{number}]"
            for at, found, expected, remedy in _faults(part, step, steps, units, longest_h):
                findings.add(f"parts/{name}.toml", f"{place}.{at}", found, expected, remedy)
            known = units.get(step.machines[0], ()) if step.machines else ()
            steps.append(msgspec.structs.replace(step, machines=tuple(unit.id for unit in known) or step.machines))
        book.parts[name] = msgspec.structs.replace(part, finishing=tuple(steps))


def _faults(
    part: PartFile, step: Finishing, before: list[Finishing], units: Units, longest_h: float
) -> Iterable[tuple[str, object, str, str]]:
    """Place, finding, expectation and remedy for each mistake in a step."""
    if not step.machines:
        if step.hours or step.attended:
            found = f"{step.hours:g} h" if step.hours else "attended"
            yield (
                "machine",
                f"{found}, no machine",
                "a machine of the shop",
                "Name the machine, or give days for another firm.",
            )
        return
    (machine,) = step.machines
    if machine not in units:
        remedy = did_you_mean(machine, units, 'Add [[machines]] with kind = "process" to shop.toml.')
        yield "machine", machine, "a machine of kind process of shop.toml", remedy
    if step.days or step.supplier or step.price_usd or step.lot_usd:
        yield "machine", f"{machine} and another firm", "one of the two", "Write a [[finishing]] for each."
    if not step.hours > 0:
        yield "hours", step.hours, "more than 0", "Give the time it takes."
    if any(not each.machines for each in before):
        yield "machine", f"{step.name} here after another firm", "work in the shop first", "Put it before that step."
    if any(each.name == step.name for each in before) or "/" in step.name:
        yield "name", step.name, f"a unique name among the steps of {part.name}, without /", "Rename it."
    if step.attended and any(unit.places > 1 for unit in units.get(machine, ())):
        yield (
            "attended",
            f"with several places in {machine}",
            "one place if somebody stays with the parts",
            "Use count for more.",
        )
    if step.attended and step.hours >= longest_h > 0:
        yield "hours", step.hours, f"less than the longest shift, {longest_h:g} h, where it is attended", "Shorten it."
