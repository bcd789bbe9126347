"""The history in plain sentences: who did what, from what to what. Pure."""

from __future__ import annotations

from datetime import date

from capture.fields import SPECS, Shape
from capture.history.models import Event

LONGEST = 90


def sentence_of(event: Event) -> str:
    """Give one line of the history as a sentence."""
    return f"{event.who or 'Counterfoil'} {_deed(event)}{_details(event)}"


def _deed(event: Event) -> str:
    label = SPECS[event.field].label if event.field in SPECS else (event.field or "")
    before, after = (told(event.field, each) for each in (event.before, event.after))
    if event.what == "took back" and event.field:
        return f"put {label} back from {before or 'nothing'} to {after or 'nothing'}"
    if event.what == "changed":
        return _change(label, before, after)
    if event.what == "accepted":
        return f"accepted this warning: {event.before or ''} {event.after or ''}".strip()
    what = event.what.replace("_", " ")
    if event.field not in SPECS:
        return f"{what} the {label}" if label else what
    return f"{what} {label} to {after}" if after else f"{what} {label}"


def _change(label: str, before: str | None, after: str | None) -> str:
    if before and after:
        return f"changed {label} from {before} to {after}"
    return f"set {label} to {after}" if after else f"emptied {label}, which was {before}"


def _details(event: Event) -> str:
    number, reason = event.detail.get("number"), event.detail.get("problem") or event.detail.get("reason")
    return f"{f' as number {number}' if number else ''}{f': {reason}' if reason else ''}".removesuffix(".")


def told(field: str | None, text: str | None) -> str | None:
    """Write a value of a field for people: dates and words as they are said, and not too long."""
    spec = SPECS.get(field or "")
    if not text or spec is None:
        return _quoted(text)
    if spec.shape is Shape.DATE:
        return f"{date.fromisoformat(text):%-d %B %Y}"
    if spec.shape in {Shape.CHOICE, Shape.FLAG}:
        return text.replace("_", " ")
    if spec.shape is Shape.RATE:
        return text if text == "exempt" else f"{text}%"
    return text if spec.shape in {Shape.MONEY, Shape.NUMBER} else _quoted(text)


def _quoted(text: str | None) -> str | None:
    if not text:
        return None
    return f"“{text if len(text) <= LONGEST else text[:LONGEST].rstrip() + ' …'}”"
