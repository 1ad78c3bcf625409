"""Commands as a person gives them: in a process of their own, with ``--json``."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nightmill.drivers import end_world

LAST_RESORT_S = 600.0


def until(happened: Callable[[], object], run: "subprocess.Popen[str]") -> None:
    """Wait for something that a live run does, however slow the machine is."""
    deadline = time.monotonic() + LAST_RESORT_S
    while not happened():
        assert run.poll() is None, f"the run has ended with {run.returncode}"
        assert time.monotonic() < deadline
        time.sleep(0.05)


def killed(run: "subprocess.Popen[str]", shop: Path) -> None:
    """Kill a run with its virtual shop, which goes on without a pace when the run is resumed."""
    run.kill()
    run.communicate()
    end_world(shop)
    start = shop / ".nightmill" / "world" / "start.json"
    start.write_text(json.dumps(json.loads(start.read_text()) | {"pace": 0.0}))


def nightmill(*words: str | Path, code: int = 0) -> Any:
    """Run a command with ``--json`` and give its document."""
    done = subprocess.run(
        [sys.executable, "-m", "nightmill", *map(str, words), "--json"],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == code, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def failing(*words: str | Path, code: int = 2) -> list[dict[str, Any]]:
    """The findings of a command that must fail with ``code``."""
    done = subprocess.run(
        [sys.executable, "-m", "nightmill", *map(str, words), "--json"],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == code, (done.returncode, done.stdout[-500:], done.stderr[-1500:])
    assert "Traceback" not in done.stderr
    findings = json.loads(done.stdout)["error"]["findings"]
    assert findings
    assert all({"file", "place", "found", "expected", "remedy"} <= set(finding) for finding in findings)
    return findings  # type: ignore[no-any-return]
