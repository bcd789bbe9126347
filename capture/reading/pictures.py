"""Pictures by Pillow: bytes in, upright RGB pictures out, one a page."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, ImageOps, TiffImagePlugin, WebPImagePlugin

from capture.likeness import HEIGHT, WIDTH, hash_picture
from capture.reading.errors import Unreadable

Pixels = NDArray[np.uint8]  # rows x columns x red, green, blue; origin top left

FORMATS = ("JPEG", "PNG", TiffImagePlugin.TiffImageFile.format, WebPImagePlugin.WebPImageFile.format, "HEIF")
MAX_PIXELS = 60_000_000
LARGE = 30_000_000  # pixels, of which no copy is made that could be smaller
LONG_SIDE = 2000  # pixels; finer detail does not help the engines
LONG_PAGE = 2.5  # height by width from which a page is read in strips, so its width counts, not its height
STRIP_WIDTH = 1000  # pixels, of long pages

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
pillow_heif.register_heif_opener()


def open_pictures(data: bytes, *, max_pages: int, even_cut: bool = False) -> Iterator[Pixels]:
    """Give the pages of a picture file, upright by its EXIF note and no larger than the engines need.

    ``even_cut``: of one that is cut off, what is there.

    Raises:
        Unreadable: not a picture we take, too large, or cut off.
    """
    ImageFile.LOAD_TRUNCATED_IMAGES = even_cut
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(data), formats=FORMATS)
        with opened as picture:
            frames = getattr(picture, "n_frames", 1) if picture.format in {"TIFF", "HEIF"} else 1
            if frames > max_pages:
                raise Unreadable("CAP-1", f"The file has {frames} pages; up to {max_pages} are taken.")
            for number in range(frames):
                picture.seek(number)
                yield _decode(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise _too_large() from error
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, ArithmeticError) as error:
        raise Unreadable("CAP-2", "The picture is damaged or cut off and cannot be opened to its end.") from error


def shrink(pixels: Pixels) -> Pixels:
    """Give the picture in the size the engines read best, smaller than or equal to what it was."""
    height, width = pixels.shape[:2]
    scale = _target(width, height) / max(width, height)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX, reducing_gap=2.0))


def encode(pixels: Pixels, *, long_side: int = 1600) -> bytes:
    """Give the picture as JPEG, its long side at most so many pixels (till rolls: their width 800)."""
    height, width = pixels.shape[:2]
    limit = long_side if height <= LONG_PAGE * width else round(height / width * long_side / 2)
    picture = Image.fromarray(pixels)
    picture.thumbnail((limit, limit), Image.Resampling.BILINEAR, reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def likeness_of(picture: bytes) -> str:
    """Give the hash of a page's picture, by which it is found again."""
    with Image.open(io.BytesIO(picture), formats=("JPEG",)) as page:
        page.draft("L", (8 * WIDTH, 8 * HEIGHT))
        thumbnail = page.convert("L").resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    return hash_picture(thumbnail.tobytes())


def _target(width: int, height: int) -> float:
    if height > LONG_PAGE * width:
        return STRIP_WIDTH * height / width
    return LONG_SIDE


def _decode(picture: Image.Image) -> Pixels:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise _too_large()
    scale = min(1.0, _target(*sorted(picture.size)) / max(picture.size))
    if picture.format in {"JPEG", "MPO"}:
        picture.draft("RGB", (round(width * scale), round(height * scale)))
    picture.load()
    small = _reduce(picture, scale * max(width, height))
    small.getexif()[ExifTags.Base.Orientation] = picture.getexif().get(ExifTags.Base.Orientation, 1)
    ImageOps.exif_transpose(small, in_place=True)
    return shrink(np.asarray(_flatten(small)))


def _reduce(picture: Image.Image, long_side: float) -> Image.Image:
    """Give the picture nearer to the size it will have, before anything makes copies of it.

    Pillow keeps four bytes for a pixel of three colours: 240 MB for the largest picture we take.
    """
    if picture.mode == "1":
        picture = picture.convert("L")
    elif picture.mode in {"P", "PA"}:
        picture = picture.convert("RGBA" if "transparency" in picture.info or picture.mode == "PA" else "RGB")
    elif picture.mode.startswith("I;16"):
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    finer = 1 if picture.width * picture.height > LARGE else 2  # times as fine as it will be
    factor = max(1, int(max(picture.size) / long_side / finer))
    small = picture.reduce(factor) if factor > 1 else picture
    if small.mode == "I":
        small = Image.fromarray((np.asarray(small).clip(0, 65535) >> 8).astype(np.uint8))
    return small


def _flatten(picture: Image.Image) -> Image.Image:
    if picture.mode in {"LA", "RGBA"} or "transparency" in picture.info:
        front = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", front.size, "white"), front).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _too_large() -> Unreadable:
    return Unreadable("CAP-1", f"The picture is too large; up to {MAX_PIXELS // 1_000_000} megapixels are taken.")
