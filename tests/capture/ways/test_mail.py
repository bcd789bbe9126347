"""Taking a mail apart, whatever it holds; and its text as a PDF that is read like any other."""

from __future__ import annotations

import socket

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.intake.formats import MediaType, recognise
from capture.reading.service import Reader
from capture.ways.mail.letter import write_letter
from capture.ways.mail.opener import MailOpener
from capture.ways.mail.parsing import identity_of, take_apart
from capture.ways.mail.pictures import picture_size
from tests.capture.ways.mails import mail, picture, with_files

DEEPER = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
HEADS = st.sampled_from(
    [
        *(b"Subject: ", b"From: ", b"Content-Type: ", b"Content-Disposition: ", b"Content-Transfer-Encoding: "),
        *(b"multipart/mixed; boundary=x", b"message/rfc822", b"text/html; charset=", b"base64", b"quoted-printable"),
        *(b"attachment; filename*=utf-8''%FF", b"inline", b"=?utf-8?b?/?=", b"=?x?q?=ZZ?=", b"\n", b"\n\n", b"\n--x\n"),
        *(b"\n--x--\n", b"<p>", b"&#0;", b"image/png", b"\x00", b"\xff"),
    ]
)


@given(st.lists(HEADS | st.binary(max_size=8), max_size=40).map(b"".join))
def test_whatever_a_mail_holds_it_is_taken_apart_and_made_a_letter(raw: bytes) -> None:
    taken = take_apart(raw)

    assert write_letter(taken, pages=2).startswith(b"%PDF")
    for told in (*vars(taken.head).values(), *taken.left_out, *(file.name for file in taken.files)):
        assert told.isprintable()
        assert told.encode().decode() == told


def test_a_mail_is_the_same_wherever_it_lies_and_another_one_with_any_other_byte() -> None:
    raw = with_files(1).as_bytes()
    moved = b"Received: by another\nX-Keywords: done\n" + raw.replace(b"\n", b"\r\n")

    assert identity_of(moved) == identity_of(raw)
    assert identity_of(raw.replace(b"find it", b"find_it")) != identity_of(raw)
    assert identity_of(raw.replace(b"<1.", b"<2.")) != identity_of(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"".join(DEEPER % (number, number) for number in range(90)) + b"\nab" * 2_000_000,
        b"Content-Disposition: attachment; filename=" + b'";' * 1_000_000,
    ],
    ids=["many lines in many layers", "a long head line"],
)
def test_a_mail_that_would_cost_without_end_costs_no_more_than_its_limits(raw: bytes) -> None:
    with MailOpener(cpu_seconds=1, tries=1) as mails:
        bad = mails.open(b"Subject: costly\n" + raw)
        good = mails.open(with_files(1).as_bytes())

    assert (bad.head.subject, bad.is_broken, [file.name for file in good.files]) == ("costly", True, ["invoice-1.pdf"])


def test_the_size_of_a_picture_is_read_from_its_head() -> None:
    pictures = [picture(31, 17, kind=kind) for kind in ("PNG", "GIF", "JPEG", "WEBP")]

    assert [picture_size(data) for data in pictures] == [(31, 17), (31, 17), (31, 17), None]
    assert all(picture_size(data[:cut]) in {(31, 17), None} for data in pictures for cut in range(60))


def test_a_receipt_that_is_the_mail_itself_is_read_from_its_letter_and_nothing_is_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        message = mail("Your trip receipt")
        lines = ("Tarn Cars Ltd", "Invoice INV-204", "Date 2 March 2026", "Net £20.00", "VAT 20% £4.00", "Total £24.00")
        body = "".join(f"<p>{line}</p>" for line in lines)
        pixel = f"<img src='http://127.0.0.1:{listener.getsockname()[1]}/pixel.png'>"
        message.set_content(f"<html>{body}{pixel}</html>", subtype="html")

        data = write_letter(take_apart(message.as_bytes()), pages=3)
        outcome = Reader().read(data, media_type=recognise(data), engine="tesseract")

        try:
            listener.accept()
        except TimeoutError:
            fetched = False
        else:
            fetched = True
    fields = outcome.readings[0].fields
    assert (recognise(data), fetched) == (MediaType.PDF, False)
    assert (fields["total"].value, fields["tax"].value, fields["date"].value) == ("24.00", "4.00", "2026-03-02")


def test_a_letter_writes_what_windows_lacks_in_its_plainest_form() -> None:
    text = "Zażółć gęślą, Łódź: №\u202f7, 1\u202f234,56\u00a0€, \u22125, \uff10\uff15, Пу"

    with pypdfium2.PdfDocument(write_letter(take_apart(mail(text=text).as_bytes()), pages=1)) as pdf:
        shown = pdf[0].get_textpage().get_text_bounded().splitlines()[-1]

    assert shown.replace("\xa0", " ") == "Zazólc gesla, Lódz: No 7, 1 234,56 €, -5, 05, ??"


def test_a_letter_keeps_to_its_pages_and_is_the_same_every_time() -> None:
    taken = take_apart(mail(text="word " * 50_000).as_bytes())

    data = write_letter(taken, pages=3)

    assert data == write_letter(taken, pages=3)
    assert data.count(b"/Type /Page ") == 3
