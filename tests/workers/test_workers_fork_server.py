"""A fork server gives its children the asking process's surroundings, and whatever happens to it, the work is done."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import nightmill
from nightmill.workers import ChildFailed, forked_child, run_guarded, surroundings

HERE = "test_workers_fork_server"
LOAD, SLOW_LOAD, WITH_THREAD, BROKEN = (f"{HERE}:{name}" for name in ("load", "load_slowly", "load_thread", "load_not"))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fork servers run on Linux")


@pytest.fixture(autouse=True)
def sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """This test's folder for sockets; servers are started anew in it, and ended after the test."""
    with tempfile.TemporaryDirectory(prefix="nm-") as folder:
        before = os.environ.get("PYTHONPATH", "")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [os.path.dirname(__file__), before])))
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        monkeypatch.setenv("NIGHTMILL_FORK_SERVER", "60")
        yield Path(folder) / "nightmill"
        for process in Path("/proc").glob("[0-9]*"):
            if folder in _command(process):
                os.kill(int(process.name), signal.SIGKILL)


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _state(process: str) -> str:
    """The letter of a process's state (proc(5)), "" if it is gone; Z: it has ended, and nobody has asked how."""
    try:
        return Path("/proc", process, "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _kill(server: int) -> None:
    os.kill(server, signal.SIGKILL)
    while _state(str(server)) not in {"", "Z"}:
        time.sleep(0.01)


def load() -> Iterator[None]:
    yield


def load_slowly() -> Iterator[None]:
    time.sleep(0.5)
    yield


def load_thread() -> Iterator[None]:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    yield


def load_not() -> Iterator[None]:
    raise ImportError("no such package")


def parent() -> int:
    return os.getppid()


def surrounded() -> dict[str, Any]:
    mask = os.umask(0)
    os.umask(mask)
    handles = {os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd") if _is_open(each)}
    return {
        "folder": os.getcwd(),
        "umask": mask,
        "night": os.environ.get("NIGHT"),
        "temporary": tempfile.gettempdir(),
        "processors": sorted(os.sched_getaffinity(0)),
        "sockets": sum(each.startswith("socket:") for each in handles),
        "files": sorted(each for each in handles if each.endswith(".lock")),
        "leader": os.getsid(0) == os.getpid(),
        "nested": os.environ.get("NIGHTMILL_FORK_SERVER"),
    }


def _is_open(handle: str) -> bool:
    try:
        os.stat(f"/proc/self/fd/{handle}")
    except OSError:
        return False
    return True


def count_up(folder: str, progress: Callable[[str, float], None]) -> int:
    """Answer with the number of processes that have done this; the first of them waits to be killed."""
    mine = Path(folder) / str(os.getpid())
    mine.touch()
    progress(str(os.getppid()), 0.0)
    if len(list(Path(folder).iterdir())) == 1:
        time.sleep(60)
    return len(list(Path(folder).iterdir()))


def test_children_are_forked_by_one_server() -> None:
    first = run_guarded(f"{HERE}:parent", {}, preload=LOAD)
    assert first != os.getpid()
    assert run_guarded(f"{HERE}:parent", {}, preload=LOAD) == first


def test_many_that_ask_at_once_get_one_server() -> None:
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(run_guarded, f"{HERE}:parent", {}, preload=SLOW_LOAD) for _ in range(4)]
        parents = {each.result() for each in asked}
    assert len(parents) == 1
    assert os.getpid() not in parents


def test_a_fork_has_the_surroundings_of_who_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_guarded(f"{HERE}:surrounded", {}, preload=LOAD)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIGHT", "shift")
    before = os.umask(0o027)
    try:
        found = run_guarded(f"{HERE}:surrounded", {}, preload=LOAD)
        alone = run_guarded(f"{HERE}:surrounded", {})
    finally:
        os.umask(before)
    assert first["night"] is None
    assert found == alone | {"temporary": found["temporary"], "nested": "off"}
    assert (found["folder"], found["umask"], found["night"]) == (str(tmp_path), 0o027, "shift")
    assert found["temporary"] != alone["temporary"]
    assert (found["sockets"], found["files"], found["leader"]) == (0, [], True)


def test_a_variable_that_libraries_read_at_their_start_gets_a_server_of_its_own() -> None:
    plain = run_guarded(f"{HERE}:parent", {}, preload=LOAD)
    other = run_guarded(f"{HERE}:parent", {}, preload=LOAD, environment={"NUMBA_DISABLE_JIT": "1"})
    assert plain != other


def test_the_work_of_a_killed_server_is_done_by_a_new_process(tmp_path: Path) -> None:
    servers: list[int] = []

    def told(phase: str, _share: float) -> None:
        servers.append(int(phase))
        if len(servers) == 1:
            os.kill(servers[0], signal.SIGKILL)

    assert run_guarded(f"{HERE}:count_up", {"folder": str(tmp_path)}, preload=LOAD, progress=told) == 2
    assert servers[0] != os.getpid()
    assert servers[1] == os.getpid()
    killed = min(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert _state(killed.name) in {"", "Z"}, "the child went on without its server"
    assert run_guarded(f"{HERE}:parent", {}, preload=LOAD) not in {servers[0], os.getpid()}


def test_a_child_killed_from_outside_is_a_failure_and_not_tried_again(tmp_path: Path) -> None:
    def told(phase: str, _share: float) -> None:
        os.kill(int(next(tmp_path.iterdir()).name), signal.SIGKILL)

    with pytest.raises(ChildFailed, match="signal 9"):
        run_guarded(f"{HERE}:count_up", {"folder": str(tmp_path)}, preload=LOAD, progress=told)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("preload", [WITH_THREAD, BROKEN, "no.such.module:load"])
def test_a_server_that_can_not_fork_safely_serves_nobody(preload: str) -> None:
    assert run_guarded(f"{HERE}:parent", {}, preload=preload) == os.getpid()


def test_no_server_where_the_setting_is_off(monkeypatch: pytest.MonkeyPatch, sockets: Path) -> None:
    monkeypatch.setenv("NIGHTMILL_FORK_SERVER", "off")
    assert run_guarded(f"{HERE}:parent", {}, preload=LOAD) == os.getpid()
    assert not sockets.exists()


def test_no_server_in_a_folder_that_others_can_enter(sockets: Path) -> None:
    sockets.mkdir()
    sockets.chmod(0o755)
    assert run_guarded(f"{HERE}:parent", {}, preload=LOAD) == os.getpid()
    assert not list(sockets.iterdir())


def test_a_server_whose_code_has_changed_serves_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked_child, "code_state", lambda: "0123456789abcdef")
    assert run_guarded(f"{HERE}:parent", {}, preload=LOAD) == os.getpid()


def test_the_state_of_the_code_changes_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "one.py").write_text("A = 1\n", encoding="utf-8")
    monkeypatch.setattr(nightmill, "__path__", [str(tmp_path)])
    before = surroundings.code_state()
    (tmp_path / "part" / "__pycache__").mkdir()
    assert surroundings.code_state() == before
    (tmp_path / "part" / "one.py").write_text("A = 10\n", encoding="utf-8")
    assert surroundings.code_state() != before


def test_an_idle_server_ends_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, sockets: Path) -> None:
    monkeypatch.setenv("NIGHTMILL_FORK_SERVER", "0.5")
    server = run_guarded(f"{HERE}:parent", {}, preload=LOAD)
    assert server != os.getpid()
    for _ in range(600):
        if not list(sockets.iterdir()):
            break
        time.sleep(0.05)
    assert list(sockets.iterdir()) == []


def test_the_files_of_a_killed_server_are_used_again(sockets: Path) -> None:
    first = run_guarded(f"{HERE}:parent", {}, preload=LOAD)
    _kill(first)
    left = sorted(sockets.iterdir())
    second = run_guarded(f"{HERE}:parent", {}, preload=LOAD)
    assert second not in {first, os.getpid()}
    assert sorted(sockets.iterdir()) == left
    _kill(second)
    run_guarded(f"{HERE}:parent", {}, preload=SLOW_LOAD)
    assert not set(left) & set(sockets.iterdir())


def test_a_connection_that_says_nothing_holds_up_nobody(sockets: Path) -> None:
    first = run_guarded(f"{HERE}:parent", {}, preload=LOAD)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.connect(str(next(sockets.glob("*.socket"))))
        assert run_guarded(f"{HERE}:parent", {}, preload=LOAD) == first
    assert run_guarded(f"{HERE}:parent", {}, preload=LOAD) == first


def test_a_stopped_server_holds_up_nobody_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_guarded(f"{HERE}:parent", {}, preload=LOAD)
    monkeypatch.setattr(forked_child, "ALIVE_S", 0.5)
    os.kill(first, signal.SIGSTOP)
    try:
        assert run_guarded(f"{HERE}:parent", {}, preload=LOAD) == os.getpid()
    finally:
        os.kill(first, signal.SIGCONT)


def test_the_server_outlives_who_started_it() -> None:
    asked = f"from nightmill.workers import run_guarded; print(run_guarded('{HERE}:parent', {{}}, preload='{LOAD}'))"
    first, second = (
        subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=600, check=True).stdout
        for _ in range(2)
    )
    assert first == second
