"""How sure a value is: its share of the odds, corrected by how often such shares proved right.

The correction was fitted by hand to one half of the labelled documents and checked on the other (docs/benchmarks.md has
the reliability that it reaches): shares are too modest, because candidates that lose are seldom as likely as they look.
"""

from __future__ import annotations

import math

from capture.reading.model import Origin

STEEPNESS, LIFT = 1.3, 1.2
CLEAR = 0.9  # the OCR engine's confidence from which a word counts as read well
MOST = 0.999


def confidence_of(share: float, seen: float, origin: Origin) -> float:
    """Give the confidence of a field's winner; ``seen`` is the OCR engine's in its worst word."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    sure = 1 / (1 + math.exp(-(LIFT + STEEPNESS * math.log(share / (1 - share)))))
    if origin is Origin.OCR:
        sure *= 0.5 + 0.5 * min(1.0, seen / CLEAR)
    return round(min(sure, MOST), 3)


def percent_sure(confidence: float) -> str:
    """Write how sure a value is, never rounded up: what is shown as 95% was sure enough for what wants 95%."""
    return f"{math.floor(confidence * 1000) // 10}%"
