"""A guarded child answers, or its death is named; the parent goes on in every case, whether the child is a new process or a fork of a
server.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.workers import ChildFailed, Limits, beside, ended_by_signal, guarded_child, run_all, run_guarded

HERE = "test_workers_guarded_child"


@pytest.fixture(scope="module")
def sockets() -> Iterator[Path]:
    """A folder for the sockets of these tests; its path is short, as those of sockets must be."""
    with tempfile.TemporaryDirectory(prefix="nm-") as folder:
        yield Path(folder)


@pytest.fixture(params=["", f"{HERE}:load"], ids=["a new process", "a fork"])
def preload(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(preload: str) -> Callable[..., Any]:
    return partial(run_guarded, preload=preload)


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch, sockets: Path) -> None:
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [os.path.dirname(__file__), before])))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(sockets))
    monkeypatch.setenv("NIGHTMILL_FORK_SERVER", "10")


def load() -> Iterator[None]:
    yield


def parent() -> int:
    return os.getppid()


def test_a_fork_is_a_child_of_the_server_and_not_of_this_process(preload: str, run: Callable[..., Any]) -> None:
    assert (run(f"{HERE}:parent", {}) == os.getpid()) == (not preload)


def double(number: int) -> int:
    return 2 * number


def refuse() -> None:
    raise BadInput(Finding("part.step", "line 3", "x", "y", "Mend it."))


def crash(progress: Callable[[str, float], None]) -> None:
    progress("reading", 0.0)
    os.kill(os.getpid(), signal.SIGSEGV)


def behind() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def sleep() -> None:
    time.sleep(60)


def eat() -> int:
    return len(bytearray(4 << 30))


def count(progress: Callable[[str, float], None]) -> list[int]:
    for n in range(3):
        progress(f"step {n}", n / 3)
    return list(range(100_000))


def tell_and_sleep(path: str) -> None:
    Path(path).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(60)


def lay_down_and_sleep(progress: Callable[[str, float], None]) -> None:
    (Path(tempfile.mkdtemp()) / "half done").write_text("x", encoding="utf-8")
    progress("laid down", 0.5)
    time.sleep(60)


def test_a_child_that_is_killed_leaves_nothing_lying_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Any]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    laid_down = list[Path]()

    def told(phase: str, _share: float) -> None:
        laid_down.extend(tmp_path.rglob("half done"))
        raise KeyboardInterrupt(phase)

    with pytest.raises(KeyboardInterrupt, match="laid down"):
        run(f"{HERE}:lay_down_and_sleep", {}, progress=told)
    assert len(laid_down) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_child_of_a_killed_parent_ends(tmp_path: Path, preload: str) -> None:
    told = tmp_path / "pid"
    run = f"from nightmill.workers import Limits, run_guarded; run_guarded('{HERE}:tell_and_sleep', {{'path': '{told}'}}, limits=Limits(), preload='{preload}')"
    parent = subprocess.Popen([sys.executable, "-c", run])
    for _ in range(2400):
        if told.exists() and told.read_text(encoding="utf-8"):
            break
        time.sleep(0.05)
    child = int(told.read_text(encoding="utf-8"))
    parent.kill()
    parent.wait()
    for _ in range(1200):
        if not _running(child):
            break
        time.sleep(0.05)
    went_on = _running(child)
    if went_on:
        os.kill(child, signal.SIGKILL)
    assert not went_on, "the child went on without its parent"


def _running(process: int) -> bool:
    """Whether a process is there and no zombie that waits to be reaped."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def count_beside() -> int:
    helper = beside(lambda say: None)
    assert helper is not None
    try:
        return helper.pool.submit(os.getpid).result(120) - os.getpid()
    finally:
        helper.pool.shutdown()


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs a second core")
def test_a_guarded_child_may_have_a_helper_beside_it(run: Callable[..., Any]) -> None:
    assert run(f"{HERE}:count_beside", {}) != 0


def test_an_answer_comes_back_however_long(run: Callable[..., Any]) -> None:
    seen: list[str] = []
    answer = run(f"{HERE}:count", {}, progress=lambda phase, share: seen.append(phase))
    assert len(answer) == 100_000
    assert seen == ["step 0", "step 1", "step 2"]


def test_a_child_that_may_wait_stands_behind_the_others(run: Callable[..., Any]) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert run(f"{HERE}:behind", {}) == own
    assert run(f"{HERE}:behind", {}, limits=Limits(nice=5)) == min(19, own + 5)


def test_an_error_of_the_child_is_raised_here(run: Callable[..., Any]) -> None:
    with pytest.raises(BadInput) as caught:
        run(f"{HERE}:refuse", {})
    assert caught.value.findings[0].place == "line 3"


def test_a_crash_names_signal_phase_and_subject(run: Callable[..., Any]) -> None:
    with pytest.raises(ChildFailed) as caught:
        run(f"{HERE}:crash", {}, subject="part.step")
    assert caught.value.phase == "reading"
    assert "signal 11" in caught.value.findings[0].found
    assert caught.value.findings[0].file == "part.step"


def test_a_child_over_its_time_is_ended(run: Callable[..., Any]) -> None:
    with pytest.raises(ChildFailed) as caught:
        run(f"{HERE}:sleep", {}, limits=Limits(wall_s=1.0))
    assert "more than 1 s" in caught.value.findings[0].found


def test_a_child_over_its_memory_is_ended(run: Callable[..., Any]) -> None:
    with pytest.raises(EnvironmentFailed):
        run(f"{HERE}:eat", {}, limits=Limits(memory_mib=1024))


def test_one_bad_request_does_not_stop_the_others(preload: str) -> None:
    requests: list[dict[str, Any]] = [{"number": 1}, {"wrong": 1}, {"number": 3}]
    answers = run_all(f"{HERE}:double", requests, preload=preload)
    assert answers[0] == 2
    assert isinstance(answers[1], ChildFailed)
    assert answers[2] == 6


def test_a_first_sigterm_ends_the_work_and_not_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    before, later = signal.getsignal(signal.SIGTERM), []
    signal.signal(signal.SIGTERM, lambda *_: later.append("told again"))
    try:
        with ended_by_signal("plate.step"):
            with pytest.raises(ChildFailed, match=r"plate\.step.*SIGTERM"):
                os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)  # the same one, told to the whole group
            assert not later
            monkeypatch.setattr(guarded_child, "SAME_S", -1.0)
            os.kill(os.getpid(), signal.SIGTERM)
            assert later == ["told again"]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_childs_code_is_never_taken_from_the_folder_it_works_in(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('code of whoever sent the part')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(f"{HERE}:double", {"number": 21}) == 42


def environment_of(name: str) -> str | None:
    return os.environ.get(name)


def test_a_childs_environment_is_its_own(run: Callable[..., Any]) -> None:
    assert run(f"{HERE}:environment_of", {"name": "NIGHT"}, environment={"NIGHT": "shift"}) == "shift"
    assert "NIGHT" not in os.environ
    assert run(f"{HERE}:environment_of", {"name": "NIGHT"}) is None
