"""From an ERP's documents to a shop folder, and from the folder and its log to other programs."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from asking import failing, nightmill

from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e

DOCUMENTS = sorted((Path(__file__).parents[1] / "formats" / "b2mml").glob("*.xml"))
STEP = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "parts" / "bracket.step"
pytestmark = pytest.mark.slow


@pytest.fixture
def imported(tmp_path: Path) -> Path:
    shop = tmp_path / "shop"
    answer = nightmill("import", "b2mml", *DOCUMENTS, "--out", shop, "--material", "S235")
    assert (answer["machines"], answer["parts"], answer["orders"]) == (3, ["flange", "bracket"], 2)
    assert answer["missing"] == ["parts/flange.step", "parts/bracket.step"]
    for name in answer["missing"]:
        shutil.copy(STEP, shop / name)
    return shop


def test_an_imported_shop_is_exported(imported: Path, tmp_path: Path) -> None:
    answer = nightmill("export", "aas", imported, "--out", tmp_path / "shop.aasx")
    assert answer["shells"] == 6  # three machines, and the stations that each shop has
    with zipfile.ZipFile(tmp_path / "shop.aasx") as package:
        document = json.loads(package.read("aasx/shop.aas.json"))
    names = [shell["displayName"][0]["text"] for shell in document["assetAdministrationShells"]]
    assert names == ["VMC_1", "VMC2", "CMM", "robot", "vision", "bench"]
    assert failing("export", "ocel", imported)[0]["found"] == "no log"
    store = SqliteEventStore(imported / ".nightmill" / "log.sqlite")
    store.append([e.Event(0, 5.0, "software", e.OrderReceived("SO-1", "bracket", 12, 200000.0, 5))], expected_version=0)
    store.close()
    answer = nightmill("export", "ocel", imported, "--out", tmp_path / "log.json")
    assert answer["events"] == 1
    assert json.loads((tmp_path / "log.json").read_text())["events"][0]["time"] == "2026-11-02T07:00:05.000Z"


def test_what_cannot_be_read_ends_with_two(tmp_path: Path, imported: Path) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_text('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')
    assert failing("import", "b2mml", bad, "--out", tmp_path / "new")[0]["found"] == "a document type"
    assert not (tmp_path / "new").exists()
    assert failing("import", "b2mml", tmp_path / "none.xml", "--out", tmp_path / "new")[0]["found"] == "no such file"
    assert failing("import", "b2mml", *DOCUMENTS, "--out", imported)[0]["found"] == "files that are already there"
    assert failing("import", "b2mml", DOCUMENTS[0], "--out", tmp_path / "new")[0]["place"] == ""
    assert failing("export", "aas", imported, "--out", tmp_path / "shop.txt")[0]["expected"].endswith(".aasx or .json")
