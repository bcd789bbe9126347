"""What the service replies, read as it comes: rows one by one, whatever their number, then the answer itself.

Fields are found by name, so it does not matter in which order they stand and which ones a newer service adds.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from datetime import date
from decimal import Decimal
from typing import Protocol

from lxml import etree

from core.money import to_pence

SERVICE = "{KashFlow}"
ENVELOPES = ("{http://schemas.xmlsoap.org/soap/envelope/}", "{http://www.w3.org/2003/05/soap-envelope}")
FAULTS = tuple(f"{envelope}Fault" for envelope in ENVELOPES)
BODIES = tuple(f"{envelope}Body" for envelope in ENVELOPES)
LONGEST_FAULT = 1000
_NUMBER = re.compile(r"[+-]?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})")


class Unreadable(Exception):
    """The reply is not what the service is known to answer; the text says how."""


class Faulted(Exception):
    """The reply is a SOAP Fault; the text is the server's."""


class Readable(Protocol):
    """What a reply is read from."""

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, none at the end."""


class Node:
    """A part of a reply: ``fields`` are its plain values by name, ``children`` its parts that have parts."""

    __slots__ = ("children", "fields", "name")

    def __init__(self, element: etree._Element) -> None:
        self.name = element.tag.removeprefix(SERVICE)
        self.fields: dict[str, str] = {}
        self.children: list[Node] = []
        for child in element.iterchildren(etree.Element):
            if len(child):
                self.children.append(Node(child))
            elif child.text:
                self.fields[child.tag.removeprefix(SERVICE)] = child.text

    def part(self, name: str) -> Node | None:
        """Give the part of this name."""
        return next((child for child in self.children if child.name == name), None)

    def parts(self, name: str) -> list[Node]:
        """Give what the list of this name holds."""
        part = self.part(name)
        return part.children if part else []

    def text(self, name: str) -> str:
        """Give a text without blanks around it, empty when there is none."""
        return self.fields.get(name, "").strip()

    def decimal(self, name: str) -> Decimal:
        """Give a number, 0 when there is none.

        Raises:
            Unreadable: it is no number.
        """
        text = self.text(name) or "0"
        if not _NUMBER.fullmatch(text):
            raise Unreadable(f"{name} is not a number")
        return Decimal(text)

    def whole(self, name: str) -> int:
        """Give a whole number, 0 when there is none."""
        return int(self.decimal(name))

    def pence(self, name: str) -> int:
        """Give an amount in whole pence."""
        return to_pence(self.decimal(name))

    def day(self, name: str) -> date:
        """Give the date of a moment; the service keeps no time of day.

        Raises:
            Unreadable: it is no date.
        """
        try:
            return date.fromisoformat(self.text(name)[:10])
        except ValueError as error:
            raise Unreadable(f"{name} is not a date") from error

    def flag(self, name: str) -> bool:
        """Tell whether a flag is set, however this field spells it."""
        return self.text(name).lower() in {"1", "true", "yes"}


def read_rows(reply: Readable, operation: str, row: str | None) -> Generator[Node, None, Node]:
    """Give the rows of this name as they come, and return the answer around them when the reply is read to its end.

    Raises:
        Unreadable: it is no well-formed reply to this operation; rows given before are worth nothing then.
        Faulted: it is a Fault.
    """
    tags = [*FAULTS, f"{SERVICE}{operation}Response", *([f"{SERVICE}{row}"] if row else [])]
    safe = {"resolve_entities": False, "no_network": True, "load_dtd": False}
    events = etree.iterparse(reply, tag=tags, remove_comments=True, remove_pis=True, **safe)
    answer = None
    try:
        for _, element in events:
            _refuse_doctype(element)
            if element.tag in FAULTS:
                raise Faulted(_words_of(element))
            if element.tag == tags[2]:
                answer = _answer(element)
            else:
                if len(element):  # one that is nil holds nothing
                    yield Node(element)
                _forget(element)
    except etree.XMLSyntaxError as error:
        raise Unreadable("the reply is no well-formed XML") from error
    if answer is None:
        raise Unreadable("the reply holds no answer to what was asked")
    return answer


def _words_of(fault: etree._Element) -> str:
    told = fault.findtext("faultstring") or fault.findtext("{*}Reason/{*}Text") or "".join(map(str, fault.itertext()))
    return " ".join(told.split())[:LONGEST_FAULT]


def _refuse_doctype(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("the reply brings a document type")


def _answer(element: etree._Element) -> Node:
    parent = element.getparent()
    if parent is None or parent.tag not in BODIES:
        raise Unreadable("the answer does not stand in the body")
    return Node(element)


def _forget(element: etree._Element) -> None:
    """Free a row that was read, and the ones before it."""
    parent = element.getparent()
    element.clear()
    while parent is not None and parent[0] is not element:
        del parent[0]
