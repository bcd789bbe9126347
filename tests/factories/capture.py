from __future__ import annotations

from datetime import date

from factory.declarations import LazyAttribute, Sequence, SubFactory, Trait

from capture.models import Item, ItemState
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection, ConnectionState
from lists.matching import plain
from lists.models import Entry
from tests.factories import RowFactory
from tests.factories.auth import OrganisationFactory


class ConnectionFactory(RowFactory[Connection]):
    class Meta:
        model = Connection

    class Params:
        organisation = SubFactory(OrganisationFactory)
        connected = Trait(state=ConnectionState.CONNECTED, username="demo", company="Calder & Birch Ltd")

    organisation_id = LazyAttribute(lambda row: row.organisation.id)
    name = Sequence("Connection {}".format)


class EntryFactory(RowFactory[Entry]):
    class Meta:
        model = Entry

    class Params:
        connection = SubFactory(ConnectionFactory)
        category = Trait(list_kind=ListKind.CATEGORIES, code="7100", name="Rent")

    connection_id = LazyAttribute(lambda row: row.connection.id)
    list_kind = ListKind.SUPPLIERS
    remote_id = Sequence("{}".format)
    name = Sequence("Entry {}".format)
    search_name = LazyAttribute(lambda row: plain(row.name))


class ItemFactory(RowFactory[Item]):
    class Meta:
        model = Item

    class Params:
        connection = SubFactory(ConnectionFactory)
        ready = Trait(
            state=ItemState.READY, issued_on=date(2026, 3, 2), net=10000, tax=2000, total=12000, vat_rate="20"
        )

    connection_id = LazyAttribute(lambda row: row.connection.id)
    kind = Kind.COST
