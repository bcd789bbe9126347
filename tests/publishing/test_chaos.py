"""Publishing through real processes that are killed and frozen, over a line that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.publishing.chaos import Havoc, await_all, judge, open_house, run
from tests.servers import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("chaos")]
ITEMS = 100
BLOWS = 50


def test_a_hundred_publishes_make_a_hundred_purchases_whatever_is_killed(tmp_path: Path) -> None:
    with open_house(tmp_path, ITEMS) as house:
        run(house, seed=1, blows=BLOWS, seconds=240)

    assert judge(tmp_path, ITEMS) == []


def test_after_kill_9_during_the_insert_nothing_but_waiting_gives_exactly_one_purchase(tmp_path: Path) -> None:
    with open_house(tmp_path, 1) as house:
        house.await_port(house.port)
        house.strike({"fault": "delay", "operation": "InsertReceipt_TypeDefined", "seconds": 5})
        wait_until(lambda: house.publish(house.items[0]), seconds=60)
        wait_until(lambda: house.states()["sending"] == 1, seconds=60)
        house.parts["worker"].kill()

        await_all(lambda: house.states() == {"published": 1}, house, Havoc(house, 1), 60)

    assert judge(tmp_path, 1) == []
