"""Pictures are decoded upright and within limits, or refused in a sentence."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from capture.reading.errors import Unreadable
from capture.reading.model import Options
from capture.reading.pictures import LONG_SIDE, encode, open_pictures
from capture.reading.pipeline import read_file
from tests.documents.papers import COFFEE
from tests.documents.pictures import draw_picture


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's differ by kind
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def corner(width: int = 60, height: int = 40) -> Image.Image:
    """A white picture with a black corner, top left."""
    picture = Image.new("RGB", (width, height), "white")
    picture.paste("black", (0, 0, width // 3, height // 3))
    return picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "HEIF"])
def test_every_accepted_kind_is_opened(kind: str) -> None:
    (pixels,) = open_pictures(saved(corner(), kind), max_pages=1)

    assert pixels.shape == (40, 60, 3)
    assert pixels[2, 2].max() < 60
    assert pixels[30, 50].min() > 200


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_note_says(orientation: int) -> None:
    undone = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    stored = corner() if undone is None else corner().transpose(undone)
    note = Image.Exif()
    note[274] = orientation

    (pixels,) = open_pictures(saved(stored, "JPEG", exif=note, quality=95), max_pages=1)

    assert pixels.shape == (40, 60, 3)
    assert pixels[2, 2].max() < 60


def test_colours_and_transparency_become_plain_colour() -> None:
    for mode in ("CMYK", "L", "1", "P", "LA", "RGBA", "I;16"):
        picture = Image.new(mode, (50, 50)) if mode == "I;16" else corner(50, 50).convert(mode)
        (pixels,) = open_pictures(saved(picture, "TIFF" if mode == "CMYK" else "PNG"), max_pages=1)
        assert pixels.shape == (50, 50, 3)
        assert pixels.dtype == np.uint8


def test_a_large_scan_is_made_smaller() -> None:
    (pixels,) = open_pictures(saved(Image.new("RGB", (4961, 7016), "white"), "JPEG"), max_pages=1)

    assert max(pixels.shape) == LONG_SIDE


def test_a_till_roll_keeps_its_width() -> None:
    (pixels,) = open_pictures(saved(Image.new("RGB", (706, 9000), "white"), "PNG"), max_pages=1)

    assert pixels.shape[1] == 706


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_picture_that_is_cut_off_is_unreadable(share: float) -> None:
    data = draw_picture(COFFEE)

    with pytest.raises(Unreadable) as problem:
        list(open_pictures(data[: int(len(data) * share)], max_pages=1))

    assert problem.value.code == "CAP-2"


def test_too_many_pixels_and_pages_are_refused() -> None:
    with pytest.raises(Unreadable, match="60 megapixels"):
        list(open_pictures(saved(Image.new("1", (10_000, 7_000)), "PNG"), max_pages=1))
    pages = saved(corner(), "TIFF", save_all=True, append_images=[corner()] * 4)
    with pytest.raises(Unreadable, match="5 pages; up to 3"):
        list(open_pictures(pages, max_pages=3))


def test_the_page_picture_is_a_jpeg_of_bounded_size() -> None:
    shown = Image.open(io.BytesIO(encode(np.full((3000, 2000, 3), 255, dtype=np.uint8))))

    assert (shown.format, max(shown.size)) == ("JPEG", 1600)


@pytest.mark.parametrize("size", [(600, 800), (1, 60_000)])
def test_a_picture_that_a_glance_shows_to_be_empty_costs_no_ocr(tmp_path: Path, size: tuple[int, int]) -> None:
    empty = Image.new("RGB", size, "white")
    if size[0] == 1:
        empty.paste("black", (0, 0, 1, 30_000))
    (tmp_path / "empty.png").write_bytes(saved(empty, "PNG"))

    outcome = read_file(tmp_path / "empty.png", "image/png", Options(engine="openvino"))  # which is not installed

    assert [page.words for page in outcome.pages] == [()]


def test_the_pages_of_a_turned_file_are_all_upright() -> None:
    turned = [corner().transpose(Image.Transpose.ROTATE_90) for _ in range(3)]
    data = saved(turned[0], "TIFF", save_all=True, append_images=turned[1:], tiffinfo={ExifTags.Base.Orientation: 6})

    for pixels in open_pictures(data, max_pages=3):
        assert pixels.shape == (40, 60, 3)
        assert pixels[2, 2].max() < 60
