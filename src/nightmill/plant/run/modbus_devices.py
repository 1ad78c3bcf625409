"""Simple devices beside the machines: their registers go to telemetry, and coolant and chip levels to the preflight check.

Each device has its own thread while the shop runs. A device that doesn't answer is polled again, and the alarm ``device_silent`` reports
it once; the preflight check never accepts its old reading as good.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nightmill.drivers import Telemetry, modbus
from nightmill.floor import ShopState
from nightmill.formats import read_document
from nightmill.plant.requests.inbox import check_resource
from nightmill.plant.run.controller import Controller
from nightmill.plant.shop_state.decider import Decision
from nightmill.vocabulary import events as e
from nightmill.vocabulary import validation
from nightmill.vocabulary.errors import EnvironmentFailed
from nightmill.vocabulary.ordinary_files import is_there
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import utc_us

FILE = "modbus.toml"
LEVELS = {"coolant_pct": "coolant", "chips_pct": "chips"}
"""Signals that give the level of a resource, in per cent of full."""
STEP_PCT, TELL_AGAIN_S = 2.0, 3600.0
"""A level is logged when it has changed by this much, or after this time; a silent device isn't reported again within the same time."""
PATIENCE_S = 5.0
DEVICE_SILENT = "device_silent"


def devices_of(folder: Path, shop: Shop) -> tuple[modbus.Device, ...]:
    """Return the devices in the shop's ``modbus.toml``; none if there is no such file. Raises ``BadInput`` for a wrong file."""
    path = folder / FILE
    if not is_there(path):
        return ()
    return modbus.read_devices(read_document(path), [unit.id for unit in shop.work_units], str(path))


class DeviceWatch:
    """Poll all devices of a shop until ``close``."""

    def __init__(
        self, folder: Path, devices: tuple[modbus.Device, ...], telemetry: Telemetry, clock_us: Callable[[], int]
    ) -> None:
        """``clock_us``: returns the shop's time, UTC in µs since 1970."""
        self._folder, self._telemetry, self._clock_us = folder, telemetry, clock_us
        self._ending = threading.Event()
        self._told: dict[tuple[str, str], tuple[float, float]] = {}
        self.silent: dict[str, str] = {}
        """Devices that don't answer, and why."""
        self._untold: deque[str] = deque()
        self._threads = [threading.Thread(target=self._watch, args=(each,), daemon=True) for each in devices]
        for thread in self._threads:
            thread.start()

    def fallen_silent(self) -> list[Decision]:
        """Return an alarm for each device that has stopped answering since the last call."""
        places = [self._untold.popleft() for _ in range(len(self._untold))]
        fallen = [(place, why) for place in places if (why := self.silent.get(place)) is not None]
        return [
            Decision(e.AlarmRaised(DEVICE_SILENT, *each), "its readings are becoming out of date") for each in fallen
        ]

    def close(self) -> None:
        """Stop all threads."""
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _watch(self, device: modbus.Device) -> None:
        reported_s, reported = -math.inf, False
        while not self._ending.is_set():
            try:
                with modbus.ModbusLink(device) as link:
                    while not self._ending.is_set():
                        self._take(device, link.read())
                        reported = False
                        self._ending.wait(device.every_s)
            except EnvironmentFailed as error:
                self.silent[device.place] = error.findings[0].sentence()
                # a device that falls silent again within the hour is reported at the end of that hour, if it is still silent
                if not reported and time.monotonic() - reported_s >= TELL_AGAIN_S:
                    reported_s, reported = time.monotonic(), True
                    self._untold.append(device.place)
                self._ending.wait(PATIENCE_S)

    def _take(self, device: modbus.Device, signals: dict[str, float]) -> None:
        self.silent.pop(device.place, None)
        self._telemetry.put(device.unit, self._clock_us(), signals)
        for name, resource in LEVELS.items():
            level = signals.get(name)
            before, at_s = self._told.get((device.unit, name), (float("inf"), float("-inf")))
            now_s = time.monotonic()
            if level is not None and math.isfinite(level):
                low, high, _ = validation.LEVELS[resource]
                level = min(max(level, low), high)  # a sensor's zero drifts: no level is below empty or above full
            if level is not None and (abs(level - before) >= STEP_PCT or now_s - at_s >= TELL_AGAIN_S):
                check_resource(self._folder, device.unit, resource, level, by=device.place)
                self._told[device.unit, name] = (level, now_s)


@contextmanager
def watched(
    folder: Path, devices: tuple[modbus.Device, ...], telemetry: Telemetry, controller: Controller
) -> Iterator[None]:
    """Poll the devices within the block, in the shop time of ``controller``, whose log gets the alarms."""
    start_us = utc_us(controller.shop.start)
    watch = DeviceWatch(folder, devices, telemetry, lambda: start_us + round(controller.state.now_s * 1e6))
    asked = controller.requests

    def with_alarms(state: ShopState) -> list[Decision]:
        people = next(filter(None, (list(source(state)) for source in asked)), [])
        return [*people, *watch.fallen_silent()]

    controller.requests = (with_alarms,)
    try:
        yield
    finally:
        controller.requests = asked
        watch.close()
