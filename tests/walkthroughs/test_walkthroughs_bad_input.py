"""Bad input: one clear error, exit code 2 or 3, and nothing half written."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PARTS = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "parts"


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


def _broken(tmp_path: Path, kind: str) -> Path:
    whole = (PARTS / "bracket.step").read_bytes()
    path = tmp_path / f"{kind}.step"
    if kind == "gigabyte":
        with path.open("wb") as file:
            file.write(whole)
            file.truncate(1 << 30)
    else:
        path.write_bytes(
            {
                "cut": whole[: len(whole) // 2],
                "empty": b"",
                "text": b"hello " * 99,
                "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
            }[kind]
        )
    return path


@pytest.mark.parametrize("kind", ["cut", "empty", "text", "pointer", "gigabyte"])
def test_a_broken_step_file_is_named(tmp_path: Path, kind: str) -> None:
    path = _broken(tmp_path, kind)
    findings = failing("plan", path)
    assert str(path) in findings[0]["file"]


def test_a_missing_file_and_an_unknown_material_are_named(tmp_path: Path) -> None:
    failing("plan", tmp_path / "none.step")
    findings = failing("plan", PARTS / "bracket.step", "--material", "unobtainium")
    assert "unobtainium" in findings[0]["found"]


def test_a_shop_with_many_faults_tells_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "shop.toml").write_text(
        '[shop]\nname = "x"\nstart = 2026-11-02T07:00:00\ntime_zone = "Mars/Olympus"\ncurrency = "USD"\ncountry = "US"\n'
        '[[machines]]\nid = "m"\nkind = "mill"\nspindle_rpm_max = "fast"\n'
    )
    (tmp_path / "orders.csv").write_text("order,item,quantity,due\nA,ghost,-3,someday\n")
    findings = failing("run", tmp_path)
    assert len(findings) >= 4


def test_a_folder_that_is_no_shop_is_named(tmp_path: Path) -> None:
    failing("run", tmp_path / "nowhere")
    failing("audit", tmp_path)


def test_a_cyclic_bill_of_material_is_named(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("item,source\na,make\nb,make\n")
    (tmp_path / "bom.csv").write_text("parent,child,qty\na,b,1\nb,a,1\n")
    assert "cycle" in json.dumps(failing("mrp", tmp_path)).lower()
