import logging
import re
from collections.abc import Iterator

import pytest

from core import log


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The log of this process, which is as it was afterwards."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    yield root
    root.handlers[:] = handlers


def divide(password: str) -> float:
    return len(password) / 0


def test_a_line_has_its_day_and_a_traceback_no_values(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up()
    try:
        divide("a quiet river")
    except ZeroDivisionError:
        log.get_logger("test").exception("it failed", item=7)

    said = capsys.readouterr().err
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[error *\] it failed item=7\n", said)
    assert "ZeroDivisionError" in said
    assert "quiet" not in said.replace('divide("a quiet river")', "")
    assert len(root.handlers) == 1
