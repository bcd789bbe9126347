"""One operation of the service: request, reply, and what the reply means."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TypeVar

from kashflow.errors import AddressRefused, KeyRefused, NotSent, Rejected, Unavailable, Unclear
from kashflow.refusals import Absent, never_ran, refusal
from kashflow.replies import Faulted, Node, Unreadable, read_rows
from kashflow.transport import Broken, Endpoint, Reply

APPLICATION = "Counterfoil"
T = TypeVar("T")
Build = Callable[[str, dict[str, object]], bytes]
Rows = Generator[Node, None, Node]


class Unanswered(Exception):
    """The request left and no usable answer came; the text says what came instead."""


class Exchange:
    """Asks and sends. Nothing is repeated but what was refused for our address: once, after AutoAuthIP."""

    def __init__(self, endpoint: Endpoint, build: Build, *, secrets: tuple[str, ...], key: str | None) -> None:
        self._endpoint = endpoint
        self._build = build
        self._secrets = secrets
        self._key = key

    def ask(self, operation: str, make: Callable[[Node], T], **arguments: object) -> T:
        """Ask a question and give what ``make`` makes of the answer.

        Raises:
            Unavailable: no usable answer came.
        """
        with _asking():
            return make(_last(self._call(operation, None, arguments)))

    def find(self, operation: str, identity: str, make: Callable[[Node], T], **arguments: object) -> T | None:
        """Ask for one thing; None when there is none: nothing comes, what comes has no id, or the refusal says so.

        Raises:
            Unavailable: no usable answer came.
        """
        with _asking():
            try:
                result = _last(self._call(operation, None, arguments)).part(f"{operation}Result")
            except Absent:
                return None
            return make(result) if result and result.whole(identity) else None

    def rows(self, operation: str, row: str, make: Callable[[Node], T], **arguments: object) -> Iterator[T]:
        """Ask for the rows of this name and give what ``make`` makes of them, one by one as they come.

        Raises:
            Unavailable: no usable answer came; what was given before is worth nothing then.
        """
        with _asking():
            try:
                for node in self._call(operation, row, arguments):
                    yield make(node)
            except Absent:
                return

    def send(self, operation: str, **arguments: object) -> Node:
        """Send what has an effect.

        Raises:
            NotSent: not a byte left, or it was refused for our address and AutoAuth could not be reached.
            Rejected: a well-formed no, or the request was never read.
            Unclear: it may have taken effect.
        """
        try:
            return _last(self._call(operation, None, arguments))
        except Unanswered as error:
            raise Unclear(_may_be_in(str(error))) from error

    def insert(self, operation: str, **arguments: object) -> int:
        """Send what is numbered by KashFlow, and give the number.

        Raises: as ``send``; an answer without a number is Unclear.
        """
        answer = self.send(operation, **arguments)
        try:
            number = answer.whole(f"{operation}Result")
        except Unreadable as error:
            raise Unclear(_may_be_in(str(error))) from error
        if number <= 0:
            raise Unclear(_may_be_in("it was accepted without being given a number"))
        return number

    def authorise(self, key: str) -> None:
        """Put our address on the access list.

        Raises:
            KeyRefused: the key is wrong or AutoAuth is off.
            Unavailable: no usable answer came.
        """
        with _asking():
            try:
                _last(self._attempt("AutoAuthIP", None, {"appName": APPLICATION, "AutoAuthKey": key}))
            except Rejected as error:
                raise KeyRefused(f'KashFlow refused the AutoAuth key: "{error.words}"', words=error.words) from error

    def _call(self, operation: str, row: str | None, arguments: dict[str, object]) -> Rows:
        try:
            return (yield from self._attempt(operation, row, arguments))
        except AddressRefused:
            if self._key is None:
                raise
            try:
                self.authorise(self._key)
            except Unavailable as error:
                raise NotSent(f"The request was refused for our address. {error}") from error
        return (yield from self._attempt(operation, row, arguments))

    def _attempt(self, operation: str, row: str | None, arguments: dict[str, object]) -> Rows:
        body = self._build(operation, arguments)
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"KashFlow/{operation}"'}
        try:
            with self._endpoint.post(body, headers) as reply:
                answer = yield from _read(reply, operation, row)
        except Faulted as error:
            words = self._without_secrets(str(error))
            if never_ran(words):
                raise Rejected(words) from None  # the error itself may hold a secret that was echoed
            raise Unanswered(f'it answered with an error of its own: "{words}"') from None
        except (Broken, Unreadable) as error:
            raise Unanswered(str(error)) from error
        words = self._without_secrets(answer.text("StatusDetail"))
        status = answer.text("Status").upper()
        if status == "NO":
            raise refusal(words)
        if status != "OK":
            raise Unanswered("the answer does not say whether it was done")
        return answer

    def _without_secrets(self, words: str) -> str:
        for secret in self._secrets:
            words = words.replace(secret, "•••")
        return words


def _read(reply: Reply, operation: str, row: str | None) -> Rows:
    if reply.status == HTTPStatus.OK:
        return (yield from read_rows(reply, operation, row))
    try:
        _last(read_rows(reply, operation, None))
    except Unreadable as error:
        raise Unreadable(f"it answered with HTTP status {reply.status}") from error
    raise Unreadable(f"it answered with HTTP status {reply.status}")


def _last(rows: Rows) -> Node:
    while True:
        try:
            next(rows)
        except StopIteration as stop:
            answer: Node = stop.value
            return answer


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except Rejected as error:
        raise Unavailable(f'KashFlow did not answer the question: "{error.words}"') from error
    except (Unanswered, Unreadable) as error:
        raise Unavailable(f"KashFlow was asked, and {error}. Nothing was changed.") from error


def _may_be_in(what_came: str) -> str:
    return (
        f"The request left for KashFlow, and {what_came}. It may have taken effect: it is looked up before anything "
        "is sent again."
    )
