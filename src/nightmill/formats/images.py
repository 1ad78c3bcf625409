"""Pictures into arrays, with a bound on what a hostile file may cost.

Plain functions of a path or bytes, so that a guarded child process can run them.
"""

import io
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import read_ordinary

FILE_LIMIT_BYTES = 64 * 1024 * 1024
PIXEL_LIMIT = 40_000_000
_UNREADABLE = (ValueError, SyntaxError, ArithmeticError, TypeError, LookupError, AttributeError)
"""What Pillow says besides of headers and EXIF data that hold nonsense."""
_TURNS = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"}  # fmt: skip
"""What puts a picture upright, by the orientation of its EXIF data."""
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")


def read_image(path: Path, *, pixel_limit: int = PIXEL_LIMIT) -> NDArray[np.uint8]:
    """A picture file as (height, width, 3) uint8, sRGB; PNG, JPEG, BMP, TIFF (first page) or WebP.

    It is turned as its EXIF data say, and lies on white where it is clear.

    Raises ``BadInput`` for a missing, broken, too large or foreign file; nothing is decoded before its size is known.
    """
    return decode_image(read_ordinary(path, FILE_LIMIT_BYTES), path.name, pixel_limit=pixel_limit)


def decode_image(data: bytes, name: str, *, pixel_limit: int = PIXEL_LIMIT) -> NDArray[np.uint8]:
    """The same from bytes; ``name`` stands in findings."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # of a bomb up to twice its own limit (ours is checked below), and of EXIF data that it can't read
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                width, height = image.size
                if width * height > pixel_limit:
                    raise BadInput(
                        _finding(name, f"{width} x {height} pixels", f"at most {pixel_limit} pixels", "Scale it down.")
                    )
                return _rgb(image, name)
    except UnidentifiedImageError as error:
        raise BadInput(
            _finding(name, "no known picture format", " or ".join(FORMATS), "Convert the picture.")
        ) from error
    except (OSError, EOFError, struct.error, *_UNREADABLE, Image.DecompressionBombError) as error:
        raise BadInput(
            _finding(name, f"a broken picture ({error})", "a whole picture", "Copy or export it again.")
        ) from error


def _rgb(image: Any, name: str) -> NDArray[np.uint8]:
    from PIL import ExifTags, Image

    image.load()
    turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))  # what the camera wrote of how it was held
    if turn is not None:
        image = image.transpose(Image.Transpose[turn])
    if image.mode == "F" or image.mode.startswith("I"):
        return _of_long_numbers(image, name)
    if image.has_transparency_data:
        # what lies under clear places is no part of the picture: two programs leave other colours there
        seen = image.convert("RGBA")
        image = Image.new("RGBA", image.size, "white")
        image.alpha_composite(seen)
    return np.asarray(image.convert("RGB"), dtype=np.uint8).copy()


def _of_long_numbers(image: Any, name: str) -> NDArray[np.uint8]:
    """Grey of 16 bits, also where it is kept in 32. What is darker or brighter than those tell isn't guessed at."""
    grey = np.asarray(image)
    low, high = (float(grey.min()), float(grey.max())) if grey.size else (0.0, 0.0)
    if image.mode == "F" or not (0 <= low <= high <= 65535):
        found = f"brightness from {low:g} to {high:g} in numbers of 32 bits"
        raise BadInput(_finding(name, found, "8 or 16 bits", "Save the picture with 8 or 16 bits."))
    grey = np.round(grey / 257.0).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _finding(file: str, found: str, expected: str, remedy: str) -> Finding:
    return Finding(file, "", found, expected, remedy)
