"""Purchase proposals from a material plan: supplier, quantity and reason, and which orders a policy may send without a person.

Prices come from quotes with breaks. The unit price for a quantity is that of the largest break at or below it; buying up to the next
break is proposed if that costs less in total. The cheapest of the suppliers that can deliver in time gets the order, up to its permitted
share; the rest goes to the next supplier.
"""

import datetime as dt
import tomllib
from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Literal

import msgspec

from nightmill.mrp import PlannedOrder
from nightmill.vocabulary.csv_text import read_records
from nightmill.vocabulary.errors import BadInput, Finding

Name = Annotated[str, msgspec.Meta(min_length=1)]


class Quote(msgspec.Struct, frozen=True):
    """A row of quotes.csv: ``min_qty`` pieces or more cost ``price_usd`` each; the supplier gets up to ``max_percent`` of an order.

    ``valid_to`` is the last day on which the quote is valid; without ``valid_to`` it doesn't expire.
    """

    supplier: Name
    item: Name
    price_usd: Annotated[float, msgspec.Meta(ge=0)]
    min_qty: Annotated[int, msgspec.Meta(ge=1)] = 1
    lead_time_weeks: Annotated[int, msgspec.Meta(ge=0)] = 0
    max_percent: Annotated[int, msgspec.Meta(ge=1, le=100)] = 100
    valid_to: dt.date | None = None


class Proposal(msgspec.Struct, frozen=True):
    """An order to place for ``quantity`` pieces, of which ``extra`` only serve to reach a price break; weeks are those of the plan."""

    id: str
    item: str
    supplier: str
    quantity: int
    extra: int
    release_week: int
    needed_week: int
    arrives_week: int
    unit_usd: float
    total_usd: float
    reason: str


class Unquoted(msgspec.Struct, frozen=True):
    """A planned purchase that must be released but has no valid quote; ``why`` gives the reason."""

    id: str
    item: str
    quantity: int
    release_week: int
    needed_week: int
    why: str


class PurchasePlan(msgspec.Struct, frozen=True):
    """Proposals, each with the policy's ruling (``None`` without a policy), and planned purchases that lack a quote."""

    proposed: "tuple[tuple[Proposal, Ruling | None], ...]"
    unquoted: tuple[Unquoted, ...]


class SendPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Orders that may be sent without a person: up to ``order_usd`` each and ``total_usd`` in all, from ``suppliers`` (empty: any).

    Only orders that arrive in time are sent.
    """

    order_usd: float = 0.0
    total_usd: float = 0.0
    suppliers: tuple[str, ...] = ()


class Ruling(msgspec.Struct, frozen=True):
    """The policy's ruling on a proposal: ``send`` or ``ask`` a person, and why."""

    id: str
    verdict: Literal["send", "ask"]
    reason: str


def read_quotes(text: str, file: str = "quotes.csv") -> tuple[Quote, ...]:
    """Read the quotes from CSV text. Raises ``BadInput`` with every finding."""
    findings: list[Finding] = []
    rows = tuple(row for _, row in read_records(file, text, Quote, findings))
    if findings:
        raise BadInput(*findings)
    return rows


def best_lot(breaks: Sequence[Quote], quantity: int) -> tuple[int, float]:
    """Return the pieces to buy and the unit price: ``quantity``, or a higher break if this costs less in total.

    ``breaks`` are one supplier's price breaks for one item. If the quantity is below the smallest break, that break is bought.
    """
    ordered = sorted(breaks, key=lambda quote: quote.min_qty)
    choices = [(quote.min_qty, quote.price_usd) for quote in ordered if quote.min_qty > quantity]
    at_quantity = [quote.price_usd for quote in ordered if quote.min_qty <= quantity]
    if at_quantity:
        choices.append((quantity, at_quantity[-1]))
    return min(choices, key=lambda choice: (choice[0] * choice[1], choice[0]))


def propose_purchases(
    orders: Iterable[PlannedOrder], quotes: Sequence[Quote], first_day: dt.date, within_weeks: int = 1
) -> tuple[Proposal, ...]:
    """Return proposals for planned orders to be released in weeks 0 .. ``within_weeks`` - 1 whose item has a valid quote."""
    offers: dict[str, dict[str, list[Quote]]] = {}
    for quote in quotes:
        if _valid(quote, first_day):
            offers.setdefault(quote.item, {}).setdefault(quote.supplier, []).append(quote)
    proposals: list[Proposal] = []
    for order in orders:
        if order.release_week < within_weeks and not order.phantom:
            proposals += _split(order, dict(offers.get(order.item, {})))
    return tuple(proposals)


def _valid(quote: Quote, day: dt.date) -> bool:
    return quote.valid_to is None or quote.valid_to >= day


def unquoted_orders(
    orders: Iterable[PlannedOrder], quotes: Sequence[Quote], bought: Collection[str], first_day: dt.date, within_weeks: int = 1
) -> tuple[Unquoted, ...]:  # fmt: skip
    """Return the planned orders for ``bought`` items that must be released within these weeks and have no valid quote."""
    offered = {quote.item for quote in quotes if _valid(quote, first_day)}
    ended: dict[str, list[Quote]] = {}
    for quote in quotes:
        ended.setdefault(quote.item, []).append(quote)
    found = []
    for order in orders:
        if order.release_week >= within_weeks or order.item not in bought or order.item in offered:
            continue
        last = max(ended.get(order.item, ()), key=lambda quote: quote.valid_to or dt.date.max, default=None)
        why = "no quote" if last is None else f"the last quote, {last.supplier}'s, ended on {last.valid_to}"
        found.append(Unquoted(order.id, order.item, order.start_quantity, order.release_week, order.due_week, why))
    return tuple(found)


def _split(order: PlannedOrder, offers: dict[str, list[Quote]]) -> list[Proposal]:
    """Return one proposal per supplier until the order is covered: first suppliers in time, then those with the lowest cost per piece."""
    left, number = order.start_quantity, 0
    made: list[Proposal] = []
    while left > 0 and offers:
        ranks = {name: _rank(order, breaks, left) for name, breaks in offers.items()}
        supplier = min(sorted(offers), key=ranks.__getitem__)
        breaks = offers.pop(supplier)
        wanted = left if not offers else _share(order, breaks, left)
        pieces, price = best_lot(breaks, wanted)
        number += 1
        late = breaks[0].lead_time_weeks - order.due_week
        reason = (
            f"{order.quantity} of {order.item} needed in week {order.due_week}; {supplier} costs {price:g} USD a piece"
        )
        if pieces > wanted:
            reason += f", and {pieces} pieces cost less in total than {wanted}"
        if wanted < order.start_quantity:
            reason += f"; {wanted} of {order.start_quantity} are ordered from {supplier}"
        if wanted > _share(order, breaks, left):
            reason += f", more than its {breaks[0].max_percent} %, since no other supplier has a quote for the rest"
        if late > 0:
            reason += f"; delivery is {late} week(s) late, and no other supplier delivers sooner"
        made.append(
            Proposal(
                f"{order.id}#{number}", order.item, supplier, pieces, pieces - wanted, order.release_week, order.due_week,
                max(order.due_week, breaks[0].lead_time_weeks), price, round(pieces * price, 2), reason,
            )
        )  # fmt: skip
        left -= wanted
    return made


def _rank(order: PlannedOrder, breaks: Sequence[Quote], left: int) -> tuple[int, float]:
    """Return the number of weeks too late, and the cost per needed piece."""
    wanted = _share(order, breaks, left)
    pieces, price = best_lot(breaks, wanted)
    return max(0, breaks[0].lead_time_weeks - order.due_week), pieces * price / wanted


def _share(order: PlannedOrder, breaks: Sequence[Quote], left: int) -> int:
    """Return the maximum number of an order's pieces that a supplier may get."""
    return max(1, min(left, order.start_quantity * breaks[0].max_percent // 100))


def rule_on(proposals: Iterable[Proposal], policy: SendPolicy, spent_usd: float = 0.0) -> tuple[Ruling, ...]:
    """Decide which orders may be sent without a person, most urgent first, until the policy's budget is spent.

    ``spent_usd`` is the amount already spent.
    """
    spent = spent_usd
    rulings = []
    for one in sorted(proposals, key=lambda p: (p.needed_week, p.id)):
        if policy.suppliers and one.supplier not in policy.suppliers:
            why = f"{one.supplier} is not among the policy's suppliers"
        elif one.total_usd > policy.order_usd:
            why = f"{one.total_usd:,.2f} USD is more than {policy.order_usd:,.2f} an order"
        elif spent + one.total_usd > policy.total_usd:
            why = f"{spent + one.total_usd:,.2f} USD would be more than {policy.total_usd:,.2f} in all"
        elif one.arrives_week > one.needed_week:
            why = "it would arrive too late"
        else:
            spent += one.total_usd
            rulings.append(Ruling(one.id, "send", f"within the policy: {one.total_usd:,.2f} USD, in time"))
            continue
        rulings.append(Ruling(one.id, "ask", why))
    return tuple(rulings)


class PolicyInForce(msgspec.Struct, frozen=True):
    """A policy for sending purchases without a person (TOML ``text``), and the USD value of its approved orders that are still open."""

    text: str = ""
    spent_usd: float = 0.0


def purchase_proposals(
    orders: Sequence[PlannedOrder],
    quotes_text: str,
    first_day: dt.date,
    within_weeks: int = 1,
    *,
    bought: Collection[str] = (),
    policy: PolicyInForce = PolicyInForce(),
    decided: Collection[str] = (),
) -> PurchasePlan:
    """Return proposals with the ruling of a policy; proposals whose id is in ``decided`` are left out.

    ``bought`` lists the purchased items to report if they have no quote. Raises ``BadInput`` for invalid quotes or an invalid policy.
    """
    quotes = read_quotes(quotes_text)
    made = [p for p in propose_purchases(orders, quotes, first_day, within_weeks) if p.id not in decided]
    unquoted = unquoted_orders(orders, quotes, bought, first_day, within_weeks)
    if not policy.text:
        return PurchasePlan(tuple((proposal, None) for proposal in made), unquoted)
    try:
        limits = msgspec.convert(tomllib.loads(policy.text), SendPolicy)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise BadInput(Finding("policy", "", str(error), "order_usd, total_usd, suppliers", "Correct it.")) from error
    rulings = {ruling.id: ruling for ruling in rule_on(made, limits, policy.spent_usd)}
    return PurchasePlan(tuple((proposal, rulings[proposal.id]) for proposal in made), unquoted)
