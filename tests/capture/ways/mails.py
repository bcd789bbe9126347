"""Mails as people and machines send them."""

from __future__ import annotations

from email.message import EmailMessage
from io import BytesIO

from PIL import Image


def pdf(number: int) -> bytes:
    """What a PDF of this number begins with."""
    return b"%%PDF-1.4\n%% invoice %d\n" % number


def mail(subject: str = "Your invoice", text: str = "Please find it attached.", *, number: int = 1) -> EmailMessage:
    """A mail without attachments."""
    message = EmailMessage()
    message["From"], message["To"] = "Billing <billing@supplier.example>", "bills@business.example"
    message["Subject"], message["Message-ID"] = subject, f"<{number}.{abs(hash(subject))}@supplier.example>"
    message["Date"] = "Mon, 02 Mar 2026 09:30:00 +0000"
    message.set_content(text)
    return message


def with_files(*numbers: int, subject: str = "Your invoice") -> EmailMessage:
    """A mail with these invoices attached."""
    message = mail(subject, number=numbers[0])
    for number in numbers:
        message.add_attachment(pdf(number), maintype="application", subtype="pdf", filename=f"invoice-{number}.pdf")
    return message


def picture(width: int, height: int, *, kind: str = "PNG", noise: bool = True) -> bytes:
    image = Image.effect_noise((width, height), 80).convert("RGB") if noise else Image.new("RGB", (width, height))
    out = BytesIO()
    image.save(out, kind)
    return out.getvalue()
