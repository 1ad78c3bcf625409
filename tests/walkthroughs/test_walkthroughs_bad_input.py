"""Bad input: one clear error, exit code 2 or 3, and nothing half written."""

import json
from pathlib import Path

import pytest
from asking import failing

PARTS = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "parts"


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
    assert "nowhere" in failing("run", tmp_path / "nowhere")[0]["file"]
    assert str(tmp_path) in failing("audit", tmp_path)[0]["file"]


def test_a_cyclic_bill_of_material_is_named(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("item,source\na,make\nb,make\n")
    (tmp_path / "bom.csv").write_text("parent,child,qty\na,b,1\nb,a,1\n")
    assert "cycle" in json.dumps(failing("mrp", tmp_path)).lower()
