"""Mailboxes, against a real IMAP server: what mails bring, each file once, and nothing of a mail changed or lost."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO
from zipfile import ZipFile

import pytest

from capture.intake.service import store
from capture.store import document_key
from capture.submissions.models import Mode
from capture.ways.looking import LATER, SOON, back_off
from capture.ways.settings import Afterwards, Body
from core.config import current, set_current
from core.db import now
from tests.capture.ways.conftest import Way
from tests.capture.ways.mails import mail, pdf, picture, with_files
from tests.imap import ImapServer

DEEPER = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
LINK = "Links in mails are not followed."


def test_attachments_come_in_and_the_mail_is_marked_alone(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(with_files(1), with_files(2))

    mailbox.look()
    mailbox.look()

    assert mailbox.names() == ["invoice-1.pdf", "invoice-2.pdf"]
    assert mailbox.states() == ["received", "received"]
    assert mailbox.woken == [row.id for row in mailbox.rows()]
    assert imap.flags() == ["CounterfoilTaken", "CounterfoilTaken"]  # not read, not flagged, not deleted
    assert mailbox.rows()[0].details["sender"] == "Billing <billing@supplier.example>"
    assert mailbox.channel.checked_at is not None


def test_ten_attachments_of_one_mail_are_ten_files_and_a_zip_is_what_it_holds(mailbox: Way, imap: ImapServer) -> None:
    message, packed = with_files(*range(9)), BytesIO()
    with ZipFile(packed, "w") as archive:
        for number in (9, 10):
            archive.writestr(f"march/invoice-{number}.pdf", pdf(number))
    message.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="march.zip")
    imap.deliver(message)

    mailbox.look()

    assert mailbox.names() == [f"invoice-{number}.pdf" for number in range(11)]
    assert {row.details["subject"] for row in mailbox.rows()} == {"Your invoice"}


def test_fifty_mails_and_more_are_all_taken(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(*(with_files(number) for number in range(51)))

    mailbox.look()
    assert len(mailbox.rows()) == 50
    assert mailbox.channel.due_at is not None
    assert mailbox.channel.due_at <= now()
    mailbox.look()

    assert mailbox.states() == ["received"] * 51


def test_cap_8_a_mail_without_a_file_is_listed_with_the_reason_and_kept(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(mail("Your receipt/online", "See https://supplier.example/r/1"))

    mailbox.look()

    [row] = mailbox.rows()
    assert (row.filename, row.state.value, row.problem_code) == ("Your receipt-online.eml", "rejected", "CAP-8")
    assert LINK in str(row.problem)
    assert row.document is not None
    assert b"https://supplier.example/r/1" in store().get(document_key(row.document.sha256))


def test_a_picture_in_the_text_comes_in_but_logos_and_pixels_are_left_out_and_named(
    mailbox: Way, imap: ImapServer
) -> None:
    message = mail()
    message.add_alternative('<p>See <img src="cid:r1"><img src="cid:l1"><img src="cid:p1"></p>', subtype="html")
    html = message.get_payload()[1]  # type: ignore[index]
    assert isinstance(html, EmailMessage)
    html.add_related(picture(600, 900, kind="JPEG"), "image", "jpeg", cid="<r1>", filename="receipt.jpg")
    html.add_related(picture(300, 90), "image", "png", cid="<l1>", filename="logo.png")
    html.add_related(picture(1, 1, noise=False), "image", "png", cid="<p1>", filename="pixel.png")
    imap.deliver(message)

    mailbox.look()

    [row] = mailbox.rows()
    assert row.filename == "receipt.jpg"
    assert [each.split(" is ")[0] for each in row.details["left_out"]] == ["“logo.png”", "“pixel.png”"]


def test_files_of_a_forwarded_mail_come_in(mailbox: Way, imap: ImapServer) -> None:
    outer, middle = mail("Fwd", number=2), mail("Fwd", number=3)
    middle.add_attachment(with_files(7))
    outer.add_attachment(middle)
    imap.deliver(outer)

    mailbox.look()

    assert mailbox.names() == ["invoice-7.pdf"]


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: broken\nContent-Type: multipart/mixed; boundary=x\n\nno part at all",
        b"Subject: broken\nContent-Type: multipart/mixed\n\n--x\nContent-Type: application/pdf\n\n%PDF-",
        b"Subject: =?utf-8?b?broken\nContent-Type: \xff\xfe; charset=\x00\n\n\xff\xfe",
        b"\n\n",
        b"Subject: deep\n" + b"".join(DEEPER % (number, number) for number in range(900)),
        b"Subject: many\nContent-Type: multipart/mixed; boundary=x\n\n"
        + b"--x\nContent-Type: application/pdf; name=a.pdf\n\n%PDF-\n" * 600
        + b"--x--\n",
    ],
    ids=["no part", "no boundary", "bad head", "empty", "deep", "many files"],
)
def test_a_broken_mail_is_listed_and_does_not_stop_those_after_it(mailbox: Way, imap: ImapServer, raw: bytes) -> None:
    imap.deliver(raw.replace(b"\n", b"\r\n"), with_files(1))

    mailbox.look()

    assert mailbox.states() == ["rejected", "received"]
    assert [row.problem_code for row in mailbox.rows()] == ["CAP-8", None]
    assert mailbox.channel.problem is None


def test_names_and_subjects_in_other_letters_are_read(mailbox: Way, imap: ImapServer) -> None:
    encoded = b"=?utf-8?q?R=C3=A9=C3=A7u_=E2=82=AC.pdf?="
    imap.deliver(with_files(1).as_bytes().replace(b"invoice-1.pdf", encoded))

    mailbox.look()

    assert mailbox.names() == ["Réçu €.pdf"]


def test_cap_1_a_huge_mail_is_not_fetched_and_said(mailbox: Way, imap: ImapServer) -> None:
    kept = current()
    message = mail("Huge")
    message.add_attachment(b"0" * 2_500_000, maintype="application", subtype="pdf", filename="huge.pdf")
    imap.deliver(message, with_files(1))
    set_current(type(kept)(**{**vars(kept), "max_file_mb": 1}))
    try:
        mailbox.look()
    finally:
        set_current(kept)

    huge, other = mailbox.rows()
    assert (huge.state.value, huge.problem_code, huge.document_id) == ("rejected", "CAP-1", None)
    assert other.state.value == "received"
    assert "over the limit of 2" in str(huge.problem)
    assert imap.flags() == ["CounterfoilTaken", "CounterfoilTaken"]


def test_a_file_that_is_too_large_or_of_another_kind_says_so_beside_the_others(mailbox: Way, imap: ImapServer) -> None:
    message = with_files(1)
    message.add_attachment(b"PK\x03\x04rubbish", maintype="application", subtype="zip", filename="all.zip")
    imap.deliver(message)

    mailbox.look()

    assert (mailbox.names(), mailbox.states()) == (["invoice-1.pdf", "all.zip"], ["received", "rejected"])


@pytest.mark.parametrize(
    ("body", "attached", "names"),
    [
        (Body.NEVER, False, ["Taxi receipt.eml"]),
        (Body.ALONE, False, ["Taxi receipt.pdf"]),
        (Body.ALONE, True, ["invoice-1.pdf"]),
        (Body.ALWAYS, True, ["invoice-1.pdf", "Taxi receipt.pdf"]),
    ],
)
def test_the_text_of_a_mail_becomes_a_pdf_when_asked(
    mailbox: Way, imap: ImapServer, body: Body, names: list[str], *, attached: bool
) -> None:
    message = with_files(1, subject="Taxi receipt") if attached else mail("Taxi receipt")
    imap.deliver(message)
    mailbox.change(body=body)

    mailbox.look()

    assert mailbox.names() == names


def test_the_mark_can_be_that_it_was_read(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(with_files(1))
    mailbox.change(afterwards=Afterwards.READ)

    mailbox.look()

    assert sorted(imap.flags()[0].split()) == ["CounterfoilTaken", "\\Seen"]


def test_a_mail_that_somebody_marked_as_deleted_is_not_removed_by_our_mark(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(with_files(1), with_files(2))
    with imap.connect() as client:
        client.store("2", "+FLAGS", r"(\Deleted)")

    mailbox.look()

    assert [set(each.split()) for each in imap.flags()] == [{"CounterfoilTaken"}, {"CounterfoilTaken", "\\Deleted"}]


def test_mails_are_moved_when_asked_and_those_others_deleted_stay(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(with_files(1), with_files(2))
    with imap.connect() as client:
        client.create("Done")
        client.store("2", "+FLAGS", r"(\Deleted)")
    mailbox.change(afterwards=Afterwards.MOVE, moves_to="Done")

    mailbox.look()

    assert (len(imap.flags()), len(imap.flags("Done"))) == (0, 2)
    assert len(mailbox.rows()) == 2


def test_where_the_folder_to_move_to_is_missing_mails_are_taken_once_and_moved_later(
    mailbox: Way, imap: ImapServer
) -> None:
    imap.deliver(with_files(1), with_files(2))
    mailbox.change(afterwards=Afterwards.MOVE, moves_to="Done")

    mailbox.look()
    mailbox.look()
    assert (len(mailbox.rows()), mailbox.channel.problem_code) == (2, "CAP-7")
    assert "no folder “Done”" in str(mailbox.channel.problem)
    with imap.connect() as client:
        client.create("Done")
    mailbox.look()

    assert (len(mailbox.rows()), mailbox.channel.problem, len(imap.flags("Done"))) == (2, None, 2)


def test_new_numbers_and_lost_marks_bring_nothing_twice(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(with_files(1), with_files(2))
    mailbox.look()
    imap.renumber()
    assert imap.flags() == ["", ""]
    imap.deliver(with_files(3))

    mailbox.look()

    assert mailbox.states() == ["received"] * 3
    assert imap.flags() == ["CounterfoilTaken"] * 3


def test_cap_4_the_same_invoice_in_another_mail_is_a_duplicate_and_says_so(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(with_files(1), with_files(1, subject="Reminder"))

    mailbox.look()

    assert mailbox.states() == ["received", "duplicate"]


def test_older_mails_than_asked_for_are_left_alone(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(with_files(1))
    mailbox.change(since=now().date() + timedelta(days=2))

    mailbox.look()

    assert (mailbox.rows(), imap.flags()) == ([], [""])


def test_cap_7_a_refused_login_is_said_and_not_tried_again_soon(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(with_files(1))
    mailbox.look()
    good = mailbox.channel.checked_at
    mailbox.change(username="nobody@business.example")

    mailbox.look()

    channel = mailbox.channel
    assert (channel.problem_code, channel.checked_at) == ("CAP-7", good)
    assert "did not accept the login of nobody@business.example. No mail was changed." in str(channel.problem)
    assert channel.due_at is not None
    assert channel.due_at > now() + LATER - timedelta(minutes=1)
    mailbox.collect(channel.id, mailbox.woken.append)  # not due: the server is not even asked
    mailbox.session.expire_all()
    assert channel.failures == 1


def test_cap_7_a_missing_folder_and_a_server_that_is_away_are_said(mailbox: Way) -> None:
    mailbox.change(folder="Bills")
    mailbox.look()
    assert "There is no folder “Bills”" in str(mailbox.channel.problem)
    mailbox.change(folder="INBOX", port=1)
    mailbox.look()

    assert "was not reached" in str(mailbox.channel.problem)
    assert (mailbox.channel.problem_code, mailbox.channel.failures) == ("CAP-7", 2)


def test_what_may_heal_is_tried_sooner_and_never_rarer_than_said() -> None:
    assert [back_off(n, heals=True) / SOON for n in (1, 2, 3, 9, 500)] == [1, 2, 4, 30, 30]
    assert [back_off(n, heals=False) / LATER for n in (1, 2, 500)] == [1, 2, 24]


def test_a_channel_that_is_off_is_not_looked_into(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(with_files(1))
    mailbox.channel.enabled = False

    mailbox.look()

    assert (mailbox.rows(), imap.flags()) == ([], [""])


def test_d42_the_files_of_a_mail_are_one_document_where_the_mailbox_says_so(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(with_files(1, 2), with_files(3))
    mailbox.change(mode=Mode.ONE)

    mailbox.look()

    first, second, other = mailbox.rows()
    assert [(row.mode, row.group_id) for row in (first, second, other)] == [
        (Mode.ONE, first.id),
        (Mode.ONE, first.id),
        (Mode.ONE, None),
    ]


def test_d42_owner_and_kind_of_the_channel_hold_for_what_it_brings(mailbox: Way, imap: ImapServer) -> None:
    imap.deliver(with_files(1))
    mailbox.channel.wanted_kind = "sale"  # type: ignore[assignment]

    mailbox.look()

    assert mailbox.rows()[0].wanted_kind == "sale"
    assert store().get(document_key(mailbox.rows()[0].document.sha256)) == pdf(1)  # type: ignore[union-attr]
