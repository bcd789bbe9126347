"""The number of the last send of each connection, in the document store: older databases are known by it."""

from __future__ import annotations

from sqlalchemy import select

from capture.intake.service import store
from capture.store import DocumentStore, FileLost, StoreFull, StoreUnavailable
from core.db import snapshot
from kashflow.errors import Unavailable
from kashflow.models import Connection


class StoreNote:
    """Kept beside the documents."""

    def read(self, connection_id: int) -> int:
        """Give the number of the last send of a connection, 0 when there was none.

        Raises:
            Unavailable: the store does not answer, so nothing may be sent.
        """
        try:
            return int(store().get_made(_key(connection_id)))
        except FileLost:
            return 0
        except StoreUnavailable as error:
            raise Unavailable("The file store did not answer.") from error

    def write(self, connection_id: int, epoch: int) -> None:
        """Write it down for good.

        Raises:
            Unavailable: it was not written, so nothing may be sent.
        """
        try:
            store().put_made(_key(connection_id), str(epoch).encode())
        except (StoreFull, StoreUnavailable) as error:
            raise Unavailable("The file store takes nothing.") from error


def doubt_all(files: DocumentStore) -> None:
    """Note of every connection that the database is older than its last send, as after a restored backup."""
    with snapshot() as session:
        sends = session.execute(select(Connection.id, Connection.epoch)).all()
    for connection_id, epoch in sends:
        files.put_made(_key(connection_id), str(epoch + 1).encode())


def _key(connection_id: int) -> str:
    return f"sends/{connection_id}"
