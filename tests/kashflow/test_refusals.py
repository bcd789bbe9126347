"""Which words mean that something is not there, and which only sound like it."""

from __future__ import annotations

import pytest

from kashflow.errors import Rejected
from kashflow.refusals import Absent, never_ran, refusal


@pytest.mark.parametrize(
    "words",
    [
        "There is no customer with that email address",
        "there is no supplier with that code",
        "Receipt 12 does not exist",
        "Receipt not found",
        "The invoice could not be found",
        "No such customer",
        "Could not find a supplier with this code",
    ],
)
def test_what_is_not_there_is_absent(words: str) -> None:
    assert isinstance(refusal(words), Absent)


@pytest.mark.parametrize(
    "words",
    [
        "There is no access for this user",
        "No permission",
        "Customer Code is not unique",
        "Server not found",
        "Busy",
        "",
    ],
)
def test_other_refusals_do_not_mean_absence(words: str) -> None:
    assert not isinstance(refusal(words), Absent)


def test_a_refused_login_stays_one_whatever_else_it_says() -> None:
    error = refusal("Incorrect username or password: there is no customer with that number")

    assert not isinstance(error, Rejected)


@pytest.mark.parametrize(
    ("fault", "unread"),
    [
        ("soap:Client Server was unable to read request. ---> There is an error in XML document (1, 594).", True),
        ("The string '2026-01-01 UTC' is not a valid AllXsd value.", True),
        ("Server did not recognize the value of HTTP Header SOAPAction: KashFlow/AttachFileToInvoice.", True),
        ("Server was unable to process request. ---> Timeout expired.", False),
        ("Unknown fault occured", False),
        ("", False),
    ],
)
def test_only_a_fault_about_reading_means_it_never_ran(fault: str, *, unread: bool) -> None:
    assert never_ran(fault) is unread
