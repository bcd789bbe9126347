"""The editor of a rule: its form becomes the JSON of a rule, and a rule the rows of its form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import yaml
from werkzeug.datastructures import MultiDict

from core.errors import Incomplete
from rules.conditions import as_list
from rules.files import read_yaml

CONDITIONS = {  # as the sentence goes on after “When”
    "supplier": "the supplier",
    "customer": "the customer",
    "text": "the text of the document",
    "field_text": "the text of one field",
    "total_min": "the total, at least,",
    "total_max": "the total, at most,",
    "document_type": "the type",
    "kind": "cost or sale",
    "channel": "the channel it came by",
    "owner": "the owner",
    "payment_method": "the payment method",
    "currency": "the currency",
    "weekday": "the day of the week",
    "vat_present": "VAT on it (yes or no)",
}
SETTINGS = {
    "category": "the category",
    "vat_rate": "the VAT rate",
    "vat_treatment": "the VAT treatment",
    "payment_method": "the payment method",
    "bank_account": "the bank account",
    "paid": "paid already (yes or no)",
    "due_date": "the due date",
    "description": "the description",
    "project": "the project",
    "product": "the product",
    "source": "the customer source",
    "currency": "the currency",
    "kind": "cost or sale",
    "document_type": "the type",
    "owner": "the owner",
    "split": "a split into lines",
    "accept": "accepted VAT warnings",
    "note": "the note",
}
HINTS = {  # what a value looks like, where a list does not show it
    "text": "diesel; petrol",
    "field_text": "reference: INV",
    "total_min": "10.00",
    "total_max": "250.00",
    "due_date": "30 days end of month",
    "description": "{supplier}, {month}",
    "split": "60% 7300; 40% 7504",
    "accept": "VAT-3; VAT-5",
    "currency": "GBP",
}
GUARDS = ("max_total", "min_confidence", "first")
_ID = re.compile(r"\(#(\d+)\)$")
_CODED = re.compile(r"(\d+) +\S")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*% +(.+)")
_AMOUNT = re.compile(r"£?(\d+(?:\.\d\d)?) +(.+)")
YES = {"yes": True, "no": False, "true": True, "false": False}


@dataclass(frozen=True)
class Row:
    """One line of the editor."""

    name: str
    value: str
    is_not: bool = False


def read_rule_form(form: MultiDict[str, str]) -> dict[str, Any]:
    """Give the JSON of the rule that a form describes.

    Raises:
        Incomplete: a value has no shape that the editor knows.
    """
    typed = {name: form.get(name, "").strip() for name in GUARDS}
    given = {
        "when": _when(form),
        "set": read_settings(form),
        "auto_publish": "auto_publish" in form,
        "guards": {name: value for name, value in typed.items() if value},
        "enabled": "enabled" in form,
    }
    name = form.get("name", "").strip()
    return given | ({"name": name} if name else {})


def read_settings(form: MultiDict[str, str]) -> dict[str, Any]:
    """Give the JSON of what a form sets.

    Raises:
        Incomplete: a split is not written as one.
    """
    return {row.name: _setting(row.name, row.value) for row in typed_settings(form) if row.name and row.value}


def typed_conditions(form: MultiDict[str, str]) -> list[Row]:
    """Give the rows of conditions as they were typed."""
    columns = (form.getlist(name) for name in ("if", "is", "sign"))
    return [Row(name, value.strip(), sign == "not") for name, value, sign in zip_longest(*columns, fillvalue="")]


def typed_settings(form: MultiDict[str, str]) -> list[Row]:
    """Give the rows of what is set as they were typed."""
    return [
        Row(name, value.strip()) for name, value in zip_longest(form.getlist("set"), form.getlist("to"), fillvalue="")
    ]


def condition_rows(when: Mapping[str, Any]) -> tuple[str, list[Row]] | None:
    """Give whether all or any must hold, and the rows; None for conditions that the editor has no rows for."""
    mode = "any" if set(when) == {"any"} else "all"
    parts = [dict(part) for part in when["any"]] if mode == "any" else _flat(when)
    rows = [_row(part) for part in parts]
    return None if None in rows else (mode, [row for row in rows if row is not None])


def setting_rows(sets: Mapping[str, Any]) -> list[Row]:
    """Give the rows of what is set."""
    return [Row(name, _written(name, value)) for name, value in sets.items()]


def as_yaml(when: Mapping[str, Any]) -> str:
    """Write conditions for which the editor has no rows."""
    return str(yaml.safe_dump(dict(when), sort_keys=False, allow_unicode=True))


def _when(form: MultiDict[str, str]) -> Any:  # noqa: ANN401 - JSON
    if form.get("when_yaml", "").strip():
        return read_yaml(form["when_yaml"])
    parts = [_condition_of(row) for row in typed_conditions(form) if row.value]
    if form.get("mode") == "any" and len(parts) > 1:
        return {"any": parts}
    when: dict[str, Any] = {}
    rest = []
    for part in parts:
        if set(part) & set(when):
            rest.append(part)
        else:
            when |= part
    return when | ({"all": rest} if rest else {})


def _condition_of(row: Row) -> dict[str, Any]:
    one = {row.name: _condition(row.name, row.value)}
    return {"not": one} if row.is_not else one


def _condition(name: str, value: str) -> Any:  # noqa: ANN401 - JSON
    if name in {"total_min", "total_max"}:
        return value
    if name == "vat_present":
        return YES.get(value.lower(), value)
    if name == "field_text":
        field, _, text = value.partition(":")
        if not text.strip():
            raise Incomplete("Name the field and its text, such as “reference: INV”.", field="when.field_text")
        return {field.strip().lower().replace(" ", "_"): text.strip()}
    several = [as_named(each) for each in _listed(value)]
    return several[0] if len(several) == 1 else several


def _setting(name: str, value: str) -> Any:  # noqa: ANN401 - JSON
    if name == "paid":
        return YES.get(value.lower(), value)
    if name == "split":
        return read_yaml(value) if value.startswith("[") else [_part(each) for each in _listed(value)]
    if name == "accept":
        return _listed(value)
    return value if name in {"description", "note", "due_date", "vat_rate"} else as_named(value)


def _part(text: str) -> dict[str, Any]:
    if share := _SHARE.fullmatch(text):
        return {"share": share[1], "category": as_named(share[2])}
    if text.lower().startswith("rest "):
        return {"category": as_named(text[5:].strip())}
    if amount := _AMOUNT.fullmatch(text):
        return {"amount": amount[1], "category": as_named(amount[2])}
    text = "A split is written as “60% 7300; 40% 7504”, or with amounts and “rest”: “10.00 7300; rest 7504”."
    raise Incomplete(text, field="set.split")


def as_named(text: str) -> object:
    """Read what an entry is told by: “Name (#12)” by its id, “7300 Vehicle fuel” by its code, else its name."""
    if found := _ID.search(text):
        return {"id": int(found[1])}
    if found := _CODED.match(text):
        return {"code": found[1], "name": text}
    return text


def _listed(value: str) -> list[str]:
    return [each.strip() for each in re.split(r"[;\n]", value) if each.strip()]


def _flat(when: Mapping[str, Any]) -> list[dict[str, Any]]:
    own = [{name: value} for name, value in when.items() if name != "all"]
    return own + [dict(part) for part in as_list(when.get("all", [])) if isinstance(part, Mapping)]


def _row(part: Mapping[str, Any]) -> Row | None:
    if len(part) != 1:
        return None
    [(name, value)] = part.items()
    if name == "not":
        inner = _row(value)
        return None if inner is None or inner.is_not else Row(inner.name, inner.value, is_not=True)
    return Row(name, _written(name, value)) if name in CONDITIONS else None


def _written(name: str, value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "due_date" and isinstance(value, Mapping):
        days = f"{value['days']} days" if value.get("days") else ""
        return f"{days}{' end of month' if value.get('end_of_month') else ''}".strip() or "0 days"
    if name == "split":
        plain = all(set(part) <= {"share", "amount", "category"} for part in value)
        written = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6).strip()
        return "; ".join(_written_part(part) for part in value) if plain else written
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_written('', each)}" for key, each in value.items())
    return "; ".join(str(each) for each in as_list(value))


def _written_part(part: Mapping[str, Any]) -> str:
    head = f"{part['share']}%" if "share" in part else part.get("amount", "rest")
    return f"{head} {part.get('category', '')}".strip()
