"""Commands as an operator gives them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask


@pytest.fixture
def run(app: Flask) -> Callable[..., str]:
    """Run a command that succeeds, and give what it prints to standard output."""

    def command(*arguments: str) -> str:
        result = app.test_cli_runner().invoke(args=list(arguments), input="")
        assert result.exit_code == 0, result.output
        return result.stdout

    return command
