"""A trial run: what a rule would have changed, over items of the past. It reads and writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from capture.amounts.totals import Amounts, TaxLine
from capture.amounts.treatments import treat
from capture.coding.applying import entry_for, plain_value
from capture.coding.past import Value, Window, past_facts, past_values, select_past
from capture.coding.splitting import Whole, split_lines
from capture.fields import SPECS, Shape
from capture.layers import winners
from capture.models import ItemLine, ItemValue, Layer
from core.errors import Incomplete
from core.money import to_pounds
from kashflow.ledger import Kind
from lists.models import Entry
from rules.conditions import Facts, names_in
from rules.matching import Coding, Rulebook
from rules.settings import VatTreatment

RATED = frozenset({"vat_rate", "vat_treatment"})


@dataclass(frozen=True)
class TrialChange:
    """One field of one item that would be another; old and new as canonical text, entries with their id."""

    item_id: int
    field: str
    old: Value | None
    new: Value | None


@dataclass(frozen=True)
class Trial:
    """What a trial found.

    ``kept`` counts values of a person that stay against the rule, ``agreed`` those that the rule would have set just
    so. ``shadows`` are later rules that lose a field to this one, ``shadowed_by`` earlier ones it loses to: rule id to
    the number of items.
    """

    examined: int
    fitting: int
    changed: tuple[TrialChange, ...]
    kept: int
    agreed: int
    shadows: Mapping[int, int]
    shadowed_by: Mapping[int, int]


@dataclass
class _Run:
    """The state of one trial run."""

    session: Session
    connection_id: int
    tried: Coding
    book: Rulebook
    entries: dict[tuple[Kind, int], Entry | None] = field(default_factory=dict)
    changed: list[TrialChange] = field(default_factory=list)
    kept: int = 0
    agreed: int = 0
    shadows: Counter[int] = field(default_factory=Counter)
    shadowed_by: Counter[int] = field(default_factory=Counter)


def run_trial(
    session: Session, connection_id: int, tried: Coding, others: Sequence[Coding], place: int, window: Window
) -> Trial:
    """Try a rule in its place among the others, over the items of a window; nothing is written."""
    order = [*others[:place], tried, *others[place:]]
    run = _Run(session, connection_id, tried, Rulebook(order))
    names = set().union(*(names_in(rule.when) for rule in order))
    rows = session.execute(select_past(connection_id, window, with_text="text" in names)).all()
    ids = [row.id for row in rows]
    facts = past_facts(session, connection_id, rows, with_fields="field_text" in names)
    fitting = {row.id for row in rows if tried.fits(facts[row.id])}
    looked_at = set(tried.sets) | _set_before(session, tried.id, ids)
    values = past_values(session, ids, looked_at | (RATED if "split" in looked_at else set()))
    for row in rows:
        own = values.get(row.id, [])
        if row.id in fitting or any(each.rule_id == tried.id for each in own):
            _try_item(run, row, facts[row.id], own, looked_at)
    return Trial(
        examined=len(rows),
        fitting=len(fitting),
        changed=tuple(run.changed),
        kept=run.kept,
        agreed=run.agreed,
        shadows=dict(run.shadows),
        shadowed_by=dict(run.shadowed_by),
    )


def _set_before(session: Session, rule_id: int, item_ids: Sequence[int]) -> set[str]:
    """Give the fields that the rule, as it was until now, set on these items."""
    wanted = select(ItemValue.field).where(ItemValue.rule_id == rule_id, ItemValue.item_id.in_(item_ids)).distinct()
    return set(session.scalars(wanted)) - {"lines"}


def _try_item(run: _Run, row: Row[Any], facts: Facts, values: Sequence[Value], looked_at: set[str]) -> None:
    fitting = list(run.book.fitting(facts))
    lost: set[int] = set()
    won: set[int] = set()
    for name in sorted(looked_at - {"accept"}):
        naming = [rule for rule in fitting if name in rule.sets]
        place = next((at for at, rule in enumerate(naming) if rule is run.tried), None)
        if place is not None:
            won.update(rule.id for rule in naming[place + 1 :])
            lost.update(rule.id for rule in naming[:place][:1])
        own = [each for each in values if each.field == name]
        if name == "split":
            if place == 0:
                _try_split(run, row, facts, values, fitting)
        elif place == 0 or any(each.rule_id == run.tried.id for each in own):
            _try_field(run, row, facts, naming[0].sets[name] if naming else None, own, name)
    run.shadows.update(won)
    run.shadowed_by.update(lost)


def _try_field(
    run: _Run,
    row: Row[Any],
    facts: Facts,
    setting: Any,  # noqa: ANN401 - JSON; None: no rule sets it
    values: Sequence[Value],
    name: str,
) -> None:
    old = winners(values).get(name) or _derived(row, name)
    ruled = None if setting is None else _new_value(run, row, facts, name, setting)
    others = [each for each in values if each.layer is not Layer.RULE]
    new = winners([*others, *([ruled] if ruled else [])]).get(name)
    if old is not None and old.layer is Layer.PERSON and ruled is not None:
        run.agreed += _said(old) == _said(ruled)
        run.kept += _said(old) != _said(ruled)
    elif _said(old) != _said(new) and (new or (old is not None and old.rule_id == run.tried.id)):
        run.changed.append(TrialChange(row.id, name, old, new))


def _derived(row: Row[Any], name: str) -> Value | None:
    """Give what a field without a value of its own holds, where it follows from others."""
    text = {"paid": "yes" if row.paid else "no", "vat_rate": row.vat_rate}.get(name)
    return None if text is None else Value(row.id, name, Layer.READING, text)


def _said(value: Value | None) -> tuple[str | None, int | None] | None:
    return None if value is None or value.text is None else (value.text, value.entry_id)


def _new_value(run: _Run, row: Row[Any], facts: Facts, name: str, setting: Any) -> Value | None:  # noqa: ANN401 - JSON
    if SPECS[name].shape is not Shape.ENTRY:
        text = plain_value(name, setting, facts)
        return None if text is None else Value(row.id, name, Layer.RULE, text)
    key = (row.kind, setting)
    if key not in run.entries:
        run.entries[key] = entry_for(run.session, run.connection_id, row.kind, setting)
    entry = run.entries[key]
    return None if entry is None else Value(row.id, name, Layer.RULE, entry.name, entry.id)


def _try_split(run: _Run, row: Row[Any], facts: Facts, values: Sequence[Value], fitting: Sequence[Coding]) -> None:
    if row.total is None:
        return
    wanted = select(ItemLine.amount, ItemLine.category_id, ItemLine.vat_rate, ItemLine.layer)
    lines = run.session.execute(wanted.where(ItemLine.item_id == row.id).order_by(ItemLine.position)).all()
    amounts = _amounts_with(run, row, facts, values, fitting)
    whole = Whole(amounts, [TaxLine(**line) for line in row.tax_lines])
    try:
        parts = split_lines(whole, run.tried.sets["split"], facts)
    except Incomplete:
        return
    old, new = ([(each.amount, each.category_id, each.vat_rate) for each in found] for found in (lines, parts))
    if any(line.layer is Layer.PERSON for line in lines):
        run.agreed += old == new
        run.kept += old != new
    elif old != new:
        before, after = (Value(row.id, "split", Layer.RULE, _say_lines(run, each)) for each in (old, new))
        run.changed.append(TrialChange(row.id, "split", before if lines else None, after))


def _amounts_with(
    run: _Run, row: Row[Any], facts: Facts, values: Sequence[Value], fitting: Sequence[Coding]
) -> Amounts:
    """Give the amounts that an item would have by these rules; no VAT rate where the document shows several."""
    treatment = next((rule.sets["vat_treatment"] for rule in fitting if "vat_treatment" in rule.sets), None)
    setting = next((rule.sets["vat_rate"] for rule in fitting if "vat_rate" in rule.sets), None)
    ruled = None if setting is None else _new_value(run, row, facts, "vat_rate", setting)
    others = [each for each in values if each.field == "vat_rate" and each.layer is not Layer.RULE]
    said = winners([*others, *([ruled] if ruled else [])]).get("vat_rate")
    was_ruled = any(each.field in RATED and each.layer is Layer.RULE for each in values)
    rate = said.text if said is not None else None if was_ruled else row.vat_rate
    net = None if facts.tax is None else row.total - facts.tax
    known = Amounts(net, facts.tax, row.total, rate)
    return known if treatment is None else treat(known, VatTreatment(treatment))


def _say_lines(run: _Run, lines: Sequence[tuple[int, int | None, str | None]]) -> str:
    """Write lines for the table: what each comes to, for what, at which rate."""
    return ", ".join(
        " ".join([str(to_pounds(amount)), *([_name_of(run, entry_id)] if entry_id else []), *_at(rate)])
        for amount, entry_id, rate in lines
    )


def _name_of(run: _Run, entry_id: int) -> str:
    entry = run.session.get(Entry, entry_id)
    return entry.name if entry is not None else ""


def _at(rate: str | None) -> list[str]:
    return [] if rate is None else [f"({rate}{'%' if rate != 'exempt' else ''})"]
