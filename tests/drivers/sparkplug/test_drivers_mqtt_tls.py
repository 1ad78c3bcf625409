import asyncio
import os
import pwd
import shutil
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from nightmill.drivers import Connection, WorldStart, end_world, mqtt_identities, open_cell
from nightmill.drivers.protocols import GatewayOptions, choose_port
from nightmill.drivers.sparkplug.edge import Message
from nightmill.drivers.sparkplug.secure import client_context, mqtt_folder, read_broker
from nightmill.drivers.sparkplug.session import MqttSession
from nightmill.drivers.sparkplug.shop_metrics import node_id
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.shop import Economy, Item, Shift, Shop, ToolStock, WorkUnit

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
SHOP = Shop(
    "Cell",
    datetime(2026, 3, 2, 6, 0, tzinfo=UTC),
    "UTC",
    "EUR",
    "AT",
    (WorkUnit("M1", "mill", "milling"), WorkUnit("M2", "mill", "milling")),
    (Shift((0, 1, 2, 3, 4), 6.0, 18.0, 1),),
    (ToolStock(Tool(1, "flat", 10.0)),),
    (),
    (),
    (Item("blank", on_hand=5),),
    (),
    (),
    Economy(),
)
AT_LEAST = {"controller": 10, "M1": 2, "M2": 2}
needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto isn't installed")


def test_the_broker_starts_from_any_folder_and_as_who_may_read_its_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mqtt_identities(Path("shop"), SHOP)
    words = [line.split() for line in (mqtt_folder(tmp_path / "shop") / "mosquitto.conf").read_text().splitlines()]
    places = {key: Path(value) for key, value, *_ in (line for line in words if len(line) > 1) if "file" in key}
    assert len(places) == 4
    for place in places.values():
        assert place.is_absolute()
        assert place.exists()
    assert ["user", pwd.getpwuid(os.geteuid()).pw_name] in words


@asynccontextmanager
async def _broker(folder: Path) -> AsyncIterator[int]:
    """Mosquitto with the settings that were written, at a free port."""
    pki, port = mqtt_folder(folder), choose_port(GatewayOptions("mqtt"))
    text = (pki / "mosquitto.conf").read_text().replace("listener 8883", f"listener {port}")
    (folder / "mosquitto.conf").write_text(text)
    with (folder / "mosquitto.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(str(MOSQUITTO), "-c", str(folder / "mosquitto.conf"), stdout=log, stderr=log)  # fmt: skip
    try:
        for _ in range(6000):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            break
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _session(folder: Path, port: int, name: str, heard: list[str]) -> MqttSession:
    session = MqttSession("127.0.0.1", port, f"test-{name}-{len(heard)}", lambda topic, _: heard.append(topic), client_context(mqtt_folder(folder), name))  # fmt: skip
    await session.connect(Message(f"spBv1.0/nightmill/NDEATH/{name}", b"", qos=0))
    return session


async def _what_gets_through(folder: Path) -> dict[str, list[str]]:
    """Each client says one message for each machine and each kind; what the controller, and each machine, hears of it."""
    heard: dict[str, list[str]] = {name: [] for name in ("controller", "M1", "M2")}
    async with _broker(folder) as port:
        sessions = {name: await _session(folder, port, name, heard[name]) for name in heard}
        for session in sessions.values():
            await session.subscribe(["spBv1.0/#"])
        for session in sessions.values():
            for machine in ("M1", "M2"):
                for kind in ("NBIRTH", "NDATA", "NCMD"):
                    session.publish(Message(f"spBv1.0/nightmill/{kind}/{machine}", b"x", qos=1))
                for kind in ("DDATA", "DCMD"):
                    session.publish(Message(f"spBv1.0/nightmill/{kind}/{machine}/spindle", b"x", qos=1))
        for _ in range(6000):
            if all(len(heard[name]) >= count for name, count in AT_LEAST.items()):
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # what should not get through, and does, comes with the rest
        for session in sessions.values():
            await session.leave(with_will=False)
    return heard


@needs_mosquitto
def test_a_machine_speaks_for_itself_and_hears_what_is_written_to_it_alone(tmp_path: Path) -> None:
    mqtt_identities(tmp_path, SHOP)
    heard = asyncio.run(_what_gets_through(tmp_path))
    own = [f"spBv1.0/nightmill/{kind}/{m}" for m in ("M1", "M2") for kind in ("NBIRTH", "NCMD", "NDATA")]
    own += [f"spBv1.0/nightmill/{kind}/{m}/spindle" for m in ("M1", "M2") for kind in ("DCMD", "DDATA")]
    assert sorted(heard["controller"]) == sorted(own)
    for machine in ("M1", "M2"):
        written = [f"spBv1.0/nightmill/NCMD/{machine}", f"spBv1.0/nightmill/DCMD/{machine}/spindle"]
        assert sorted(heard[machine]) == sorted(written)


async def _refused(folder: Path, stranger: Path) -> list[str]:
    found = []
    async with _broker(folder) as port:
        for tls in (None, client_context(mqtt_folder(stranger), "M1")):
            session = MqttSession("127.0.0.1", port, "stranger", lambda *_: None, tls)
            try:
                await session.connect(Message("spBv1.0/nightmill/NDEATH/M1", b""))
                await session.subscribe(["spBv1.0/#"])
            except EnvironmentFailed as error:
                found.append(error.findings[0].found)
    return found


@needs_mosquitto
def test_a_client_of_any_name_gets_its_connection(tmp_path: Path) -> None:
    shop = msgspec.structs.replace(SHOP, name="S\u00e4gewerk \u6f22")
    mqtt_identities(tmp_path, shop)
    name, heard = node_id(shop), list[str]()

    async def live() -> None:
        async with _broker(tmp_path) as port:
            own = MqttSession("127.0.0.1", port, f"nightmill-{name}", lambda topic, _: heard.append(topic), client_context(mqtt_folder(tmp_path), name))  # fmt: skip
            await own.connect(Message(f"spBv1.0/nightmill/NDEATH/{name}", b"x", qos=1))
            await own.subscribe([f"spBv1.0/nightmill/NCMD/{name}"])
            controller = await _session(tmp_path, port, "controller", heard)
            controller.publish(Message(f"spBv1.0/nightmill/NCMD/{name}", b"x", qos=1))
            for _ in range(6000):
                if heard:
                    break
                await asyncio.sleep(0.01)
            await controller.leave(with_will=False)
            await own.leave(with_will=False)

    asyncio.run(live())
    assert heard == [f"spBv1.0/nightmill/NCMD/{name}"]


@needs_mosquitto
@pytest.mark.slow
def test_who_has_no_certificate_of_ours_gets_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightmill.drivers.sparkplug.session.PATIENCE_S", 2.0)
    for name in ("ours", "theirs"):
        mqtt_identities(tmp_path / name, SHOP)
    assert len(asyncio.run(_refused(tmp_path / "ours", tmp_path / "theirs"))) == 2


@needs_mosquitto
@pytest.mark.slow
def test_a_shop_is_reached_through_a_broker_with_certificates(tmp_path: Path) -> None:
    mqtt_identities(tmp_path, SHOP)

    async def live() -> float:
        async with _broker(tmp_path) as port:
            return await asyncio.to_thread(_lived, tmp_path, port)

    assert asyncio.run(live()) == 100.0


def _lived(folder: Path, port: int) -> float:
    cell = open_cell(folder, SHOP, WorldStart(1), connection=Connection("mqtt", broker=f"mqtts://127.0.0.1:{port}"))
    try:
        assert dict(cell.endpoints)["mqtt"] == f"mqtts://127.0.0.1:{port}"
        return cell.advance(100.0, 0).now_s
    finally:
        cell.close()
        end_world(folder)


def test_keys_are_their_owners_alone_and_stay_until_they_are_renewed(tmp_path: Path) -> None:
    paths = mqtt_identities(tmp_path, SHOP)
    keys = sorted(mqtt_folder(tmp_path).glob("*.key"))
    assert [key.stem for key in keys] == sorted(["Cell", "M1", "M2", "broker", "ca", "controller"])
    assert all(stat.S_IMODE(key.stat().st_mode) == 0o600 for key in keys)
    before = {key.stem: key.read_bytes() for key in keys}
    assert mqtt_identities(tmp_path, SHOP) == paths
    assert {key.stem: key.read_bytes() for key in keys} == before
    mqtt_identities(tmp_path, SHOP, renew=True)
    assert all(key.read_bytes() != before[key.stem] for key in keys)


def test_a_broker_is_named_with_or_without_tls(tmp_path: Path) -> None:
    assert read_broker("mqtts://mill.example:8883").url == "mqtts://mill.example:8883"
    assert not read_broker("127.0.0.1:1883").secure
    with pytest.raises(BadInput, match="mqtts"):
        read_broker("mqtts://nowhere")
    with pytest.raises(BadInput, match="certificates"):
        client_context(mqtt_folder(tmp_path), "M1")
