"""The proposal desk of a shop: requests from people and agents, with effects shown first, then decided on and executed once.

propose -> foresee (the same code that the loop will run, planned as the loop plans) -> approve, by a person or by the shop's
policy -> a durable request, which the loop takes into the log or refuses. There is no other way from the network to the shop.

NightmillError
└── BadInput
    ├── NotAllowed   the role may not do this
    ├── Conflict     the proposal, or the command id, has been used for something else
    ├── NoProposal   there is no such proposal
    ├── NotThere     there is no such part, site or fact
    └── Spent        too many proposals in an hour
"""

import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import msgspec

from nightmill.floor import ShopState
from nightmill.plant.analysis.scheduling.late_orders import LateDesk
from nightmill.plant.analysis.scheduling.promise import NewItem, promise_item
from nightmill.plant.deciders.scheduling import ready_scheduler
from nightmill.plant.night.morning import morning_report
from nightmill.plant.night.preflight import preflight_shop
from nightmill.plant.part_planning.blank_price import stock_usd_kg
from nightmill.plant.plan_store.kept_plans import load_route
from nightmill.plant.proposals.proposal_store import DeskBook
from nightmill.plant.quoting.make_or_buy import site_request
from nightmill.plant.quoting.quote import compared
from nightmill.plant.quoting.sourcing_request import SplitLimits
from nightmill.plant.requests import adopt_part, inbox
from nightmill.plant.requests.effects import NotPossible, consequences
from nightmill.plant.requests.impact import Foreseen
from nightmill.plant.requests.impact_simulated import Chances, chances_of_asks
from nightmill.plant.requests.order_table import Sheet, SheetRow, read_sheet
from nightmill.plant.requests.proposal import Diff, Proposal, State
from nightmill.plant.requests.roles import Caller, Rule, may_approve, may_propose, read_approvals
from nightmill.plant.views.live_view import Following, Now
from nightmill.plant.views.records import OrderView
from nightmill.plant.views.shop_view import order_views
from nightmill.plant.workspace.layout import check_log, pending, state_folder
from nightmill.vocabulary import requests as a
from nightmill.vocabulary import validation
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import DAY_S, HOUR_S

MOST_FORESEEN, MOST_ORDERS_FORESEEN, MOST_PIECES = 500, 50, 20_000
"""Limits: pieces and orders whose effects are planned before they are proposed, and pieces that one table may order. A short
text can order thousands, and planning time grows with their number."""
_TOO_MANY = (
    f"more than {MOST_FORESEEN} pieces: their effects aren't planned in advance; the run plans them when it takes them"
)
FOR_THE_NEXT_RUN = (a.TakeOrder, a.CancelOrder, a.LimitPresence)
"""Kinds of command that can be requested while no run is unfinished; all others concern the parts and machines of a run."""
APPROVE_WITHIN_S = 24 * 3600.0
LOOP_WAIT_S = 2.0
LOOK_EVERY_S = 0.02


class NotAllowed(BadInput):
    """The caller's role may not do this."""


class Conflict(BadInput):
    """The proposal is already decided, or the command id was used for something else."""


class NoProposal(BadInput):
    """There is no proposal with this id."""


class NotThere(BadInput):
    """The part, site or fact in question doesn't exist."""


class Spent(BadInput):
    """The caller has made as many proposals as allowed for now."""


class _Row(msgspec.Struct, frozen=True):
    """How one proposal in a batch is made: the common deadline for waiting for the loop, and whether its effects are planned."""

    until_s: float | None = None
    foresee: bool = True


class Desk:
    """The desk of the shop in ``folder``. Every method takes the caller and checks permissions itself."""

    def __init__(self, folder: Path, *, loop_wait_s: float | None = None) -> None:
        """``loop_wait_s``: how long an approval waits for a loop to take it before ``approved`` is answered."""
        self.folder, self.loop_wait_s = folder, LOOP_WAIT_S if loop_wait_s is None else loop_wait_s
        self.book, self.following, self._foreseen = DeskBook(folder), Following(folder), Foreseen()
        self._late = LateDesk(folder, self.following)
        self._lock = Lock()
        self._calm: object = None
        """The book's mark at a time when no proposal was waiting for the loop."""

    def propose(
        self, caller: Caller, command_id: str, ask: a.AnyAsk, why: str = "", *, execute: bool = False
    ) -> Proposal:
        """Make a proposal with its diff; with ``execute``, approve it at once if the caller's role or the policy permits.

        A command id that this caller has used before returns the earlier result. A command that can't be done becomes a
        proposal in state ``refused``. Raises ``NotAllowed``, ``Conflict``, ``Spent``; ``BadInput`` for an impossible name or level.
        """
        return self._proposed(caller, command_id, ask, why, execute=execute, row=_Row())

    def _proposed(
        self, caller: Caller, command_id: str, ask: a.AnyAsk, why: str, *, execute: bool, row: "_Row"
    ) -> Proposal:
        kind = a.kind_of(ask)
        if not may_propose(caller.role, kind):
            raise NotAllowed(
                _finding("role", caller.role, f"a role that may propose {kind}", "Ask somebody with such a role.")
            )
        try:
            a.checked(ask)
            validation.free_text(why)
        except validation.Wrong as wrong:
            raise BadInput(wrong.finding("desk", kind, "Correct it.")) from wrong
        content = _digest("propose", execute, msgspec.json.encode(ask), why)
        known = self._known(caller, command_id, content)
        if known is not None:
            return known
        most = read_approvals(self.folder).proposals_an_hour if caller.role == "agent" else None
        self._within_budget(caller, most)
        proposal = self._drafted(caller, ask, why, foresee=row.foresee)
        added = self.book.add(proposal, time.time(), command_id, content, most_an_hour=most)
        if added == "known":
            return self._known(caller, command_id, content) or proposal
        if added == "spent":
            raise _spent(most)
        if proposal.state == "proposed" and execute:
            return self._executed_if_allowed(caller, proposal, row.until_s)
        return proposal

    def preview_orders(self, caller: Caller, body: bytes) -> tuple[Sheet, Diff]:
        """Return the orders in a table, the errors in the other rows, and the effect of all orders together; nothing is written."""
        return self._previewed(caller, self._sheet(body))

    def _sheet(self, body: bytes) -> Sheet:
        """Read the table, checking against orders that exist or wait."""
        now = self._look()[0]
        return read_sheet(body, now.shop, {*now.state.orders, *inbox.orders_waiting(self.folder)})

    def _previewed(self, caller: Caller, sheet: Sheet) -> tuple[Sheet, Diff]:
        now, key = self._look()
        if not now.unfinished:
            return sheet, Diff(version=now.state.version, foreseen=False, note="applied when the next run starts")
        good, wrong = list[SheetRow](), list[Finding]()
        for row in sheet.rows:
            try:
                consequences(now.state, now.shop, row.command, by=caller.name, why="")
                good.append(row)
            except NotPossible as reason:
                wrong.append(Finding("orders", f"line {row.line}", row.command.order, "an order", str(reason)))
        sheet = Sheet(tuple(good), (*sheet.findings, *wrong), sheet.remarks)
        if not good:
            return sheet, Diff(version=now.state.version, note="no order")
        pieces = sum(row.command.quantity for row in good)
        if pieces > MOST_PIECES:
            found, expected = f"{pieces} pieces in one table", f"at most {MOST_PIECES}"
            wrong.append(Finding("orders", "quantity", found, expected, "Split it into several tables."))
            return Sheet((), (*sheet.findings, *wrong), sheet.remarks), Diff(version=now.state.version, foreseen=False)
        if pieces > MOST_FORESEEN or len(good) > MOST_ORDERS_FORESEEN:
            return sheet, Diff(version=now.state.version, foreseen=False, note=_TOO_MANY)
        try:
            with self._lock:
                asks = [row.command for row in good]
                return sheet, self._foreseen.diff(now.shop, now.state, asks, by=caller.name, why="", key=key)
        except NotPossible as reason:  # possible on its own, but not after the rows before it
            wrong_one = Finding(
                "orders", "the table", str(reason), "orders that are possible one after another", "Correct it."
            )
            return Sheet((), (*sheet.findings, wrong_one), sheet.remarks), Diff(
                version=now.state.version, foreseen=False
            )

    def import_orders(
        self, caller: Caller, command_id: str, body: bytes, *, execute: bool
    ) -> tuple[Sheet, Diff, tuple[Proposal, ...]]:
        """Propose each order of a table; a row keeps its command id (``ID.LINE``), so that a repeated import counts once.

        A table with a wrong row makes no proposal at all.
        """
        given = self._sheet(body)
        repeat = any(self.book.answered(caller.name, f"{command_id}.{row.line}") for row in given.rows)
        sheet, diff = self._previewed(caller, given)
        sheet = given if repeat else sheet  # a repeated import would find its own orders in the book
        if sheet.findings:
            return sheet, diff, ()
        why = f"table of {len(sheet.rows)} orders"
        made, way = list[Proposal](), _Row(time.monotonic() + self.loop_wait_s, len(sheet.rows) <= MOST_ORDERS_FORESEEN)
        for each in sheet.rows:
            made.append(
                self._proposed(caller, f"{command_id}.{each.line}", each.command, why, execute=execute, row=way)
            )
        return sheet, diff, tuple(made)

    def compared_sites(
        self, part: str, quantity: int, overrides: tuple[str, ...], split: SplitLimits | None = None
    ) -> Any:
        """Compare sites for a part of the shop, optionally also a ``split`` over sites. Raises ``BadInput`` if the part has no route."""
        shop = self.following.look().shop
        place = state_folder(self.folder) / "plans" / part
        if part not in {each.name for each in shop.parts} or not (place / "route.json").exists():
            known = ", ".join(each.name for each in shop.parts)
            raise NotThere(_finding("part", part[:80], f"a planned part: {known}", "Correct it."))
        record = load_route(place).record
        request = site_request(record, quantity, stock_usd_kg(shop, record.material))
        return compared(self.folder, request, overrides, shop.start.date(), split=split)

    def approve(self, caller: Caller, identity: str, command_id: str, why: str = "") -> Proposal:
        """Approve a proposal. Raises ``NotAllowed``, ``NoProposal``, ``Conflict`` (decided, or older than a day)."""
        found = self._found(identity)
        content = _digest("approve", identity, why)
        if caller.role == "agent" or not may_approve(caller.role, a.kind_of(found.command)):
            expected = f"a role that may approve {a.kind_of(found.command)}"
            raise NotAllowed(_finding("role", caller.role, expected, "Ask somebody with such a role."))
        known = self._known(caller, command_id, content)
        if known is not None:
            return known
        return self._approved(found, caller.name, why, command=(caller.name, command_id, content))

    def reject(self, caller: Caller, identity: str, command_id: str, why: str = "") -> Proposal:
        """Reject a proposal: permitted to its proposer and to those who may approve it. Raises like ``approve``."""
        found = self._found(identity)
        content = _digest("reject", identity, why)
        own = found.by == caller.name and found.role == caller.role
        if not own and not may_approve(caller.role, a.kind_of(found.command)):
            expected = f"its proposer, or a role that may approve {a.kind_of(found.command)}"
            raise NotAllowed(_finding("role", caller.role, expected, "Ask somebody with such a role."))
        known = self._known(caller, command_id, content)
        if known is not None:
            return known

        def rejected(proposal: Proposal) -> Proposal:
            _still_open(proposal)
            return msgspec.structs.replace(
                proposal, state="rejected", decided_by=caller.name, decided_why=why, decided_at=_utc()
            )

        return self.book.change(identity, rejected, command=(caller.name, command_id, content))

    def proposal(self, identity: str) -> Proposal:
        """Return a proposal's current state. Raises ``NoProposal``."""
        return self._found(identity)

    def chances(self, identity: str) -> Chances:
        """Return the effect of an open proposal on the open orders, simulated by the twin. Raises ``NoProposal``."""
        found = self._found(identity)
        if found.state not in {"proposed", "approved"}:
            return Chances(why=f"the proposal is {found.state}: there is nothing left to simulate")
        return chances_of_asks(self.folder, [found.command], by=found.by, why=found.why)

    def proposals(self, *, after: int = 0, limit: int = 100, state: str = "") -> list[tuple[int, Proposal]]:
        """Return proposals in order, with their numbers, after ``after``."""
        mark = self.book.mark()
        waiting = self.book.page(0, 1000, "approved")
        for _, each in waiting:
            self._settled(each)
        if not waiting:
            self._calm = mark
        return self.book.page(after, limit, state)

    def proposals_mark(self) -> tuple[object, ...] | None:
        """Return a value that changes whenever ``proposals`` may answer differently: with the book and, while a proposal waits for the
        loop, with the log.
        """
        book = self.book.mark()
        if book is None or book == self._calm:
            return book
        log = self.following.written()
        return None if log is None else (book, log)

    def warm_up(self) -> None:
        """Compile the planner's kernels in a separate thread: the first time on a computer, that takes long."""
        Thread(target=ready_scheduler, name="warm-up", daemon=True).start()

    def budget(self, caller: Caller) -> dict[str, Any]:
        """Return how many proposals an agent has left this hour, and the rules under which some proposals run without a person."""
        policy = read_approvals(self.folder)
        used = self.book.count(caller.name, time.time() - HOUR_S)
        return {
            "proposals_left_this_hour": max(0, policy.proposals_an_hour - used) if caller.role == "agent" else None,
            "rules": [dict(msgspec.to_builtins(rule)) for rule in policy.rules],
        }

    def holds(self) -> list[tuple[str, str, str, tuple[str, ...]]]:
        """Return name, kind, text and serials of every open hold; those of the whole cell first."""
        return self.following.read(lambda shop, state: _holds(state))

    def orders(self) -> tuple[OrderView, ...]:
        """Return the orders now, as ``view_shop`` has them."""
        return self.following.read(lambda shop, state: order_views(shop, state, max(state.now_s, 1.0)))

    def has_order(self, order: str) -> bool:
        """Return whether the order is in the book of the run."""
        return self.following.read(lambda shop, state: order in state.orders)

    def taken_in(self, part: str) -> bool:
        """Return whether a run has added the part; waits a little for the loop to do so."""
        deadline = time.monotonic() + self.loop_wait_s
        while not (found := self.following.read(lambda shop, state: part in state.adopted)):
            if time.monotonic() >= deadline:
                break
            time.sleep(LOOK_EVERY_S)
        return found

    def why_late(self, order: str) -> dict[str, Any]:
        """Return the answer of ``nightmill explain``. Raises ``NotThere`` for an order that isn't in the book."""
        if not self.has_order(order):
            raise NotThere(_finding("order", order[:80], "an order of the book", "List the orders."))
        return dict(msgspec.to_builtins(self._late.of(order)))

    def promise(self, part: str, quantity: int, due_s: float | None, *, chances: bool = True) -> dict[str, Any]:
        """Return the answer of ``nightmill promise``: the date for an order that isn't in the book; ``chances``: also simulated by the
        twin.
        """
        name, state = f"asked-{inbox.new_id()}", self.following.look().state
        if part not in state.routes or not state.routes[part].certified:
            known = ", ".join(name for name, route in state.routes.items() if route.certified) or "none"
            raise NotThere(_finding("part", part[:80], f"a part with a certified route: {known}", "Correct it."))
        due = state.now_s if due_s is None else due_s
        return dict(msgspec.to_builtins(promise_item(self.folder, NewItem(name, part, quantity, due), chances=chances)))

    def night(self) -> dict[str, Any]:
        """Return the preflight check, and the report of the last night."""
        check_log(self.folder)
        return {"preflight": preflight_shop(self.folder), "morning": morning_report(self.folder)}

    def _drafted(self, caller: Caller, ask: a.AnyAsk, why: str, *, foresee: bool) -> Proposal:
        now, key = self._look()
        coming = self._on_its_way(now, ask)
        if coming and self.taken_in(coming):
            now, key = self._look()
        found = self._diff(now, key, ask, caller, why, foresee=foresee)
        run = "now" if now.unfinished else "next"
        refused = found if isinstance(found, str) else ""
        diff = Diff(version=now.state.version, foreseen=False) if isinstance(found, str) else found
        state: State = "refused" if refused else "proposed"
        return Proposal(
            inbox.new_id(), ask, why, caller.name, caller.role, _utc(), state, diff, refused=refused, run=run
        )

    def _look(self) -> tuple[Now, str]:
        now = self.following.look()
        return now, self.following.mark

    def _diff(self, now: Now, key: str, ask: a.AnyAsk, caller: Caller, why: str, *, foresee: bool) -> Diff | str:
        if not now.unfinished:
            if not isinstance(ask, FOR_THE_NEXT_RUN):
                return "this shop has no unfinished run to apply the command to"
            if reason := self._not_in_the_next_run(now, ask):
                return reason
            return Diff(version=now.state.version, foreseen=False, note="applied when the next run starts")
        if self._on_its_way(now, ask):
            # the loop adds parts before it takes requests, so the order will find its part
            return Diff(version=now.state.version, foreseen=False, note="applied as soon as the run has added the part")
        large = isinstance(ask, a.TakeOrder) and ask.quantity > MOST_FORESEEN
        if not foresee or (
            large and caller.role == "agent"
        ):  # a person who orders this many pieces can wait for the answer
            try:
                consequences(now.state, now.shop, ask, by=caller.name, why=why)
            except NotPossible as reason:
                return str(reason)
            return Diff(version=now.state.version, foreseen=False, note=_TOO_MANY)
        try:
            with self._lock:
                return self._foreseen.diff(now.shop, now.state, [ask], by=caller.name, why=why, key=key)
        except NotPossible as reason:
            return str(reason)

    def _not_in_the_next_run(self, now: Now, ask: a.AnyAsk) -> str:
        """Return why the next run could never take or cancel an order (name already used, no such order, unknown part); otherwise empty."""
        if not isinstance(ask, (a.TakeOrder, a.CancelOrder)):
            return ""
        book = inbox.orders_waiting(self.folder).union(each.id for each in now.shop.orders)
        if isinstance(ask, a.CancelOrder):
            orders = ", ".join(sorted(book))[:300] or "none"
            return "" if ask.order in book else f"no order {ask.order} in the book; its orders: {orders}"
        if ask.order in book:
            return f"order {ask.order} already exists: choose another name"
        if other := validation.resembled(ask.order, sorted(book)):
            return f"{validation.shortened(ask.order)} looks like the order {other}: choose another name"
        files = (path.stem for path in (self.folder / "parts").glob("*") if path.suffix.lower() in adopt_part.STEPS)
        known = {part.name for part in now.shop.parts} | pending(self.folder) | set(files)
        if ask.part in known:
            return ""
        return f"{ask.part} is not a part of this shop; its parts: {', '.join(sorted(known))[:300] or 'none'}"

    def _on_its_way(self, now: Now, ask: a.AnyAsk) -> str:
        """Return the ordered part, if the run has yet to add it; otherwise empty."""
        if not now.unfinished or not isinstance(ask, a.TakeOrder) or ask.part in now.state.routes:
            return ""
        return ask.part if ask.part in pending(self.folder) else ""

    def _executed_if_allowed(self, caller: Caller, proposal: Proposal, until_s: float | None) -> Proposal:
        if caller.role != "agent" and may_approve(caller.role, a.kind_of(proposal.command)):
            return self._approved(proposal, caller.name, proposal.why, until_s=until_s)
        rule = self._rule(caller, proposal) if caller.role == "agent" else None
        if rule is None:
            return proposal
        try:
            return self._approved(
                proposal, "policy", f"rule {rule.name} of the shop's policy", rule=rule, until_s=until_s
            )
        except Spent:
            return proposal

    def _rule(self, caller: Caller, proposal: Proposal) -> Rule | None:
        """Return the first rule of the shop's policy under which an agent's proposal runs without approval."""
        for rule in read_approvals(self.folder).rules:
            used = self.book.count(caller.name, time.time() - DAY_S, rule.name)
            if _covers(rule, caller, proposal) and used < rule.a_day:
                return rule
        return None

    def _approved(
        self,
        proposal: Proposal,
        by: str,
        why: str,
        *,
        rule: Rule | None = None,
        command: tuple[str, str, str] | None = None,
        until_s: float | None = None,
    ) -> Proposal:
        def approved(found: Proposal) -> Proposal:
            _still_open(found)
            made = datetime.fromisoformat(found.at)
            if (datetime.now(UTC) - made).total_seconds() > APPROVE_WITHIN_S:
                raise Conflict(
                    _finding("proposal", f"{found.id} of {found.at}", "one of the last day", "Propose again.")
                )
            if rule is not None and self.book.count("", time.time() - DAY_S, rule.name) >= rule.a_day:
                raise _spent(rule.a_day)  # another process was faster: counted inside the write lock
            request = inbox.Request(found.id, found.command, found.by, found.role, found.why, by)
            # durable before the book records it; a crash in between leaves a request that the loop takes into the log
            inbox.put(self.folder, request, where=inbox.NOW if found.run == "now" else inbox.NEXT)
            return msgspec.structs.replace(
                found,
                state="approved",
                decided_by=by,
                decided_why=why,
                decided_at=_utc(),
                rule=rule.name if rule else "",
            )

        done = self.book.change(proposal.id, approved, command=command)
        return self._awaited(done, until_s)

    def _awaited(self, proposal: Proposal, until_s: float | None = None) -> Proposal:
        """Wait until the loop has taken the proposal, and return it; if no loop takes it soon, return the proposal as it is."""
        wait_until = time.monotonic() + self.loop_wait_s if until_s is None else until_s
        deadline = wait_until if proposal.run == "now" else 0.0
        while (found := self._settled(proposal)).state == "approved" and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)
        return found

    def _settled(self, proposal: Proposal) -> Proposal:
        """Return the proposal with its outcome from the log."""
        if proposal.state != "approved":
            return proposal
        outcome = self.following.outcome(proposal.id)
        if outcome is None:
            return proposal

        def settled(found: Proposal) -> Proposal:
            state = "refused" if outcome else "executed"
            return msgspec.structs.replace(found, state=state, refused=outcome)

        return self.book.change(proposal.id, settled)

    def _found(self, identity: str) -> Proposal:
        found = self.book.find(identity)
        if found is None:
            raise NoProposal(_finding("proposal", identity[:80], "the id of a proposal", "List them: /api/proposals."))
        return self._settled(found)

    def _known(self, caller: Caller, command_id: str, content: str) -> Proposal | None:
        """Return the result of this command if it was given before."""
        before = self.book.answered(caller.name, command_id)
        if before is None:
            return None
        if before.content != content:
            remedy = "Give every command its own id."
            raise Conflict(_finding("command_id", command_id, "an id that was used for the same command", remedy))
        return self._found(before.proposal)

    def _within_budget(self, caller: Caller, most: int | None) -> None:
        """Refuse a proposal beyond the hourly limit before its effects are planned; the store checks the limit again when it writes."""
        if most is not None and self.book.count(caller.name, time.time() - HOUR_S) >= most:
            raise _spent(most)


def _holds(state: ShopState) -> list[tuple[str, str, str, tuple[str, ...]]]:
    cell = [(name, "safe_hold", text, ()) for name, text in state.safe_holds.items()]
    return [*cell, *((name, "parts", "", tuple(serials)) for name, serials in state.holds.items())]


def _covers(rule: Rule, caller: Caller, proposal: Proposal) -> bool:
    """Return whether the rule names the agent and the kind, and the diff lies within its limits."""
    diff = proposal.diff
    late = any(shift.late_s > shift.late_before_s for shift in diff.orders)
    return (
        a.kind_of(proposal.command) in rule.kinds
        and ("*" in rule.agents or caller.name in rule.agents)
        and abs(diff.parts) <= rule.at_most_parts
        and abs(diff.minutes) <= rule.at_most_minutes
        and abs(diff.money_usd) <= rule.at_most_usd
        and (rule.may_be_late or not late)
        and diff.foreseen
    )


def _spent(most: int | None) -> Spent:
    return Spent(_finding("proposals", f"{most} in the last hour", "fewer", "Wait, or ask a person."))


def _still_open(proposal: Proposal) -> None:
    if proposal.state != "proposed":
        found = f"{proposal.id} is {proposal.state}"
        raise Conflict(
            _finding(
                "proposal",
                found,
                "a proposal that waits for a decision",
                "Check its state; make a new proposal if needed.",
            )
        )


def _digest(*said: object) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _utc() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _finding(place: str, found: str, expected: str, remedy: str) -> Finding:
    return Finding("desk", place, found, expected, remedy)
