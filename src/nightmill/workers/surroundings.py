"""Hashes of everything that a process inherits, and of the code on disk: a fork of an older process may replace a new process only if both
would be identical.
"""

import hashlib
import os
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import nightmill

READ_AT_IMPORT = (
    "CSF_", "GLIBC_", "GOTO_", "HOME", "LANG", "LC_", "LD_", "MALLOC_", "MKL_", "NIGHTMILL_", "NUMBA_", "OMP_",
    "OPENBLAS_", "PYTHON", "VIRTUAL_ENV", "XDG_",
)  # fmt: skip
"""First letters of the environment variables that Python, the loader and the libraries read when they start."""
OF_ONE_CHILD = "NIGHTMILL_ANSWER_FD"
"""Environment variable that is new for every child."""
_INHERITED = ("Uid:", "Gid:", "Groups:", "Cap", "NoNewPrivs:", "Seccomp:", "Speculation")
"""Lines of ``/proc/self/status`` (proc(5)) that a child inherits and can't change back."""
_LONGEST_FOLDER = 66
"""Maximum length of the folder's path in bytes, which leaves room for the name of a socket; ``unix(7)`` allows 107 in all."""


def inherited(environment: Mapping[str, str], call: str) -> str:
    """Return a hash of everything that a new child for ``call`` would inherit from this process and that a fork can't take over later.

    The hash covers the user with all rights, the namespaces and the control group, the limits and the priority, the interpreter, and those
    variables of the child's ``environment`` that are read only when it starts.
    """
    known = hashlib.sha256(repr((call, sys.executable, tuple(sys.flags), os.getpriority(os.PRIO_PROCESS, 0))).encode())
    known.update(repr(sorted(_at_import(environment))).encode())
    for path in ("/proc/self/limits", "/proc/self/cgroup", "/proc/self/attr/current"):
        with suppress(OSError):
            known.update(Path(path).read_bytes())
    with suppress(OSError):
        spaces = Path("/proc/self/ns")
        known.update(repr(sorted((one.name, os.readlink(one)) for one in spaces.iterdir())).encode())
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace").splitlines()
        known.update(repr([line for line in lines if line.startswith(_INHERITED)]).encode())
    root = os.stat("/")
    known.update(repr((root.st_dev, root.st_ino)).encode())
    return known.hexdigest()[:16]


def _at_import(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return (each for each in environment.items() if each[0].startswith(READ_AT_IMPORT) and each[0] != OF_ONE_CHILD)


def code_state() -> str:
    """Return a hash of the code on disk: version, and name, size and time of every file of this package, of the interpreter and of the
    folders in which other packages are installed.
    """
    known = hashlib.sha256(nightmill.__version__.encode())
    for place in (sys.executable, sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        with suppress(OSError):
            known.update(repr((place, os.stat(place).st_mtime_ns)).encode())
    for folder in nightmill.__path__:
        for line in sorted(_files(folder)):
            known.update(repr(line).encode())
    return known.hexdigest()[:16]


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as found:
        for entry in found:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            else:
                about = entry.stat()
                yield entry.path, about.st_size, about.st_mtime_ns


def private_folder() -> Path | None:
    """Return this user's folder for sockets, which nobody else can enter; ``None`` if such a folder can't be made.

    It is below ``XDG_RUNTIME_DIR``, or else below the folder for temporary files.
    """
    own = os.environ.get("XDG_RUNTIME_DIR")
    if own and _is_private(Path(own)):
        folder = Path(own) / "nightmill"
    else:
        folder = Path(tempfile.gettempdir()) / f"nightmill-{os.getuid()}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        if _is_private(folder) and len(os.fsencode(folder)) <= _LONGEST_FOLDER:
            return folder
    return None


def _is_private(folder: Path) -> bool:
    try:
        about = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & 0o077
