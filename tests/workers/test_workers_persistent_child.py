"""A child that is kept between files of strangers, and what it does with those it dies of."""

import contextlib
import os
import resource
import signal
from pathlib import Path

import msgspec
import pytest

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.workers import KeptChild, Limits, run_guarded

LIMITS = Limits(memory_mib=512, cpu_s=1, wall_s=120.0)
CALL = "test_workers_persistent_child:work"


MADE_READY: list[int] = []


def ready() -> None:
    """What a child of these tests does first."""
    MADE_READY.append(os.getpid())


def never_ready() -> None:
    """What a child does that finds no room for what it has to load."""
    raise MemoryError


def work(data: bytes) -> bytes:
    """The child's side of these tests."""
    if data == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    if data == b"memory":
        return bytes(1 << 30)
    if data.startswith(b"once "):
        name = data.removeprefix(b"once ").decode()
        if not os.path.exists(name):
            open(name, "wb").close()
            os.kill(os.getpid(), signal.SIGKILL)
    if data == b"made ready":
        return str(len(MADE_READY)).encode()
    if data == b"spin":
        while True:
            pass
    if data == b"nice":
        return str(os.getpriority(os.PRIO_PROCESS, 0)).encode()
    if data == b"bad":
        raise BadInput(Finding("it", "here", "bad", "good", "Mend it."))
    return str(os.getpid()).encode() + b" " + data[::-1]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((os.path.dirname(__file__), os.environ.get("PYTHONPATH", ""))))


@pytest.mark.usefixtures("here")
def test_one_child_answers_file_after_file_of_any_size() -> None:
    with KeptChild(CALL, LIMITS) as child:
        large = os.urandom(3_000_000)
        first, second = child.ask(b"abc", "a").split(b" ", 1), child.ask(large, "b").split(b" ", 1)
        assert first[0] == second[0]
        assert (first[1], second[1]) == (b"cba", large[::-1])
        with pytest.raises(BadInput, match="Mend it"):
            child.ask(b"bad", "c")
        assert child.ask(b"abc", "a").split(b" ")[0] == first[0]


@pytest.mark.usefixtures("here")
def test_one_that_is_ended_from_outside_is_asked_again(tmp_path: Path) -> None:
    with KeptChild(CALL, LIMITS) as child:
        assert child.ask(b"once " + bytes(tmp_path / "asked"), "a").split(b" ", 1)[1].endswith(b" ecno")


@pytest.mark.usefixtures("here")
def test_one_gets_ready_once_before_it_is_asked() -> None:
    with KeptChild(CALL, LIMITS, ready="ready") as child:
        child.begin()
        child.begin()
        assert [child.ask(b"made ready", "a") for _ in range(2)] == [b"1", b"1"]


@pytest.mark.usefixtures("here")
def test_a_fresh_one_is_asked_otherwise_where_the_first_died_of_the_question() -> None:
    with KeptChild(CALL, LIMITS) as child:
        assert child.ask(b"die", "a", b"abc").endswith(b"cba")


@pytest.mark.usefixtures("here")
def test_no_file_is_blamed_for_a_child_that_never_got_ready() -> None:
    with (
        KeptChild(CALL, LIMITS, ready="never_ready") as child,
        pytest.raises(EnvironmentFailed, match="didn't become ready"),
    ):
        child.ask(b"abc", "a")


@pytest.mark.usefixtures("here")
def test_a_child_is_asked_over_handles_of_any_number() -> None:
    room = 1100
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 2 * room:
        pytest.skip(f"this system gives a process fewer than {2 * room} file handles")
    with contextlib.ExitStack() as held:
        for _ in range(room):
            held.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        assert held.enter_context(KeptChild(CALL, LIMITS)).ask(b"abc", "a").endswith(b"cba")


def asked(data: str) -> str:
    """The answer of a child that is kept by a guarded one."""
    with KeptChild(CALL, LIMITS) as child:
        return child.ask(data.encode(), "a").split(b" ", 1)[1].decode()


@pytest.mark.usefixtures("here")
def test_one_within_a_guarded_child_lives_with_the_limits_of_both() -> None:
    wide = Limits(memory_mib=8192, cpu_s=60, wall_s=240.0)
    assert run_guarded("test_workers_persistent_child:asked", {"data": "abc"}, limits=wide) == "cba"


@pytest.mark.usefixtures("here")
def test_it_ends_with_the_one_that_keeps_it() -> None:
    child = KeptChild(CALL, LIMITS)
    number = int(child.ask(b"abc", "a").split(b" ")[0])
    if (fork := os.fork()) == 0:
        child.stop()  # a copy of its keeper has no say
        os._exit(0)
    assert os.waitpid(fork, 0)[1] == 0
    assert int(child.ask(b"abc", "a").split(b" ")[0]) == number
    del child
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("what", [b"die", b"memory", b"spin"])
def test_a_file_that_it_dies_of_is_named_and_the_next_is_read(what: bytes) -> None:
    with KeptChild(CALL, LIMITS) as child:
        with pytest.raises(BadInput, match=r"evil\.png"):
            child.ask(what, "evil.png")
        assert child.ask(b"abc", "a").endswith(b"cba")


@pytest.mark.usefixtures("here")
def test_a_machine_without_room_for_it_is_said_and_no_file_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with KeptChild(CALL, LIMITS) as child:
        with monkeypatch.context() as full:
            full.setattr("nightmill.workers.persistent_child.subprocess.Popen", refuse)
            with pytest.raises(EnvironmentFailed, match="temporarily unavailable"):
                child.ask(b"abc", "a.png")
        assert child.ask(b"abc", "a.png").endswith(b"cba")


@pytest.mark.usefixtures("here")
def test_a_kept_child_that_may_wait_stands_behind_the_others() -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    for nice in (0, 5):
        with KeptChild(CALL, msgspec.structs.replace(LIMITS, nice=nice)) as child:
            assert int(child.ask(b"nice", "a file")) == min(19, own + nice)
