import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pytest

from nightmill.drivers.erp import Purchase
from nightmill.formats import copy_example
from nightmill.plant.interop.erp_purchasing import PurchaseDecisions, buy_folder, erp_system, pull_erp
from nightmill.vocabulary.errors import BadInput


class Drafts:
    """An ERP system that takes drafts and counts them, and breaks off after ``most``."""

    def __init__(self, most: int = 99) -> None:
        self.taken: list[Purchase] = []
        self.most = most

    def pull(self, first_day: dt.date) -> dict[str, str]:
        return {"items.csv": "item,source,lead_time_weeks\na,buy,1\n", "stock.csv": "item,on_hand\na,4\n"}

    def push(self, purchases: Iterable[Purchase]) -> dict[str, str]:
        names = {}
        for purchase in purchases:
            if len(self.taken) >= self.most:
                raise OSError("the line is down")
            self.taken.append(purchase)
            names[purchase.id] = f"D-{len(self.taken)}"
        return names


def folder(tmp_path: Path) -> Path:
    (tmp_path / "items.csv").write_text("item,source,lead_time_weeks\na,buy,2\nb,buy,2\nc,buy,1\n")
    (tmp_path / "demand.csv").write_text("item,week,qty\na,2,10\nb,1,4\nc,9,5\n")
    (tmp_path / "quotes.csv").write_text("supplier,item,price_usd,lead_time_weeks\nS,a,2,2\nS,b,100,1\nS,c,1,1\n")
    return tmp_path


def states(answer: dict[str, object]) -> dict[str, str]:
    return {p["item"]: p["state"] for p in answer["purchases"]}  # type: ignore[attr-defined]


def test_a_person_approves_and_what_is_approved_is_sent_once(tmp_path: Path) -> None:
    place = folder(tmp_path)
    answer = buy_folder(place, first_day="2026-11-02")
    assert states(answer) == {"a": "proposed", "b": "proposed"}
    ident = answer["purchases"][0]["id"]
    erp = Drafts()
    assert states(buy_folder(place, first_day="2026-11-02", erp=erp, decisions=PurchaseDecisions(approve=(ident,), by="Ada"))) == {
        "a": "sent", "b": "proposed",
    }  # fmt: skip
    again = buy_folder(place, first_day="2026-11-02", erp=erp)
    assert [p.item for p in erp.taken] == ["a"]
    sent = next(p for p in again["purchases"] if p["item"] == "a")
    assert (sent["by"], sent["erp_name"], sent["needed_by"]) == ("Ada", "D-1", "2026-11-16")


def test_a_policy_sends_what_it_allows_and_asks_about_the_rest(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (tmp_path / "policy.toml").write_text("order_usd = 50\ntotal_usd = 100\n")
    answer = buy_folder(place, first_day="2026-11-02", policy=tmp_path / "policy.toml", erp=Drafts())
    assert states(answer) == {"a": "sent", "b": "proposed"}
    waits = next(p for p in answer["purchases"] if p["item"] == "b")
    assert "more than 50.00 an order" in waits["why"]


def test_what_was_sent_before_the_line_broke_is_known(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (tmp_path / "policy.toml").write_text("order_usd = 5000\ntotal_usd = 10000\n")
    with pytest.raises(OSError, match="line is down"):
        buy_folder(place, first_day="2026-11-02", policy=tmp_path / "policy.toml", erp=Drafts(most=1))
    assert sorted(states(buy_folder(place, first_day="2026-11-02")).values()) == ["approved", "sent"]


def test_wrong_words_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder(tmp_path)
    for words in (
        {"decisions": PurchaseDecisions(approve=("nothing",), by="Ada")}, {"first_day": "soon"},
        {"decisions": PurchaseDecisions(approve=(buy_folder(place, first_day="2026-11-02")["purchases"][0]["id"],))},
    ):  # fmt: skip
        with pytest.raises(BadInput):
            buy_folder(place, **{"first_day": "2026-11-02", **words})  # type: ignore[arg-type]
    monkeypatch.delenv("NIGHTMILL_ERP_KEY", raising=False)
    with pytest.raises(BadInput, match="NIGHTMILL_ERP_KEY"):
        erp_system("odoo", "https://erp.example")


def test_the_tables_of_an_erp_system_become_a_planning_folder(tmp_path: Path) -> None:
    answer = pull_erp(Drafts(), tmp_path / "plant", "2026-11-02")
    assert (answer["items"], answer["stock"]) == (1, 1)
    assert (tmp_path / "plant" / "items.csv").read_text().startswith("item,source")


def test_a_shop_begins_its_week_0_itself_and_says_when_it_has_no_quotes(tmp_path: Path) -> None:
    shop = copy_example(tmp_path / "shop")
    with pytest.raises(BadInput) as refused:
        buy_folder(shop)
    assert [(each.file, each.found) for each in refused.value.findings] == [("quotes.csv", "no such file")]
    (shop / "quotes.csv").write_text(
        "supplier,item,min_qty,price_usd,lead_time_weeks\nMillbrook Metals,blank-manifold_block,1,45,1\n"
    )
    answer = buy_folder(shop)
    assert answer["first_day"] == "2026-11-02"
    assert {each["item"] for each in answer["purchases"]} == {"blank-manifold_block"}
    book = openpyxl.Workbook()
    book.create_sheet("orders").append(["Our order", "Part"])
    book.save(shop / "book.xlsx")
    assert buy_folder(shop) == answer, "an order book that a person keeps is no table of the plan"


def test_a_folder_that_is_no_shop_needs_its_first_day(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("item,source,lead_time_weeks\na,buy,1\n")
    with pytest.raises(BadInput, match="--first-day"):
        buy_folder(tmp_path)


def test_what_was_sent_counts_as_coming_on_later_days_and_is_not_ordered_twice(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (tmp_path / "policy.toml").write_text("order_usd = 5000\ntotal_usd = 10000\n")
    erp = Drafts()
    for day in ("2026-11-02", "2026-11-03", "2026-11-09"):
        buy_folder(place, first_day=day, policy=tmp_path / "policy.toml", erp=erp)
    assert [(p.item, p.quantity) for p in erp.taken] == [("a", 10), ("b", 4)]


def test_an_order_that_receipts_name_is_counted_there_alone(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (tmp_path / "policy.toml").write_text("order_usd = 50\ntotal_usd = 100\n")
    sent = buy_folder(place, first_day="2026-11-02", policy=tmp_path / "policy.toml", erp=Drafts())
    (tmp_path / "demand.csv").write_text("item,week,qty\na,1,10\na,1,10\n")
    (tmp_path / "receipts.csv").write_text("item,week,qty,order\na,1,10,D-1\n")
    answer = buy_folder(place, first_day="2026-11-03")
    assert [(p["item"], p["quantity"], p["state"]) for p in answer["purchases"]] == [
        ("a", 10, "ordered"), ("a", 10, "proposed"),
    ]  # fmt: skip
    # once it was there, it counts no more, though the receipts don't name it any longer
    (tmp_path / "receipts.csv").write_text("item,week,qty,order\n")
    answer = buy_folder(place, first_day="2026-11-04")
    assert [p["quantity"] for p in answer["purchases"] if p["state"] == "proposed"] == [20]
    assert sent["purchases"][0]["erp_name"] == "D-1"


def test_spaces_around_names_in_receipts_change_nothing(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (tmp_path / "policy.toml").write_text("order_usd = 50\ntotal_usd = 100\n")
    buy_folder(place, first_day="2026-11-02", policy=tmp_path / "policy.toml", erp=Drafts())
    (tmp_path / "receipts.csv").write_text("item, week, qty, order\na, 1, 10, D-1 \n")
    answer = buy_folder(place, first_day="2026-11-03")
    assert states(answer)["a"] == "ordered"


def test_an_overdue_purchase_counts_until_a_person_says_that_it_is_done(tmp_path: Path) -> None:
    place = folder(tmp_path)
    ident = buy_folder(place, first_day="2026-11-02")["purchases"][0]["id"]
    buy_folder(place, first_day="2026-11-02", decisions=PurchaseDecisions(approve=(ident,), by="Ada"))
    late = buy_folder(place, first_day="2026-11-23")
    assert late["overdue"] == [ident]
    assert "a" not in {p["item"] for p in late["purchases"] if p["state"] == "proposed"}
    with pytest.raises(BadInput, match="--by"):
        buy_folder(place, first_day="2026-11-23", decisions=PurchaseDecisions(done=(ident,)))
    with pytest.raises(BadInput, match="an approved or sent purchase"):
        buy_folder(place, first_day="2026-11-23", decisions=PurchaseDecisions(done=("nothing",), by="Ada"))
    done = buy_folder(place, first_day="2026-11-23", decisions=PurchaseDecisions(done=(ident,), by="Ada"))
    assert (done["overdue"], done["purchases"][0]["state"]) == ([], "done")
    assert "a" in {p["item"] for p in done["purchases"] if p["state"] == "proposed"}


def test_a_purchase_that_nobody_quotes_for_is_named(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (tmp_path / "quotes.csv").write_text("supplier,item,price_usd,lead_time_weeks,valid_to\nS,a,2,2,2026-10-31\n")
    answer = buy_folder(place, first_day="2026-11-02")
    assert answer["purchases"] == []
    assert [(m["item"], m["quantity"], m["needed_by"], m["why"]) for m in answer["without_quote"]] == [
        ("a", 10, "2026-11-16", "the last quote, S's, ended on 2026-10-31"),
        ("b", 4, "2026-11-09", "no quote"),
    ]


def test_orders_of_a_plain_folder_may_have_dates(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (tmp_path / "orders.csv").write_text("order,item,qty,due\nSO-1,a,7,2026-11-17\n")
    answer = buy_folder(place, first_day="2026-11-02")
    assert next(p["quantity"] for p in answer["purchases"] if p["item"] == "a") == 17


def test_running_again_spends_no_more_than_the_policy_has(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (tmp_path / "quotes.csv").write_text("supplier,item,price_usd,lead_time_weeks\nS,a,6,2\nS,b,15,1\nS,c,1,1\n")
    (tmp_path / "policy.toml").write_text("order_usd = 70\ntotal_usd = 100\n")
    erp = Drafts()
    for day in ("2026-11-02", "2026-11-02", "2026-11-03"):
        answer = buy_folder(place, first_day=day, policy=tmp_path / "policy.toml", erp=erp)
    assert [p.item for p in erp.taken] == ["b"]
    assert "would be more than 100.00 in all" in next(p["why"] for p in answer["purchases"] if p["state"] == "proposed")
    sent = next(p["id"] for p in answer["purchases"] if p["state"] == "sent")
    buy_folder(
        place,
        first_day="2026-11-03",
        policy=tmp_path / "policy.toml",
        erp=erp,
        decisions=PurchaseDecisions(done=(sent,), by="Ada"),
    )
    assert [p.item for p in erp.taken] == ["b", "b"], "what is done frees its money, and its pieces count no more"
