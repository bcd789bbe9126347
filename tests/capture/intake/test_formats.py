import zipfile
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.intake.formats import (
    _STARTS,
    Limits,
    MediaType,
    Refused,
    TooLarge,
    recognise,
    safe_name,
    unpack,
)

JPEG = b"\xff\xd8\xff\xe0 and so on"
UBL = (
    '<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>1</ID></Invoice>'
)
CII = '<r:CrossIndustryInvoice xmlns:r="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"/>'
STARTS = [start for start, _ in _STARTS]


def zip_of(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return kept.getvalue()


def heif(brand: bytes, *others: bytes) -> bytes:
    return (16 + 4 * len(others)).to_bytes(4, "big") + b"ftyp" + brand + b"\0\0\0\0" + b"".join(others) + b"mdat"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (JPEG, MediaType.JPEG),
        (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
        (b"RIFF\x10\0\0\0WEBPVP8 ", MediaType.WEBP),
        (b"II*\0\x08\0\0\0", MediaType.TIFF),
        (b"MM\0*\0\0\0\x08", MediaType.TIFF),
        (heif(b"heic"), MediaType.HEIC),
        (heif(b"mif1", b"miaf", b"heic"), MediaType.HEIC),
        (b"%PDF-1.7\n", MediaType.PDF),
        (b"rubbish before the header\n%PDF-1.4\n", MediaType.PDF),
        (zip_of(("a.jpg", JPEG)), MediaType.ZIP),
        (UBL.encode(), MediaType.XML),
        (b"\xef\xbb\xbf" + UBL.encode(), MediaType.XML),
        (UBL.encode("utf-16"), MediaType.XML),
        (CII.encode(), MediaType.XML),
    ],
)
def test_a_kind_is_told_by_content(data: bytes, kind: MediaType) -> None:
    assert recognise(data) is kind


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "an empty file"),
        (b" \n", "an empty file"),
        (b"This is not a picture.", "a text file"),
        ("Just text".encode("utf-16"), "a text file"),
        (b"\x01\x02\x03 anything", "a kind of file that is not known here"),
        (b"<!doctype html><h1>Total 12.00</h1>", "a web page (HTML)"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (f"<!DOCTYPE Invoice [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>{CII}".encode(), "a document type definition"),
        (b"<rss/>", "XML, but no UBL or CII invoice"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "a damaged XML file"),
        (b"MZ\0\0", "a Windows program"),
        (b"GIF89a", "a GIF picture"),
        (heif(b"avif", b"mif1"), "an AVIF picture"),
        (heif(b"isom"), "a film or sound recording"),
        (zip_of(("[Content_Types].xml", b"<x/>")), "an Office document"),
        (zip_of(("mimetype", b"application/vnd.oasis")), "an OpenDocument file"),
        (zip_of(("a.jpg", JPEG))[:-9], "a damaged ZIP archive"),
    ],
)
def test_what_is_refused_is_named_with_what_is_accepted(data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=r"PDF, JPEG.* are accepted, up to 25 MB each; this is") as caught:
        recognise(data)

    assert words in str(caught.value)
    assert caught.value.code == "CAP-1"


def test_a_file_over_the_limit_is_refused_whatever_it_is() -> None:
    with pytest.raises(TooLarge, match=r"up to 1 MB each; this file has 1\.5 MB and was not kept"):
        recognise(JPEG + bytes(1_500_000), Limits(max_file_mb=1))


def test_a_zip_gives_its_files_under_safe_names() -> None:
    data = zip_of(("costs/", b""), ("../../etc/a.jpg", JPEG), ("__MACOSX/._a.jpg", b"x"), ("notes.txt", b"hello"))

    assert unpack(data) == (("a.jpg", JPEG), ("notes.txt", b"hello"))


def test_a_file_without_a_name_in_a_zip_is_a_document() -> None:
    data = bytearray(zip_of(("x", JPEG)))
    for entry, length in ((b"PK\x03\x04", 26), (b"PK\x01\x02", 28)):
        at = data.index(entry) + length
        data[at], data[at + 2] = 0, 1  # its letter belongs to what follows the name

    assert unpack(bytes(data)) == (("document", JPEG),)


def test_a_zip_in_a_zip_is_refused() -> None:
    with pytest.raises(Refused, match="inside a ZIP archive"):
        recognise(zip_of(("a.jpg", JPEG)), in_zip=True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zip_of(("a.txt", b"text")), "holds no such file"),
        (zip_of(), "holds no such file"),
        (zip_of(("a.jpg", JPEG + bytes(1_000_001))), "too large when unpacked"),
        (zip_of(*((f"{n}.jpg", JPEG + bytes(990_000)) for n in range(5))), "too large when unpacked"),
        (zip_of(*((f"{n}.jpg", JPEG) for n in range(11))), "11 files, over the limit of 10"),
        (zip_of(*((f"{n}/", b"") for n in range(5001))), "too many files"),
        (zip_of(("a.jpg", JPEG), method=zipfile.ZIP_LZMA), "unusual kind of compression"),
        (zip_of(("a.jpg", JPEG), method=zipfile.ZIP_STORED).replace(JPEG, b"x" * len(JPEG)), "damaged ZIP"),
    ],
)
def test_a_zip_that_is_too_much_or_useless_is_refused_whole(data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        unpack(data, Limits(max_file_mb=1, max_zip_files=10))


def test_a_locked_zip_says_so() -> None:
    data = bytearray(zip_of(("a.jpg", JPEG)))
    for entry, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(entry) + flags] |= 1

    with pytest.raises(Refused, match="needs a password"):
        unpack(bytes(data))


@given(st.sampled_from([b"", b"<?xml ", b"<a>", b"\xff\xfe<\0", *STARTS]), st.binary(max_size=200))
def test_any_bytes_are_recognised_or_refused(start: bytes, rest: bytes) -> None:
    with suppress(Refused):
        assert recognise(start + rest) in MediaType


@given(st.data())
def test_a_damaged_zip_is_unpacked_or_refused(draw: st.DataObject) -> None:
    data = bytearray(zip_of(("a.jpg", JPEG), ("b.jpg", JPEG * 20)))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    with suppress(Refused):
        assert unpack(bytes(data))


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("../../../etc/cron.d/receipt.jpg", "receipt.jpg"),
        ("C:\\Users\\me\\bill.PDF", "bill.PDF"),
        ("a\r\nb\t c\x00.pdf", "a b c.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        (".htaccess", "htaccess"),
        ("..", "document"),
        (". 0", "0"),
        ("e\u200d\u0301", "\u00e9"),
        ("r" * 119 + " r", "r" * 119),
        ("r" * 300 + ".jpg", "r" * 116 + ".jpg"),
        ("r" * 300, "r" * 120),
        ("Cafe\u0301 12.50", "Caf\u00e9 12.50"),
    ],
)
def test_a_name_is_made_fit_for_display(given_name: str, shown: str) -> None:
    assert safe_name(given_name) == shown


@given(st.text())
def test_any_name_is_made_fit_for_display(name: str) -> None:
    shown = safe_name(name)

    assert 1 <= len(shown) <= 120
    assert shown.isprintable()
    assert not set("/\\") & set(shown)
    assert safe_name(shown) == shown
