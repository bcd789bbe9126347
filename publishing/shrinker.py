"""The process in which pictures are made smaller: JPEGs in by standard input, smaller ones out by standard output.

Decoding is dangerous, so it happens here, confined as reading is (capture/reading/confine.py), for one file alone.
"""

from __future__ import annotations

import io
import resource
import sys
from typing import BinaryIO

from PIL import Image, JpegImagePlugin

from capture.reading.confine import Limits, confine

LENGTH = 4  # bytes of a picture's length before it
MOST_PIXELS = 60_000_000
CPU_SECONDS = 60
LADDER = ((1600, 65), (1400, 50), (1100, 45), (900, 40), (700, 30), (500, 25))  # longest side in pixels, quality


def main(parent: int, most_bytes: int) -> None:
    """Make the pictures that come in fit into so many bytes each."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    Image.init()
    confine(Limits(), parent=parent)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    pictures = list(read_all(sys.stdin.buffer))
    for each in pictures:
        write(sys.stdout.buffer, shrink(each, most_bytes))


def shrink(data: bytes, most_bytes: int) -> bytes:
    """Give a picture in at most so many bytes, or in as few as can still be read."""
    made = data
    for side, quality in LADDER:
        with Image.open(io.BytesIO(data), formats=[JpegImagePlugin.JpegImageFile.format]) as picture:
            picture.draft("RGB", (side, side))
            small = picture.convert("RGB")
        small.thumbnail((side, side), Image.Resampling.BILINEAR)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=quality)
        made = out.getvalue()
        if len(made) <= most_bytes:
            break
    return made


def read_all(stream: BinaryIO) -> list[bytes]:
    """Read pictures, each after its length, to the end."""
    found = []
    while len(head := stream.read(LENGTH)) == LENGTH:
        found.append(stream.read(int.from_bytes(head)))
    return found


def write(stream: BinaryIO, data: bytes) -> None:
    """Write a picture after its length."""
    stream.write(len(data).to_bytes(LENGTH) + data)
