"""Pictures into arrays, with a bound on what a hostile file may cost.

Plain functions of a path or bytes, so that a guarded child process can run them.
"""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

FILE_LIMIT_BYTES = 64 * 1024 * 1024
PIXEL_LIMIT = 40_000_000
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")


def read_image(path: Path, *, pixel_limit: int = PIXEL_LIMIT) -> NDArray[np.uint8]:
    """A picture file as (height, width, 3) uint8, sRGB; PNG, JPEG, BMP, TIFF (first page) or WebP.

    Raises ``BadInput`` for a missing, broken, too large or foreign file; nothing is decoded before its size is known.
    """
    try:
        size = path.stat().st_size
        if size > FILE_LIMIT_BYTES:
            raise BadInput(
                _finding(path.name, f"{size} bytes", f"at most {FILE_LIMIT_BYTES} bytes", "Scale the picture down.")
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise BadInput(_finding(str(path), "no such file", "a picture", "Check the path.")) from error
    except IsADirectoryError as error:
        raise BadInput(_finding(str(path), "a folder", "a picture", "Name a file.")) from error
    except OSError as error:
        raise EnvironmentFailed(
            _finding(str(path), str(error), "a file that can be read", "Check disk and permissions.")
        ) from error
    return decode_image(data, path.name, pixel_limit=pixel_limit)


def decode_image(data: bytes, name: str, *, pixel_limit: int = PIXEL_LIMIT) -> NDArray[np.uint8]:
    """The same from bytes; ``name`` stands in findings."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # our own limit is checked below; Pillow only warns of a bomb up to twice its limit
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                width, height = image.size
                if width * height > pixel_limit:
                    raise BadInput(
                        _finding(name, f"{width} x {height} pixels", f"at most {pixel_limit} pixels", "Scale it down.")
                    )
                return _rgb(image)
    except UnidentifiedImageError as error:
        raise BadInput(
            _finding(name, "no known picture format", " or ".join(FORMATS), "Convert the picture.")
        ) from error
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, Image.DecompressionBombError) as error:
        raise BadInput(
            _finding(name, f"a broken picture ({error})", "a whole picture", "Copy or export it again.")
        ) from error


def _rgb(image: Any) -> NDArray[np.uint8]:
    if image.mode in ("I;16", "I;16B", "I;16L", "I"):
        grey = np.asarray(image).astype(np.float64) / 257.0
        return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    return np.asarray(image.convert("RGB"), dtype=np.uint8).copy()


def _finding(file: str, found: str, expected: str, remedy: str) -> Finding:
    return Finding(file, "", found, expected, remedy)
