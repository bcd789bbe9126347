"""Lines of a page photographed askew are made level."""

import numpy as np
import pytest

from capture.reading.engines import get_engine
from capture.reading.pictures import open_pictures
from capture.reading.straighten import Bend, bend_picture, find_bend
from tests.documents.papers import HARDWARE
from tests.documents.pictures import draw_picture


def leaning(degrees: float) -> list[np.ndarray]:
    """Give the boxes of words on lines that lean by so many degrees, on a page of 1000 pixels each way."""
    slope = np.tan(np.radians(degrees))
    rows, columns = np.meshgrid(np.arange(100, 900, 80), np.arange(100, 800, 150))
    corners = np.asarray([[0, 0], [120, 120 * slope], [120, 120 * slope + 20], [0, 20]])
    return [
        np.add(corners, (x, y + (x - 500) * slope)).astype(np.float32)
        for x, y in zip(columns.flat, rows.flat, strict=True)
    ]


@pytest.mark.parametrize("degrees", [-6.0, -2.0, 3.0, 5.0])
def test_lines_that_lean_are_level_afterwards(degrees: float) -> None:
    quads = leaning(degrees)
    bend = find_bend(quads, 1000, 1000)

    level = [bend.level(quad.astype(np.float64)) for quad in quads]

    assert bend.matters
    assert max(abs(quad[1][1] - quad[0][1]) for quad in level) < 1.5


def test_a_level_page_is_left_alone() -> None:
    assert not find_bend(leaning(0.0), 1000, 1000).matters


def test_places_go_there_and_back() -> None:
    bend = Bend(800, 600, angle=0.05, twist=0.03, curl=-0.02)
    points = np.asarray([[10.0, 20.0], [400.0, 300.0], [790.0, 590.0]])

    assert np.allclose(bend.unlevel(bend.level(points)), points, atol=0.5)


def test_the_picture_is_bent_like_the_places() -> None:
    (pixels,) = open_pictures(draw_picture(HARDWARE, turned=4), max_pages=1)
    engine = get_engine("rapidocr")
    height, width = pixels.shape[:2]
    bend = find_bend([piece.quad for piece in engine.read(pixels).pieces], width, height)

    again = find_bend([piece.quad for piece in engine.read(bend_picture(pixels, bend)).pieces], width, height)

    assert abs(np.degrees(bend.angle)) > 3
    assert abs(np.degrees(again.angle)) < 0.4


def test_a_levelled_picture_shows_what_the_tilted_one_showed() -> None:
    rows, columns = np.mgrid[0:200, 0:300]
    pixels = np.stack([rows, columns / 2, (rows + columns) / 4], axis=-1).astype(np.uint8)

    level = bend_picture(pixels, Bend(300, 200, angle=0.02))

    difference = np.abs(level.astype(int) - pixels)[20:180, 20:280]
    assert 0 < difference.max() < 8
