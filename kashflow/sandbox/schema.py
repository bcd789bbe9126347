"""The service's operations and types, as our WSDL has them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import etree

WSDL = Path(__file__).parent.parent / "kashflow.wsdl"
NAMESPACE = "KashFlow"
_XS = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True)
class Field:
    """An element: its name, its type without prefix ("anyType" where none is given), and what it may lack."""

    name: str
    type: str
    required: bool
    nillable: bool
    repeated: bool


Fields = tuple[Field, ...]


@dataclass(frozen=True)
class Operation:
    """What an operation takes and what it answers."""

    name: str
    request: Fields
    reply: Fields


@dataclass(frozen=True)
class Schema:
    """All operations and all types; an array is a type with one repeated field."""

    operations: dict[str, Operation]
    types: dict[str, Fields]

    def item(self, type_name: str) -> Field | None:
        """Give the item of an array type, None for any other type."""
        fields = self.types[type_name]
        return fields[0] if len(fields) == 1 and fields[0].repeated else None


@cache
def load() -> Schema:
    """Read the WSDL."""
    root = etree.parse(WSDL).getroot()
    schema = next(root.iter(f"{_XS}schema"))
    types: dict[str, Fields] = {}
    for element in schema.findall(f"{_XS}complexType"):
        base = next(element.iter(f"{_XS}extension"), None)
        inherited = types[_bare(base.get("base", ""))] if base is not None else ()
        types[element.get("name", "")] = (*inherited, *_fields(element))
    elements = {element.get("name", ""): _fields(element) for element in schema.findall(f"{_XS}element")}
    operations = {
        name: Operation(name, fields, elements[f"{name}Response"])
        for name, fields in elements.items()
        if f"{name}Response" in elements
    }
    return Schema(operations, types)


def _fields(element: etree._Element) -> Fields:
    return tuple(
        Field(
            name=each.get("name", ""),
            type=_bare(each.get("type", "anyType")),
            required=each.get("minOccurs") == "1",
            nillable=each.get("nillable") == "true",
            repeated=each.get("maxOccurs") == "unbounded",
        )
        for each in element.iter(f"{_XS}element")
        if each is not element
    )


def _bare(name: str) -> str:
    return name.rpartition(":")[2]
