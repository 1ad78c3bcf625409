"""Whatever is wrong with a shop, its log or the command line: exit code 2 or 3, findings as documented, no traceback."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from nightmill.cli import app as entry
from nightmill.store import SqliteEventStore

STEP = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "parts" / "bracket.step"
SHOP = """[shop]
name = "x"
start = 2026-11-02T07:00:00
material = "S235"
[[machines]]
id = "mill"
kind = "mill"
travel_mm = [760, 500, 510]
[[tools]]
number = 1
type = "flat"
diameter_mm = 10
stickout_mm = 40
flute_length_mm = 25
[economy]
wage_usd_h = 45
"""
ORDERS = "order,item,quantity,due\nA,plate,2,2026-11-03\n"


def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, Any]:
    """Exit code and JSON document of a command, run in this process."""
    monkeypatch.setattr(sys, "argv", ["nightmill", *map(str, words), "--json"])
    with pytest.raises(SystemExit) as left:
        entry.run()
    out, err = capfd.readouterr()
    assert "Traceback" not in err
    return int(left.value.code or 0), json.loads(out)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A small sound shop that was never planned."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "plate.step").write_bytes(STEP.read_bytes())
    (tmp_path / "shop.toml").write_text(SHOP)
    (tmp_path / "orders.csv").write_text(ORDERS)
    return tmp_path


WRONG = [
    ("shop.toml", "[760, 500, 510]", "[0.76, 0.5, 0.51]", "machines[1].travel_mm", "mm"),
    ("shop.toml", "diameter_mm = 10", "diameter_mm = 0.02", "tools[1].diameter_mm", "mm"),
    ("shop.toml", "wage_usd_h = 45", "wage_usd_h = -45", "economy.wage_usd_h", "from 0.1"),
    ("shop.toml", "wage_usd_h = 45", 'wage_usd_h = "45 EUR"', "economy.wage_usd_h", "a number"),
    ("shop.toml", "wage_usd_h = 45", "wage_usd_h = nan", "economy.wage_usd_h", "a number"),
    ("shop.toml", "travel_mm", "travel_cm", "machines[1].travel_cm", "Did you mean 'travel_mm'"),
    ("shop.toml", '"S235"', '"kryptonite"', "shop.material", "42CrMo4"),
    ("shop.toml", "[economy]", "[economy", "", "TOML"),
    ("shop.toml", "flute_length_mm = 25", "flute_length_mm = 60", "tools[1]", "stickout"),
    ("orders.csv", "plate", "ghost", "line 2, column item", "STEP"),
    ("orders.csv", ",2,", ",two,", "line 2, column quantity", "number"),
    ("orders.csv", ",2,", ",-2,", "line 2, column quantity", "from 1"),
    ("orders.csv", "2026-11-03", "11/03/2026", "line 2, column due", "year-month-day"),
    ("orders.csv", ORDERS, ORDERS.replace(",", ";"), "line 1", "commas"),
    ("orders.csv", ORDERS, "", "", "an empty file"),
]


@pytest.mark.parametrize(("file", "old", "new", "place", "word"), WRONG, ids=[f"{w[0]}-{w[2][:24]}" for w in WRONG])
def test_a_wrong_value_is_the_only_finding(
    shop: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    file: str,
    old: str,
    new: str,
    place: str,
    word: str,
) -> None:
    text = (shop / file).read_text()
    assert old in text
    (shop / file).write_text(text.replace(old, new, 1))
    code, answer = run(monkeypatch, capfd, "run", shop)
    assert code == 2
    (finding,) = answer["error"]["findings"]
    assert set(finding) == {"file", "place", "found", "expected", "remedy"}
    assert finding["file"] == file
    assert finding["place"] == place
    assert word in " ".join(finding.values())
    assert not list((shop / ".nightmill").glob("plans/*")), "nothing is planned for half a shop"


@pytest.mark.parametrize(
    ("files", "file", "word"),
    [
        ({"items.csv": "item,source\na,make\n", "bom.csv": "parent,child,qty\na,a,1\n"}, "bom.csv", "cycle"),
        ({"items.csv": "item,source\ntool:99,buy\n"}, "items.csv", "tool"),
        ({"suppliers.csv": "supplier,item\nX,tool:1\n"}, "suppliers.csv", "[[tools]]"),
        ({"stock.csv": "item,on_hand\nblank-ghost,1\n"}, "stock.csv", "items.csv"),
        ({"parts/plate.toml": 'material = "wood"\n'}, "parts/plate.toml", "material"),
        ({"parts/plate.step": "solid stl"}, "parts/plate.step", "STEP"),
    ],
)
def test_a_wrong_file_is_named(
    shop: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    files: dict[str, str],
    file: str,
    word: str,
) -> None:
    for name, text in files.items():
        (shop / name).write_text(text)
    code, answer = run(monkeypatch, capfd, "run", shop)
    assert code == 2
    assert [finding["file"] for finding in answer["error"]["findings"]] == [file]
    assert word in json.dumps(answer)


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (("run", "SHOP", "--days", "0"), "--days"),
        (("run", "SHOP", "--days", "-1"), "--days"),
        (("run", "SHOP", "--days", "inf"), "--days"),
        (("run", "SHOP", "--dayz", "1"), "--days"),
        (("run", "SHOP", "--policy", "clever"), "conventional"),
        (("run",), "shop"),
        (("run", "SHOP/none"), "no such folder"),
        (("run", "SHOP", "--resume"), "no unfinished run"),
        (("serve", "SHOP/none"), "no such folder"),
        (("report", "SHOP"), "Run it first"),
        (("audit", "SHOP"), "Run it first"),
        (("frobnicate",), "frobnicate"),
        (("plan", "SHOP/parts/plate.step", "--post", "abacus"), "haas"),
    ],
)
def test_a_wrong_command_line_is_a_document_too(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], word: str
) -> None:
    named = [each.replace("SHOP", str(shop)) for each in words]
    if words[0] == "serve":  # it has no answer, so no --json
        monkeypatch.setattr(sys, "argv", ["nightmill", *named])
        with pytest.raises(SystemExit) as left:
            entry.run()
        assert left.value.code == 2
        assert word in capfd.readouterr().err
        return
    code, answer = run(monkeypatch, capfd, *named)
    assert code == 2
    assert word in json.dumps(answer["error"]["findings"])


def test_what_the_system_refuses_is_exit_code_3(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (shop / ".nightmill").write_text("a file where a folder should be")
    code, answer = run(monkeypatch, capfd, "run", shop)
    assert code == 3
    assert str(shop / ".nightmill") in answer["error"]["findings"][0]["file"]


def test_a_broken_table_keeps_nobody_from_ending_a_token(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (shop / "orders.csv").write_text("no orders at all")
    code, answer = run(monkeypatch, capfd, "token", shop, "--revoke", "ann")
    assert (code, answer) == (0, {"revoked": 0})


def test_nothing_is_served_of_what_is_no_log(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (shop / ".nightmill").mkdir()
    log = shop / ".nightmill" / "log.sqlite"
    SqliteEventStore(log).close()
    pages = log.read_bytes()
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: pytest.fail("it serves"))
    monkeypatch.setattr(sys, "argv", ["nightmill", "serve", str(shop)])
    for content in (b"", b"no log at all " * 400, pages[:4096] + b"\xff" * (len(pages) - 4096)):
        log.write_bytes(content)
        with pytest.raises(SystemExit) as left:
            entry.run()
        said = capfd.readouterr().err
        assert left.value.code == 2, said
        assert "a Nightmill log" in said
        assert "endpoint" not in said


@pytest.mark.parametrize("content", [b"", b"no log at all " * 400])
@pytest.mark.parametrize("command", ["audit", "report", "run"])
def test_a_log_that_is_none_is_named(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], command: str, content: bytes
) -> None:
    if command == "run" and not content:
        pytest.skip("an empty log is a shop that has not begun")
    (shop / ".nightmill").mkdir()
    (shop / ".nightmill" / "log.sqlite").write_bytes(content)
    code, answer = run(monkeypatch, capfd, command, shop)
    assert code == 2
    assert "a Nightmill log" in json.dumps(answer)


def test_without_a_command_the_help_is_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["nightmill"])
    with pytest.raises(SystemExit) as left:
        entry.run()
    assert not left.value.code
    assert "plan" in capfd.readouterr().out


BROKEN = {
    "not UTF-8": b"name = 'St\xfcck'\n",
    "noise": bytes(range(256)),
    "deep": b"x = " + b"[" * 100_000,
    "a number without end": b"x = " + b"9" * 6000,
    "cut off": b"[shop\nname =",
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize(
    "words",
    [
        ("audit", "SHOP"),
        ("archive", "SHOP", "--out", "OUT"),
        ("certificates", "SHOP"),
        ("export", "aas", "SHOP", "--out", "OUT"),
        ("export", "b2mml", "SHOP", "--out", "OUT"),
        ("export", "ocel", "SHOP", "--out", "OUT"),
        ("morning", "SHOP"),
        ("schedule", "SHOP"),
        ("token", "SHOP"),
        ("token", "SHOP", "--role", "viewer"),
        ("trace", "SHOP", "A.1"),
        ("triage", "SHOP"),
        ("user", "SHOP"),
        ("user", "SHOP", "ann", "--remove"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_broken_shop_file_is_bad_input_to_every_command(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], kind: str
) -> None:
    (shop / "shop.toml").write_bytes(BROKEN[kind])
    before = sorted(path.name for path in shop.iterdir())
    code, answer = run(
        monkeypatch, capfd, *(str(shop / "out") if w == "OUT" else shop if w == "SHOP" else w for w in words)
    )
    assert code == 2
    assert all(finding["found"] and finding["expected"] for finding in answer["error"]["findings"])
    assert sorted(path.name for path in shop.iterdir()) == before, "nothing half-written"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("alarms.toml", ("triage", "SHOP")),
        ("failure_modes.toml", ("run", "SHOP")),
        ("alarms.toml", ("run", "SHOP")),
        ("secret.txt", ("user", "SHOP", "ann", "--role", "viewer", "--password-file", "FILE")),
        ("a.tar", ("restore", "FILE", "--out", "OUT")),
    ],
)
@pytest.mark.parametrize("kind", ["not UTF-8", "a folder"])
def test_a_file_beside_the_shop_that_cannot_be_read_is_bad_input(
    shop: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    words: tuple[str, ...],
    kind: str,
) -> None:
    if kind == "a folder":
        (shop / name).mkdir()
    else:
        (shop / name).write_bytes(BROKEN[kind])
    given = {"SHOP": shop, "FILE": shop / name, "OUT": shop / "out"}
    code, answer = run(monkeypatch, capfd, *(str(given.get(word, word)) for word in words))
    assert code == 2
    assert name in answer["error"]["findings"][0]["file"]
    assert not (shop / ".nightmill" / "plans").exists()
    assert not (shop / ".nightmill" / "world").exists()


@pytest.mark.parametrize(
    ("resource", "level", "place"), [("coolant", "101", "LEVEL"), ("chips", "100.5", "LEVEL"), ("coolant", "80", "")]
)
def test_a_level_is_per_cent_of_full(
    shop: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    resource: str,
    level: str,
    place: str,
) -> None:
    code, answer = run(monkeypatch, capfd, "check", shop, "mill", resource, "--by", "Ann", level)
    assert code == 2, "the shop was never run"
    assert answer["error"]["findings"][0]["place"] == place
