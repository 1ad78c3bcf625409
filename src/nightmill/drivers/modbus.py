"""Modbus TCP: levels, pressures and meters of simple devices, read from their registers.

A shop's ``modbus.toml`` lists the registers and their meaning; nothing is ever written to a device. Numbers are big-endian,
with the high word in the first register unless ``word_swap`` is set (Modbus application protocol V1.1b3 doesn't define
numbers wider than 16 bits; devices differ).
"""

import logging
import struct
import tomllib
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

Kind = Literal["holding", "input", "coil", "discrete"]
Number = Literal["uint16", "int16", "uint32", "int32", "float32"]
FORMATS = {"uint16": ">H", "int16": ">h", "uint32": ">I", "int32": ">i", "float32": ">f"}
BITS = ("coil", "discrete")
NAMES = {"holding": "read_holding_registers", "input": "read_input_registers", "coil": "read_coils", "discrete": "read_discrete_inputs"}  # fmt: skip
TIMEOUT_S = 2.0


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One signal: value = number × ``scale`` + ``offset``; a coil or a discrete input is 0 or 1. ``address`` counts from 0."""

    signal: str
    address: Annotated[int, Meta(ge=0, le=65535)]
    kind: Kind = "holding"
    type: Number = "uint16"
    scale: float = 1.0
    offset: float = 0.0
    word_swap: bool = False

    @property
    def count(self) -> int:
        """How many registers or bits the signal occupies."""
        return 1 if self.kind in BITS else struct.calcsize(FORMATS[self.type]) // 2


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device that measures one work unit; it is read every ``every_s`` real seconds."""

    unit: str
    host: str
    registers: Annotated[tuple[Register, ...], Meta(min_length=1)]
    port: Annotated[int, Meta(ge=1, le=65535)] = 502
    device: Annotated[int, Meta(ge=0, le=247)] = 1
    every_s: Annotated[float, Meta(ge=0.1)] = 10.0

    @property
    def place(self) -> str:
        """The device's name in errors and in the log."""
        return f"modbus {self.host}:{self.port}/{self.device}"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    devices: tuple[Device, ...]


def read_devices(text: str, units: Sequence[str], file: str = "modbus.toml") -> tuple[Device, ...]:
    """Return the devices in a ``modbus.toml``. Raises ``BadInput`` for an unreadable file, an unknown unit or a duplicate signal."""
    try:
        devices = msgspec.convert(tomllib.loads(text), _File).devices
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        remedy = "Write it as docs/drivers.md describes."
        raise BadInput(Finding(file, "devices", str(error), "devices with registers", remedy)) from error
    findings = [
        Finding(file, f"devices[{n}].unit", device.unit, f"one of {', '.join(units)}", "Name a work unit.")
        for n, device in enumerate(devices)
        if device.unit not in units
    ]
    told = [(device.unit, register.signal) for device in devices for register in device.registers]
    twice = sorted({each for each in told if told.count(each) > 1})
    findings += [Finding(file, unit, f"{signal} twice", "each signal of a unit once", "Rename one.") for unit, signal in twice]  # fmt: skip
    if findings:
        raise BadInput(*findings)
    return devices


class ModbusLink:
    """Connect to a device, as a context manager. Raises ``EnvironmentFailed`` if the device can't be reached or pymodbus isn't installed."""

    def __init__(self, device: Device) -> None:
        try:
            from pymodbus.client import ModbusTcpClient
        except ImportError as error:
            remedy = "Install it: pip install 'nightmill[modbus]'"
            finding = Finding(device.place, "pymodbus", "not installed", "the extra modbus", remedy)
            raise EnvironmentFailed(finding) from error
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # the caller reports a failure, once
        self._device = device
        self._client: Any = ModbusTcpClient(device.host, port=device.port, timeout=TIMEOUT_S, retries=1)
        if not self._client.connect():
            self._client.close()
            remedy = "Check the device."
            raise EnvironmentFailed(Finding(device.place, "", "nobody listens", "a Modbus TCP server", remedy))

    def __enter__(self) -> "ModbusLink":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def read(self) -> dict[str, float]:
        """Read all signals of the device. Raises ``EnvironmentFailed`` if it doesn't answer, or refuses a register."""
        return {register.signal: self._value(register) for register in self._device.registers}

    def _value(self, register: Register) -> float:
        from pymodbus.exceptions import ModbusException

        ask = getattr(self._client, NAMES[register.kind])
        try:
            answer = ask(register.address, count=register.count, device_id=self._device.device)
        except (ModbusException, OSError) as error:
            raise _failed(self._device, register, str(error)) from error
        if answer.isError():
            raise _failed(self._device, register, str(answer))
        return value_of(register, answer.bits if register.kind in BITS else answer.registers)


def value_of(register: Register, words: Sequence[int | bool]) -> float:
    """Return the value of a signal from raw registers or bits."""
    if register.kind in BITS:
        number: float = float(bool(words[0]))
    else:
        ordered = words[::-1] if register.word_swap else words
        (number,) = struct.unpack(FORMATS[register.type], struct.pack(f">{len(ordered)}H", *ordered))
    return float(number) * register.scale + register.offset


def _failed(device: Device, register: Register, found: str) -> EnvironmentFailed:
    remedy = "Check the device and modbus.toml."
    return EnvironmentFailed(Finding(device.place, register.signal, found, "the register's value", remedy))
