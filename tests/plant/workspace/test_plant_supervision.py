"""A defect in one function of a run suspends that function; the run goes on, and what lets parts pass fails safe."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from test_plant_controller import SHOP, _Cell, _Wisher

from nightmill.floor import ShopState, Wishes
from nightmill.plant.run.controller import Controller, ControllerWiring, LoopSettings
from nightmill.plant.shop_state.decider import Decider, Decision
from nightmill.plant.shop_state.decider_memory import Nothing, Remembering
from nightmill.plant.shop_state.retrying_cell import PatientCell
from nightmill.plant.workspace import supervision
from nightmill.plant.workspace.supervision import FAULTS, FUNCTIONS, Supervisor
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput, Finding


class InspectionDecider(Remembering[Nothing]):
    """Fails where it is told to."""

    def __init__(self, where: str, error: Exception) -> None:
        self.where, self.error, self.asked = where, error, 0

    def observe(self, event: e.Event, state: ShopState) -> None:
        if self.where == "observe":
            raise self.error

    def decide(self, state: ShopState) -> Iterable[Decision]:
        self.asked += 1
        if self.where == "decide":
            raise self.error
        return []


class TelemetryDecider(Remembering[Nothing]):
    """A decider that is well."""

    def __init__(self) -> None:
        self.seen = self.asked = 0

    def observe(self, event: e.Event, state: ShopState) -> None:
        self.seen += 1

    def decide(self, state: ShopState) -> Iterable[Decision]:
        self.asked += 1
        return []


def _controller(folder: Path, *rooms: Decider, wisher: _Wisher | None = None) -> Controller:
    store = SqliteEventStore(folder / "log.sqlite")
    wiring = ControllerWiring({}, rooms, wisher or _Wisher(), supervisor=Supervisor(folder))
    controller = Controller(SHOP, store, PatientCell(_Cell()), wiring, LoopSettings(0.1))
    if controller.state.version == 0:
        controller.commit([Decision(e.RunStarted("refused", "closed-loop", 1, 0.1, "0" * 64))])
    return controller


def _alarms(controller: Controller, code: str) -> list[e.AlarmRaised]:
    facts = (event.fact for event in controller.store.read())
    return [fact for fact in facts if isinstance(fact, e.AlarmRaised) and fact.alarm == code]


@pytest.mark.parametrize("where", ["observe", "decide"])
@pytest.mark.parametrize("error", [KeyError("x"), ZeroDivisionError(), AttributeError("y"), RecursionError()])
def test_a_defect_in_one_decider_suspends_it_and_ends_no_run(tmp_path: Path, where: str, error: Exception) -> None:
    bad, well = InspectionDecider(where, error), TelemetryDecider()
    controller = _controller(tmp_path, bad, well)
    controller.run()
    (alarm,) = _alarms(controller, supervision.FUNCTION_SUSPENDED)
    assert alarm.subject == "inspection"
    assert "no part passes" in alarm.text
    told = (tmp_path / ".nightmill" / FAULTS).read_text()
    request = alarm.text.partition("(request ")[2].split()[0]
    assert len(request) == 12
    assert request in told
    assert "Traceback" in told
    assert bad.asked <= 1
    assert well.seen == controller.state.version
    assert well.asked > 1
    controller.store.close()


def test_a_run_that_is_resumed_asks_again_and_is_none_the_worse_where_it_fails_again(tmp_path: Path) -> None:
    first = _controller(tmp_path, InspectionDecider("decide", KeyError("x")))
    first.run()
    first.store.close()
    second = _controller(tmp_path, InspectionDecider("observe", KeyError("x")), TelemetryDecider())
    assert second.state.version == first.state.version
    second.end_s *= 2
    second.run()
    assert len(_alarms(second, supervision.FUNCTION_SUSPENDED)) == 2
    second.store.close()
    third = _controller(tmp_path, InspectionDecider("", KeyError("x")))
    third.end_s *= 3
    third.run()
    assert len(_alarms(third, supervision.FUNCTION_SUSPENDED)) == 2, "nothing is told of what is well"
    third.store.close()


def test_bad_input_is_no_defect(tmp_path: Path) -> None:
    controller = _controller(tmp_path, InspectionDecider("decide", BadInput(Finding("log", "", "x", "y", "z"))))
    with pytest.raises(BadInput):
        controller.run()
    controller.store.close()


def test_a_floor_that_cannot_say_what_comes_next_holds_still(tmp_path: Path) -> None:
    class Broken(_Wisher):
        def wishes(self, state: ShopState, persons: int) -> Wishes:
            raise IndexError("z")

    controller = _controller(tmp_path, TelemetryDecider(), wisher=Broken())
    controller.run()
    assert "dispatch" in controller.state.safe_holds
    assert not controller.store.issued()
    assert controller.state.now_s >= 0.1 * 86400.0
    controller.store.close()


def test_who_listens_to_a_run_ends_none(tmp_path: Path) -> None:
    def listen(state: ShopState, store: object) -> None:
        raise ValueError("no report")

    controller = _controller(tmp_path, TelemetryDecider())
    controller.listen = listen
    controller.run()
    assert [alarm.subject for alarm in _alarms(controller, supervision.FUNCTION_SUSPENDED)] == ["report"]
    controller.store.close()


def test_what_a_gate_rests_on_is_suspended_with_it() -> None:
    supervisor = Supervisor()
    supervisor.asked("ToolOffsetDecider", lambda: 1 // 0, 0)
    assert list(supervisor.suspended) == ["ToolOffsetDecider", "InspectionDecider"]
    assert len({alarm.subject for alarm in supervisor.alarms()}) == 2
    assert supervisor.alarms() == []


def test_without_triage_the_cell_holds_still_at_the_next_alarm_of_a_machine() -> None:
    supervisor, state = Supervisor(), ShopState()
    failed = e.Event(9, 0.0, "machine", e.Reported(r.MachineFailed(1, 0.0, "mill-1", "load")))
    supervisor.observe((), failed, state)
    assert supervisor.holds() == []
    supervisor.asked("AlarmTriageDecider", lambda: 1 // 0, 0)
    supervisor.observe((), failed, state)
    assert [subject for subject, _ in supervisor.holds()] == ["alarm of mill-1"]
    assert supervisor.holds() == []


def test_every_decider_of_a_run_has_words_for_its_absence() -> None:
    text = (Path(supervision.__file__).parents[1] / "run" / "shop_run.py").read_text()
    wired = text.partition("deciders: tuple[Decider, ...] = (")[2].partition("    )\n")[0]
    names = {line.strip().split("(")[0] for line in wired.splitlines() if "Decider(" in line}
    assert len(names) > 5
    named = {
        "offsets": "ToolOffsetDecider",
        "inspection": "InspectionDecider",
        "tuning": "CuttingParameterDecider",
        "maintenance": "MaintenanceDecider",
    }
    assert names | set(named.values()) <= FUNCTIONS.keys()
    assert {other for each in FUNCTIONS.values() for other in each.needed_by} <= FUNCTIONS.keys()
