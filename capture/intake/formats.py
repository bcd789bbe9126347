"""What kind of file this is, told by its content and never by its name, and what is in a ZIP."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from xml.parsers import expat

from capture.intake.zips import Room, ZipFault, find_names, read_files
from core.errors import Incomplete

MEGABYTE = 1_000_000
NAME_LENGTH = 120
EXTENSION_LENGTH = 10  # with its dot; anything longer behind the last dot is no extension
HEAD = 1024  # bytes that are looked at; PDF readers accept a header that far from the start
UNPACKED_TIMES = 4  # a ZIP may hold this many times the size of the largest single file
ACCEPTED = (
    "PDF, JPEG, PNG, WebP, TIFF and HEIC files, ZIP archives of these, and UBL or CII e-invoices are accepted, "
    "up to {limit} MB each"
)


class MediaType(StrEnum):
    """The kinds of file that are taken."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    TIFF = "image/tiff"
    HEIC = "image/heic"
    XML = "application/xml"
    ZIP = "application/zip"


@dataclass(frozen=True)
class Limits:
    """What one file may be at most: its size, and the number of files in a ZIP."""

    max_file_mb: int = 25
    max_zip_files: int = 500

    @property
    def max_bytes(self) -> int:
        """Give the largest size of a file in bytes."""
        return self.max_file_mb * MEGABYTE


class Refused(Incomplete):
    """The file is of a kind or size that is not taken."""

    code = "CAP-1"


class TooLarge(Refused):
    """The file is over the size limit, so not even its bytes are kept."""


_STARTS = (
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"II*\x00", MediaType.TIFF),
    (b"MM\x00*", MediaType.TIFF),
    (b"PK\x03\x04", MediaType.ZIP),
    (b"%PDF-", MediaType.PDF),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"#!", "a script"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document or an Outlook message"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_INVOICES = {
    "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2 Invoice",
    "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2 CreditNote",
    "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100 CrossIndustryInvoice",
    "urn:ferd:CrossIndustryDocument:invoice:1p0 CrossIndustryDocument",
}
_DTD = "DTD "
_NO_MARKUP = "a damaged XML file or web page"
_NEVER_IN_TEXT = frozenset(range(8))
_BYTE_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def recognise(data: bytes, limits: Limits = Limits(), *, in_zip: bool = False) -> MediaType:
    """Tell the kind of a file by its content. What stands in a ZIP may not be a ZIP itself (``in_zip``).

    Raises:
        Refused: it is none of the accepted kinds, or too large (TooLarge).
    """
    if len(data) > limits.max_bytes:
        raise too_large(len(data), limits)
    kind = _kind(data)
    if kind is MediaType.ZIP:
        kind = "a ZIP archive inside a ZIP archive" if in_zip else _zip_kind(data)
    if isinstance(kind, MediaType):
        return kind
    raise _refusal(kind, limits)


def too_large(size: int, limits: Limits) -> TooLarge:
    """Give the refusal of a file of so many bytes."""
    over = f"this file has {size / MEGABYTE:.1f} MB and was not kept. Choose another file."
    return TooLarge(f"{ACCEPTED.format(limit=limits.max_file_mb)}; {over}")


def unpack(data: bytes, limits: Limits = Limits()) -> tuple[tuple[str, bytes], ...]:
    """Give the files in a ZIP, each with its display name; ``recognise(..., in_zip=True)`` judges each of them.

    Raises:
        Refused: it is damaged, locked or too large when unpacked, or none of its files is of an accepted kind.
    """
    room = Room(limits.max_zip_files, limits.max_bytes, UNPACKED_TIMES * limits.max_bytes)
    try:
        files = tuple((safe_name(name), content) for name, content in read_files(data, room))
    except ZipFault as fault:
        raise _refusal(str(fault), limits) from fault
    if not any(_is_accepted(content, limits) for _, content in files):
        raise _refusal("a ZIP archive that holds no such file", limits)
    return files


def safe_name(name: str) -> str:
    """Give a file name fit for display: no folders, no control or direction marks, at most 120 characters."""
    last = name.replace("\\", "/").rsplit("/", maxsplit=1)[-1]
    plain = "".join(" " if c.isspace() else c for c in last if c.isspace() or unicodedata.category(c)[0] != "C")
    clean = unicodedata.normalize("NFC", " ".join(plain.split())).lstrip(". ") or "document"
    stem, dot, extension = clean.rpartition(".")
    if not stem or len(dot + extension) > EXTENSION_LENGTH:
        return clean[:NAME_LENGTH].rstrip()
    return stem[: NAME_LENGTH - len(dot + extension)] + dot + extension


def _kind(data: bytes) -> MediaType | str:
    """Give the kind by the first bytes, or words for what it is instead."""
    head = data[:HEAD]
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaType.WEBP
    if head[4:8] == b"ftyp":
        return _media_kind(head)
    return _text_kind(data, head)


def _text_kind(data: bytes, head: bytes) -> MediaType | str:
    is_wide = head.startswith(_BYTE_MARKS[1:])
    start = head.removeprefix(_BYTE_MARKS[0]).lstrip()
    if start[:1] == b"<" or is_wide:
        kind = _markup_kind(data, head)
        return "a text file" if is_wide and kind is _NO_MARKUP else kind
    if b"%PDF-" in head:
        return MediaType.PDF
    if not start:
        return "an empty file"
    return "a kind of file that is not known here" if set(head) & _NEVER_IN_TEXT else "a text file"


def _media_kind(head: bytes) -> MediaType | str:
    """Tell pictures from films in the container that both use, by the brands at its start."""
    length = int.from_bytes(head[:4], "big")
    brands = {head[at : at + 4] for at in (8, *range(16, min(length, len(head)), 4))}
    if brands & _HEIC_BRANDS:
        return MediaType.HEIC
    return "an AVIF picture" if brands & {b"avif", b"avis"} else "a film or sound recording"


def _markup_kind(data: bytes, head: bytes) -> MediaType | str:
    """Tell e-invoices from other markup by the root element, and parse no further than that."""
    if any(mark in head.lower() for mark in (b"<html", b"<!doctype html")):
        return "a web page (HTML)"
    root = _find_root(data)
    if root is None:
        return _NO_MARKUP
    if root in _INVOICES:
        return MediaType.XML
    if root.lower().endswith("svg"):
        return "an SVG drawing"
    return "XML with a document type definition" if root.startswith(_DTD) else "XML, but no UBL or CII invoice"


class _Seen(Exception):
    """The root element or a document type was reached, and parsing stops; its argument names it."""


def _find_root(data: bytes) -> str | None:
    """Give namespace and name of the root element, or the name of a document type, or None if it is no XML."""

    def begin(name: str, attributes: dict[str, str]) -> None:
        del attributes
        raise _Seen(name)

    def doctype(name: str, *rest: object) -> None:
        del rest
        raise _Seen(_DTD + name)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes it by position
    except _Seen as seen:
        return str(seen)
    except (expat.ExpatError, LookupError, ValueError):  # the last two: an encoding it does not know
        return None
    return None


def _zip_kind(data: bytes) -> MediaType | str:
    try:
        names = find_names(data)
    except ZipFault as fault:
        return str(fault)
    if "[Content_Types].xml" in names:
        return "an Office document"
    return "an OpenDocument file, an e-book or the like" if "mimetype" in names else MediaType.ZIP


def _is_accepted(content: bytes, limits: Limits) -> bool:
    try:
        recognise(content, limits, in_zip=True)
    except Refused:
        return False
    return True


def _refusal(what: str, limits: Limits) -> Refused:
    return Refused(f"{ACCEPTED.format(limit=limits.max_file_mb)}; this is {what}. Choose another file.")
