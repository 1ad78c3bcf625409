"""Events of every age are read; what a newer program wrote is refused by name."""

import msgspec
import pytest

from nightmill.store import encoding
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.events import SCHEMA, AlarmRaised, Event

OLD = b'{"seq":4,"at_s":12.5,"actor":"software","fact":{"event":"alarm_raised","alarm":"a","subject":"b","text":"c"}}'


def test_the_first_schema_is_read_for_ever() -> None:
    assert encoding.decoded(OLD, "log") == Event(4, 12.5, "software", AlarmRaised("a", "b", "c"))
    assert encoding.schema_of(OLD) == 1


def test_there_is_an_upcaster_for_every_schema_before_this_one() -> None:
    assert set(encoding.UPCASTERS) == set(range(1, SCHEMA))


def test_older_events_are_lifted_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def named(plain: dict[str, object]) -> dict[str, object]:
        fact = dict(plain["fact"])  # type: ignore[call-overload]
        return plain | {"fact": {**fact, "subject": fact.pop("machine")}}

    def shouted(plain: dict[str, object]) -> dict[str, object]:
        fact = dict(plain["fact"])  # type: ignore[call-overload]
        return plain | {"fact": fact | {"text": str(fact["text"]).upper()}}

    monkeypatch.setattr(encoding, "SCHEMA", 3)
    monkeypatch.setattr(encoding, "UPCASTERS", {1: named, 2: shouted})
    event = encoding.decoded(OLD.replace(b"subject", b"machine"), "log")
    assert event.fact == AlarmRaised("a", "b", "C")
    assert event.schema == 3
    second = msgspec.json.encode(Event(5, 1.0, "software", AlarmRaised("a", "b", "c"), "why", 2))
    assert encoding.decoded(second, "log").fact == AlarmRaised("a", "b", "C")
    assert encoding.decoded(msgspec.json.encode(event), "log").fact == AlarmRaised("a", "b", "C")


def test_a_text_that_looks_like_a_schema_is_a_text() -> None:
    event = Event(1, 0.0, "software", AlarmRaised("a", "b", "c"), 'x","schema":9}')
    assert encoding.decoded(msgspec.json.encode(event), "log") == event


@pytest.mark.parametrize("body", [OLD[:-1] + b',"schema":99}', OLD[:40], b"[]", OLD.decode(), None])
def test_what_is_newer_or_broken_is_named(body: object) -> None:
    with pytest.raises(BadInput) as caught:
        encoding.decoded(body, "the log")
    assert caught.value.findings[0].file == "the log"
