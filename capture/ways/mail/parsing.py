"""Taking a mail apart: its files, what of it is decoration, and its text. Pure.

What a mail can make Python's parser cost in time and memory is limited by the process it runs in (``opener.py``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message

from capture.intake.formats import MEGABYTE, safe_name
from capture.ways.mail.htmltext import text_of
from capture.ways.mail.pictures import picture_size

TEXT_MOST = 2 * MEGABYTE
HEAD_MOST = 20_000
SMALL_BYTES = 8_000
SMALL_SIDE = 200  # pixels
BANNER = 3  # times as wide as high
TOLD = 300  # characters of a head line that are kept
_WRAPPERS = {"text/calendar", "text/vcard", "text/x-vcard", "application/pgp-signature", "application/pgp-encrypted"}
_WRAPPERS |= {"application/pkcs7-signature", "application/x-pkcs7-signature", "message/delivery-status"}
_WRAPPERS |= {"text/rfc822-headers", "message/disposition-notification"}
_HEAD_NAMES = (b"message-id", b"date", b"from", b"subject")


@dataclass(frozen=True)
class Attached:
    """One file that a mail brings."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Head:
    """What the head of a mail tells."""

    sender: str
    subject: str
    date: str
    message_id: str


@dataclass(frozen=True)
class Mail:
    """A mail taken apart. ``left_out`` says of each part that is no document why; ``text`` is what people read."""

    head: Head
    files: tuple[Attached, ...] = ()
    left_out: tuple[str, ...] = ()
    text: str = ""
    is_broken: bool = False


def identity_of(raw: bytes) -> str:
    """Give what a mail is known by wherever it lies: its head lines that nobody changes on the way, and its body."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = re.sub(rb"\n[ \t]+", b" ", head).split(b"\n")
    kept = sorted(line.strip() for line in lines if line.partition(b":")[0].strip().lower() in _HEAD_NAMES)
    return hashlib.sha256(b"\n".join([*kept, b"", body])).hexdigest()


def take_apart(raw: bytes) -> Mail:
    """Take a mail apart, with those attached to it; of one that cannot be, give the head alone."""
    try:
        message = message_from_bytes(raw)
        parts = list(_leaves(message))
    except (MessageError, RecursionError, ValueError, LookupError):
        return head_of(raw)
    texts = _texts(parts)[:TEXT_MOST]
    html = "".join(_decoded(part) for part, _ in parts if part.get_content_type() == "text/html")
    files: list[Attached] = []
    left_out: list[str] = []
    for part, _ in parts:
        if not _is_text(part):
            _sort(part, html, files, left_out)
    return Mail(_told(message), tuple(files), tuple(left_out), texts)


def head_of(raw: bytes) -> Mail:
    """Give what the head of a mail tells, where the mail cannot be taken apart."""
    head = raw[:HEAD_MOST].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    plain = b"\n".join(line for line in head.split(b"\n") if not line.lower().startswith(b"content-"))
    return Mail(_told(message_from_bytes(plain + b"\n\n")), is_broken=True)


def _told(message: Message) -> Head:
    return Head(
        *(
            _plain(_unfold(str(message.get(name, ""))[:HEAD_MOST]))[:TOLD]
            for name in ("From", "Subject", "Date", "Message-ID")
        )
    )


def _leaves(message: Message) -> Iterator[tuple[Message, int]]:
    """Give every part that holds no others, in order, with the number of the mail it belongs to (0: the outer one)."""
    waiting: list[tuple[Message, int]] = [(message, 0)]
    mails = 0
    while waiting:
        part, mail = waiting.pop()
        if not part.is_multipart():
            yield part, mail
            continue
        if part.get_content_type() == "message/rfc822":
            mails += 1
            mail = mails
        inner = [each for each in part.get_payload() if isinstance(each, Message)]
        waiting += [(each, mail) for each in reversed(inner)]


def _is_text(part: Message) -> bool:
    """Tell whether this is what people read of a mail, not a file."""
    is_file = part.get_content_disposition() == "attachment" or part.get_filename()
    return part.get_content_type() in {"text/plain", "text/html"} and not is_file


def _texts(parts: list[tuple[Message, int]]) -> str:
    """Give what people read: of each mail its plain text, or where it has none the text of its HTML."""
    told: dict[int, dict[str, list[str]]] = {}
    for part, mail in parts:
        if _is_text(part):
            kinds = told.setdefault(mail, {"text/plain": [], "text/html": []})
            kinds[part.get_content_type()].append(_decoded(part))
    texts = []
    for kinds in told.values():
        plain = "\n\n".join(kinds["text/plain"]).strip()
        texts.append(plain or "\n\n".join(text_of(each) for each in kinds["text/html"]).strip())
    return "\n\n".join(texts).strip()


def _sort(part: Message, html: str, files: list[Attached], left_out: list[str]) -> None:
    """Put a part with the files, or say why it is left out."""
    name = _name_of(part)
    kind = part.get_content_type()
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    if not data and not part.get_filename():
        return
    if part.get_content_maintype() == "multipart":
        left_out.append("A part of the mail is damaged and could not be opened.")
    elif kind in _WRAPPERS:
        left_out.append(f"“{name}” is no document ({kind}).")
    elif _is_inline_picture(part, html) and _is_decoration(data):
        left_out.append(f"“{name}” is a small picture in the text, as logos and tracking pixels are.")
    else:
        files.append(Attached(name, data))


def _is_inline_picture(part: Message, html: str) -> bool:
    cid = str(part.get("Content-ID", "")).strip(" <>")
    is_shown = bool(cid) and f"cid:{cid}" in html
    return part.get_content_maintype() == "image" and (part.get_content_disposition() == "inline" or is_shown)


def _is_decoration(data: bytes) -> bool:
    size = picture_size(data)
    if len(data) < SMALL_BYTES or data.startswith(b"GIF8"):
        return True
    return size is not None and (min(size) < SMALL_SIDE or size[0] > BANNER * size[1])


def _name_of(part: Message) -> str:
    try:
        given = part.get_filename() or part.get_param("name") or ""
    except (MessageError, ValueError, LookupError):
        given = ""
    kind = part.get_content_subtype()
    return safe_name(_plain(_unfold(str(given))) or f"attachment.{kind if kind.isalnum() else 'bin'}")


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload[:TEXT_MOST] if isinstance(payload, bytes) else b""
    try:
        return data.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")


def _unfold(text: str) -> str:
    """Decode the words of a head line that stand for other letters (RFC 2047)."""
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def _plain(text: str) -> str:
    """Give a text that any database keeps and no reader is misled by."""
    whole = text.encode("utf-8", "replace").decode()
    return " ".join("".join(each if each.isprintable() else " " for each in whole).split())
