"""OPC UA: the rules of job orders, and the server driven by a client that shares no code with the controller's."""

import asyncio
import logging
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyAes256Sha256RsaPss, SecurityPolicyBasic256Sha256

from nightmill.drivers import Connection, WorldStart, end_world, open_cell
from nightmill.drivers.opcua.address_space import AUTOMATIC, KINDS
from nightmill.drivers.opcua.certificates import CONTROLLER_URI, Pki, make_identities, pki_of
from nightmill.drivers.opcua.jobs import KEPT, JobBook, State, Status
from nightmill.vocabulary.commands import AnyCommand
from nightmill.vocabulary.shop import Shop

ISA95, DI = "http://opcfoundation.org/UA/ISA95-JOBCONTROL_V2/", "http://opcfoundation.org/UA/DI/"
METHODS = {"Store", "StoreAndStart", "Start", "Pause", "Resume", "Stop", "Abort", "Cancel", "Clear", "RevokeStart"}
logging.getLogger("asyncua").setLevel(logging.CRITICAL)
types: Any = ua


# the rules


def test_an_order_goes_from_store_to_end() -> None:
    book = JobBook()
    assert book.store("a", None) is Status.NO_ERROR
    assert book.jobs["a"].state is State.NOT_ALLOWED_TO_START
    assert book.allow("a") is Status.NO_ERROR
    assert book.revoke("a") is Status.NO_ERROR
    assert book.allow("a") is Status.NO_ERROR
    book.put("a", None, State.RUNNING)
    assert book.cancel("a") is Status.INVALID_JOB_ORDER_STATUS
    assert book.revoke("a") is Status.INVALID_JOB_ORDER_STATUS
    book.put("a", None, State.ENDED)
    assert book.clear("a") is Status.NO_ERROR
    assert book.jobs == {}


def test_an_id_that_is_known_is_never_taken_again() -> None:
    book = JobBook()
    assert book.store("", None) is Status.INVALID_REQUEST
    book.store("a", "first")
    for state in State:
        book.put("a", None, state)
        assert book.store("a", "second") is Status.INVALID_JOB_ORDER_STATUS
        assert book.jobs["a"].order == "first"


@pytest.mark.parametrize("method", ["allow", "revoke", "cancel", "clear", "abort"])
def test_an_unknown_order_is_said_to_be_unknown(method: str) -> None:
    assert getattr(JobBook(), method)("x") is Status.UNKNOWN_JOB_ORDER_ID
    assert JobBook().halt("x", State.RUNNING) is Status.UNKNOWN_JOB_ORDER_ID


def test_what_is_over_is_forgotten_in_the_end_what_is_open_never() -> None:
    book = JobBook()
    book.store("open", None)
    for number in range(KEPT + 50):
        book.put(f"done {number}", None, State.ENDED)
    assert "open" in book.jobs
    assert len(book.jobs) == KEPT + 1


def test_keys_and_password_are_private_and_stay_until_renewed(tmp_path: Path) -> None:
    pki = make_identities(tmp_path)
    for name in ("server.pem", "controller.pem", "user.json"):
        assert stat.S_IMODE((pki.folder / name).stat().st_mode) == 0o600
    before = {path: path.read_bytes() for path in pki.folder.rglob("*") if path.is_file()}
    assert {path: path.read_bytes() for path in before} == before
    make_identities(tmp_path)
    assert {path: path.read_bytes() for path in before} == before
    make_identities(tmp_path, renew=True)
    assert all(path.read_bytes() != data for path, data in before.items())


# the server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, shop: Shop) -> Iterator[tuple[str, Pki]]:
    folder = tmp_path_factory.mktemp("opcua")
    cell = open_cell(folder, shop, WorldStart(3), connection=Connection("opcua"))
    url = dict(cell.endpoints)["opcua"]
    cell.close()
    yield url, pki_of(folder)
    end_world(folder)


async def _client(url: str, pki: Pki, policy: Any = SecurityPolicyBasic256Sha256) -> Client:
    client = Client(url, timeout=20)
    client.application_uri = CONTROLLER_URI
    client.set_user(pki.user().user)
    client.set_password(pki.user().password)
    await client.set_security(policy, str(pki.certificate("controller")), str(pki.key("controller")))
    await client.connect()
    await client.load_data_type_definitions()
    return client


async def _child(node: Any, name: str) -> Any:
    for each in await node.get_children():
        if (await each.read_browse_name()).Name == name:
            return each
    raise AssertionError(f"no {name}")


async def _call(machine: Any, method: str, *arguments: Any) -> int:
    control = await _child(machine, "JobOrderControl")
    comment = ua.Variant([], ua.VariantType.LocalizedText, is_array=True)
    status: int = await control.call_method(await _child(control, method), *arguments, comment)
    return status


async def _states(machine: Any) -> dict[str, str]:
    listed = await (await _child(await _child(machine, "JobOrderControl"), "JobOrderList")).read_value()
    return {entry.JobOrder.JobOrderID: entry.State[0].StateText.Text for entry in listed}


def _order(job_id: str, kind: str, **parameters: Any) -> Any:
    order = types.ISA95JobOrderDataType()
    order.JobOrderID = job_id
    master = types.ISA95WorkMasterDataType()
    master.ID = kind
    order.WorkMasterID = [master]
    order.JobOrderParameters = []
    for name, value in parameters.items():
        made = types.ISA95ParameterDataType()
        made.ID, made.Value = name, ua.Variant(value)
        order.JobOrderParameters.append(made)
    return ua.Variant(order, ua.VariantType.ExtensionObject)


@pytest.mark.slow
def test_anybody_may_look_and_nobody_may_touch(served: tuple[str, Pki]) -> None:
    async def look() -> None:
        async with Client(served[0], timeout=20) as client:
            await client.load_data_type_definitions()
            machine = await _child(client.nodes.objects, "M1")
            kind = client.get_node(await machine.read_type_definition())
            assert (await kind.read_browse_name()).Name == "MachineToolType"
            plate = await _child(machine, "Identification")
            assert {"Manufacturer", "SerialNumber", "ProductInstanceUri"} <= {
                (await each.read_browse_name()).Name for each in await plate.get_children()
            }
            control = await _child(machine, "JobOrderControl")
            names = {(await each.read_browse_name()).Name for each in await control.get_methods()}
            assert names >= METHODS
            assert await _states(machine) == {}
            with pytest.raises(ua.UaStatusCodeError, match="BadUserAccessDenied"):
                await _call(machine, "Store", _order("x", "mount_part"))
            with pytest.raises(ua.UaError):
                await (await _child(plate, "DeviceClass")).write_value("toaster")

    asyncio.run(look())


async def _parts(node: Any) -> dict[tuple[int, str], Any]:
    """References to the parts of a node, by browse name."""
    found = await node.get_references(ua.ObjectIds.Aggregates, ua.BrowseDirection.Forward)
    return {(each.BrowseName.NamespaceIndex, each.BrowseName.Name): each for each in found}


async def _wrong(client: Client, node: Any, path: str, seen: set[Any]) -> list[str]:
    """What the types of a node and of all below it declare as mandatory and is missing, or is of another type."""
    if node.nodeid in seen or await node.read_node_class() == ua.NodeClass.Method:
        return []
    seen.add(node.nodeid)
    parts, wrong, told = await _parts(node), [], set()
    kind = await node.read_type_definition()
    while not kind.is_null():
        declared = client.get_node(kind)
        for name, reference in (await _parts(declared)).items():
            rules = await client.get_node(reference.NodeId).get_references(ua.ObjectIds.HasModellingRule)
            mandatory = any(rule.NodeId == ua.NodeId(ua.ObjectIds.ModellingRule_Mandatory) for rule in rules)
            if mandatory and name not in told:  # a type overrides what those above it declare
                told.add(name)
                has = parts.get(name)
                if has is None or has.TypeDefinition != reference.TypeDefinition:
                    wrong.append(f"{path}/{name[1]}")
        above = await declared.get_references(ua.ObjectIds.HasSubtype, ua.BrowseDirection.Inverse)
        kind = above[0].NodeId if above else ua.NodeId()
    for name, reference in parts.items():
        wrong += await _wrong(client, client.get_node(reference.NodeId), f"{path}/{name[1]}", seen)
    return wrong


@pytest.mark.slow
def test_every_machine_has_what_its_types_declare_as_mandatory(served: tuple[str, Pki]) -> None:
    async def look() -> None:
        async with Client(served[0], timeout=20) as client:
            await client.load_data_type_definitions()
            for name in ("M1", "M2", "R1", "G1", "V1", "B1", "office"):
                assert await _wrong(client, await _child(client.nodes.objects, name), name, set()) == []
            mill = await _child(client.nodes.objects, "M1")
            monitoring = await _child(await _child(mill, "Monitoring"), "MachineTool")
            assert await (await _child(monitoring, "OperationMode")).read_value() == AUTOMATIC
            blocks = await _child(await _child(mill, "MachineryBuildingBlocks"), "MachineryItemState")
            current = await _child(blocks, "CurrentState")
            state = client.get_node(await (await _child(current, "Id")).read_value())
            assert (await state.read_browse_name()).Name == (await current.read_value()).Text == "NotExecuting"
            control = await _child(mill, "JobOrderControl")
            masters = await (await _child(control, "WorkMaster")).read_value()
            assert "start_cycle" in {master.ID for master in masters}
            assert await (await _child(control, "EquipmentID")).read_value() == ["M1"]
            with pytest.raises(ua.UaError, match="BadUserAccessDenied"):
                await (await _child(control, "EquipmentID")).write_value(["M2"])

    asyncio.run(look())


def test_every_command_is_a_work_master_of_some_unit() -> None:
    known = {kind.__struct_config__.tag for kind in AnyCommand.__args__}
    assert {kind for kinds in KINDS.values() for kind in kinds} == known


@pytest.mark.slow
@pytest.mark.parametrize("policy", [SecurityPolicyBasic256Sha256, SecurityPolicyAes256Sha256RsaPss])
def test_another_client_drives_a_job(served: tuple[str, Pki], policy: Any) -> None:
    tag = policy.__name__

    async def drive() -> None:
        client = await _client(*served, policy)
        bench, mill = await _child(client.nodes.objects, "B1"), await _child(client.nodes.objects, "M1")
        pallet = "P01" if tag.startswith("SecurityPolicyBasic") else "P02"
        mount = _order(
            f"{tag} mount",
            "mount_part",
            pallet=pallet,
            serial=f"S {tag}",
            operation="A/1",
            blank_item="blank",
            duration_s=60.0,
        )
        assert await _call(bench, "Store", mount) == Status.NO_ERROR
        assert (await _states(bench))[f"{tag} mount"] == "NotAllowedToStart"
        assert await _call(bench, "Store", mount) == Status.INVALID_JOB_ORDER_STATUS
        assert await _call(bench, "Start", f"{tag} mount") == Status.NO_ERROR
        assert (await _states(bench))[f"{tag} mount"] == "Running"
        assert await _call(bench, "StoreAndStart", mount) == Status.INVALID_JOB_ORDER_STATUS
        assert await _call(bench, "Cancel", f"{tag} mount") == Status.INVALID_JOB_ORDER_STATUS
        shop = await _child(client.nodes.objects, "Shop")
        before, last, _ = await shop.call_method(await _child(shop, "Greet"))
        acknowledged = ua.Variant(last, ua.VariantType.Int64)
        now, published = await shop.call_method(
            await _child(shop, "Advance"), ua.Variant(before + 90000.0), acknowledged, ua.Variant(False)
        )
        assert (now > before, published > last) == (True, True)
        assert (await _states(bench))[f"{tag} mount"] == "Ended"
        current = await _child(await _child(bench, "JobOrderControl"), "CurrentState")
        ended = client.get_node(await (await _child(current, "Id")).read_value())
        assert (await ended.read_browse_name()).Name == (await current.read_value()).Text == "Ended"
        assert await _call(bench, "Clear", f"{tag} mount") == Status.NO_ERROR
        assert f"{tag} mount" not in await _states(bench)
        cut = _order(f"{tag} cut", "start_cycle", pallet=pallet, serial="nobody", operation="A/1", program_sha256="0")
        assert await _call(mill, "StoreAndStart", cut) == Status.UNABLE_TO_ACCEPT_JOB_ORDER
        assert (await _states(mill))[f"{tag} cut"] == "Aborted"
        assert await _call(mill, "StoreAndStart", _order(f"{tag} tea", "make_tea")) == Status.INVALID_REQUEST
        assert await _call(mill, "Store", _order(f"{tag} later", "start_cycle")) == Status.NO_ERROR
        assert await _call(mill, "Abort", f"{tag} later") == Status.NO_ERROR
        assert await _call(mill, "Pause", "nothing") == Status.UNKNOWN_JOB_ORDER_ID
        await client.disconnect()

    asyncio.run(drive())


@pytest.mark.slow
def test_a_wrong_password_and_a_certificate_that_nobody_trusts_are_refused(
    served: tuple[str, Pki], tmp_path: Path
) -> None:
    url, pki = served

    async def knock() -> None:
        wrong = Client(url, timeout=20)
        wrong.application_uri = CONTROLLER_URI
        wrong.set_user("controller")
        wrong.set_password("guess")
        await wrong.set_security(
            SecurityPolicyBasic256Sha256, str(pki.certificate("controller")), str(pki.key("controller"))
        )
        with pytest.raises(ua.UaError):
            await wrong.connect()
        stranger = make_identities(tmp_path)
        client = Client(url, timeout=20)
        client.application_uri = CONTROLLER_URI
        client.set_user(pki.user().user)
        client.set_password(pki.user().password)
        await client.set_security(
            SecurityPolicyBasic256Sha256, str(stranger.certificate("controller")), str(stranger.key("controller"))
        )
        with pytest.raises(ua.UaError):
            await client.connect()

    asyncio.run(knock())
