"""The protocol of publishing once, under kills, freezes and a bad line at every step; weaker versions are found out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from core.db import LockTaken
from kashflow.errors import Unavailable
from kashflow.ledger import Kind, LedgerDocument
from publishing import outcomes
from publishing.documents import DocumentEffect
from publishing.effects import Others, PaymentEffect
from publishing.models import StepState
from tests.publishing import world
from tests.publishing.simulator import simulate

RUNS = 2_000
RUNS_FOR_A_FAULT = 1_500  # in which every planted fault must show; the worst takes some hundred
Plant = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    kept = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**kept)


@pytest.mark.parametrize("part", range(4))
def test_nothing_is_doubled_lost_or_stuck_whatever_goes_wrong(part: int) -> None:
    share = RUNS // 4

    assert simulate(range(part * share, (part + 1) * share)) == {}


def retries_plainly(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outcomes, "doubt", lambda step, clock, *_: outcomes.requeue(step, clock))
    patch.setattr(outcomes, "find_dead", lambda step, clock, _: outcomes.requeue(step, clock))
    patch.setattr(DocumentEffect, "prepare", lambda *_: frozenset())


def knows_no_quiet_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(world, "QUIET", 0)


def marks_done_before_the_call(patch: pytest.MonkeyPatch) -> None:
    def claim(step: Any, clock: Any, watermark: Any) -> str:  # noqa: ANN401 - a patch
        step.state, step.watermark, step.sent_at, step.remote_id = StepState.PUBLISHED, sorted(watermark), clock(), 0
        step.remote_number = 1  # the parts that follow need one
        return "published"

    patch.setattr(outcomes, "claim", claim)


def leases_the_lane(patch: pytest.MonkeyPatch) -> None:
    leases: dict[int, dict[str, Any]] = {}

    @contextmanager
    def lane(self: world.World, name: str) -> Iterator[world.Lane]:
        held = leases.setdefault(id(self), {})
        if held.get(name, self.now) > self.now:
            raise LockTaken(name)
        held[name] = self.now + timedelta(seconds=30)
        try:
            yield world.Lane()
        finally:
            held.pop(name, None)

    patch.setattr(world.World, "lane", lane)


def takes_no_lane(patch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def lane(self: world.World, name: str) -> Iterator[world.Lane]:
        del self, name
        yield world.Lane()

    patch.setattr(world.World, "lane", lane)


def counts_the_quiet_time_from_the_sending(patch: pytest.MonkeyPatch) -> None:
    kept = outcomes.find_dead

    def find_dead(step: Any, clock: Any, quiet_seconds: int) -> str:  # noqa: ANN401 - a patch
        return kept(step, lambda: step.sent_at or clock(), quiet_seconds)

    patch.setattr(outcomes, "find_dead", find_dead)


def sends_again_what_a_dead_owner_left(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outcomes, "find_dead", lambda step, clock, _: outcomes.requeue(step, clock))


def ignores_the_watermark(patch: pytest.MonkeyPatch) -> None:
    kept = DocumentEffect.look_up
    patch.setattr(
        DocumentEffect,
        "look_up",
        lambda self, ledger, target: kept(
            self, ledger, replace(target, watermark=frozenset({1}) if target.watermark else target.watermark)
        ),
    )


def adopts_what_belongs_to_others(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(world.MemoryRows, "others", lambda *_: lambda _: Others())


def lets_twins_go_together(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(world.MemoryRows, "in_doubt", lambda *_: [])


def takes_no_answer_for_absence(patch: pytest.MonkeyPatch) -> None:
    kept = world.FarLedger.documents

    def documents(self: world.FarLedger, kind: Kind, contact_id: int) -> tuple[LedgerDocument, ...]:
        try:
            return kept(self, kind, contact_id)
        except Unavailable:
            return ()

    patch.setattr(world.FarLedger, "documents", documents)


def takes_no_answer_for_a_refusal(patch: pytest.MonkeyPatch) -> None:
    def doubt(step: Any, clock: Any, *_: object) -> str:  # noqa: ANN401 - a patch
        return outcomes.end(step, clock, StepState.REFUSED, "PUB-16", "")

    patch.setattr(outcomes, "doubt", doubt)


def trusts_a_restored_backup(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(world.MemoryNote, "read", lambda *_: 0)
    patch.setattr(DocumentEffect, "prepare", lambda *_: frozenset())


def pays_without_looking(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PaymentEffect, "look_up", lambda *_: None)
    patch.setattr(PaymentEffect, "prepare", lambda *_: frozenset())


PLANTS: dict[Plant, str] = {
    retries_plainly: "double",
    knows_no_quiet_time: "double",
    marks_done_before_the_call: "lost",
    leases_the_lane: "double",
    takes_no_lane: "double",
    counts_the_quiet_time_from_the_sending: "double",
    sends_again_what_a_dead_owner_left: "double",
    ignores_the_watermark: "mistaken",
    adopts_what_belongs_to_others: "",
    lets_twins_go_together: "",
    takes_no_answer_for_absence: "double",
    takes_no_answer_for_a_refusal: "wrong",
    trusts_a_restored_backup: "double",
    pays_without_looking: "double",
}


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_weaker_version_is_found_out(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    found = (
        wrong
        for seed in range(RUNS_FOR_A_FAULT)
        for wrongs in simulate(range(seed, seed + 1)).values()
        for wrong in wrongs
    )
    assert any(wrong.startswith(PLANTS[plant]) for wrong in found)
