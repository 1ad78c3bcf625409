"""The log in Chinese: each sentence of a fact, and each cause of a new plan, has a form that the page knows."""

import re
import typing
from itertools import product
from typing import Any

import msgspec
import pytest

from nightmill.plant.views.event_text import sentence
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.web.control_room.pages import asset

NAME = "AB 26/7-Ä"
"""A name as orders, parts and people have them: with a space, a slash and a letter beyond ASCII."""
OF_MACHINES = {"alarm", "cause", "rule", "text", "reason", "found", "why"}

ONE_OF = {
    "disposition": ("scrap", "quarantine"), "action": ("stop_cell", "none", "sister_tool"), "verdict": ("bad", "doubt"),
    "technician": (NAME, ""), "remake_of": (NAME, ""),
}  # fmt: skip
"""What a field of text is in fact one of."""


def patterns() -> list[tuple[re.Pattern[str], str]]:
    found = re.findall(r'\[/(\^.*\$)/, "((?:[^"\\]|\\.)*)"\]', asset("control_room/zh.js"))
    assert len(found) > 100
    return [(re.compile(form), words) for form, words in found]


def words() -> dict[str, str]:
    text = asset("control_room/zh.js").partition("patterns:")[0]
    return {quoted or bare: said for quoted, bare, said in re.findall(r'(?:"((?:[^"\\]|\\.)*)"|(\b[A-Za-z]\w*)): "((?:[^"\\]|\\.)*)"', text)}  # fmt: skip


PATTERNS, WORDS = patterns(), words()


def say(text: str) -> str:
    """As ``say`` of ``room/i18n.js``."""
    if text in WORDS:
        return WORDS[text]
    text = re.sub(r"\bhour (\d+(?:\.\d+)?)", "07:00", text)
    for form, said in PATTERNS:
        if found := form.search(text):
            return re.sub(r"\{(\d)\}", lambda place, found=found: say(found[int(place[1]) + 1] or ""), said)  # type: ignore[misc]
    return text


def examples(annotation: Any, name: str = "") -> list[Any]:
    """Values of a type that differ where the sentence may differ."""
    inner = typing.get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation
    origin, args = typing.get_origin(inner), typing.get_args(inner)
    if origin is typing.Literal:
        return list(args)
    if inner is bool:
        return [False, True]
    if inner is str:
        often = ["none"] if name in OF_MACHINES else [NAME]
        return list(ONE_OF.get(name, often))
    if inner in (int, float):
        return [inner(3)]
    if origin in (tuple, list):
        return [origin(examples(args[0])[:1])]
    if origin is dict:
        return [{NAME: 3}]
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        return [made(inner)[0]]
    return [value for each in args for value in ([None] if each is type(None) else examples(each, name)[:1])]


def made(kind: type[Any]) -> list[Any]:
    """Instances of a struct with all that its fields may be, but for what it refuses."""
    fields = msgspec.structs.fields(kind)
    found = []
    for values in product(*(examples(field.type, field.name)[:6] for field in fields)):
        try:
            found.append(kind(**dict(zip((field.name for field in fields), values, strict=True))))
        except ValueError:
            continue
    assert found, kind
    return found


TOLD = [kind for kind in typing.get_args(e.AnyFact) if kind is not e.Reported]


def facts() -> list[e.AnyFact]:
    reports = [report for kind in (r.MachineFailed, r.MachineRepaired, r.MachineMaintained, r.CycleInterrupted, r.Delivered) for report in made(kind)]  # fmt: skip
    return [*(fact for kind in TOLD for fact in made(kind)), *(e.Reported(report) for report in reports)]


def english(text: str) -> list[str]:
    """Words that stayed English; names and signs of units are alike in both."""
    return re.findall(r"[A-Za-z]{3,}", text.replace(NAME, ""))


def test_each_sentence_of_the_log_is_said_in_chinese() -> None:
    told = {text for fact in facts() if (text := sentence(fact))}
    assert len(told) >= 60
    left = {text: say(text) for text in told if english(say(text))}
    assert not left


@pytest.mark.parametrize(
    "cause",
    [
        f"{NAME} is scrap", f"{NAME} is quarantine", f"order {NAME}", f"remake for {NAME}", f"hold {NAME}", f"hold {NAME} released",
        f"a stop of {NAME} was planned", f"new parameters of {NAME} were released", f"new parameters of {NAME}", "a route was certified",
        f"{NAME} failed", f"{NAME} is up again", f"{NAME} has been maintained", f"a cycle on {NAME} was interrupted", f"3 {NAME} arrived",
        "work deviated too far from its planned times", f"{NAME} waits to be mounted; nobody is present", f"the robot is bringing P1 with {NAME}",
        f"its next operation x/1 of {NAME} is planned for later", f"{NAME} is still on m1", "spindle vibration over limit; a repair is under way",
    ],
)  # fmt: skip
def test_each_cause_is_said_in_chinese(cause: str) -> None:
    assert english(say(cause)) == []


@pytest.mark.parametrize(
    "decision",
    [
        "Saltillo, Mexico is cheaper than every site in US by more than 5%.",
        "Hollow Creek is the cheapest.",
        "Hollow Creek is within 5% of Saltillo, Mexico.",
        "Hollow Creek 60 %, Saltillo 40 % is the cheapest and keeps the limits.",
        "Saltillo alone keeps the limits, for 1,200 USD a year more than the cheapest.",
        "The decision would change within the range that the missing facts leave open.",
    ],
)
def test_each_decision_on_a_site_is_said_in_chinese(decision: str) -> None:
    assert re.search(r"[\u4e00-\u9fff]", say(decision))
    assert not re.search(r"cheap|within|every|decision|limits", say(decision))
