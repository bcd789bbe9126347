"""What KashFlow's refusals mean, by the stable part of their words."""

from __future__ import annotations

import re

from kashflow.errors import (
    AccountLocked,
    AddressRefused,
    ApiDisabled,
    ConnectionFault,
    LoginRefused,
    Rejected,
    RightsLacking,
)


class Absent(Rejected):
    """What was asked for is not there."""


_PATTERNS: dict[type[ConnectionFault], str] = {
    LoginRefused: r"incorrect user ?name or password",
    AddressRefused: r"not in the access list",
    ApiDisabled: r"\bapi\b.*\b(not (been )?(enabled|switched on|active)|disabled|switched off)",
    AccountLocked: r"(?<!bank )account (has been|is|was) (temporarily )?locked|too many (failed )?(log|attempt)",
    RightsLacking: r"subscription (has )?(expired|lapsed|ended)|\bno(t have)? permission\b(?!.*(period|lock|date))",
}
_OUR_WORDS: dict[type[ConnectionFault], str] = {
    LoginRefused: "KashFlow did not accept the login. If there is a separate API password, that is the one to use.",
    AddressRefused: "KashFlow does not allow this server's address. Add it there, or enter the AutoAuth key.",
    ApiDisabled: "The SOAP API is switched off in KashFlow. Switch it on under Apps, API Settings.",
    AccountLocked: "KashFlow locked this login. Unlock it there, then test once.",
    RightsLacking: "KashFlow does not let this user do that. Ask whoever runs the account there.",
}
_THING = r"(customer|supplier|invoice|receipt|payment|attachment|note|document|record|code|number|id)s?"
_ABSENT = re.compile(
    rf"there (is|are) no (such )?{_THING}\b|\bno (such|matching) {_THING}\b"
    rf"|\b{_THING}\b.*\b(not found|not exist|not be found|no longer exists?)|\b(not|unable to) find .*\b{_THING}\b",
    re.IGNORECASE | re.DOTALL,
)
_NEVER_RAN = re.compile(
    r"unable to read request|error in xml document|not a valid allxsd value|did not recognize the value of",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"ip address (?:of )?([0-9a-f.:]+)", re.IGNORECASE)


def refusal(words: str) -> ConnectionFault | Rejected:
    """Give the error for a well-formed no in these words."""
    for cause, pattern in _PATTERNS.items():
        if re.search(pattern, words, re.IGNORECASE | re.DOTALL):
            text = f'{_OUR_WORDS[cause]} Nothing was entered. KashFlow says: "{words}"'
            found = _ADDRESS.search(words)
            return cause(text, words=words, address=found[1] if found else None)
    return Absent(words) if _ABSENT.search(words) else Rejected(words)


def never_ran(fault: str) -> bool:
    """Tell whether a Fault says that the request could not even be read, so that nothing was done."""
    return _NEVER_RAN.search(fault) is not None
