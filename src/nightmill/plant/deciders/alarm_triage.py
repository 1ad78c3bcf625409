"""Alarm triage in the loop: the response to each alarm, by a policy that people can read, review and change.

The policy is the shop's ``alarms.toml``, or the shipped policy. Each alarm gets one ``AlarmTriaged`` in the log with the
rule that was applied. Each action takes effect through facts that the other deciders and the gates already handle: ``sister_tool`` counts
the edge as used up, ``skip_pallet`` holds the part, ``quarantine`` marks the part's verdict as in doubt, ``stop_cell`` sets a safe hold
that a person releases, ``retry`` leaves the matter to the next round.
"""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from nightmill.floor import ShopState
from nightmill.plant.shop_state.decider import SAFE_HOLD, Decision
from nightmill.plant.shop_state.decider_memory import Remembering
from nightmill.plant.workspace.layout import check_shop
from nightmill.plant.workspace.shipped_defaults import own_or_shipped
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.commands import AnyCommand, StartCycle
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ids import AlarmSubject

NAME = "alarms.toml"
Source = Literal["machine_failed", "cycle_interrupted", "command_refused", "verdict"]
Action = Literal["retry", "sister_tool", "skip_pallet", "quarantine", "stop_cell", "none"]
_TOOL = re.compile(r"tool T(\d+)")


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule of the policy; see ``alarms.toml``."""

    name: str
    source: Source
    action: Action
    pattern: str = ""
    call: bool = False
    at_most: int = 0
    within_h: float = 8.0
    then: Action = "none"
    then_call: bool = True


class Alarm(msgspec.Struct, frozen=True):
    """An incident: the machine, the part and the message."""

    seq: int
    source: Source
    unit: str
    serial: str
    text: str


class _Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[Rule, ...]


def read_policy(folder: Path) -> tuple[Rule, ...]:
    """Return the rules of the shop in ``folder``, or the shipped rules. Raises ``BadInput`` with every rule that is wrong."""
    path = folder / NAME
    try:
        text = own_or_shipped(path)
        rules = msgspec.convert(tomllib.loads(text), _Policy).rules
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        remedy = "Write it as docs/plant.md describes."
        raise BadInput(Finding(str(path), "rules", str(error), "the rules of an alarm policy", remedy)) from error
    wrong = [finding for rule in rules if (finding := _wrong_pattern(path, rule)) is not None]
    if wrong:
        raise BadInput(*wrong)
    return rules


def _wrong_pattern(path: Path, rule: Rule) -> Finding | None:
    try:
        re.compile(rule.pattern)
    except re.error as error:
        return Finding(
            str(path), rule.name, f"{rule.pattern!r}: {error}", "a regular expression", "Correct the pattern."
        )
    return None


class RuleAt(NamedTuple):
    """A rule in the policy, and the unit, part or cell whose alarms it is applied to."""

    rule: str
    name: str


class TriageMemory(msgspec.Struct, frozen=True):
    """Undecided alarms, unacknowledged commands, and the times when each rule was applied, by rule and subject."""

    _new: list[Alarm]
    _sent: dict[str, AnyCommand]
    _times: dict[RuleAt, list[float]]


class AlarmTriageDecider(Remembering[TriageMemory]):
    """Decide the response to alarms. The decider's entire memory is derived from the log (a fold)."""

    Memory = TriageMemory

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._new: list[Alarm] = []
        self._sent: dict[str, AnyCommand] = {}
        self._times: dict[RuleAt, list[float]] = {}

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Note alarms and the decisions on them."""
        fact = event.fact
        if isinstance(fact, e.CommandIssued):
            self._sent[fact.command.command_id] = fact.command
        elif isinstance(fact, e.CommandAcknowledged):
            self._sent.pop(fact.command_id, None)
        elif isinstance(fact, e.CommandRefused):
            command = self._sent.pop(fact.command_id, None)
            if isinstance(command, StartCycle):
                self._new.append(Alarm(event.seq, "command_refused", command.unit, command.serial, fact.reason))
            elif command is not None:
                self._new.append(Alarm(event.seq, "command_refused", command.unit, "", fact.reason))
        elif isinstance(fact, e.VerdictGiven) and fact.verdict in {"bad", "doubt"} and fact.by != "triage":
            self._new.append(Alarm(event.seq, "verdict", "", fact.serial, f"{fact.by}: {fact.reason}"))
        elif isinstance(fact, e.AlarmTriaged):
            self._new = [alarm for alarm in self._new if str(alarm.seq) != fact.alarm]
            self._times.setdefault(RuleAt(fact.rule, AlarmSubject.read(fact.subject).name), []).append(event.at_s)
        elif isinstance(fact, e.Reported):
            report = fact.report
            if isinstance(report, r.MachineFailed):
                self._new.append(Alarm(event.seq, "machine_failed", report.unit, "", report.alarm))
            elif isinstance(report, r.CycleInterrupted):
                alarm = Alarm(event.seq, "cycle_interrupted", report.unit, report.serial, report.alarm)
                self._new.append(alarm)

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Return the responses to new alarms."""
        decisions: list[Decision] = []
        for alarm in self._new:
            rule = next((rule for rule in self.rules if _matches(rule, alarm)), None)
            if rule is not None:
                decisions += self._triaged(state, alarm, rule)
        self._new = []
        return decisions

    def _triaged(self, state: ShopState, alarm: Alarm, rule: Rule) -> list[Decision]:
        subject = alarm.unit or alarm.serial or "cell"
        recent = [
            at for at in self._times.get(RuleAt(rule.name, subject), ()) if at > state.now_s - rule.within_h * 3600
        ]
        spent = 0 < rule.at_most <= len(recent)
        action, call = (rule.then, rule.then_call) if spent else (rule.action, rule.call)
        tool = _TOOL.search(alarm.text)
        named = AlarmSubject(subject, f"T{tool[1]}" if action == "sister_tool" and tool else "").text
        text = f"{alarm.serial}: {alarm.text}" if alarm.serial else alarm.text
        why = f"rule {rule.name}" + (f", {len(recent)} times in {rule.within_h:g} h" if spent else "")
        decisions = [Decision(e.AlarmTriaged(str(alarm.seq), named, rule.name, action, text), why)]
        decisions += _done(state, alarm, action, rule, why)
        if call:
            decisions.append(Decision(e.AlarmRaised("call_person", subject, text), why))
        return decisions


def _matches(rule: Rule, alarm: Alarm) -> bool:
    return rule.source == alarm.source and re.search(rule.pattern, alarm.text) is not None


def _done(state: ShopState, alarm: Alarm, action: str, rule: Rule, why: str) -> list[Decision]:
    part = state.parts.get(alarm.serial)
    if action == "stop_cell":
        return [Decision(e.AlarmRaised(SAFE_HOLD, f"triage: {rule.name}", alarm.text), why)]
    if part is None or part.disposition:
        return []
    if action == "skip_pallet" and not state.suspected(part.serial):
        return [Decision(e.HoldPlaced(f"skip-{part.serial}", (part.serial,), alarm.text), why)]
    if action == "quarantine":
        operation = part.cuts[-1].operation if part.cuts else ""
        return [Decision(e.VerdictGiven(part.serial, operation, "triage", "doubt", {}, alarm.text), why)]
    return []


def policy_answer(folder: Path) -> list[dict[str, Any]]:
    """Return the rules in force, in order, as plain records. Raises ``BadInput`` if the rules or shop.toml are wrong."""
    check_shop(folder)
    return [dict(msgspec.to_builtins(rule)) for rule in read_policy(folder)]
