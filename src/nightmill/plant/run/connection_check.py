"""Try the address of every machine in a shop: the answer of ``nightmill connect``."""

import os
import time
from pathlib import Path
from typing import Any

from nightmill.drivers import live
from nightmill.floor import equipment as ports
from nightmill.plant.run.live import DRIVEN
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary.shop import WorkUnit


def connections(folder: Path) -> dict[str, Any]:
    """Return what each machine's address answers, what it can do, what is missing and the remedy. Changes nothing."""
    return {"devices": [_tried(unit) for unit in whole_shop(folder).work_units]}


def _tried(unit: WorkUnit) -> dict[str, Any]:
    began = time.monotonic()
    found: dict[str, Any] = {"state": "ready", "can": [], "model": "", "version": "", "why": "", "remedy": ""}
    if unit.protocol in ("virtual", "operator"):
        found["can"] = ["watch", *ports.COMMANDS_OF]
    elif unit.protocol == "linuxcnc":
        found |= _linuxcnc(unit)
    else:
        found |= {
            "state": "refused",
            "why": f"a live run can't drive {unit.protocol} yet",
            "remedy": f"Use one of {', '.join(DRIVEN)}.",
        }
    head = {"id": unit.id, "protocol": unit.protocol, "address": unit.address}
    return {**head, **found, "seconds": round(time.monotonic() - began, 3)}


def _linuxcnc(unit: WorkUnit) -> dict[str, Any]:
    shell = live.Shell(unit.id, unit.address, os.environ.get(unit.password_env, ""))
    try:
        state = shell.state()
    except ports.EquipmentUnreachable as error:
        refused = "hello" in error.why or "enable" in error.why
        remedy = (
            f"Set the environment variable {unit.password_env or 'named by password_env'} to the control's password."
            if refused
            else "Start linuxcncrsh on the control ([DISPLAY] DISPLAY = linuxcncrsh), and check address and network."
        )
        return {"state": "refused" if refused else "unreachable", "why": error.why, "remedy": remedy}
    finally:
        shell.close()
    found: dict[str, Any] = {"can": sorted(live.LINUXCNC_CAN), "model": "LinuxCNC", "version": shell.version}
    folder = Path(unit.programs)
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        remedy = "Make the folder, share it with the control under the same path, and allow Nightmill to write to it."
        return found | {"state": "refused", "why": f"{folder} isn't a folder that can be written", "remedy": remedy}
    problem = live.unready(state)
    return found | ({"state": "unsafe", "why": problem, "remedy": "Do this at the machine."} if problem else {})
