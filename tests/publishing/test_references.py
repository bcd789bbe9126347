"""A document is known again by its reference, whatever a reading put into it; otherwise it would be sent twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from capture.amounts.totals import Amounts
from capture.reading.model import DocumentType
from kashflow.client import connect
from kashflow.ledger import Kind, Listed, ListKind
from kashflow.sandbox.seed import USERNAME
from kashflow.sandbox.server import start
from publishing.mapping import Draft, document_payload, is_same, to_document


def draft(reference: str, category: Listed) -> Draft:
    return Draft(
        kind=Kind.COST,
        document_type=DocumentType.INVOICE,
        reference=reference,
        issued_on=date(2026, 3, 29),
        due_on=date(2026, 4, 28),
        amounts=Amounts(net=1000, tax=200, total=1200, vat_rate="20"),
        description="Paper",
        category_id=int(category.remote_id),
    )


@pytest.mark.parametrize(
    "reference", ["INV  77", " INV\n77\t", "INV\x0077", "INV\ufffe77", "Zo\u00eb \u2116 77", "<&'\">", "X" * 49 + " Y"]
)
def test_a_document_is_known_again_by_its_reference(tmp_path: Path, reference: str) -> None:
    with start(tmp_path) as sandbox:
        ledger = connect(sandbox.url, USERNAME, "demo-password")
        category, supplier = (next(ledger.entries(kind)) for kind in (ListKind.CATEGORIES, ListKind.SUPPLIERS))
        wanted = to_document(document_payload(draft(reference, category)), int(supplier.remote_id))

        ledger.insert_document(Kind.COST, wanted)

        (found,) = ledger.documents(Kind.COST, wanted.contact_id)
    assert is_same(found, wanted)
