"""Pictures of every kind that cameras and programs write become the same grey or colour, or one clear error."""

import io
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from nightmill.formats import decode_image
from nightmill.vocabulary.errors import BadInput

GREY = np.random.default_rng(3).integers(0, 256, (20, 30)).astype(np.uint8)


def written(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("mode", "form"),
    [("L", "PNG"), ("LA", "PNG"), ("P", "BMP"), ("RGB", "TIFF"), ("RGBA", "PNG"), ("CMYK", "TIFF"), ("YCbCr", "TIFF")],
)
def test_a_mode_changes_nothing_of_what_is_seen(mode: str, form: str) -> None:
    picture = decode_image(written(Image.fromarray(GREY).convert(mode), form), "x")
    assert (picture == GREY[:, :, None]).all()


def _sixteen(kind: type) -> NDArray[Any]:
    return GREY.astype(kind) * 257


@pytest.mark.parametrize("kind", [np.uint16, np.int32])
def test_sixteen_bits_are_read_as_eight_also_where_they_are_kept_in_more(kind: type) -> None:
    assert (decode_image(written(Image.fromarray(_sixteen(kind)), "TIFF"), "x")[:, :, 1] == GREY).all()


@pytest.mark.parametrize("pixels", [GREY / np.float32(255), _sixteen(np.int32) + 1, _sixteen(np.int32) - 1])
def test_brightness_of_an_unknown_scale_is_not_guessed_at(pixels: NDArray[Any]) -> None:
    pixels[0, :2] = pixels.min(), pixels.max()
    with pytest.raises(BadInput, match="8 or 16 bits"):
        decode_image(written(Image.fromarray(pixels), "TIFF"), "x")


@pytest.mark.parametrize("held", range(1, 9))
def test_a_picture_is_turned_as_its_camera_was_held(held: int) -> None:
    upright = {
        1: GREY, 2: GREY[:, ::-1], 3: GREY[::-1, ::-1], 4: GREY[::-1], 5: GREY.T, 6: np.rot90(GREY, -1),
        7: GREY[::-1, ::-1].T, 8: np.rot90(GREY),
    }[held]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = held
    assert (decode_image(written(Image.fromarray(GREY), "PNG", exif=exif), "x")[:, :, 0] == upright).all()


def test_exif_data_that_cannot_be_read_turn_nothing_and_say_nothing() -> None:
    broken = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01" * 30
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode_image(written(Image.fromarray(GREY), "JPEG", exif=broken), "x").shape == (20, 30, 3)


def test_what_is_hidden_under_clear_places_is_not_seen() -> None:
    pixels = np.stack([GREY, GREY, GREY, np.full_like(GREY, 255)], axis=2)
    pixels[:10, :, 3] = 0
    seen = decode_image(written(Image.fromarray(pixels), "PNG"), "x")
    assert (seen[:10] == 255).all()
    assert (seen[10:, :, 2] == GREY[10:]).all()


def test_a_picture_whose_maker_is_written_as_a_number_is_turned_all_the_same() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, ""
    wrong = (
        exif.tobytes()
        .replace(b"\x01\x0f\x00\x02", b"\x01\x0f\x00\x05")
        .replace(b"\x0f\x01\x02\x00", b"\x0f\x01\x05\x00")
    )
    assert wrong != exif.tobytes()
    turned = decode_image(written(Image.fromarray(GREY), "PNG", exif=wrong), "x")
    assert (turned == np.rot90(GREY, -1)[:, :, None]).all()
