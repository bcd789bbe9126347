"""How sure a value is: the share of the odds it won, corrected by how often such values proved right."""

from __future__ import annotations

from capture.reading.model import Origin


def confidence_of(name: str, share: float, seen: float, origin: Origin) -> float:
    """Give the confidence of a field's winner; ``seen`` is the OCR engine's in its worst word."""
    del name
    if origin is Origin.OCR:
        share *= 0.5 + 0.5 * min(1.0, seen / 0.9)
    return round(min(share, 0.999), 3)
