"""Judge a run by the virtual shop's own journal: invariants I1 to I10, without any of Nightmill's code.

Usage: python campaigns/invariants.py SHOP

The journal records what the machines really did; the log is the controller's account of it. If they disagree, the
controller is wrong.
"""

import hashlib
import json
import sqlite3
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

Deed = dict[str, Any]


def judge(shop: Path) -> list[str]:
    """Return every violation found in the finished or stopped run of ``shop``, as sentences; empty if all invariants hold."""
    state = shop / ".nightmill"
    deeds = _journal(state / "world" / "journal.jsonl")
    events, problems = _log(rows(shop))
    problems += _places(deeds, events)
    problems += _cuts(deeds, events)
    problems += _balance(deeds, events)
    problems += _orphans(events)
    problems += _gates(deeds, events)
    problems += _order(deeds, events)
    return problems


def _journal(path: Path) -> list[Deed]:
    deeds = []
    for line in path.read_bytes().split(b"\n"):
        if line:
            try:
                deeds.append(json.loads(line))
            except json.JSONDecodeError:
                break  # a torn last line was never acknowledged
    return deeds


class NoTable(Exception):
    """The log's file or table doesn't exist yet, since nothing was ever written."""


def rows(shop: Path) -> Iterator[tuple[int, bytes, str]]:
    """Return number, bytes and hash of each event, from the SQLite file or the PostgreSQL database that shop.toml
    names. Raises ``NoTable`` before the first is written, and the database's error if a log can't be read.
    """
    table = tomllib.loads((shop / "shop.toml").read_text()).get("log", {})
    if table.get("url"):
        import psycopg

        query = "SELECT seq, body, hash FROM nightmill_event WHERE log = %s ORDER BY seq"
        with psycopg.connect(table["url"]) as server:
            if server.execute("SELECT to_regclass('nightmill_event')").fetchone() == (None,):
                raise NoTable(table["url"])
            for seq, body, stored in server.execute(query, (table.get("name") or shop.resolve().name,)):
                yield seq, bytes(body), stored
        return
    path = shop / ".nightmill" / "log.sqlite"
    if not path.exists():
        raise NoTable(path)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'event'").fetchone():
            raise NoTable(path)
        yield from db.execute("SELECT seq, body, hash FROM event ORDER BY seq")


def _log(stored_rows: Iterator[tuple[int, bytes, str]]) -> tuple[list[Deed], list[str]]:
    """Return events of the log, and the violations of I7 (chain, gaps, command ids) found on the way."""
    problems: list[str] = []
    events: list[Deed] = []
    head = hashlib.sha256(b"nightmill log 1").hexdigest()
    seen: set[str] = set()
    for place, (seq, body, stored) in enumerate(stored_rows, 1):
        if seq != place:
            problems.append(f"I7: event {place} is missing")
        head = hashlib.sha256(head.encode() + body).hexdigest()
        if head != stored:
            problems.append(f"I7: event {seq} breaks the chain")
        event = json.loads(body)
        events.append(event)
        fact = event["fact"]
        if fact["event"] == "command_issued":
            command = fact["command"]["command_id"]
            if command in seen:
                problems.append(f"I7: command {command} was issued twice")
            seen.add(command)
    return events, problems


def _reports(events: list[Deed], kind: str) -> list[Deed]:
    found = (event["fact"]["report"] for event in events if event["fact"]["event"] == "reported")
    return [report for report in found if report["report"] == kind]


def _places(deeds: list[Deed], events: list[Deed]) -> list[str]:
    """I1: each part is really in one place, and the controller believes it to be there."""
    real: dict[str, str] = {}
    for deed in deeds:
        if deed["event"] == "mounted":
            real[deed["part"]] = f"pallet:{deed['pallet']}"
        elif deed["event"] == "treatment_started":
            real[deed["part"]] = f"unit:{deed['machine']}"
        elif deed["event"] in {"dismounted", "unloaded"}:
            real[deed["part"]] = deed["place"]
    believed: dict[str, str] = {}
    for event in events:
        fact = event["fact"]
        if fact["event"] == "reported":
            report = fact["report"]
            if report["report"] == "part_mounted":
                believed[report["serial"]] = f"pallet:{report['pallet']}"
            elif report["report"] == "part_dismounted":
                believed[report["serial"]] = report["destination"]
            elif report["report"] == "treatment_started":
                believed |= dict.fromkeys(report["serials"], f"unit:{report['unit']}")
            elif report["report"] == "parts_unloaded":
                believed |= dict.fromkeys(report["serials"], report["destination"])
    problems = [
        f"I1: {part} is at {place}, the log says {believed.get(part)}"
        for part, place in real.items()
        if believed.get(part) != place
    ]
    pallets = Counter(place for place in real.values() if place.startswith("pallet:"))
    problems += [f"I1: {n} parts on {pallet}" for pallet, n in pallets.items() if n > 1]
    words: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event["fact"]["event"] == "part_reviewed":
            words[event["fact"]["serial"]].clear()  # a person may overrule the earlier disposition
        if event["fact"]["event"] == "part_disposed":
            words[event["fact"]["serial"]].add(event["fact"]["disposition"])
    return problems + [f"I1: {part} is disposed of as {sorted(said)}" for part, said in words.items() if len(said) > 1]


def _cuts(deeds: list[Deed], events: list[Deed]) -> list[str]:
    """I2: no operation is done twice on a part. I3: every cut and treatment has an event, and vice versa."""
    begun = {"cut_started", "treatment_started"}
    cuts = Counter((deed["part"], deed["operation"]) for deed in deeds if deed["event"] in begun)
    problems = [f"I2: {part} was cut {n} times by {operation}" for (part, operation), n in cuts.items() if n > 1]
    for deed_kind, report_kind in (
        ("cut_started", "cycle_started"), ("cut_finished", "cycle_finished"),
        ("treatment_started", "treatment_started"), ("treated", "parts_treated"), ("unloaded", "parts_unloaded"),
    ):  # fmt: skip
        real = {deed["command_id"] for deed in deeds if deed["event"] == deed_kind}
        said = {report["command_id"] for report in _reports(events, report_kind)}
        problems += [f"I3: {deed_kind} of {command} isn't in the log" for command in sorted(real - said)]
        problems += [f"I3: {report_kind} of {command} never happened" for command in sorted(said - real)]
    return problems


def _balance(deeds: list[Deed], events: list[Deed]) -> list[str]:
    """I4: blanks taken = existing parts, each disposed of or in progress; tool minutes in the log = those of the cuts."""
    taken = {deed["part"] for deed in deeds if deed["event"] == "material_taken"} - _being_mounted(deeds, events)
    mounted = {report["serial"] for report in _reports(events, "part_mounted")}
    problems = [f"I4: {part} took a blank and isn't in the log" for part in sorted(taken - mounted)]
    problems += [f"I4: {part} is in the log and took no blank" for part in sorted(mounted - taken)]
    real: dict[str, float] = defaultdict(float)
    said: dict[str, float] = defaultdict(float)
    for deed in deeds:
        if deed["event"] in {"cut_finished", "cut_interrupted"}:
            for tool, minutes in deed.get("tool_minutes", {}).items():
                real[f"{deed['machine']} T{tool}"] += minutes
    for kind in ("cycle_finished", "cycle_interrupted"):
        for report in _reports(events, kind):
            for tool, minutes in report["tool_minutes"].items():
                said[f"{report['unit']} T{tool}"] += minutes
    problems += [
        f"I4: {tool} cut {minutes:.4f} min, the log says {said[tool]:.4f}"
        for tool, minutes in real.items()
        if abs(minutes - said[tool]) > 1e-3
    ]
    return problems


def _being_mounted(deeds: list[Deed], events: list[Deed]) -> set[str]:
    """Return parts whose first mounting, in which the blank is taken, isn't in the log yet and ends after the end of the journal."""
    now = max((max(deed.get("at_s", 0.0), deed.get("to_s", 0.0)) for deed in deeds), default=0.0)
    waited_for = {
        event["fact"]["command"]["command_id"] for event in events if event["fact"]["event"] == "command_issued"
    }
    waited_for -= {report["command_id"] for report in _reports(events, "part_mounted")}
    commands = [deed for deed in deeds if deed["event"] == "command" and deed["command"]["command_id"] in waited_for]
    return {
        deed["command"]["serial"]
        for deed in commands
        if deed["command"]["command"] == "mount_part"
        and deed["command"]["blank_item"]
        and deed["at_s"] + deed["command"]["duration_s"] > now
    }


def _orphans(events: list[Deed]) -> list[str]:
    """I5: every command has an answer, except commands in progress when the run ended."""
    open_commands: dict[str, str] = {}
    acknowledged: set[str] = set()
    for event in events:
        fact = event["fact"]
        if fact["event"] == "command_issued":
            open_commands[fact["command"]["command_id"]] = fact["command"]["command"]
        elif fact["event"] == "command_acknowledged":
            acknowledged.add(fact["command_id"])
        elif fact["event"] == "command_refused":
            open_commands.pop(fact["command_id"], None)
        elif fact["event"] == "reported" and fact["report"]["report"] != "cycle_started":
            open_commands.pop(fact["report"].get("command_id", ""), None)
    return [
        f"I5: {kind} {command} was issued and never answered"
        for command, kind in open_commands.items()
        if command not in acknowledged
    ]


def _gates(deeds: list[Deed], events: list[Deed]) -> list[str]:
    """I9: no cut while the part was on hold, no finished part that is bad or held, no program that isn't certified."""
    certified: set[str] = set()
    held: dict[str, set[str]] = defaultdict(set)
    bad: set[str] = set()
    problems = _refused(events)
    for event in events:
        fact = event["fact"]
        if fact["event"] == "route_certified" and fact["certified"]:
            certified |= {operation["program_sha256"] for operation in fact["operations"]}
        elif fact["event"] == "parameters_revised":
            certified.add(fact["program_sha256"])
        elif fact["event"] in {"hold_placed", "hold_released"}:
            for serial in fact["serials"]:
                (held[serial].add if fact["event"] == "hold_placed" else held[serial].discard)(fact["hold"])
        elif fact["event"] == "verdict_given" and fact["verdict"] == "bad":
            bad.add(fact["serial"])
        elif fact["event"] == "part_reviewed" and fact["decision"] in {"use_as_is", "rework"}:
            bad.discard(fact["serial"])  # accepted by concession, or to be inspected again
        elif fact["event"] == "command_issued":
            problems += _passed_gate(fact["command"], held, bad)
    problems += [
        f"I9: {deed['part']} was cut with a program that isn't certified"
        for deed in deeds
        if deed["event"] == "cut_started" and deed["sha256"] not in certified
    ]
    return problems


def _refused(events: list[Deed]) -> list[str]:
    """I9: no work starts on a part while its route is refused, and no such part is finished."""
    item_of: dict[str, str] = {}
    refused: set[str] = set()
    problems = []
    for event in events:
        fact = event["fact"]
        if fact["event"] == "order_received":
            item_of[fact["order"]] = fact["item"]
        elif fact["event"] == "route_refused":
            refused.add(fact["part"])
        elif fact["event"] in {"route_certified", "route_released"}:
            refused.discard(fact["part"])
        elif fact["event"] == "command_issued" and refused:
            command = fact["command"]
            word, ends = command["command"], command.get("destination") == "finished"
            if word in {"start_cycle", "mount_part", "treat_parts", "measure_part"} or ends:
                serials = command.get("serials") or [command.get("serial", "")]
                items = {serial: item_of.get(serial.rpartition(".")[0]) for serial in serials}
                problems += [
                    f"I9: {s}: {word} while its route was refused" for s, item in items.items() if item in refused
                ]
    return problems


def _passed_gate(command: Deed, held: dict[str, set[str]], bad: set[str]) -> list[str]:
    serial, word = command.get("serial", ""), command["command"]
    if word == "start_cycle" and held[serial]:
        return [f"I9: {serial} was cut while on hold"]
    if word == "treat_parts":
        return [f"I9: {each} was treated while on hold" for each in command["serials"] if held[each]]
    if word not in {"dismount_part", "unload_parts"} or command["destination"] != "finished":
        return []
    wrong = [each for each in command.get("serials", [serial]) if each in bad or held[each]]
    return [f"I9: {each} was finished while bad or on hold" for each in wrong]


def _order(deeds: list[Deed], events: list[Deed]) -> list[str]:
    """I8 and I10: every report is in the log, once, and in its order."""
    told = {
        deed["command"]["command_id"]
        for deed in deeds
        if deed["event"] == "command" and isinstance(deed.get("command"), dict)
    }
    issued = {event["fact"]["command"]["command_id"] for event in events if event["fact"]["event"] == "command_issued"}
    problems = [f"I8: the world executed {command}, which isn't in the log" for command in sorted(told - issued)]
    numbers = [event["fact"]["report"]["seq"] for event in events if event["fact"]["event"] == "reported"]
    if numbers != list(range(1, len(numbers) + 1)):
        problems.append("I10: reports aren't in order, or some are missing or doubled")
    return problems


def main() -> int:
    """Print the violations; exit with 1 if there are any."""
    problems = judge(Path(sys.argv[1]))
    for problem in problems:
        print(problem)
    print(f"{len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
