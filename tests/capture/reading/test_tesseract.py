"""The second engine, where it is installed; a clear sentence where it is not."""

import shutil
from contextlib import closing
from importlib.util import find_spec

import numpy as np
import pytest

from capture.reading.engines import get_engine
from capture.reading.errors import EngineMissing
from capture.reading.pictures import open_pictures
from capture.reading.service import Reader
from capture.reading.tesseract import TesseractEngine
from tests.documents.papers import HARDWARE
from tests.documents.pictures import draw_picture


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed; bin/test installs it")
def test_tesseract_finds_the_words_in_their_places() -> None:
    (pixels,) = open_pictures(draw_picture(HARDWARE), max_pages=1)

    seen = get_engine("tesseract").read(pixels)

    (total,) = [piece for piece in seen.pieces if piece.text == "TOTAL"]
    assert total.quad[:, 0].max() < pixels.shape[1] / 2
    assert 0.3 < total.confidence <= 1


def test_without_tesseract_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(EngineMissing, match="apt-get install tesseract-ocr"):
        TesseractEngine()


@pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is an extra: pip install openvino")
def test_openvino_reads_page_after_page_in_the_confined_process() -> None:
    with closing(Reader()) as reader:
        for noise in (0, 1, 2):
            outcome = reader.read(draw_picture(HARDWARE, noise=noise), media_type="image/jpeg", engine="openvino")

            assert outcome.readings[0].fields["total"].value == HARDWARE.expected["total"]


@pytest.mark.skipif(find_spec("openvino") is not None, reason="OpenVINO is installed")
def test_without_openvino_it_says_what_is_missing() -> None:
    with pytest.raises(EngineMissing, match="the Python package openvino is missing"):
        get_engine("openvino")


def test_a_blank_page_has_no_words() -> None:
    blank = np.full((400, 300, 3), 255, dtype=np.uint8)

    assert get_engine("rapidocr").read(blank).pieces == ()
