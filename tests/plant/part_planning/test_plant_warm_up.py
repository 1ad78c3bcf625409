"""A first plan, thrown away, is made where no kernels are kept, and only there."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nightmill.plant.part_planning import warm_up
from nightmill.vocabulary.errors import BadInput, Finding

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("kept", [False, True])
def test_a_plan_is_made_where_no_kernels_are_kept(monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(warm_up, "kernels_kept", lambda room: kept or bool(made))
    monkeypatch.setattr(warm_up, "run_guarded", lambda call, asked, **_: made.append(asked))
    assert warm_up.warm_up()
    assert [asked["step"].endswith("bracket.step") for asked in made] == ([] if kept else [True])


def test_a_plan_that_fails_is_no_success(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(*_: object, **__: object) -> None:
        raise BadInput(Finding("bracket.step", "", "no room", "some", "Free some."))

    some = iter([False, True, True])  # it had compiled some by then
    monkeypatch.setattr(warm_up, "kernels_kept", lambda room: next(some))
    monkeypatch.setattr(warm_up, "run_guarded", fails)
    assert not warm_up.warm_up()
    assert "no room" in capsys.readouterr().err


WARMING = """#!/bin/sh
case "$*" in *warm_up*)
    trap 'touch ended; exit' TERM
    touch warming
    while :; do sleep 0.05; done
esac
"""
FETCHING = """#!/bin/sh
case "$*" in *" -r "*) touch fetching; exec sleep 60;; esac
"""


def _stood_in(home: Path, programs: dict[str, str]) -> str:
    """A search path on which the shell texts stand for what setup calls."""
    for place, text in programs.items():
        program = home / place
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    return f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"


def _until(there: Path) -> None:
    deadline = time.monotonic() + 100.0
    while not there.exists():
        assert time.monotonic() < deadline, there.name
        time.sleep(0.02)


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
def test_a_setup_that_is_broken_off_ends_its_first_plan_too(tmp_path: Path, word: signal.Signals) -> None:
    shutil.copy(ROOT / "setup", tmp_path / "setup")
    kept = tmp_path / "src" / "room" / "__pycache__" / "kernel.nbi"
    kept.parent.mkdir(parents=True)
    kept.touch()
    path = _stood_in(tmp_path, {".venv/bin/python": WARMING, "bin/uv": FETCHING})
    broken_off = subprocess.Popen(
        [tmp_path / "setup"], env={**os.environ, "PATH": path}, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )  # fmt: skip
    try:
        _until(tmp_path / "fetching")
        _until(tmp_path / "warming")
        os.killpg(broken_off.pid, word)
        assert broken_off.wait(100) == 128 + word
        _until(tmp_path / "ended")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(broken_off.pid, signal.SIGKILL)
        broken_off.wait()
    assert not kept.exists(), "a kernel of an older source"


@pytest.mark.parametrize("said", ["1", ""])
def test_where_python_keeps_no_bytecode_setup_makes_it_once(tmp_path: Path, said: str) -> None:
    shutil.copy(ROOT / "setup", tmp_path / "setup")
    (tmp_path / "src").mkdir()
    told = '#!/bin/sh\necho "$* keeps none: $PYTHONDONTWRITEBYTECODE" >> told\n'
    path = _stood_in(tmp_path, {".venv/bin/python": told, ".venv/bin/nightmill": told, "bin/uv": "#!/bin/sh\n"})
    subprocess.run(
        [tmp_path / "setup"], env={**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": said}, check=True, timeout=100
    )
    calls = (tmp_path / "told").read_text().splitlines()
    assert any("compileall" in call for call in calls) == bool(said)
    assert all(call.endswith("keeps none: ") for call in calls), "the first plan's modules are kept"


PROGRAM = """
import importlib.metadata as known, re, sys
from pathlib import Path

def closure(names):
    found, left = set(), [name.lower() for name in names]
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        try:
            needs = known.requires(name) or []
        except known.PackageNotFoundError:  # of another platform
            continue
        left += [re.match(r"[\\w.-]+", need)[0].lower() for need in needs if "extra ==" not in need]
    return found

there = closure(sys.argv[3:]) | {"nightmill"}
of = {top: {one.lower() for one in dists} for top, dists in known.packages_distributions().items()}

class OnlyWhatIsThere:
    def find_spec(self, name, path=None, target=None):
        if "." not in name and name in of and not of[name] & there:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, OnlyWhatIsThere())
from nightmill.plant.part_planning import warm_up
from nightmill.plant.part_planning.plan_job import plan_job
print(plan_job(sys.argv[1], sys.argv[2])["certificate"]["certified"])
"""


@pytest.mark.slow
def test_a_first_plan_needs_no_more_than_setup_installs_first(tmp_path: Path) -> None:
    [first] = re.findall(r"^install --constraint \S+ (.+)$", (ROOT / "setup").read_text(encoding="utf-8"), re.MULTILINE)
    step = ROOT.joinpath("src/nightmill", *warm_up.PART)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(step), str(tmp_path / "plan"), *first.split()],
        capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["True"], done.stderr[-2000:]
