"""Brings the database up to date, or says in one line why it cannot."""

from __future__ import annotations

import sys

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from core.config import ROOT


def main() -> None:
    """Run all migrations that this database has not had."""
    try:
        command.upgrade(Config(str(ROOT / "alembic.ini")), "head")
    except OperationalError as error:
        sys.exit(f"the database does not let us in: {' '.join(str(error.orig).split())} (DATABASE_URL, DATA_DIR)")
    except (ArgumentError, NoSuchModuleError):
        sys.exit("DATABASE_URL is no address of a database; it takes one such as postgresql://user@host/name.")
    except CommandError as error:  # made by a newer version of this product
        sys.exit(f"the database and this version do not fit: {error}")


if __name__ == "__main__":
    main()
