"""Commands as a person gives them: in a process of their own, with ``--json``."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def nightmill(*words: str | Path, code: int = 0) -> Any:
    """Run a command with ``--json`` and give its document."""
    done = subprocess.run(
        [sys.executable, "-m", "nightmill", *map(str, words), "--json"],
        capture_output=True,
        text=True,
        timeout=300,
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
        timeout=120,
        check=False,
    )
    assert done.returncode == code, (done.returncode, done.stdout[-500:], done.stderr[-1500:])
    assert "Traceback" not in done.stderr
    findings = json.loads(done.stdout)["error"]["findings"]
    assert findings
    assert all({"file", "place", "found", "expected", "remedy"} <= set(finding) for finding in findings)
    return findings  # type: ignore[no-any-return]
