import datetime as dt
import random

import pytest

from nightmill.mrp.plan import PlannedOrder
from nightmill.procurement.proposals import Quote, SendPolicy, best_lot, propose_purchases, read_quotes, rule_on
from nightmill.vocabulary.errors import BadInput

DAY = dt.date(2026, 11, 2)


def order(item: str = "a", quantity: int = 90, due: int = 4, release: int = 0) -> PlannedOrder:
    return PlannedOrder(f"{item}@{due}", item, quantity, quantity, release, due, 0, False)


def test_the_lot_bought_is_the_cheapest_that_covers_the_need() -> None:
    for seed in range(200):
        rng = random.Random(seed)
        starts = sorted(rng.sample(range(1, 60), 3))
        breaks = [Quote("S", "a", rng.randint(1, 20), start) for start in starts]
        need = rng.randint(1, 70)

        def cost(pieces: int, breaks: list[Quote] = breaks) -> float:
            usable = [quote for quote in breaks if quote.min_qty <= pieces]
            return pieces * max(usable, key=lambda quote: quote.min_qty).price_usd if usable else float("inf")

        pieces, price = best_lot(breaks, need)
        assert pieces >= need
        assert pieces * price == min(cost(p) for p in range(need, 140))


def test_the_cheapest_in_time_gets_the_order_and_a_break_is_reached_where_it_pays() -> None:
    quotes = [
        Quote("Slow", "a", 1.0, 1, lead_time_weeks=9), Quote("Dear", "a", 5.0, 1, lead_time_weeks=1),
        Quote("Good", "a", 3.0, 1, lead_time_weeks=3), Quote("Good", "a", 2.0, 100, lead_time_weeks=3),
        Quote("Old", "a", 0.1, 1, valid_to=dt.date(2026, 1, 1)),
    ]  # fmt: skip
    (found,) = propose_purchases([order(), order(release=1)], quotes, DAY)
    assert (found.supplier, found.quantity, found.extra, found.total_usd) == ("Good", 100, 10, 200.0)
    assert "cost less in total" in found.reason
    (late,) = propose_purchases([order(due=0)], [quotes[0]], DAY)
    assert late.arrives_week == 9
    assert "9 week(s) late" in late.reason


def test_an_order_is_split_where_one_supplier_may_not_have_all_of_it() -> None:
    quotes = [Quote("A", "a", 1.0, 1, 2, max_percent=60), Quote("B", "a", 1.5, 1, 2, max_percent=60)]
    first, second = propose_purchases([order()], quotes, DAY)
    assert [(p.supplier, p.quantity) for p in (first, second)] == [("A", 54), ("B", 36)]
    assert sum(p.quantity - p.extra for p in (first, second)) == 90
    assert "more than its" not in first.reason + second.reason
    (alone,) = propose_purchases([order()], quotes[:1], DAY)
    assert alone.quantity == 90
    assert "more than its 60 %" in alone.reason


def test_a_policy_sends_what_is_small_in_time_and_known_and_asks_about_the_rest() -> None:
    quotes = [Quote("A", item, price) for item, price in (("a", 1.0), ("b", 1.0), ("c", 50.0), ("d", 1.0))]
    quotes += [Quote("X", "e", 1.0), Quote("A", "f", 1.0, 1, 9)]
    proposals = propose_purchases([order(item, due=due) for due, item in enumerate("abcdef", 1)], quotes, DAY)
    rulings = {ruling.id[0]: ruling for ruling in rule_on(proposals, SendPolicy(100, 200, ("A",)))}
    assert {item for item, ruling in rulings.items() if ruling.verdict == "send"} == {"a", "b"}
    assert "an order" in rulings["c"].reason
    assert "in all" in rulings["d"].reason
    assert "not among" in rulings["e"].reason
    assert all(ruling.verdict == "ask" for ruling in rule_on(proposals, SendPolicy()))


def test_quotes_are_read_whole_or_refused() -> None:
    assert read_quotes("supplier,item,price_usd,min_qty\nA,a,1.5,10\n") == (Quote("A", "a", 1.5, 10),)
    with pytest.raises(BadInput) as caught:
        read_quotes("supplier,item,price_usd,max_percent\n,a,1,\nA,a,-1,200\n")
    assert len(caught.value.findings) == 3
