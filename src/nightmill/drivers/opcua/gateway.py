"""The virtual shop behind an OPC UA server on loopback: commands need encryption and a signature, reading is open to all.

Anonymous sessions may read, browse and subscribe; methods and writes require the user of ``certificates`` on an encrypted
channel whose client certificate is in the trust list. The server is asyncua's; its authors don't call it hardened, so it listens
on loopback only.
"""

import asyncio
import contextlib
import secrets
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import msgspec

from nightmill.drivers.async_cell import AsyncCell
from nightmill.drivers.opcua.address_space import (
    AUTOMATIC,
    OFFICE,
    SERVICE,
    Call,
    Machine,
    build_machine,
    build_shop,
    load_models,
)
from nightmill.drivers.opcua.certificates import SERVER_URI, make_identities
from nightmill.drivers.opcua.job_orders import command_of, shown
from nightmill.drivers.opcua.jobs import TEXTS, WAITING, JobBook, State, Status
from nightmill.drivers.opcua.mandatory import Declarations
from nightmill.drivers.protocols import GatewayOptions, listening
from nightmill.drivers.record_fields import flatten
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding, NightmillError
from nightmill.vocabulary.shop import Shop

STARTS = 3
"""Number of further ports to try if another process takes the chosen port first; only if no port was given."""
REBUILT = 200
"""Number of recent jobs that a restarted gateway reads back from the shop."""
EVIDENCE = {"accepted": State.RUNNING, "running": State.RUNNING, "done": State.ENDED, "refused": State.ABORTED}
PROGRAM: dict[type, str] = {r.CycleStarted: "Running", r.CycleFinished: "Ended", r.CycleInterrupted: "Interrupted"}


class _Kept(msgspec.Struct, frozen=True):
    """A line of ``jobs.jsonl``, written before an order is handed to the shop."""

    id: str
    unit: str


class OpcUaGateway:
    """One OPC UA server for the whole shop."""

    def __init__(self, link: AsyncCell, shop: Shop, folder: Path, options: GatewayOptions) -> None:
        self._link, self._shop, self._folder, self._options = link, shop, folder, options
        self._machines: dict[str, Machine] = {}
        self._books: dict[str, JobBook] = {}
        self._units: dict[str, str] = {}
        self._changed: set[str] = set()
        self._made: dict[str, int] = {}
        self._shown = 0
        self._server: Any = None
        self._event: Any = None

    async def start(self) -> list[tuple[str, str]]:
        """Set up certificates, models and nodes, and open the server's socket. Raises ``EnvironmentFailed`` if its port is in use."""
        for again in reversed(range(STARTS)):
            with listening(
                self._options
            ) as held:  # no other process may take the port in the seconds that building takes
                port = held.getsockname()[1]
                server, url = await self._built(port)
            try:
                await server.start()  # it can't take over an open socket, so the port is free for some milliseconds
            except OSError as error:
                if self._options.port or not again:
                    finding = Finding("127.0.0.1", str(port), str(error), "a free port", "Try again.")
                    raise EnvironmentFailed(finding) from error
            else:
                break
        return [("opcua", url)]

    async def _built(self, port: int) -> tuple[Any, str]:
        """Build the server, which doesn't listen on ``port`` yet, and its URL."""
        from asyncua import Server, ua

        pki = make_identities(self._folder.parents[1])
        server = self._server = Server(user_manager=_Users(pki.user().user, pki.user().password))
        await server.init()
        url = f"opc.tcp://127.0.0.1:{port}/nightmill"
        server.set_endpoint(url)
        server.set_server_name("Nightmill virtual shop")
        await server.set_application_uri(SERVER_URI)
        await server.load_certificate(pki.certificate("server"))
        await server.load_private_key(pki.key("server"))
        policies = ua.SecurityPolicyType
        encrypted = [policies.Basic256Sha256_SignAndEncrypt, policies.Aes256Sha256RsaPss_SignAndEncrypt]
        server.set_security_policy([policies.NoSecurity, *encrypted], permission_ruleset=_rules())
        await _trust(server, pki.trusted)
        spaces = await load_models(server)
        declarations = Declarations(server)
        for unit in (*self._shop.work_units, None):
            name = unit.id if unit else ""
            self._books[name] = JobBook()
            self._machines[name] = await build_machine(server, spaces, declarations, unit, self._method)
        kind = await build_shop(server, spaces, self._shop, self._method)
        self._event = await server.get_event_generator(kind, ua.ObjectIds.Server)
        await self._rebuild()
        return server, url

    async def stop(self) -> None:
        """Close all sessions."""
        if self._server is not None:
            await self._server.stop()

    async def greet(self) -> Greeting:
        """``Cell.greet``."""
        return await self._link.greet()

    async def submit(self, command: AnyCommand) -> Acknowledgement:
        """Refuse: commands go as job orders."""
        raise _by_opcua("submit")

    async def evidence(self, command_id: str) -> str:
        """Refuse: evidence is read from ``JobOrderList``."""
        raise _by_opcua("evidence")

    async def image(self, name: str) -> bytes:
        """Refuse: images come through ``Shop.Image``."""
        raise _by_opcua("image")

    async def advance(self, until_s: float, acknowledged_seq: int, *, repeat: bool) -> tuple[Advance, int]:
        """Refuse: the clock advances through ``Shop.Advance``."""
        raise _by_opcua("advance")

    def _method(self, unit: str, name: str) -> Call:
        """Return the function behind a method of a unit (or of the shop)."""
        book = self._books.get(unit)

        async def by_id(_parent: Any, job: Any) -> list[Any]:
            return await self._response(unit, str(job.Value or ""))

        async def by_state(_parent: Any, states: Any) -> list[Any]:
            return await self._responses(unit, states.Value or [])

        simple = {
            "Start": lambda job: self._begin(unit, job, stored=True),
            "Pause": lambda job: _now(book.halt(job, State.RUNNING) if book else Status.INVALID_REQUEST),
            "Resume": lambda job: _now(book.halt(job, State.INTERRUPTED) if book else Status.INVALID_REQUEST),
            "Stop": lambda job: _now(book.halt(job, State.RUNNING) if book else Status.INVALID_REQUEST),
            "Abort": lambda job: _now(book.abort(job) if book else Status.INVALID_REQUEST),
            "Cancel": lambda job: _now(book.cancel(job) if book else Status.INVALID_REQUEST),
            "Clear": lambda job: _now(book.clear(job) if book else Status.INVALID_REQUEST),
            "RevokeStart": lambda job: _now(book.revoke(job) if book else Status.INVALID_REQUEST),
        }
        others: dict[str, Call] = {
            "Greet": self._greet,
            "Advance": self._advance,
            "Image": self._image,
            "RequestJobResponseByJobOrderID": by_id,
            "RequestJobResponseByJobOrderState": by_state,
        }

        async def with_order(_parent: Any, order: Any, _comment: Any) -> list[Any]:
            return await self._ordered(unit, name, order.Value)

        async def with_id(_parent: Any, job: Any, _comment: Any) -> list[Any]:
            status = await simple[name](str(job.Value or ""))
            await self._show_jobs(unit)
            return [_status(status)]

        if name in others:
            return _answering(others[name])
        return with_order if name in ("Store", "StoreAndStart", "Update") else with_id

    async def _ordered(self, unit: str, name: str, order: Any) -> list[Any]:
        job_id = str(getattr(order, "JobOrderID", "") or "")
        book = self._books[unit]
        if name == "Update":
            status = book.update(job_id, order)
        else:
            status = book.store(job_id, order)
            if name == "StoreAndStart" and status is Status.NO_ERROR:
                status = await self._begin(unit, job_id, stored=True)
        await self._show_jobs(unit)
        return [_status(status)]

    async def _begin(self, unit: str, job_id: str, *, stored: bool) -> Status:
        """Hand an order to the shop; a refused order becomes Aborted, with the reason in its job response."""
        book = self._books[unit]
        status = book.allow(job_id)
        if status is not Status.NO_ERROR:
            return status
        order = book.jobs[job_id].order
        book.jobs[job_id].order = shown(order)
        try:
            command = command_of(order, unit)
            await asyncio.to_thread(self._keep, _Kept(job_id, unit))
            answer = await self._link.submit(command)
        except NightmillError as error:
            book.put(job_id, order, State.ABORTED, str(error))
            return Status.INVALID_REQUEST if isinstance(error, BadInput) else Status.UNABLE_TO_ACCEPT_JOB_ORDER
        self._units[job_id] = unit
        if not answer.accepted:
            book.put(job_id, order, State.ABORTED, answer.reason)
            return Status.UNABLE_TO_ACCEPT_JOB_ORDER
        if book.jobs[job_id].state is State.ALLOWED_TO_START:
            book.put(job_id, order, State.RUNNING)
        return Status.NO_ERROR

    def _keep(self, kept: _Kept) -> None:
        import os

        with (self._folder / "jobs.jsonl").open("ab") as out:
            out.write(msgspec.json.encode(kept) + b"\n")
            out.flush()
            os.fsync(out.fileno())

    async def _rebuild(self) -> None:
        """Read the outcome of the last jobs back from the shop, so that ``JobOrderList`` is correct before anybody reads it."""
        path = self._folder / "jobs.jsonl"
        lines = path.read_bytes().splitlines()[-REBUILT:] if path.exists() else []
        for line in lines:
            with contextlib.suppress(msgspec.DecodeError):
                kept = msgspec.json.decode(line, type=_Kept)
                state = EVIDENCE.get(await self._link.evidence(kept.id))
                if state is not None and kept.unit in self._books:
                    self._units[kept.id] = kept.unit
                    self._books[kept.unit].put(kept.id, _bare_order(kept.id), state)
        for unit in self._books:
            await self._show_jobs(unit)

    async def _greet(self, _parent: Any) -> list[Any]:
        from asyncua import ua

        said = await self._link.greet()
        return [
            ua.Variant(said.now_s, ua.VariantType.Double),
            ua.Variant(said.last_seq, ua.VariantType.Int64),
            ua.Variant(said.boot_id),
        ]

    async def _advance(self, _parent: Any, until: Any, acknowledged: Any, repeat: Any) -> list[Any]:
        from asyncua import ua

        moved = await self._link.advance(float(until.Value), int(acknowledged.Value))
        for report in moved.reports:
            if repeat.Value or report.seq > self._shown:
                await self._show(report)
                self._shown = max(self._shown, report.seq)
        for unit in list(self._changed):
            await self._show_jobs(unit)
        self._changed.clear()
        published = moved.reports[-1].seq if moved.reports else int(acknowledged.Value)
        return [ua.Variant(moved.now_s, ua.VariantType.Double), ua.Variant(published, ua.VariantType.Int64)]

    async def _image(self, _parent: Any, name: Any) -> list[Any]:
        from asyncua import ua

        return [ua.Variant(await self._link.image(str(name.Value)), ua.VariantType.ByteString)]

    async def _show(self, report: r.AnyReport) -> None:
        """Publish a report as an event with all its fields, and update the state of its machine and job."""
        fields = flatten(report)
        self._event.event.Sequence, self._event.event.Unit = report.seq, report.unit or OFFICE
        self._event.event.Names, self._event.event.Values = list(fields), [_text(value) for value in fields.values()]
        await self._event.trigger(message=f"{report.unit or OFFICE}: {fields['report']}")
        self._settle(report)
        machine = self._machines.get(report.unit)
        if machine is not None:
            await self._show_state(machine, report)
            await self._show_signals(machine, report)

    def _settle(self, report: r.AnyReport) -> None:
        job_id = getattr(report, "command_id", "")
        unit = self._units.get(job_id)
        if not job_id or unit is None or isinstance(report, r.CycleStarted | r.TreatmentStarted):
            return
        interrupted = isinstance(report, r.CycleInterrupted)
        reason = report.alarm if isinstance(report, r.CycleInterrupted) else ""
        self._books[unit].put(job_id, _bare_order(job_id), State.ABORTED if interrupted else State.ENDED, reason)
        self._changed.add(unit)

    async def _show_state(self, machine: Machine, report: r.AnyReport) -> None:
        from asyncua import ua

        states: dict[type, str] = {
            r.CycleStarted: "Executing",
            r.CycleFinished: "NotExecuting",
            r.CycleInterrupted: "NotExecuting",
            r.MachineFailed: "OutOfService",
            r.MachineRepaired: "NotExecuting",
            r.MachineMaintained: "NotExecuting",
        }
        if type(report) in states:
            await machine.show_item(states[type(report)])
            await machine.show_mode(SERVICE if isinstance(report, r.MachineFailed) else AUTOMATIC)
        if type(report) in PROGRAM:
            await machine.show_program(PROGRAM[type(report)])
        if isinstance(report, r.CycleStarted):
            await machine.program.write_value(report.operation)
            await machine.part.write_value(report.serial)
        elif isinstance(report, r.CycleFinished):
            self._made[report.unit] = self._made.get(report.unit, 0) + 1
            await machine.parts_made.write_value(self._made[report.unit], ua.VariantType.UInt32)

    async def _show_signals(self, machine: Machine, report: r.AnyReport) -> None:
        """Write each signal with its sampling time as the source timestamp."""
        from asyncua import ua

        if not isinstance(report, r.CycleFinished | r.SignalsSampled):
            return
        taken = (self._shop.start + timedelta(seconds=report.at_s)).astimezone(UTC)
        for name, value in report.signals.items():
            if name in machine.signals:
                variant = ua.Variant(value, ua.VariantType.Double)
                await machine.signals[name].write_value(ua.DataValue(variant, SourceTimestamp=taken))

    async def _show_jobs(self, unit: str) -> None:
        from asyncua import ua

        types: Any = ua
        listed = []
        for job in self._books[unit].jobs.values():
            entry = types.ISA95JobOrderAndStateDataType()
            entry.JobOrder = shown(job.order) if job.state in WAITING else job.order
            entry.State = [_state(job.state)]
            listed.append(entry)
        machine = self._machines[unit]
        if (changed := self._books[unit].changed) is not None:
            await machine.show_job(TEXTS[changed])
        await machine.job_list.write_value(types.Variant(listed, ua.VariantType.ExtensionObject, is_array=True))

    async def _response(self, unit: str, job_id: str) -> list[Any]:
        from asyncua import ua

        types: Any = ua
        job = self._books[unit].jobs.get(job_id)
        state, reason = (job.state, job.reason) if job else (None, "")
        if state is None and job_id:
            state = EVIDENCE.get(await self._link.evidence(job_id))
        if state is None:
            return [types.Variant(types.ISA95JobResponseDataType()), _status(Status.UNKNOWN_JOB_ORDER_ID)]
        return [types.Variant(_job_response(job_id, state, reason)), _status(Status.NO_ERROR)]

    async def _responses(self, unit: str, states: list[Any]) -> list[Any]:
        from asyncua import ua

        wanted = {each.StateNumber for each in states}
        found = [_job_response(j.id, j.state, j.reason) for j in self._books[unit].jobs.values() if j.state in wanted]
        return [ua.Variant(found, ua.VariantType.ExtensionObject, is_array=True), _status(Status.NO_ERROR)]


class _Users:
    """Lets anonymous sessions read, and the named user send commands."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password

    def get_user(
        self, _server: Any, username: str | None = None, password: str | None = None, certificate: Any = None
    ) -> Any:
        """Return the role of a session; ``None`` to refuse it."""
        from asyncua.crypto.permission_rules import User, UserRole

        if username is None:
            return User(role=UserRole.Anonymous, name="anonymous")
        text = password.decode(errors="replace") if isinstance(password, bytes) else password or ""
        same = secrets.compare_digest(text.encode(), self._password.encode())
        return (
            User(role=UserRole.User, name=username)
            if same and username == self._user and certificate is not None
            else None
        )


def _rules() -> Any:
    """Decides which requests a session may make: an anonymous session, only requests that change nothing."""
    from asyncua import ua
    from asyncua.crypto.permission_rules import USER_TYPES, PermissionRuleset, UserRole

    ids = ua.ObjectIds
    changing = {ids.WriteRequest_Encoding_DefaultBinary, ids.CallRequest_Encoding_DefaultBinary}
    readers = {ua.NodeId(each) for each in USER_TYPES if each not in changing}
    users = {ua.NodeId(each) for each in USER_TYPES}

    class _Rules(PermissionRuleset):
        def check_validity(self, user: Any, action_type_id: Any, _body: Any) -> bool:
            return action_type_id in (readers if user.role is UserRole.Anonymous else users)

    return _Rules()


async def _trust(server: Any, folder: Path) -> None:
    from asyncua.crypto.truststore import TrustStore
    from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions

    store = TrustStore([folder], [])
    await store.load()
    options = CertificateValidatorOptions.TRUSTED_VALIDATION | CertificateValidatorOptions.PEER_CLIENT
    server.set_certificate_validator(CertificateValidator(options, store).validate)


def _job_response(job_id: str, state: State, reason: str) -> Any:
    from asyncua import ua

    types: Any = ua
    made = types.ISA95JobResponseDataType()
    made.JobResponseID, made.JobOrderID, made.JobState = f"{job_id}/response", job_id, [_state(state)]
    made.Description = types.LocalizedText(reason)
    return made


def _bare_order(job_id: str) -> Any:
    from asyncua import ua

    types: Any = ua
    order = types.ISA95JobOrderDataType()
    order.JobOrderID = job_id
    return order


def _state(state: State) -> Any:
    from asyncua import ua

    types: Any = ua
    made = types.ISA95StateDataType()
    made.StateText, made.StateNumber = ua.LocalizedText(TEXTS[state]), int(state)
    return made


def _status(status: Status) -> Any:
    from asyncua import ua

    return ua.Variant(int(status), ua.VariantType.UInt64)


def _answering(method: Call) -> Call:
    """Wrap a method so that it reports failures as status codes, which a client can tell from a lost session."""

    async def call(*arguments: Any) -> Any:
        from asyncua import ua

        try:
            return await method(*arguments)
        except BadInput:
            return ua.StatusCode(ua.StatusCodes.BadInvalidArgument)
        except NightmillError:
            return ua.StatusCode(ua.StatusCodes.BadResourceUnavailable)

    return call


async def _now(status: Status) -> Status:
    return status


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def _by_opcua(what: str) -> BadInput:
    return BadInput(Finding("gateway", what, "a question on the control socket", "OPC UA", "Ask the OPC UA server."))
