"""The dullest valid row of every table; traits and arguments say what matters to a test."""

from __future__ import annotations

from typing import TypeVar

from factory.alchemy import SQLAlchemyModelFactory
from factory.base import Factory
from sqlalchemy.orm import scoped_session, sessionmaker

Row = TypeVar("Row")
rows = scoped_session(sessionmaker())  # the session of the running test, set by its fixture


class RowFactory(SQLAlchemyModelFactory, Factory[Row]):
    """A factory of rows of the running test's session."""

    class Meta:
        abstract = True
        sqlalchemy_session = rows
        sqlalchemy_session_persistence = "flush"
