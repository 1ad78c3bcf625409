"""Asset Administration Shells of a shop: one for each work unit and one for each good finished part. All values come from the shop files or the log."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from nightmill.formats.aas.elements import Element, package
from nightmill.formats.aas.machine import machine_shell
from nightmill.formats.aas.part import is_made, part_shell, stories
from nightmill.vocabulary import events, reports
from nightmill.vocabulary.shop import Shop

__all__ = ["package", "shells"]


def shells(shop: Shop, log: Collection[events.Event]) -> Element:
    """Return the environment: ``assetAdministrationShells`` and ``submodels``; without a log, only those for the machines."""
    samples: dict[str, list[tuple[float, Mapping[str, float]]]] = defaultdict(list)
    means: dict[str, list[tuple[float, Mapping[str, float]]]] = defaultdict(list)
    for event in log:
        if isinstance(event.fact, events.Reported):
            report = event.fact.report
            if isinstance(report, reports.SignalsSampled):
                samples[report.unit].append((report.at_s, report.signals))
            elif isinstance(report, reports.CycleFinished):
                means[report.unit].append((report.at_s, report.signals))
    made = [
        machine_shell(shop, unit, {"samples": samples[unit.id], "cycle_means": means[unit.id]})
        for unit in shop.work_units
    ]
    found = stories(log)
    made += [part_shell(shop, story, found) for story in found.parts.values() if is_made(shop, story, found)]
    return {
        "assetAdministrationShells": [shell for shell, _ in made],
        "submodels": [model for _, models in made for model in models],
    }
