"""Place a rush order through the API: read the shop, propose, see the effects, approve, and read the log.

Run a shop and serve it first, each in a separate terminal::

    nightmill run SHOP --pace 60
    nightmill serve SHOP

then: ``python examples/api/shop_client.py http://127.0.0.1:8420 "$(nightmill token SHOP --role operator)" PART``
"""

import sys

from nightmill.api.client import ShopClient
from nightmill.vocabulary.requests import TakeOrder

HOUR_S = 3600.0


def main(url: str, token: str, part: str) -> None:
    """Place one rush order of two parts."""
    shop = ShopClient(url, token)
    me = shop.me()
    print(f"{me['name']} is {me['role']}")
    promise = shop.promise(part, quantity=2)
    print(
        f"two {part}: done by hour {promise['promise_s'] / HOUR_S:.1f}, first in line {promise['first_in_line_s'] / HOUR_S:.1f}"
    )
    rush = TakeOrder("RUSH-1", part, 2, due_s=promise["promise_s"] + HOUR_S, priority=10)
    proposal = shop.propose(rush, "a customer's production line is down")
    diff = proposal.diff
    print(f"{proposal.state}: {diff.minutes:+.0f} min of cutting, {diff.money_usd:+.2f} USD, {diff.moves} cuts move")
    for shift in diff.orders:
        late = f", {shift.late_s / HOUR_S:.1f} h late" if shift.late_s > 0 else ""
        print(f"  {shift.order}: hour {(shift.promise_s or 0.0) / HOUR_S:.1f}{late}")
    if proposal.state == "proposed":
        print(shop.approve(proposal.id, "worth it").state)
    last = [event.fact for event in shop.events()][-3:]
    print("\n".join(type(fact).__name__ for fact in last))


if __name__ == "__main__":
    main(*sys.argv[1:4])
