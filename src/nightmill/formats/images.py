"""Read image files into arrays, with a size limit, so that a hostile file can't use up the memory.

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
"""Further exceptions that Pillow raises for invalid headers and EXIF data."""
_TURNS = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"}  # fmt: skip
"""Transposition that turns an image upright, by its EXIF orientation."""
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")


def read_image(path: Path, *, pixel_limit: int = PIXEL_LIMIT) -> NDArray[np.uint8]:
    """Read an image file as (height, width, 3) uint8, sRGB; PNG, JPEG, BMP, TIFF (first page) or WebP.
    It is rotated by its EXIF orientation; transparent areas become white.
    Raises ``BadInput`` for a missing, broken, too large or unsupported file; nothing is decoded before its size is known.
    """
    return decode_image(read_ordinary(path, FILE_LIMIT_BYTES), path.name, pixel_limit=pixel_limit)


def decode_image(data: bytes, name: str, *, pixel_limit: int = PIXEL_LIMIT) -> NDArray[np.uint8]:
    """Read an image from bytes, like ``read_image``; ``name`` is used in findings."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # ignore warnings about decompression bombs up to twice Pillow's limit (ours is checked below) and about unreadable EXIF data
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                width, height = image.size
                if width * height > pixel_limit:
                    raise BadInput(
                        _finding(name, f"{width} x {height} pixels", f"at most {pixel_limit} pixels", "Scale it down.")
                    )
                return _rgb(image, name)
    except UnidentifiedImageError as error:
        raise BadInput(_finding(name, "no known picture format", " or ".join(FORMATS), "Convert the image.")) from error
    except (OSError, EOFError, struct.error, *_UNREADABLE, Image.DecompressionBombError) as error:
        raise BadInput(
            _finding(name, f"a broken picture ({error})", "a complete image", "Copy or export it again.")
        ) from error


def _rgb(image: Any, name: str) -> NDArray[np.uint8]:
    from PIL import ExifTags, Image

    image.load()
    turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))  # the orientation in which the camera was held
    if turn is not None:
        image = image.transpose(Image.Transpose[turn])
    if image.mode == "F" or image.mode.startswith("I"):
        return _of_long_numbers(image, name)
    if image.has_transparency_data:
        # the colours under transparent areas are not part of the image: they differ between programs
        seen = image.convert("RGBA")
        image = Image.new("RGBA", image.size, "white")
        image.alpha_composite(seen)
    return np.asarray(image.convert("RGB"), dtype=np.uint8).copy()


def _of_long_numbers(image: Any, name: str) -> NDArray[np.uint8]:
    """Return the image as 16-bit grey, even if it is stored in 32 bits. Values outside the 16-bit range are refused, not clipped."""
    grey = np.asarray(image)
    low, high = (float(grey.min()), float(grey.max())) if grey.size else (0.0, 0.0)
    if image.mode == "F" or not (0 <= low <= high <= 65535):
        found = f"brightness from {low:g} to {high:g} in numbers of 32 bits"
        raise BadInput(_finding(name, found, "8 or 16 bits", "Save the image with 8 or 16 bits."))
    grey = np.round(grey / 257.0).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _finding(file: str, found: str, expected: str, remedy: str) -> Finding:
    return Finding(file, "", found, expected, remedy)
