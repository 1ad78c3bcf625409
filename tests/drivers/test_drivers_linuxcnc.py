"""The LinuxCNC driver against the real control in simulation: started as an ordinary user, driven over linuxcncrsh."""

import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import linuxcnc_rig
import pytest

from nightmill.drivers import live
from nightmill.drivers.linuxcnc.marks import FILE, marked
from nightmill.floor import equipment as ports
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import MachineLimits, WorkUnit

pytestmark = pytest.mark.skipif(bool(linuxcnc_rig.missing()), reason=linuxcnc_rig.missing())

PROGRAM = """(plate)
G21 G90 G17 G40 G80 G54
T3 M6
G43 H3
S3000 M3
G0 X0 Y0
G0 Z5
G1 Z-1 F3000
G1 X60 F3000
G1 X0
G0 Z5
M5
M30
"""
SHA = sha256(PROGRAM.encode()).hexdigest()


def test_marks_are_added_before_the_first_motion_and_after_the_last() -> None:
    lines = marked(PROGRAM, "run-cycle-1", Path("/srv/cnc/marks.txt")).splitlines()
    original = [line for line in PROGRAM.splitlines() if line in lines]
    assert original == PROGRAM.splitlines()
    begun, ended = lines.index("(LOG,begun run-cycle-1)"), lines.index("(LOG,ended run-cycle-1)")
    assert lines.index("T3 (nightmill: is it in the tool table)") < begun < lines.index("G0 X0 Y0")
    assert lines.index("G0 Z5") < lines.index("M66 P0 L0 (nightmill)") < ended < lines.index("M30")
    for wrong in (PROGRAM.replace("M30", ""), PROGRAM.replace("M30", "(M30)")):
        with pytest.raises(ValueError, match="no M2 or M30"):
            marked(wrong, "t", Path("/srv/marks.txt"))
    for path in ("/srv/a(b/marks.txt", "/" + "long/" * 60 + "marks.txt", "/srv/ä/marks.txt"):
        with pytest.raises(ValueError, match="the path"):
            marked(PROGRAM, "t", Path(path))


@pytest.fixture(scope="module")
def rig() -> Iterator[linuxcnc_rig.Rig]:
    try:
        with linuxcnc_rig.running(range(1, 10)) as found:
            yield found
    except linuxcnc_rig.Occupied as reason:
        pytest.skip(str(reason))


BENCHES: list["Bench"] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close the connections that a test has opened."""
    yield
    while BENCHES:
        BENCHES.pop().machine.close()


class Bench:
    """A driver on the rig, and a clock in real time."""

    def __init__(self, rig: linuxcnc_rig.Rig, run: str) -> None:
        unit = WorkUnit("mill", "mill", "milling", MachineLimits(), protocol="linuxcnc", address=rig.address)
        self.programs = live.ProgramFolder(rig.programs, MachineLimits())
        self.machine = live.LinuxCnc(unit, live.Shell("mill", rig.address), self.programs, run)
        BENCHES.append(self)

    def store(self, text: str = PROGRAM) -> str:
        """Store a program and return its hash."""
        sha = sha256(text.encode()).hexdigest()
        command = c.StoreProgram(f"store-{sha[:6]}", "mill", "plate/1", sha, text, "Al 6061")
        opened = ports.OpenCommand(command, 0.0)
        self.machine.begin(opened, time.monotonic())
        (stored,) = self.machine.progress(opened, time.monotonic())
        assert isinstance(stored, r.ProgramStored)
        return sha

    def until(self, opened: ports.OpenCommand, count: int, patience_s: float = 30.0) -> list[r.AnyReport]:
        """Return the reports about a command as soon as there are ``count``."""
        deadline = time.monotonic() + patience_s
        while True:
            found = list(self.machine.progress(opened, time.monotonic()))
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.1)


def start(number: int, sha: str = SHA) -> ports.OpenCommand:
    return ports.OpenCommand(c.StartCycle(f"cycle-{number}", "mill", "P01", "A.001", "plate/1", sha), 0.0)


def count_of(rig: linuxcnc_rig.Rig, mark: str) -> int:
    return (rig.programs / "nightmill" / FILE).read_text().split("\n").count(mark)


def test_a_program_is_stored_run_and_marked_once(rig: linuxcnc_rig.Rig) -> None:
    bench = Bench(rig, "once")
    sha, opened = bench.store(), start(1)
    assert bench.machine.refusal(opened.command) == ""
    bench.machine.begin(opened, time.monotonic())
    begun, finished = bench.until(opened, 2)
    assert isinstance(begun, r.CycleStarted)
    assert (begun.program_sha256, begun.evidence) == (sha, "mark")
    assert isinstance(finished, r.CycleFinished)
    # a driver that was killed and remembers nothing
    again = Bench(rig, "once")
    again.machine.begin(opened, time.monotonic())
    assert [type(each) for each in again.until(opened, 2)] == [r.CycleStarted, r.CycleFinished]
    time.sleep(0.5)
    assert (count_of(rig, "begun once-cycle-1"), count_of(rig, "ended once-cycle-1")) == (1, 1)


def test_the_control_itself_ends_a_second_run_under_the_same_id(rig: linuxcnc_rig.Rig) -> None:
    file = rig.programs / "nightmill" / "twice.ngc"
    file.write_text(marked(PROGRAM, "twice", rig.programs / "nightmill" / FILE))
    file.chmod(0o644)
    for _ in range(2):
        rig.say("set mode auto", f"set open {file}", "set run")
        time.sleep(0.5)
        while rig.say("get program_status")[0] != "PROGRAM_STATUS IDLE":
            time.sleep(0.1)
    assert (count_of(rig, "begun twice"), count_of(rig, "ended twice")) == (1, 1)


def test_a_stop_at_the_control_interrupts_the_cut(rig: linuxcnc_rig.Rig) -> None:
    bench = Bench(rig, "stop")
    opened = start(1, bench.store(PROGRAM.replace("F3000", "F600")))
    bench.machine.begin(opened, time.monotonic())
    (begun,) = bench.until(opened, 1)
    assert isinstance(begun, r.CycleStarted)
    assert "the control runs" in bench.machine.refusal(start(2).command)
    rig.say("set abort")
    interrupted = bench.until(ports.OpenCommand(opened.command, 0.0, 1.0), 2)[-1]
    assert isinstance(interrupted, r.CycleInterrupted)
    # and it is not begun again after a crash
    Bench(rig, "stop").machine.begin(opened, time.monotonic())
    assert rig.say("get program_status") == ["PROGRAM_STATUS IDLE"]


@pytest.mark.parametrize(
    ("at_the_control", "said", "afterwards"),
    [
        ("set mode manual", "mode MANUAL", "set mode auto"),
        ("set feed_override 0", "feed override is 0", "set feed_override 100"),
    ],
)
def test_a_control_that_is_not_ready_starts_nothing(
    rig: linuxcnc_rig.Rig, at_the_control: str, said: str, afterwards: str
) -> None:
    bench = Bench(rig, "ready")
    bench.store()
    rig.say(at_the_control)
    time.sleep(0.3)
    try:
        assert said in bench.machine.refusal(start(1).command)
        # somebody changes the mode between the answer and the start
        opened = start(2)
        bench.machine.begin(opened, time.monotonic())
        (declined,) = bench.until(opened, 1)
        assert isinstance(declined, r.CommandDeclined)
        assert said in declined.why
    finally:
        rig.say(afterwards)
        time.sleep(0.3)


def test_a_missing_tool_and_a_changed_program_start_nothing(rig: linuxcnc_rig.Rig) -> None:
    bench = Bench(rig, "tools")
    opened = start(1, bench.store(PROGRAM.replace("T3", "T77").replace("H3", "H77")))
    bench.machine.begin(opened, 0.0)
    deadline = time.monotonic() + 20.0
    while not (found := bench.machine.progress(opened, 60.0)) and time.monotonic() < deadline:
        time.sleep(0.2)
    (declined,) = found
    assert isinstance(declined, r.CommandDeclined)
    assert "tool 77 not found" in declined.why
    sha = bench.store()
    bench.programs.path(sha).write_text(PROGRAM.replace("Z-1", "Z-9"))
    assert "another SHA-256" in bench.machine.refusal(start(2).command)


def test_a_control_that_is_killed_leaves_the_part_in_doubt(rig: linuxcnc_rig.Rig) -> None:
    bench = Bench(rig, "killed")
    opened = start(1, bench.store(PROGRAM.replace("F3000", "F600")))
    bench.machine.begin(opened, time.monotonic())
    bench.until(opened, 1)
    rig.kill()
    with pytest.raises(ports.EquipmentUnreachable):
        bench.machine.progress(opened, time.monotonic())
    rig.start()
    found = bench.until(ports.OpenCommand(opened.command, 0.0, 1.0), 2)
    assert isinstance(found[-1], r.CycleInterrupted)
