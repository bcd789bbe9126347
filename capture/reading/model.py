"""What reading gives: words with their places, and for each field its value and the evidence for it.

Coordinates are fractions of the page (0 to 1), origin top left, on the upright page as it is shown; pages count from 1.
Values are text in canonical form: amounts as decimal strings with two places ("12.50"), dates as ISO 8601, percents
as plain decimals ("20"), flags as "yes" and "no". So they pass between processes and into the tables unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

WORDS = "application/x-counterfoil-words"  # the media type of pages whose words are known, as the wire writes them


class Origin(StrEnum):
    """Where a value comes from."""

    TEXT_LAYER = "text layer"
    OCR = "OCR"
    E_INVOICE = "e-invoice"
    RULE = "rule"
    DEFAULT = "default"
    PERSON = "person"
    COMPUTED = "computed"
    ASSUMED = "assumed"


class DocumentType(StrEnum):
    """What a document is."""

    RECEIPT = "receipt"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    NOT_A_VAT_DOCUMENT = "not_a_vat_document"


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page: fractions of its width and height, top left."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it stands on the page; ``confidence`` is the engine's (1 for a text layer)."""

    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """One upright page. ``width`` and ``height`` in pixels or points: only their ratio and scale matter."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Found:
    """The value of one field with its evidence.

    ``page`` and ``box`` are None for computed and assumed values alone; ``computed_from`` then names the fields used.
    ``note`` is a sentence for the person who reviews ("day first for lack of evidence"). ``anchor`` is the number of
    the anchor that brought the value, where the page by itself says something else.
    """

    value: str
    confidence: float
    origin: Origin
    page: int | None = None
    box: Box | None = None
    computed_from: tuple[str, ...] = ()
    note: str | None = None
    anchor: int | None = None


@dataclass(frozen=True, slots=True)
class ReadTaxLine:
    """One rate of the VAT summary; what is not printed is None."""

    percent: str | None
    net: str | None = None
    tax: str | None = None
    gross: str | None = None


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line item; what is not printed is None."""

    description: str
    quantity: str | None = None
    unit_price: str | None = None
    amount: str | None = None
    percent: str | None = None
    page: int | None = None
    box: Box | None = None


@dataclass(frozen=True)
class Reading:
    """What one document says.

    ``fields`` has the found ones only, under the names of FIELDS. ``pages`` are the pages of the file it stands on;
    ``region`` is set where it is a part of one picture. ``notes`` are sentences for the person who reviews.
    """

    fields: dict[str, Found] = field(default_factory=dict)
    lines: tuple[ReadLine, ...] = ()
    tax_lines: tuple[ReadTaxLine, ...] = ()
    pages: tuple[int, ...] = (1,)
    region: Box | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spot:
    """Where a value stands: beside or under these words (plain text, none where nothing is printed there), and where.

    ``month_first`` is how a date there is read that could be read two ways.
    """

    words: str
    under: bool
    page: int
    box: Box
    month_first: bool = False


@dataclass(frozen=True)
class Anchor:
    """Where a supplier prints a field, learned from a correction.

    ``known_as`` are the supplier's names and VAT number, plain (of sales, the customer's). ``reason`` is what a person
    who reviews is told. Until it ``is_proven``, what it brings is doubtful.
    """

    number: int
    known_as: tuple[str, ...]
    field: str
    spot: Spot
    reason: str
    is_proven: bool = False


NO_ENGINE = ""  # draws pages and reads nothing


@dataclass(frozen=True)
class Options:
    """How to read.

    ``own`` are names and VAT numbers of our own business: they tell sales from costs. ``anchors`` are what corrections
    taught about suppliers' papers.
    """

    engine: str = "rapidocr"
    own: tuple[str, ...] = ()
    max_pages: int = 60
    password: str | None = None
    anchors: tuple[Anchor, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a file holds: its pages, each with an upright picture (JPEG) to show it by, and what its documents say.

    ``likenesses`` are the pictures' hashes (capture.likeness), for finding duplicates. ``einvoice`` is what the
    file says as an e-invoice, by itself; its pages are the file's.
    """

    pages: tuple[Page, ...]
    pictures: tuple[bytes, ...]
    readings: tuple[Reading, ...]
    engine: str
    seconds: float
    likenesses: tuple[str, ...] = ()
    einvoice: Reading | None = None


@dataclass(frozen=True)
class Known:
    """Pages whose words are known, and what the e-invoice among them says, where there is one."""

    pages: tuple[Page, ...]
    einvoice: Reading | None = None


FIELDS = (
    "document_type",  # a DocumentType
    "kind",  # cost or sale
    "supplier",
    "supplier_address",
    "supplier_postcode",
    "supplier_phone",
    "supplier_email",
    "supplier_website",
    "vat_number",  # of the supplier, with country letters, without blanks
    "company_number",
    "customer",
    "customer_address",
    "date",
    "due_date",
    "terms",  # days
    "reference",
    "order_number",
    "currency",  # ISO 4217
    "net",
    "tax",
    "total",
    "amount_due",
    "service_charge",
    "paid",  # yes or no
    "payment_method",  # card or cash
    "last4",
)
