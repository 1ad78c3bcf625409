"""Devices beside the machines: what they say goes to telemetry and to pre-flight, and one that is silent is asked again."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from nightmill.drivers.modbus import Device as ModbusDevice
from nightmill.drivers.modbus import Register
from nightmill.floor import empty_state
from nightmill.formats import copy_example, read_shop
from nightmill.plant.run import modbus_devices
from nightmill.plant.shop_state.decider import Decision
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

DEVICE = ModbusDevice("mill-1", "tank", (Register("coolant_pct", 1), Register("pressure_bar", 2)), every_s=0.1)


class _Kept:
    def __init__(self) -> None:
        self.samples: list[tuple[str, int, dict[str, float]]] = []

    def put(self, source: str, at_us: int, signals: Mapping[str, float]) -> None:
        self.samples.append((source, at_us, dict(signals)))


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60.0
    while not true() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert true()


def test_levels_go_to_preflight_when_they_change_and_all_signals_to_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = iter([80.0, 79.5, 77.0])
    told: list[tuple[str, str, float, str]] = []
    silent = Finding("tank", "", "no answer", "one", "Look.")

    class Link:
        def __init__(self, device: ModbusDevice) -> None:
            self.device = device

        def __enter__(self) -> "Link":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def read(self) -> dict[str, float]:
            level = next(levels, None)
            if level is None:
                raise EnvironmentFailed(silent)
            return {"coolant_pct": level, "pressure_bar": 6.0}

    def check(_: Path, unit: str, resource: str, level: float, *, by: str) -> None:
        told.append((unit, resource, level, by))

    monkeypatch.setattr("nightmill.drivers.modbus.ModbusLink", Link)
    monkeypatch.setattr(modbus_devices, "check_resource", check)
    monkeypatch.setattr(modbus_devices, "PATIENCE_S", 0.01)
    kept = _Kept()
    watch = modbus_devices.DeviceWatch(Path(), (DEVICE,), kept, lambda: 42)
    _until(lambda: bool(watch.silent))
    watch.close()
    assert kept.samples == [("mill-1", 42, {"coolant_pct": level, "pressure_bar": 6.0}) for level in (80.0, 79.5, 77.0)]
    assert told == [("mill-1", "coolant", level, DEVICE.place) for level in (80.0, 77.0)]
    assert "no answer" in watch.silent[DEVICE.place]
    (alarm,) = (decision.fact for decision in watch.fallen_silent())
    assert isinstance(alarm, e.AlarmRaised)
    assert (alarm.alarm, alarm.subject) == ("device_silent", DEVICE.place)
    assert "no answer" in alarm.text
    assert watch.fallen_silent() == [], "told once"


def test_a_device_that_speaks_once_and_falls_silent_for_good_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the hour not at once, but at its end."""
    reads = iter([True, False, True])

    class Link:
        def __init__(self, device: ModbusDevice) -> None:
            pass

        def __enter__(self) -> "Link":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def read(self) -> dict[str, float]:
            if not next(reads, False):
                raise EnvironmentFailed(Finding("tank", "", "no answer", "one", "Look."))
            return {"pressure_bar": 6.0}

    monkeypatch.setattr("nightmill.drivers.modbus.ModbusLink", Link)
    monkeypatch.setattr(modbus_devices, "PATIENCE_S", 0.01)
    monkeypatch.setattr(modbus_devices, "TELL_AGAIN_S", 1.5)
    kept = _Kept()
    watch = modbus_devices.DeviceWatch(Path(), (DEVICE,), kept, lambda: 42)
    told: list[Decision] = []

    def are_told(count: int) -> bool:
        told.extend(watch.fallen_silent())
        return len(told) >= count

    _until(lambda: are_told(1))
    _until(lambda: len(kept.samples) == 2)
    assert not are_told(2)
    _until(lambda: are_told(2))
    watch.close()


def test_a_silent_device_is_an_alarm_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Link:
        def __init__(self, device: ModbusDevice) -> None:
            raise EnvironmentFailed(Finding(device.place, "", "nobody listens", "a server", "Look."))

    monkeypatch.setattr("nightmill.drivers.modbus.ModbusLink", Link)
    monkeypatch.setattr(modbus_devices, "PATIENCE_S", 0.01)
    copy_example(tmp_path / "shop")
    shop = read_shop(tmp_path / "shop")
    asked = Decision(e.HoldReleased("H", ("A.001",), "looked at"))
    controller = SimpleNamespace(shop=shop, state=empty_state(shop), requests=(lambda state: [asked],))
    before = controller.requests
    found: list[Decision] = []
    with modbus_devices.watched(Path(), (DEVICE,), _Kept(), controller):  # type: ignore[arg-type]

        def told() -> bool:
            for source in controller.requests:
                found.extend(source(controller.state))
            return any(isinstance(each.fact, e.AlarmRaised) for each in found)

        _until(told)
        assert asked in found, "what people ask goes on"
    assert controller.requests is before


def test_a_shop_names_its_devices_in_a_file_of_its_own(tmp_path: Path) -> None:
    copy_example(tmp_path / "shop")
    shop = read_shop(tmp_path / "shop")
    assert modbus_devices.devices_of(tmp_path / "shop", shop) == ()
    text = '[[devices]]\nunit = "mill-1"\nhost = "tank"\nregisters = [{ signal = "coolant_pct", address = 1 }]\n'
    (tmp_path / "shop" / modbus_devices.FILE).write_text(text)
    (device,) = modbus_devices.devices_of(tmp_path / "shop", shop)
    assert (device.place, device.registers[0].count) == ("modbus tank:502/1", 1)
    (tmp_path / "shop" / modbus_devices.FILE).write_text(text.replace("mill-1", "lathe-1"))
    with pytest.raises(BadInput, match="lathe-1"):
        modbus_devices.devices_of(tmp_path / "shop", shop)
