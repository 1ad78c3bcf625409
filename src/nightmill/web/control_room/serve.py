"""The live page: a server on the loopback interface for a shop's folder."""

import gc
import getpass
import socket
import sys
from contextlib import closing
from pathlib import Path

from nightmill.plant.part_preview import Pictures
from nightmill.plant.requests import Access
from nightmill.plant.workspace import check_log_read, whole_shop
from nightmill.vocabulary.errors import EnvironmentFailed, Finding
from nightmill.web.control_room.pages import WithPages, picture
from nightmill.web.report.mesh_encoding import packed

HOST = "127.0.0.1"
POLL_S = 0.05
"""Interval at which an open stream reads the log: an event is on the screen within a few frames."""

SWITCH_S = 0.00005
COLLECTED_EVERY = (100_000, 50, 100)
"""Thresholds for the garbage collector (``gc``): a collection over all objects of a long log stops every thread for as
long as a hundred answers take, although folding creates hundreds of thousands of objects but no garbage.
"""


def serve_shop(folder: Path, *, port: int = 8420, light: bool = False) -> None:
    """Serve until interrupted; see ``nightmill.web.serve_shop``. The printed address signs in whoever opens it first, as admin."""
    check_log_read(folder)
    with closing(listen(port)) as listener:
        whole_shop(folder)
        pictures = Pictures(folder)
        if not light:
            pictures.begin()  # first, so that the geometry kernel loads while this process does
        # threads that plan or fold yield to the event loop this often (s), instead of Python's usual 5 ms, so that answers don't wait
        sys.setswitchinterval(SWITCH_S)
        gc.set_threshold(*COLLECTED_EVERY)
        from nightmill.api import AppSettings, Lanes, create_app, serve

        settings = AppSettings(picture=picture, mesh=packed, poll_s=POLL_S, warm=True, pictures=pictures)
        app = WithPages(create_app(folder, settings))
        code = Access(folder).one_time_code(_own_name(), "admin")
        sys.stderr.write(f"endpoint web http://{HOST}:{listener.getsockname()[1]}/signin?code={code}\n")
        sys.stderr.flush()
        serve(app, listener, executor=Lanes())


def _own_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"


def listen(port: int) -> socket.socket:
    """Return a listening socket on the loopback interface; port 0 takes a free one. Raises ``EnvironmentFailed`` if the port is in use."""
    # asyncio sends small answers immediately (TCP_NODELAY) only on sockets created with an explicit protocol
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        remedy = f"Choose another with --port, for instance {port + 1}, or stop the other program."
        found = error.strerror or str(error)
        raise EnvironmentFailed(Finding("serve", f"port {port}", found, "a free port on 127.0.0.1", remedy)) from error
    return listener
