"""What a list from KashFlow alters about the kept entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kashflow.ledger import Kind, Listed, ListKind
from lists.matching import plain
from lists.merging import MOST_CHANGES, Merged, merge

MOMENT = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
SUPPLIERS = [Listed(str(n), f"Supplier {n}", kinds=frozenset({Kind.COST})) for n in range(1, 6)]


def kept(listed: list[Listed], kind: ListKind = ListKind.SUPPLIERS) -> list[dict[str, Any]]:
    """The rows that an earlier refresh of this list left."""
    made = merge(kind, [], listed, MOMENT).inserts
    return [{**row, "id": number, "parent_id": None} for number, row in enumerate(made, start=1)]


def counts(merged: Merged) -> tuple[int, int, int]:
    return merged.added, merged.changed, merged.inactive


def test_nothing_changes_when_the_same_comes_again() -> None:
    merged = merge(ListKind.SUPPLIERS, kept(SUPPLIERS), SUPPLIERS, MOMENT)

    assert counts(merged) == (0, 0, 0)
    assert merged.unchanged == [1, 2, 3, 4, 5]


def test_c18_one_renamed_one_archived_one_removed_three_added_are_counted_exactly() -> None:
    new = [Listed(str(n), f"New {n}", kinds=frozenset({Kind.COST})) for n in (90, 91, 92)]
    now = [replace(SUPPLIERS[0], name="Renamed"), replace(SUPPLIERS[1], active=False), *SUPPLIERS[3:], *new]

    merged = merge(ListKind.SUPPLIERS, kept(SUPPLIERS), now, MOMENT)

    assert counts(merged) == (3, 1, 2)
    assert {"name": "Renamed", "what": "name", "from": "Supplier 1", "to": "Renamed"} in merged.changes
    assert merged.vanished == [3]


def test_an_archived_entry_stays_inactive_and_is_counted_once() -> None:
    archived = [replace(SUPPLIERS[0], active=False)]
    before = kept(archived)

    assert before[0]["inactive_since"] == MOMENT
    assert counts(merge(ListKind.SUPPLIERS, before, archived, MOMENT)) == (0, 0, 0)


def test_what_had_vanished_and_comes_back_is_in_use_again() -> None:
    before = [{**kept(SUPPLIERS[:1])[0], "active": False, "inactive_since": MOMENT}]

    merged = merge(ListKind.SUPPLIERS, before, SUPPLIERS[:1], MOMENT)

    assert counts(merged) == (0, 1, 0)
    assert merged.updates[0]["inactive_since"] is None
    assert merged.changes == [{"name": "Supplier 1", "what": "in use", "from": "no", "to": "yes"}]


def test_h11_an_entry_is_known_by_its_id_whatever_its_name() -> None:
    swapped = [replace(SUPPLIERS[0], name="Supplier 2"), replace(SUPPLIERS[1], name="Supplier 1")]

    merged = merge(ListKind.SUPPLIERS, kept(SUPPLIERS[:2]), swapped, MOMENT)

    assert counts(merged) == (0, 2, 0)
    assert [(row["id"], row["name"]) for row in merged.updates] == [(1, "Supplier 2"), (2, "Supplier 1")]


def test_c19_a_supplier_made_here_is_linked_to_its_namesake_once() -> None:
    made_here = {**kept(SUPPLIERS[:1])[0], "remote_id": None}
    namesake = replace(SUPPLIERS[0], remote_id="77")

    first = merge(ListKind.SUPPLIERS, [made_here], [namesake, replace(namesake, remote_id="78")], MOMENT)

    assert counts(first) == (1, 1, 0)
    assert first.updates[0]["remote_id"] == "77"


def test_a_supplier_made_here_never_turns_inactive() -> None:
    made_here = {**kept(SUPPLIERS[:1])[0], "remote_id": None}

    assert counts(merge(ListKind.SUPPLIERS, [made_here], SUPPLIERS[1:2], MOMENT)) == (1, 0, 0)


def test_an_id_that_comes_twice_counts_once() -> None:
    assert counts(merge(ListKind.SUPPLIERS, [], [SUPPLIERS[0], SUPPLIERS[0]], MOMENT)) == (1, 0, 0)


def test_lst_4_an_empty_answer_is_noticed_where_entries_are_in_use() -> None:
    assert merge(ListKind.SUPPLIERS, kept(SUPPLIERS), [], MOMENT).emptied == 5
    assert merge(ListKind.SUPPLIERS, [], [], MOMENT).emptied == 0


def test_lst_4_payment_methods_are_looked_at_on_each_side() -> None:
    cash = [Listed("1", "Cash", kinds=frozenset({kind})) for kind in Kind]

    merged = merge(ListKind.PAYMENT_METHODS, kept(cash, ListKind.PAYMENT_METHODS), cash[1:], MOMENT)

    assert merged.emptied == 1


def test_payment_methods_of_both_sides_may_share_an_id() -> None:
    cash = [Listed("1", "Cash", kinds=frozenset({kind})) for kind in Kind]

    assert counts(merge(ListKind.PAYMENT_METHODS, [], cash, MOMENT)) == (2, 0, 0)


def test_h24_a_sub_product_without_its_product_is_set_aside() -> None:
    product = Listed("1", "Timber")
    child, orphan = Listed("7", "Oak", parent_id="1"), Listed("8", "Lost", parent_id="99")

    merged = merge(ListKind.PRODUCTS, [], [child, orphan, product], MOMENT)

    assert (merged.added, merged.orphans) == (2, 1)
    assert merged.parents == {("sub", "7"): "1"}


def test_h24_a_known_sub_product_stays_as_it_is_when_its_product_is_gone() -> None:
    listed = [Listed("1", "Timber"), Listed("2", "Stone"), Listed("7", "Oak", parent_id="1")]

    merged = merge(ListKind.PRODUCTS, kept(listed, ListKind.PRODUCTS), listed[1:], MOMENT)

    assert (counts(merged), merged.orphans) == ((0, 0, 1), 1)


def test_a_vat_rate_is_known_by_its_percent() -> None:
    rates = [Listed("17.5", "Old", percent=Decimal("17.5")), Listed("exempt", "Exempt", percent=Decimal(-1))]

    assert [row["code"] for row in merge(ListKind.VAT_RATES, [], rates, MOMENT).inserts] == ["17.5", "exempt"]


@pytest.mark.parametrize(
    ("change", "what", "before", "after"),
    [
        ({"code": "X1"}, "code", None, "X1"),
        ({"kinds": frozenset(Kind)}, "used for", "costs", "costs and sales"),
        ({"details": {"email": "a@b.example"}}, "email", None, "a@b.example"),
    ],
)
def test_a_change_is_told_from_what_to_what(change: dict[str, Any], what: str, before: str | None, after: str) -> None:
    merged = merge(ListKind.SUPPLIERS, kept(SUPPLIERS[:1]), [replace(SUPPLIERS[0], **change)], MOMENT)

    assert merged.changes == [{"name": "Supplier 1", "what": what, "from": before, "to": after}]


def test_names_and_codes_longer_than_their_columns_are_cut() -> None:
    row = merge(ListKind.SUPPLIERS, [], [Listed("1", "n" * 999, code="c" * 99)], MOMENT).inserts[0]

    assert (len(row["name"]), len(row["search_name"]), len(row["code"])) == (300, 300, 60)
    assert row["search_name"] == plain(row["name"])


def test_changes_beyond_a_page_are_counted_but_not_kept() -> None:
    many = [Listed(str(n), f"Supplier {n}") for n in range(MOST_CHANGES + 5)]

    merged = merge(ListKind.SUPPLIERS, [], many, MOMENT)

    assert (merged.added, len(merged.changes)) == (MOST_CHANGES + 5, MOST_CHANGES)
