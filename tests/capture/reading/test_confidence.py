"""How sure a value is, in words."""

from __future__ import annotations

import pytest

from capture.reading.confidence import percent_sure


@pytest.mark.parametrize(
    ("confidence", "shown"), [(0.949, "94%"), (0.95, "95%"), (0.999, "99%"), (0.57, "57%"), (1, "100%")]
)
def test_a_confidence_is_never_rounded_up(confidence: float, shown: str) -> None:
    assert percent_sure(confidence) == shown
