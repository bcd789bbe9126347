import json
import socket
import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.reading.model import Box, Found, Origin, Outcome, Page, Reading, ReadLine, ReadTaxLine, Word
from capture.reading.wire import Frame, Garbled, Gone, Room, Silent, from_plain, receive_frame, send_frame, to_plain

PLACE = Box(0.125, 0.25, 0.5, 0.0625)
OUTCOME = Outcome(
    pages=(Page(1, 600, 1400.5, (Word("£12.50", PLACE, 0.75),), Origin.OCR),),
    pictures=(),
    readings=(
        Reading(
            {"total": Found("12.50", 0.5, Origin.COMPUTED, computed_from=("net", "tax"), note="Check it.")},
            lines=(ReadLine("Bread", "1", None, "12.50", "0", 1, PLACE),),
            tax_lines=(ReadTaxLine("20", None, "2.08", "12.50"),),
            region=PLACE,
        ),
    ),
    engine="rapidocr",
    seconds=0.5,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def through(said: dict[str, object], blobs: tuple[bytes, ...] = (), room: Room = Room(1000, 2, 100, 150)) -> Frame:  # noqa: B008 - frozen
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send_frame(theirs, said, blobs)
        return receive_frame(ours, room)


def test_what_is_said_comes_back_the_same() -> None:
    plain = json.loads(json.dumps(to_plain(OUTCOME)))

    assert from_plain(Outcome, plain) == OUTCOME


def test_numbers_of_numpy_become_plain_ones() -> None:
    assert to_plain(Box(np.float32(0.1), np.float64(0.2), np.int64(1), 0)) == [0.1, 0.2, 1, 0]  # type: ignore[arg-type]


@given(JSON)
def test_any_json_is_an_outcome_or_garbled(value: object) -> None:
    with suppress(Garbled):
        assert isinstance(from_plain(Outcome, value), Outcome)


@given(st.data())
def test_an_outcome_with_something_else_in_it_is_taken_or_garbled(data: st.DataObject) -> None:
    plain = json.loads(json.dumps(to_plain(OUTCOME)))
    spot = plain
    while isinstance(spot, list) and spot:
        at = data.draw(st.integers(0, len(spot) - 1))
        if not isinstance(spot[at], list) or data.draw(st.booleans()):
            spot[at] = data.draw(JSON)
            break
        spot = spot[at]
    with suppress(Garbled):
        assert isinstance(from_plain(Outcome, plain), Outcome)


def test_a_text_is_made_fit_for_every_database() -> None:
    word = from_plain(Word, ["a\0b\ud800c", [0, 0, 0, 0], 1])

    assert word.text == "ab?c"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Box, [0.1, 0.2, 0.3]),
        (Box, [0.1, 0.2, 0.3, float("inf")]),
        (Box, [0.1, 0.2, 0.3, True]),
        (Box, [0.1, 0.2, 0.3, 10**400]),
        (Box, "0.1"),
        (Found, ["12.50", 1, "nowhere", None, None, [], None]),
        (Found, [12.5, 1, "OCR", None, None, [], None]),
        (Found, ["12.50", 1, "OCR", 1.5, None, [], None]),
    ],
)
def test_a_value_of_another_type_is_garbled(kind: type, value: object) -> None:
    with pytest.raises(Garbled):
        from_plain(kind, value)


def test_blobs_travel_beside_the_text() -> None:
    assert through({"page": 1}, (b"one", b"")) == Frame({"page": 1}, (b"one", b""))


@pytest.mark.parametrize(
    ("said", "blobs"),
    [
        ({"words": "x" * 1000}, ()),
        ({}, (b"1", b"2", b"3")),
        ({}, (b"x" * 101,)),
        ({}, (b"x" * 80, b"x" * 80)),
    ],
    ids=["text", "blobs", "one blob", "all blobs"],
)
def test_more_than_there_is_room_for_is_garbled_before_it_is_read(
    said: dict[str, object], blobs: tuple[bytes, ...]
) -> None:
    with pytest.raises(Garbled):
        through(said, blobs)


@pytest.mark.parametrize("text", [b"{", b"[]", b"[" * 900, b"\xff", b'{"a": 1' + b"0" * 5000 + b"}"])
def test_what_is_no_table_of_json_is_garbled(text: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack("!II", len(text), 0) + text)
        with pytest.raises(Garbled):
            receive_frame(ours, Room(10_000))


def test_who_hangs_up_is_gone_and_who_says_nothing_is_silent() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with pytest.raises(Silent):
            receive_frame(ours, Room(10), lambda: 0)
        theirs.close()
        with pytest.raises(Gone):
            receive_frame(ours, Room(10))
