"""Tesseract through pytesseract: words in a picture, one column of text (settings measured in docs/benchmarks.md)."""

from __future__ import annotations

import os
import re

import cv2
import numpy as np
import pytesseract

from capture.reading.engines import Piece, Seen
from capture.reading.errors import EngineMissing
from capture.reading.pictures import Pixels

UPSCALE = 1.5
LARGEST = 3000  # pixels, the long side after upscaling
LEAST_SCORE = 30  # of 100
ONE_COLUMN = "--psm 4"
ONLY_TURN = "--psm 0"


class TesseractEngine:
    """Tesseract, run as a program of its own for each page, on one thread."""

    def __init__(self) -> None:
        os.environ["OMP_THREAD_LIMIT"] = "1"
        try:
            pytesseract.get_tesseract_version()
        except pytesseract.TesseractNotFoundError as error:
            raise EngineMissing(
                "The OCR engine tesseract is not installed. On Debian: apt-get install tesseract-ocr."
            ) from error

    def read(self, pixels: Pixels) -> Seen:
        """Find the words, whichever way round the page was put in."""
        upright = np.ascontiguousarray(np.rot90(pixels, -_turn(pixels) // 90))
        scale = min(UPSCALE, LARGEST / max(upright.shape[:2]))
        grey = cv2.cvtColor(upright, cv2.COLOR_RGB2GRAY)
        large = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        found = pytesseract.image_to_data(large, lang="eng", config=ONE_COLUMN, output_type=pytesseract.Output.DICT)
        pieces = []
        for index, text in enumerate(found["text"]):
            score = float(found["conf"][index])
            if not text.strip() or score < LEAST_SCORE:
                continue
            x, y, width, height = (found[name][index] / scale for name in ("left", "top", "width", "height"))
            quad = np.asarray([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], dtype=np.float32)
            pieces.append(Piece(text.strip(), quad, score / 100))
        return Seen(tuple(pieces), upright)


def _turn(pixels: Pixels) -> int:
    """Give by how many degrees, clockwise, the page must be turned; 0 where too few letters tell."""
    try:
        answer = pytesseract.image_to_osd(pixels, config=ONLY_TURN)
    except pytesseract.TesseractError:
        return 0
    match = re.search(r"Rotate: (\d+)", answer)
    return int(match[1]) if match else 0
