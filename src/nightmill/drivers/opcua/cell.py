"""``OpcUaCell``: the controller as an OPC UA client. A command is a job order; before it is sent again, ``JobOrderList`` is read.

The channel is signed and encrypted, and the session has a user. Reports come as events; those missed by a lost subscription
are requested again by number. The control socket only finds, starts and stops the gateway.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from nightmill.drivers.background import BackgroundLoop
from nightmill.drivers.inbox import Inbox
from nightmill.drivers.opcua.address_space import OFFICE, OWN
from nightmill.drivers.opcua.certificates import CONTROLLER_URI, make_identities
from nightmill.drivers.opcua.job_orders import job_order
from nightmill.drivers.opcua.jobs import State, Status
from nightmill.drivers.record_fields import Scalar, read_report
from nightmill.drivers.station import Link, read_address
from nightmill.drivers.telemetry import Telemetry, Unheard
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.units import utc_us

PATIENCE_S = 2.0
CALL_S = 20.0
ATTEMPTS, LIVES = 5, 20
EVIDENCE = {State.RUNNING: "running", State.INTERRUPTED: "running", State.ENDED: "done", State.ABORTED: "refused"}
_T = TypeVar("_T")


class OpcUaCell:
    """See ``floor.equipment.Cell`` for the contract of its methods."""

    def __init__(self, link: Link, telemetry: Telemetry | None = None) -> None:
        self._link, self._inbox, self._telemetry = link, Inbox(), telemetry or Unheard()
        self._signals: dict[Any, tuple[str, str]] = {}
        """Source and name of a node's signal."""
        self.endpoints = link.endpoints()
        self._loop = BackgroundLoop("opcua client")
        self._client: Any = None
        self._unsure = True
        """Whether a job order may have arrived although its answer was lost; if so, the list is read before anything is sent."""
        self._spaces: dict[str, int] = {}
        self._loop.run(self._alive(self._nothing))

    def greet(self) -> Greeting:
        """Return the cell's greeting: its identity, shop time and last report."""
        now_s, last_seq, boot_id = self._loop.run(self._alive(lambda: self._shop("Greet")))
        return Greeting(now_s, last_seq, boot_id)

    def submit(self, command: AnyCommand) -> Acknowledgement:
        """Store and start a job order; before it is sent again, the machine's list is read, and an order in the list isn't sent."""
        return self._loop.run(self._alive(lambda: self._submitted(command)))

    def evidence(self, command_id: str) -> str:
        """Read the job back from the lists of job orders, or, if it is old, from its job response."""
        return self._loop.run(self._alive(lambda: self._evidence(command_id)))

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Advance the clock and wait until all reports have arrived; lost ones are requested again."""
        self._inbox.acknowledge(acknowledged_seq)
        for attempt in range(ATTEMPTS):
            now_s, published = self._loop.run(self._alive(self._clock(until_s, acknowledged_seq, repeat=attempt > 0)))
            if self._loop.run(self._inbox.heard(acknowledged_seq, published, PATIENCE_S)):
                return Advance(now_s, self._inbox.take(acknowledged_seq, published))
            until_s = now_s
        found = f"reports up to {published} did not arrive"
        raise EnvironmentFailed(Finding("OPC UA", "events", found, "all of them", "See world/gateway.log."))

    def image(self, name: str) -> bytes:
        """Return the PNG of an ``ImageTaken`` report."""
        return self._loop.run(self._alive(lambda: self._image(name)))

    def close(self) -> None:
        """Disconnect; server and shop keep running."""
        self._leave()
        self._link.close()

    def shutdown(self) -> None:
        """Stop the gateway; the shop behind it keeps running."""
        self._leave()
        self._link.shutdown()

    def _leave(self) -> None:
        if not self._loop.loop.is_closed():
            self._loop.run(self._disconnected())
            self._loop.stop()

    async def _nothing(self) -> None:
        """Ensure that the session is connected, and do nothing else."""

    async def _alive(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """Run an action on a live session; if the session is lost, connect a new session and run the action again."""
        from asyncua import ua

        broken: Exception | None = None
        for _ in range(LIVES):
            try:
                if self._client is None:
                    await self._connected()
                return await work()
            except (OSError, TimeoutError, asyncio.IncompleteReadError, ua.UaError) as error:
                broken = error
                await self._disconnected()
                await asyncio.to_thread(self._revive)
        found = str(broken) or type(broken).__name__
        raise EnvironmentFailed(
            Finding("OPC UA", str(dict(self.endpoints)), found, "an answer", "See world/gateway.log.")
        )

    async def _connected(self) -> None:
        from asyncua import Client, ua
        from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256

        logging.getLogger("asyncua").setLevel(logging.CRITICAL)
        pki = make_identities(Path(self._link.station.shop_dir))
        client = Client(dict(self.endpoints)["opcua"], timeout=CALL_S, watchdog_intervall=60.0)
        client.application_uri = CONTROLLER_URI
        user = pki.user()
        client.set_user(user.user)
        client.set_password(user.password)
        await client.set_security(
            SecurityPolicyBasic256Sha256,
            certificate=str(pki.certificate("controller")),
            private_key=str(pki.key("controller")),
            server_certificate=str(pki.certificate("server")),
            mode=ua.MessageSecurityMode.SignAndEncrypt,
        )
        await client.connect()
        self._client = client
        await client.load_data_type_definitions()
        self._spaces = {uri: number for number, uri in enumerate(await client.get_namespace_array())}
        subscription = await client.create_subscription(20, self)
        kind = await client.nodes.base_event_type.get_child(ua.QualifiedName("ReportEventType", self._spaces[OWN]))
        await subscription.subscribe_events(client.nodes.server, kind, queuesize=100_000)
        signals = await self._find_signals()
        if signals:
            await subscription.subscribe_data_change(signals, queuesize=10_000, sampling_interval=0.0)

    async def _find_signals(self) -> list[Any]:
        """Return the variables below each machine's ``Signals``."""
        from asyncua import ua

        found = []
        for machine in await self._client.nodes.objects.get_children():
            try:
                folder = await machine.get_child(ua.QualifiedName("Signals", self._spaces[OWN]))
            except ua.UaStatusCodeError:
                continue
            source = (await machine.read_browse_name()).Name
            for node in await folder.get_children():
                self._signals[node.nodeid] = (source, (await node.read_browse_name()).Name)
                found.append(node)
        return found

    async def _disconnected(self) -> None:
        from asyncua import ua

        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(OSError, TimeoutError, ua.UaError):
                await asyncio.wait_for(client.disconnect(), PATIENCE_S)

    def _revive(self) -> None:
        with contextlib.suppress(EnvironmentFailed, BadInput):
            self._link.ask({"ask": "greet"})
        address = read_address(self._link.station)
        if address is not None and address.endpoints:
            self.endpoints = address.endpoints

    def event_notification(self, event: Any) -> None:
        """Take a report (asyncua calls this)."""
        fields: dict[str, Scalar] = dict(zip(event.Names, event.Values, strict=True))
        self._inbox.put(read_report(fields, "OPC UA event"))

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        """Take a signal's new value (asyncua calls this)."""
        told = data.monitored_item.Value
        if node.nodeid in self._signals and isinstance(value, float) and told.SourceTimestamp is not None:
            source, name = self._signals[node.nodeid]
            self._telemetry.put(source, utc_us(told.SourceTimestamp), {name: value})

    def _node(self, name: str) -> Any:
        from asyncua import ua

        return self._client.get_node(ua.NodeId(name, self._spaces[OWN]))

    async def _shop(self, method: str, *arguments: Any) -> Any:
        from asyncua import ua

        try:
            return await self._node("shop").call_method(self._node(f"shop.{method}").nodeid, *arguments)
        except ua.UaStatusCodeError as error:
            said = ", ".join(str(argument.Value) for argument in arguments)
            if error.code == ua.StatusCodes.BadInvalidArgument:
                raise BadInput(
                    Finding("OPC UA", method, said, "a request that the shop can answer", "Ask otherwise.")
                ) from error
            if error.code == ua.StatusCodes.BadResourceUnavailable:
                finding = Finding("OPC UA", method, said, "an answer", "See world/process.log and gateway.log.")
                raise EnvironmentFailed(finding) from error
            raise

    def _clock(self, until_s: float, acknowledged_seq: int, *, repeat: bool) -> Callable[[], Awaitable[Any]]:
        from asyncua import ua

        arguments = (
            ua.Variant(until_s, ua.VariantType.Double),
            ua.Variant(acknowledged_seq, ua.VariantType.Int64),
            ua.Variant(repeat, ua.VariantType.Boolean),
        )
        return lambda: self._shop("Advance", *arguments)

    async def _image(self, name: str) -> bytes:
        from asyncua import ua

        data: bytes = await self._shop("Image", ua.Variant(name, ua.VariantType.String))
        return data

    async def _submitted(self, command: AnyCommand) -> Acknowledgement:
        from asyncua import ua

        unit = command.unit or OFFICE
        if self._unsure:
            known = await self._known(unit, command.command_id)
            if known is not None:
                return known
        self._unsure = True
        control = self._node(f"{unit}.JobOrderControl")
        comment = ua.Variant([], ua.VariantType.LocalizedText, is_array=True)
        order = ua.Variant(job_order(command), ua.VariantType.ExtensionObject)
        status = await control.call_method(self._node(f"{unit}.StoreAndStart").nodeid, order, comment)
        self._unsure = False
        if status == Status.NO_ERROR:
            return Acknowledgement(command.command_id, True)
        if status == Status.INVALID_JOB_ORDER_STATUS:
            known = await self._known(unit, command.command_id)
            if known is not None:
                return known
        return Acknowledgement(command.command_id, False, False, await self._reason(unit, command.command_id))

    async def _known(self, unit: str, command_id: str) -> Acknowledgement | None:
        """Return the earlier answer to a command that is in the machine's list of job orders."""
        state = await self._listed(unit, command_id)
        if state is None:
            return None
        if state is State.ABORTED:
            return Acknowledgement(command_id, False, True, await self._reason(unit, command_id))
        return Acknowledgement(command_id, True, True)

    async def _listed(self, unit: str, command_id: str) -> State | None:
        for entry in await self._node(f"{unit}.JobOrderList").read_value() or []:
            if entry.JobOrder.JobOrderID == command_id:
                return State(entry.State[0].StateNumber)
        return None

    async def _reason(self, unit: str, command_id: str) -> str:
        found = await self._job_response(unit, command_id)
        return str(found.Description.Text or "refused") if found is not None and found.Description else "refused"

    async def _job_response(self, unit: str, command_id: str) -> Any:
        from asyncua import ua

        results, method = self._node(f"{unit}.JobOrderResults"), self._node(f"{unit}.RequestJobResponseByJobOrderID")
        response, status = await results.call_method(method.nodeid, ua.Variant(command_id, ua.VariantType.String))
        return response if status == Status.NO_ERROR else None

    async def _evidence(self, command_id: str) -> str:
        response = await self._job_response(OFFICE, command_id)
        return "unknown" if response is None else EVIDENCE.get(State(response.JobState[0].StateNumber), "accepted")
