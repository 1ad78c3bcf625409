"""The child's side of ``run_guarded``: read the request from stdin, set the limits, answer on the given descriptor."""

import importlib
import inspect
import json
import os
import resource
import select
import sys
from typing import Any

import msgspec

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding, NightmillError
from nightmill.vocabulary.garbage import collect_rarely
from nightmill.workers.forked_helper import LocklessThread


def main() -> None:
    """Run the one request of a new process."""
    collect_rarely()
    channel = int(os.environ.pop("NIGHTMILL_ANSWER_FD"))
    run_request(json.loads(sys.stdin.buffer.read()), channel)


def run_request(request: dict[str, Any], channel: int) -> None:
    """Set the limits of a request for this process, run it, and write progress and answer to ``channel``."""
    limits = request["limits"]
    memory = limits["memory_mib"] << 20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_s"], limits["cpu_s"] + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(limits["nice"])

    _EndWithParent(channel).start()

    def say(message: dict[str, Any]) -> None:
        _write(channel, json.dumps(message).encode() + b"\n")

    try:
        say({"answer": _run(request, lambda name, share: say({"progress": name, "share": share}))})
    except NightmillError as error:
        kind = "BadInput" if isinstance(error, BadInput) else "EnvironmentFailed"
        say({"error": kind, "findings": msgspec.to_builtins(error.findings)})
    except MemoryError:
        found = f"more than {limits['memory_mib']} MiB"
        finding = Finding(request["call"], "memory", found, "work within its limits", "Simplify or repair the file.")
        say({"error": "ChildFailed", "findings": [msgspec.to_builtins(finding)]})
    except OSError as error:
        place, what = str(error.filename or request["call"]), error.strerror or str(error)
        finding = Finding(place, "", what, "files that can be read and written", "Free some space and try again.")
        say({"error": EnvironmentFailed.__name__, "findings": [msgspec.to_builtins(finding)]})


def _run(request: dict[str, Any], progress: Any) -> Any:
    module, function = request["call"].split(":")
    called = getattr(importlib.import_module(module), function)
    arguments = dict(request["arguments"])
    if "progress" in inspect.signature(called).parameters:
        arguments["progress"] = progress
    return msgspec.to_builtins(called(**arguments))


class _EndWithParent(LocklessThread):
    """Thread that ends this process when nobody is left to read its answer, so that no work continues after its parent was killed."""

    def __init__(self, channel: int) -> None:
        super().__init__(daemon=True)
        self._channel = channel

    def run(self) -> None:
        gone = select.poll()
        gone.register(self._channel, 0)  # poll always reports errors of the channel, such as a closed reader
        gone.poll()
        os._exit(1)


def _write(channel: int, text: bytes) -> None:
    while text:
        text = text[os.write(channel, text) :]


if __name__ == "__main__":
    main()
