"""Lots of bought material: receipt with heat and certificate, parts made of them, genealogy both ways, recall."""

import hashlib
from pathlib import Path

import pytest
from desk_sample import FACTS, append, turn, write_shop

from nightmill.plant.requests.material_lots import ReceivedLot, lots_answer, material_lots, name_lot
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.commands import MountPart
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import HOUR_S

ITEM = "blank-bracket"


def mount(name: str, serial: str, operation: str, item: str) -> MountPart:
    return MountPart(
        command_id=name,
        unit="bench",
        pallet="P01",
        serial=serial,
        operation=operation,
        blank_item=item,
        duration_s=60.0,
    )


def mounted(n: int) -> tuple[e.AnyFact, e.AnyFact]:
    command = mount(f"mount-{n}", f"A-1.{n:03d}", "bracket/1", ITEM)
    return e.CommandIssued(command), e.Reported(
        r.PartMounted(10 + n, HOUR_S, "bench", command.command_id, "P01", command.serial, "bracket/1")
    )


def purchase(order: str, quantity: int) -> tuple[e.AnyFact, e.AnyFact]:
    return e.PurchaseDecided(order, ITEM, "Acme", quantity, HOUR_S), e.Reported(
        r.Delivered(5, HOUR_S, "dock", order, ITEM, quantity)
    )


def log(*facts: e.AnyFact) -> list[e.Event]:
    return [e.Event(n, HOUR_S * n, "software", fact) for n, fact in enumerate(facts, 1)]


def test_blanks_go_out_first_in_first_out_and_nothing_is_lost() -> None:
    refused = e.CommandIssued(mount("mount-9", "A-1.009", "bracket/1", ITEM))
    second = e.CommandIssued(mount("again", "A-1.001", "bracket/2", ""))
    taken = [fact for n in range(1, 6) for fact in mounted(n)]
    noted = e.LotNamed(a.NameLot("L-7", ITEM, 2, "PO-0001", "H7", "en10204.pdf", "0" * 64), "Ann")
    lots = material_lots(
        log(*purchase("PO-0001", 3), refused, *taken, second, *purchase("PO-0002", 4), noted),
        {ITEM: 1, "bar": 4}, [a.NameLot("L-0", ITEM, 1, heat="H0")],
    )  # fmt: skip
    named = {lot.lot: lot for lot in lots}
    assert named["L-0"].serials == ("A-1.001",)
    assert named["L-7"].serials == ("A-1.002", "A-1.003")
    assert (named["L-7"].supplier, named["L-7"].heat, named["L-7"].left) == ("Acme", "H7", 0)
    assert named["PO-0001"].serials[0] == "A-1.004"
    assert (named["PO-0002"].serials, named["PO-0002"].left) == ((), 4)
    assert (named["opening"].item, named["opening"].left) == ("bar", 4)
    made = [serial for lot in lots for serial in lot.serials]
    assert sorted(made) == [f"A-1.{n:03d}" for n in range(1, 6)]
    # the fifth was taken where the log knows of none: it is told, not dropped
    assert sum(lot.left for lot in lots if lot.item == ITEM) == 1 + 3 + 4 - 5


def test_receipt_recall_and_the_way_back_in_a_shop(tmp_path: Path) -> None:
    shop = write_shop(tmp_path / "shop", *FACTS[:3])
    (shop / "stock.csv").write_text(f"item,on_hand\n{ITEM},2\n")
    paper = shop / "heat-h0.pdf"
    paper.write_bytes(b"%PDF certificate 3.1")
    (shop / "lots.csv").write_text(f"lot,item,quantity,heat,certificate\nL-0,{ITEM},2,H0,heat-h0.pdf\n")
    append(shop, *((HOUR_S, fact) for fact in (*purchase("PO-0001", 5), *mounted(1), *mounted(2), *mounted(3))))
    asked = name_lot(shop, ReceivedLot("PO-0001", "L-7", heat="H7", certificate=paper), by="Ann")
    assert asked["ask"]["certificate_sha256"] == hashlib.sha256(paper.read_bytes()).hexdigest()
    assert e.LotNamed in {type(fact) for fact in turn(shop)}
    lots = {lot["lot"]: lot for lot in lots_answer(shop)["lots"]}
    assert {name: lot["left"] for name, lot in lots.items()} == {"L-0": 0, "L-7": 4}
    assert lots["L-0"]["certificate_sha256"] == asked["ask"]["certificate_sha256"]
    recalled = lots_answer(shop, recall="H0")
    assert [part["serial"] for part in recalled["parts"]] == ["A-1.001", "A-1.002"]
    assert (recalled["orders"], recalled["in_stock"]) == (["A-1"], 0)
    assert lots_answer(shop, recall="L-7")["in_stock"] == 4
    back = lots_answer(shop, serial="A-1.003")
    assert [(lot["lot"], lot["heat"]) for lot in back["made_of"]] == [("L-7", "H7")]
    for wrong in ({"recall": "H9"}, {"serial": "A-9.001"}):
        with pytest.raises(BadInput):
            lots_answer(shop, **wrong)
    with pytest.raises(BadInput, match="have no lot"):
        name_lot(shop, ReceivedLot("PO-0001", "L-8"), by="Ann")


def test_wrong_lots_are_refused_together(tmp_path: Path) -> None:
    shop = write_shop(tmp_path / "shop", *FACTS[:3])
    (shop / "stock.csv").write_text(f"item,on_hand\n{ITEM},2\n")
    (shop / "lots.csv").write_text(
        f"lot,item,quantity,heat,certificate\nL-0,{ITEM},3,H0,\nL-1,gold,1,,\nL-2,{ITEM},x,,\nL-3,{ITEM},1,,missing.pdf\n"
    )
    with pytest.raises(BadInput) as caught:
        lots_answer(shop)
    assert [finding.place for finding in caught.value.findings] == ["line 3", "line 4", "line 5, certificate", ITEM]
