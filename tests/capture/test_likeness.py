import random
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from capture.likeness import HEIGHT, WIDTH, are_alike, hash_picture


def receipt(seed: int) -> Image.Image:
    """A page of grey bars where lines of text would stand."""
    chance = random.Random(seed)  # noqa: S311 - a drawing
    picture = Image.new("L", (600, 1400), 250)
    draw = ImageDraw.Draw(picture)
    for top in range(60, 1300, 40):
        left = chance.randrange(30, 250)
        draw.rectangle((left, top, left + chance.randrange(80, 300), top + 20), fill=chance.randrange(20, 120))
    return picture


def hash_of(picture: Image.Image) -> str:
    return hash_picture(list(picture.resize((WIDTH, HEIGHT), Image.Resampling.BOX).tobytes()))


@pytest.mark.parametrize(
    "alter",
    [
        lambda picture: picture.resize((300, 700)),
        lambda picture: ImageEnhance.Brightness(picture).enhance(0.8),
        lambda picture: picture.rotate(0.7, fillcolor=250),
    ],
    ids=["smaller", "darker", "tilted"],
)
def test_a_picture_taken_again_looks_alike(alter: Callable[[Image.Image], Image.Image]) -> None:
    assert all(are_alike(hash_of(receipt(seed)), hash_of(alter(receipt(seed)))) for seed in range(5))


def test_different_pages_do_not_look_alike() -> None:
    hashes = [hash_of(receipt(seed)) for seed in range(8)]

    assert not any(are_alike(one, other) for at, one in enumerate(hashes) for other in hashes[:at])


def test_a_blank_page_is_like_no_other() -> None:
    blank = hash_picture([255] * (WIDTH * HEIGHT))

    assert (len(blank), are_alike(blank, blank)) == (64, False)


def test_a_thumbnail_of_another_size_is_no_thumbnail() -> None:
    with pytest.raises(ValueError, match="272 values, not 9"):
        hash_picture([0] * 9)
