"""The OCR engines by name, each loaded once in a process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from capture.reading.errors import EngineMissing
from capture.reading.pictures import Pixels

Quad = NDArray[np.float32]  # four corners, clockwise from the top left, pixels


@dataclass(frozen=True)
class Piece:
    """One word: its text, its corners in pixels of the upright picture, and the engine's confidence."""

    text: str
    quad: Quad
    confidence: float


@dataclass(frozen=True)
class Seen:
    """What an engine saw: words, and the picture turned upright by quarter turns."""

    pieces: tuple[Piece, ...]
    pixels: Pixels


class Engine(Protocol):
    """Finds words in a picture."""

    def read(self, pixels: Pixels) -> Seen:
        """Find the words, whichever way round the page was put in."""


@cache
def get_engine(name: str) -> Engine:
    """Give the engine of that name: rapidocr, openvino or tesseract.

    Raises:
        EngineMissing: it is not installed.
    """
    try:
        if name == "tesseract":
            from capture.reading.tesseract import TesseractEngine  # noqa: PLC0415 - loaded when it is chosen

            return TesseractEngine()
        from capture.reading.rapid import RapidEngine  # noqa: PLC0415 - loaded when it is chosen

        return RapidEngine({"rapidocr": "onnxruntime"}.get(name, name))
    except ImportError as error:
        raise EngineMissing(
            f"The OCR engine {name} is not installed: the Python package {error.name or name} is missing."
        ) from error
