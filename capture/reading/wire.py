"""What the reading process and its parent say to each other: frames on a socket, a JSON text and blobs of bytes each.

Nothing is unpickled. The parent treats what comes back as hostile: its size is capped before it is read, and every
value must be of the type that the reading model says.
"""

from __future__ import annotations

import dataclasses
import json
import math
import numbers
import socket
import struct
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from typing import Any, TypeVar

_HEAD = struct.Struct("!II")  # bytes of JSON, number of blobs
_LENGTH = struct.Struct("!I")
_CHUNK = 1 << 20
_LARGEST_WHOLE = 1 << 53  # that a float holds exactly
T = TypeVar("T")


class Garbled(Exception):
    """The other side said something that is too large or makes no sense."""


class Silent(Exception):
    """The other side did not answer in time."""


class Gone(Exception):
    """The other side hung up."""


@dataclass(frozen=True)
class Room:
    """How much may come in one frame: bytes of JSON, blobs, bytes in one blob, bytes in all of them."""

    text: int
    blobs: int = 0
    blob_bytes: int = 0
    all_bytes: int = 0


@dataclass(frozen=True)
class Frame:
    """One message: what it says, and the bytes that go with it."""

    said: dict[str, Any]
    blobs: tuple[bytes, ...] = ()


def send_frame(to: socket.socket, said: dict[str, object], blobs: Sequence[bytes] = ()) -> None:
    """Send one frame."""
    text = json.dumps(said, separators=(",", ":")).encode()
    to.sendall(_HEAD.pack(len(text), len(blobs)) + b"".join(_LENGTH.pack(len(blob)) for blob in blobs) + text)
    for blob in blobs:
        to.sendall(blob)


def receive_frame(source: socket.socket, room: Room, left: Callable[[], float | None] = lambda: None) -> Frame:
    """Receive one frame; ``left`` tells how many seconds to wait, None is for ever.

    Raises:
        Gone: the other side hung up.
        Silent: it was not here in time.
        Garbled: it is larger than there is room for, or no JSON.
    """
    length, count = _HEAD.unpack(_receive(source, _HEAD.size, left))
    if length > room.text or count > room.blobs:
        raise Garbled
    sizes = [_LENGTH.unpack(_receive(source, _LENGTH.size, left))[0] for _ in range(count)]
    if max(sizes, default=0) > room.blob_bytes or sum(sizes) > room.all_bytes:
        raise Garbled
    said = _parse(_receive(source, length, left))
    return Frame(said, tuple(_receive(source, size, left) for size in sizes))


def to_plain(value: object) -> object:
    """Turn frozen dataclasses into JSON's own kinds; a dataclass becomes the list of its fields, in order.

    Numbers of numpy become plain ones, with six decimals at most.
    """
    if dataclasses.is_dataclass(value):
        return [to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, tuple | list):
        return [to_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: to_plain(each) for key, each in value.items()}
    if isinstance(value, str | bool | None):
        return value
    return int(value) if isinstance(value, numbers.Integral) else round(float(typing.cast("float", value)), 6)


def from_plain(kind: type[T], value: object) -> T:
    """Turn JSON's own kinds back into what ``to_plain`` was given, every value checked.

    Raises:
        Garbled: something is not of the type that the dataclass says.
    """
    annotation: Any = kind
    made: T = _maker(annotation)(value)
    return made


def _receive(source: socket.socket, size: int, left: Callable[[], float | None]) -> bytes:
    kept = bytearray()
    while len(kept) < size:
        seconds = left()
        if seconds is not None and seconds <= 0:
            raise Silent
        source.settimeout(seconds)
        try:
            part = source.recv(min(size - len(kept), _CHUNK))
        except TimeoutError:
            continue
        except ConnectionError as error:
            raise Gone from error
        if not part:
            raise Gone
        kept += part
    return bytes(kept)


def _parse(text: bytes) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Garbled from error
    if not isinstance(said, dict):
        raise Garbled
    return said


_Maker = Callable[[Any], Any]


@cache
def _maker(kind: Any) -> _Maker:  # noqa: ANN401 - any type annotation of the reading model
    """Give the function that checks a plain value and makes it what the annotation says."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in {types.UnionType, typing.Union}:
        (only,) = (each for each in inner if each is not types.NoneType)
        make = _maker(only)
        return lambda value: None if value is None else make(value)
    if origin is tuple:
        return _row_maker(_maker(inner[0]))
    if origin is dict:
        return _table_maker(_maker(inner[1]))
    if dataclasses.is_dataclass(kind):
        return _record_maker(kind)
    if issubclass(kind, StrEnum):
        return _word_maker(kind)
    return _SIMPLE[kind]


def _row_maker(make: _Maker) -> _Maker:
    return lambda value: tuple(map(make, _of(list, value)))


def _table_maker(make: _Maker) -> _Maker:
    return lambda value: {_text(key): make(each) for key, each in _of(dict, value).items()}


def _record_maker(kind: Any) -> _Maker:  # noqa: ANN401 - a dataclass
    hints = typing.get_type_hints(kind)
    makers = [_maker(hints[field.name]) for field in dataclasses.fields(kind)]

    def make(value: object) -> object:
        values = _of(list, value)
        if len(values) != len(makers):
            raise Garbled
        return kind(*(make(each) for make, each in zip(makers, values, strict=True)))

    return make


def _word_maker(kind: type[StrEnum]) -> _Maker:
    known = {member.value: member for member in kind}

    def make(value: object) -> StrEnum:
        if not isinstance(value, str) or value not in known:
            raise Garbled
        return known[value]

    return make


def _of(kind: type[T], value: object) -> T:
    if type(value) is not kind:
        raise Garbled
    return value


def _text(value: object) -> str:
    """Give a text that every database takes: without NUL and half surrogates."""
    return _of(str, value).encode("utf-8", "replace").decode().replace("\0", "")


def _number(value: object) -> float:
    number = float(value) if type(value) is int and abs(value) < _LARGEST_WHOLE else _of(float, value)
    if not math.isfinite(number):
        raise Garbled
    return number


_SIMPLE: dict[Any, _Maker] = {
    str: _text,
    float: _number,
    int: partial(_of, int),
    bool: partial(_of, bool),
    bytes: partial(_of, bytes),  # JSON has none: bytes travel beside it
}
