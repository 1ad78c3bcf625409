"""Arms that carry pallets, against a controller that speaks RTDE on loopback."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from rtde_robot import RtdeRobot

from nightmill.drivers import arms
from nightmill.drivers.robots.universal_robots import INPUTS, OUTPUTS
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand, MovePallet
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed

PLACES = {"pool": 0, "mill": 7}
PATIENCE_S = 60.0
TEXT = '[[robots]]\nunit = "robot"\nhost = "127.0.0.1"\nport = 1\nplaces = { pool = 0, mill = 7 }\n'


@pytest.fixture
def robot() -> Iterator[RtdeRobot]:
    found = RtdeRobot()
    yield found
    while OPENED:
        OPENED.pop().close()
    found.close()


OPENED: list[arms.UrArm] = []


def arm_of(robot: RtdeRobot, folder: Path) -> arms.UrArm:
    OPENED.append(arms.UrArm(arms.ArmSettings("robot", "127.0.0.1", PLACES, robot.port), folder / "job.json"))
    return OPENED[-1]


def move(number: int, origin: str = "pool", destination: str = "mill") -> MovePallet:
    return MovePallet(f"move-{number}", "robot", "P12", origin, destination)


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def until_carried(arm: arms.UrArm, command: MovePallet) -> None:
    until(lambda: arm.carried(command))


def told_once_more(robot: RtdeRobot) -> None:
    """Wait until the robot has told a state that it had after this was asked."""
    before = robot.told_times
    until(lambda: robot.told_times >= before + 2)  # the first may have been on its way already


def test_a_pallet_is_carried_and_the_next_after_it(robot: RtdeRobot, tmp_path: Path) -> None:
    arm = arm_of(robot, tmp_path)
    for command in (move(1), move(2, "mill", "pool")):
        assert arm.take(command) == Acknowledgement(command.command_id, accepted=True)
        until_carried(arm, command)
    assert robot.carried == [(1, 0, 7, 12), (2, 7, 0, 12)]


def test_a_move_that_is_handed_over_again_by_another_process_is_carried_once(robot: RtdeRobot, tmp_path: Path) -> None:
    robot.move_s = 0.3
    for _ in range(3):
        arm = arm_of(robot, tmp_path)  # as after a kill: all that is left is the file
        assert arm.take(move(1)).accepted
        arm.carried(move(1))
        arm.close()
    until_carried(arm, move(1))
    again = arm_of(robot, tmp_path)
    assert again.take(move(1)).accepted
    assert again.taken() is None
    assert again.carried(move(1))
    link = arms.RtdeLink("127.0.0.1", OUTPUTS, INPUTS, port=robot.port)
    told_once_more(robot)
    link.close()
    assert len(robot.carried) == 1


def test_a_new_run_whose_ids_begin_anew_isnt_taken_for_the_last(robot: RtdeRobot, tmp_path: Path) -> None:
    for folder in ("first", "second"):
        arm = arm_of(robot, tmp_path / folder)
        arm.take(move(1))
        until_carried(arm, move(1))
    assert [job for job, *_ in robot.carried] == [1, 2]


@pytest.mark.parametrize(("name", "value"), [("robot_mode", 5), ("safety_mode", 3), ("runtime_state", 1)])
def test_an_arm_that_isnt_ready_refuses(robot: RtdeRobot, tmp_path: Path, name: str, value: int) -> None:
    robot.told[name] = value
    answer = arm_of(robot, tmp_path).take(move(1))
    assert not answer.accepted
    assert f"{name} is {value}" in answer.reason
    assert not robot.carried


def test_an_arm_that_hasnt_ended_refuses_another_move(robot: RtdeRobot, tmp_path: Path) -> None:
    robot.stuck = True
    arm = arm_of(robot, tmp_path)
    arm.take(move(1))
    assert arm.take(move(2)) == Acknowledgement("move-2", accepted=False, reason="robot: still carrying P12"), (
        "not even sent"
    )
    arm.carried(move(1))
    until(lambda: robot.begun == 1)
    assert not arm.take(move(2)).accepted
    other = arm_of(robot, tmp_path / "of another controller").take(move(2))
    assert not other.accepted
    assert "job 1 hasn't ended" in other.reason
    robot.stuck = False
    until_carried(arm, move(1))
    assert arm.take(move(2)).accepted


def test_a_move_that_was_taken_back_is_never_sent(robot: RtdeRobot, tmp_path: Path) -> None:
    arm = arm_of(robot, tmp_path)
    arm.take(move(1))
    arm.drop(move(1))
    assert arm.taken() is None
    assert arm.take(move(2)).accepted
    until_carried(arm, move(2))
    assert [job for job, *_ in robot.carried] == [2]


def test_a_move_that_ended_badly_is_no_carried_pallet(robot: RtdeRobot, tmp_path: Path) -> None:
    robot.fault = 4
    arm = arm_of(robot, tmp_path)
    arm.take(move(1))
    with pytest.raises(EnvironmentFailed, match="fault 4 with P12"):
        until_carried(arm, move(1))


def test_a_protective_stop_within_a_move_is_told(robot: RtdeRobot, tmp_path: Path) -> None:
    robot.stuck = True
    arm = arm_of(robot, tmp_path)
    arm.take(move(1))
    arm.carried(move(1))
    until(lambda: robot.begun == 1)
    robot.told["safety_mode"] = 3
    with pytest.raises(EnvironmentFailed, match="safety_mode is 3, with P12 between pool and mill"):
        until_carried(arm, move(1))
    robot.told["safety_mode"], robot.stuck = 1, False  # a person has seen to it
    until_carried(arm, move(1))


def test_a_dropped_connection_is_told_and_opened_again(robot: RtdeRobot, tmp_path: Path) -> None:
    robot.move_s = 0.5
    arm = arm_of(robot, tmp_path)
    arm.take(move(1))
    robot.hang_up()
    with pytest.raises(EnvironmentFailed, match="rtde 127"):
        until_carried(arm, move(1))
    until_carried(arm, move(1))
    assert len(robot.carried) == 1


def test_a_robot_that_has_forgotten_what_it_began_isnt_sent_again(robot: RtdeRobot, tmp_path: Path) -> None:
    robot.stuck = True
    arm = arm_of(robot, tmp_path)
    arm.take(move(1))
    arm.carried(move(1))
    until(lambda: robot.begun == 1)
    assert not arm.carried(move(1))
    robot.forget()
    arm = arm_of(robot, tmp_path)
    assert arm.take(move(1)).accepted
    with pytest.raises(EnvironmentFailed, match="forgotten job 1, with P12"):
        until_carried(arm, move(1))
    assert not robot.registers.get("input_int_register_24")


def test_nobody_there_is_told(tmp_path: Path) -> None:
    silent = RtdeRobot()
    silent.close()
    with pytest.raises(EnvironmentFailed, match="an RTDE server"):
        arm_of(silent, tmp_path).take(move(1))


def test_what_is_read_isnt_older_than_the_question(robot: RtdeRobot) -> None:
    link = arms.RtdeLink("127.0.0.1", OUTPUTS, INPUTS, port=robot.port)
    told_once_more(robot)
    robot.told["robot_mode"] = 3
    told_once_more(robot)
    assert link.read()["robot_mode"] == 3
    link.close()


def test_a_register_that_isnt_there_is_named(robot: RtdeRobot) -> None:
    with pytest.raises(EnvironmentFailed, match="speed_of_light is NOT_FOUND"):
        arms.RtdeLink("127.0.0.1", ("robot_mode", "speed_of_light"), (), port=robot.port)


class _Cell:
    """A cell that notes what it is told."""

    endpoints: tuple[tuple[str, str], ...] = ()

    def __init__(self) -> None:
        self.told: list[AnyCommand] = []
        self.refuses: set[str] = set()

    def greet(self) -> Greeting:
        return Greeting(0.0, 0, "boot")

    def submit(self, command: AnyCommand) -> Acknowledgement:
        self.told.append(command)
        return Acknowledgement(command.command_id, accepted=command.command_id not in self.refuses)

    def evidence(self, command_id: str) -> str:
        return "done" if any(each.command_id == command_id for each in self.told) else "unknown"

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        return Advance(until_s, ())

    def image(self, name: str) -> bytes:
        return b""

    def close(self) -> None:
        """Nothing to leave."""

    def shutdown(self) -> None:
        """Nothing to end."""


def test_an_arm_moves_once_the_cell_has_taken_the_move(robot: RtdeRobot, tmp_path: Path) -> None:
    behind = _Cell()
    cell = arms.ArmedCell(behind, {"robot": arm_of(robot, tmp_path)}, {"robot": 10.0})
    other = MovePallet("move-9", "robot-2", "P01", "pool", "mill")
    assert cell.submit(move(1)).accepted
    assert cell.submit(other).accepted
    assert behind.told == [move(1), other], "another robot's move goes through"
    assert not robot.carried
    assert cell.advance(5.0, 0) == Advance(5.0, ())
    assert len(robot.carried) == 1
    cell.submit(move(1))
    cell.advance(6.0, 0)
    assert len(robot.carried) == 1, "what the cell has heard of isn't carried again"


def test_what_the_cell_refuses_moves_no_arm(robot: RtdeRobot, tmp_path: Path) -> None:
    behind = _Cell()
    behind.refuses = {"move-1"}
    cell = arms.ArmedCell(behind, {"robot": arm_of(robot, tmp_path)}, {"robot": 10.0})
    assert not cell.submit(move(1)).accepted
    cell.advance(5.0, 0)
    assert not robot.carried
    assert cell.submit(move(2)).accepted, "nothing of it is left"
    cell.advance(6.0, 0)
    assert [job for job, *_ in robot.carried] == [2]


def test_an_allowed_move_is_carried_by_the_process_that_comes_after(robot: RtdeRobot, tmp_path: Path) -> None:
    behind = _Cell()
    arms.ArmedCell(behind, {"robot": arm_of(robot, tmp_path)}, {"robot": 10.0}).submit(move(1))
    arms.ArmedCell(behind, {"robot": arm_of(robot, tmp_path)}, {"robot": 10.0}).advance(5.0, 0)
    assert [job for job, *_ in robot.carried] == [1]


def test_a_promise_that_the_cell_never_heard_of_gives_way(robot: RtdeRobot, tmp_path: Path) -> None:
    arm_of(robot, tmp_path).take(move(1))  # killed before the cell was asked
    cell = arms.ArmedCell(_Cell(), {"robot": arm_of(robot, tmp_path)}, {"robot": 10.0})
    cell.advance(5.0, 0)
    assert not robot.carried
    assert cell.submit(move(2)).accepted
    cell.advance(6.0, 0)
    assert [job for job, *_ in robot.carried] == [2]


def test_a_second_move_before_the_first_has_been_waited_for_is_refused(robot: RtdeRobot, tmp_path: Path) -> None:
    robot.move_s = 0.3
    behind = _Cell()
    cell = arms.ArmedCell(behind, {"robot": arm_of(robot, tmp_path)}, {"robot": 10.0})
    assert cell.submit(move(1)).accepted
    refused = cell.submit(move(2, "mill", "pool"))
    assert (refused.accepted, refused.reason) == (False, "robot: still carrying P12")
    assert cell.submit(move(1)).accepted, "the same again"
    cell.advance(5.0, 0)
    assert [number for number, *_ in robot.carried] == [1]
    assert cell.submit(move(2, "mill", "pool")).accepted


def test_a_move_that_doesnt_end_in_time_is_told_and_can_still_end(robot: RtdeRobot, tmp_path: Path) -> None:
    robot.stuck = True
    cell = arms.ArmedCell(_Cell(), {"robot": arm_of(robot, tmp_path)}, {"robot": 0.2})
    cell.submit(move(1))
    with pytest.raises(EnvironmentFailed, match="P12 not at mill after"):
        cell.advance(5.0, 0)
    robot.stuck = False
    until(lambda: robot.carried)
    assert cell.advance(5.0, 0) == Advance(5.0, ())
    assert [number for number, *_ in robot.carried] == [1]


def test_the_settings_are_read() -> None:
    (arm,) = arms.read_arms(TEXT, {"robot"}, {"pool", "mill"})
    assert arm == arms.ArmSettings("robot", "127.0.0.1", PLACES, 1)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (('"robot"', '"mill"'), "robots[0].unit"),
        (("mill = 7", "mill = 0"), "a number given twice"),
        (("mill = 7", "mull = 7"), "lacks mill; has mull"),
        (("port = 1", 'port = "x"'), "Expected `int`"),
        (("[[robots]]", "[[robot]]"), "robots"),
    ],
)
def test_wrong_settings_are_told(change: tuple[str, str], wrong: str) -> None:
    with pytest.raises(BadInput) as caught:
        arms.read_arms(TEXT.replace(*change, 1), {"robot"}, {"pool", "mill"})
    assert wrong in str(caught.value)


def test_a_cell_behind_that_makes_commands_ready_is_asked_to(robot: RtdeRobot, tmp_path: Path) -> None:
    behind, plain = _PreparingCell(), _Cell()
    for cell in (behind, plain):
        arms.ArmedCell(cell, {"robot": arm_of(robot, tmp_path)}, {"robot": 10.0}).prepare([move(1), move(2)])
    assert behind.prepared == [move(1), move(2)]
    assert not behind.told, "nothing leaves"
    assert not robot.carried


class _PreparingCell(_Cell):
    """One that writes messages while a disk syncs."""

    def __init__(self) -> None:
        super().__init__()
        self.prepared: list[AnyCommand] = []

    def prepare(self, commands: Sequence[AnyCommand]) -> None:
        self.prepared.extend(commands)
