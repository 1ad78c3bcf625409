"""Check a STEP file before the geometry kernel reads it: it must exist, be complete, and be a STEP file.

The kernel crashes or stays silent on anything but a complete ISO 10303-21 file, so everything that can be checked in the bytes is checked
here, with messages that a person can act on.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from nightmill.vocabulary.errors import BadInput, Finding

MAX_BYTES = 200_000_000
"""Largest file read by default; the largest NIST test part is under 1 MB."""

_END = b"END-ISO-10303-21"
_EXPECTED = "a complete STEP file (ISO-10303-21, AP203, AP214 or AP242)"


@dataclass(frozen=True)
class StepSource:
    """A whole STEP file as read: ``text`` is decoded byte by byte (Latin-1), ``sha256`` is the digest of the bytes."""

    path: Path
    text: str
    sha256: str


def read_source(path: Path, *, max_bytes: int = MAX_BYTES) -> StepSource:
    """Check with the file system that ``path`` is safe to read, read it, and check that the file is complete.

    Raises ``BadInput`` with one finding if the file is missing, a folder, empty, over ``max_bytes``
    (found without reading), not ISO-10303-21 or cut off.
    """
    size = _size(path, max_bytes)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _bad(
            path, "file", f"a file that can't be read ({error.strerror})", _EXPECTED, "Check its permissions."
        ) from error
    if len(data) != size and len(data) > max_bytes:
        raise _too_large(path, len(data), max_bytes)
    _check_kind(path, data)
    _check_whole(path, data)
    return StepSource(path=path, text=data.decode("latin-1"), sha256=hashlib.sha256(data).hexdigest())


def _bad(path: Path, place: str, found: str, expected: str, remedy: str) -> BadInput:
    return BadInput(Finding(file=str(path), place=place, found=found, expected=expected, remedy=remedy))


def _too_large(path: Path, size: int, max_bytes: int) -> BadInput:
    return _bad(
        path,
        "size",
        f"{size / 1e6:.0f} MB",
        f"at most {max_bytes / 1e6:.0f} MB",
        "Export the part alone, without assembly, textures or tessellated copies.",
    )


def _size(path: Path, max_bytes: int) -> int:
    try:
        stat = path.stat()
    except FileNotFoundError as error:
        raise _bad(path, "file", "no such file", _EXPECTED, "Check the name and the folder.") from error
    except (OSError, ValueError) as error:
        raise _bad(
            path, "file", f"a path that can't be opened ({error})", _EXPECTED, "Check the name and the folder."
        ) from error
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "something that is not a plain file"
        raise _bad(path, "file", kind, _EXPECTED, "Give the path of one STEP file.")
    if stat.st_size == 0:
        raise _bad(path, "size", "an empty file", _EXPECTED, "Export or copy the part again.")
    if stat.st_size > max_bytes:
        raise _too_large(path, stat.st_size, max_bytes)
    return stat.st_size


_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"version https://git-lfs", "a Git-LFS pointer instead of the file", "Fetch the real file with 'git lfs pull'."),
    (b"\x1f\x8b", "gzip-compressed data", "Unpack it first with 'gunzip'."),
    (
        b"PK\x03\x04",
        "a zip archive (.stpz, .zip or an office file)",
        "Unpack the archive and give the STEP file in it.",
    ),
    (b"BZh", "bzip2-compressed data", "Unpack it first with 'bunzip2'."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack the archive and give the STEP file in it."),
    (b"%PDF", "a PDF document", "Export the solid as STEP; a drawing has no solid."),
    (b"\xff\xfe", "UTF-16 text", "Save the file as plain ASCII or UTF-8."),
    (b"\xfe\xff", "UTF-16 text", "Save the file as plain ASCII or UTF-8."),
    (b"\xd0\xcf\x11\xe0", "a CAD system's own file or an old office file", "Export the part as STEP AP242 or AP214."),
    (b"DBRep_DrawableShape", "an Open CASCADE BREP file", "Export the part as STEP AP242 or AP214."),
    (b"CASCADE Topology", "an Open CASCADE BREP file", "Export the part as STEP AP242 or AP214."),
    (b"solid", "an STL mesh (text)", "A mesh has no exact faces: export the part as STEP."),
    (b"glTF", "a glTF mesh", "A mesh has no exact faces: export the part as STEP."),
    (b"<?xml", "an XML file", "Export the part as STEP AP242 or AP214 (Part 21, not XML)."),
    (b"<", "an HTML or XML page", "The download gave a web page: fetch the raw file."),
    (b"AC10", "a DWG drawing", "Export the solid as STEP; a drawing has no solid."),
)


def _check_kind(path: Path, data: bytes) -> None:
    body = data[:4096]
    lead = body.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\0")
    while lead.startswith(b"/*") and b"*/" in lead:
        lead = lead.split(b"*/", 1)[1].lstrip()
    if re.match(rb"ISO-10303-21\s*;", lead):
        if not data.startswith(b"\xef\xbb\xbf"):
            return
        raise _bad(
            path, "byte 1", "a UTF-8 byte order mark before ISO-10303-21", _EXPECTED, "Save the file without the mark."
        )
    for signature, looks_like, remedy in _SIGNATURES:
        if body.startswith(signature) or lead.startswith(signature):
            raise _bad(path, "first bytes", looks_like, _EXPECTED, remedy)
    raise _bad(path, "first bytes", _looks_like(data, lead), _EXPECTED, "Export the part as STEP AP242 or AP214.")


def _looks_like(data: bytes, lead: bytes) -> str:
    first_lines = data[:800].splitlines()
    if first_lines and len(first_lines[0]) >= 73 and first_lines[0][72:73] == b"S":
        return "an IGES file"
    if len(data) >= 84 and len(data) == 84 + 50 * int.from_bytes(data[80:84], "little"):
        return "an STL mesh (binary)"
    if re.search(rb"^\s*0\s*\r?\n\s*SECTION", data[:2000], re.MULTILINE):
        return "a DXF drawing"
    if not lead:
        return "nothing but blanks or zero bytes"
    printable = sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in lead)
    if printable > 0.95 * len(lead):
        start = lead[:40].split(b"\n")[0].strip().decode("latin-1")
        return f"text that starts with {start!r}"
    return f"binary data of an unknown kind (first bytes {data[:4].hex(' ')})"


def _check_whole(path: Path, data: bytes) -> None:
    end = data.rfind(_END)
    if end < 0 or b";" not in data[end:]:
        line = data.count(b"\n") + 1
        last = data[-200:].decode("latin-1").strip().splitlines()
        tail = last[-1][-60:] if last else ""
        raise _bad(
            path,
            f"line {line}, the end of the file",
            f"a file that is cut off after {tail!r}",
            "END-ISO-10303-21; at the end",
            "The copy or export stopped early: get the file again.",
        )
    if data.count(b"ENDSEC", 0, end) < 2 or not re.search(rb"\bDATA\s*[;(]", data[:end]):
        raise _bad(
            path,
            "sections",
            "a HEADER or DATA section without its ENDSEC;",
            "HEADER and DATA, each closed",
            "Export the part again.",
        )
