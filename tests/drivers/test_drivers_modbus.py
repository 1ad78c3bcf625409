"""Modbus TCP against a server of pymodbus on loopback."""

import asyncio
import struct
import threading
from collections.abc import Iterator

import pytest

from nightmill.drivers.modbus import Device as ModbusDevice
from nightmill.drivers.modbus import ModbusLink, Register, value_of
from nightmill.drivers.modbus import read_devices as modbus_devices
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed

pytest.importorskip("pymodbus")
PORT = 0
TEXT = """
[[devices]]
unit = "mill-1"
host = "127.0.0.1"
port = {port}
device = 7
registers = [
    {{ signal = "coolant_pct", address = 3, scale = 0.1 }},
    {{ signal = "spindle_c", address = 4, type = "int16", scale = 0.1, offset = 1.0 }},
    {{ signal = "energy_kwh", address = 10, kind = "input", type = "uint32" }},
    {{ signal = "pressure_bar", address = 12, kind = "input", type = "float32", word_swap = true }},
    {{ signal = "door_open", address = 2, kind = "coil" }},
    {{ signal = "oil_low", address = 1, kind = "discrete" }},
]
"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A device 7 with known registers."""
    from pymodbus.server import ModbusTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    high, low = struct.unpack(">HH", struct.pack(">f", 6.25))
    bits, registers = DataType.BITS, DataType.REGISTERS
    device = SimDevice(
        7,
        (
            [SimData(0, values=[False, False, True, False], datatype=bits)],
            [SimData(0, values=[False, True, False, False], datatype=bits)],
            [SimData(0, values=[0, 0, 0, 735, 65_486], datatype=registers)],
            [SimData(10, values=[2, 34_464, low, high], datatype=registers)],
        ),
    )
    loop, ready = asyncio.new_event_loop(), threading.Event()
    found: list[int] = []

    async def serve() -> None:
        server = ModbusTcpServer(device, address=("127.0.0.1", 0))
        await server.listen()
        assert server.transport is not None
        found.append(server.transport.sockets[0].getsockname()[1])
        ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            await server.shutdown()

    task = loop.create_task(serve())
    thread = threading.Thread(target=loop.run_until_complete, args=(asyncio.wait([task]),), daemon=True)
    thread.start()
    assert ready.wait(60.0)
    yield found[0]
    loop.call_soon_threadsafe(task.cancel)
    thread.join(60.0)
    loop.close()


def _device(port: int, units: tuple[str, ...] = ("mill-1",)) -> ModbusDevice:
    (device,) = modbus_devices(TEXT.format(port=port), units)
    return device


def test_registers_of_every_kind_and_width_are_read(port: int) -> None:
    with ModbusLink(_device(port)) as link:
        for _ in range(2):
            assert link.read() == {
                "coolant_pct": pytest.approx(73.5),
                "spindle_c": pytest.approx(-4.0),
                "energy_kwh": 165_536.0,
                "pressure_bar": 6.25,
                "door_open": 1.0,
                "oil_low": 1.0,
            }


def test_a_register_that_the_device_refuses_is_named(port: int) -> None:
    text = TEXT.format(port=port).replace("address = 3,", "address = 3000,")
    (device,) = modbus_devices(text, ["mill-1"])
    with ModbusLink(device) as link, pytest.raises(EnvironmentFailed, match="coolant_pct"):
        link.read()


def test_nobody_there_is_told(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(EnvironmentFailed, match="nobody listens"):
        ModbusLink(_device(1))
    assert not caplog.records, "not by the library as well, in its own words"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('unit = "mill-1"', 'unit = "mill-9"'), "mill-9"),
        (("address = 3,", "address = 70000,"), "65535"),
        (('signal = "spindle_c"', 'signal = "coolant_pct"'), "twice"),
        (('kind = "coil"', 'kind = "coal"'), "coal"),
        (("device = 7", "devise = 7"), "devise"),
        (("[[devices]]", "[[devices"), "devices"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(change: tuple[str, str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        modbus_devices(TEXT.format(port=502).replace(*change, 1), ["mill-1"])


@pytest.mark.parametrize(
    ("kind", "number"), [("uint16", 65535.0), ("int16", -2.0), ("int32", -70000.0), ("float32", -0.5)]
)
def test_numbers_survive_their_way_through_registers(kind: str, number: float) -> None:
    from nightmill.drivers.modbus import FORMATS

    packed = struct.pack(FORMATS[kind], number if kind == "float32" else int(number))
    words = struct.unpack(f">{len(packed) // 2}H", packed)
    register = Register("x", 0, type=kind)  # type: ignore[arg-type]
    assert value_of(register, words) == number
    swapped = Register("x", 0, type=kind, word_swap=True)  # type: ignore[arg-type]
    assert value_of(swapped, words[::-1]) == number
