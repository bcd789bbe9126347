from __future__ import annotations

from functools import cache

from factory.declarations import LazyFunction, List, Sequence, SubFactory, Trait
from factory.helpers import post_generation
from sqlalchemy.orm import object_session

from auth.models import LoginAttempt, Membership, Organisation, Role, User
from auth.passwords import hash_password
from core.db import now
from kashflow.service import make_connection
from tests.factories import RowFactory

PASSWORD = "a quiet river at noon"


@cache
def kept_password() -> str:
    """The hash of PASSWORD; made once, for it is slow by design."""
    return hash_password(PASSWORD)


class OrganisationFactory(RowFactory[Organisation]):
    class Meta:
        model = Organisation

    name = Sequence("Business {}".format)
    own_names = List([])

    @post_generation  # type: ignore[untyped-decorator]
    def connection(self: Organisation, create: bool, extracted: object, **more: object) -> None:
        """An organisation has a connection from the start, not connected."""
        del create, extracted, more
        session = object_session(self)
        assert session is not None
        make_connection(session, self.id)


class UserFactory(RowFactory[User]):
    class Meta:
        model = User

    email = Sequence("person{}@business.example".format)
    password_hash = LazyFunction(kept_password)


class MembershipFactory(RowFactory[Membership]):
    class Meta:
        model = Membership

    class Params:
        administrator = Trait(role=Role.ADMINISTRATOR)

    name = ""
    user = SubFactory(UserFactory)
    organisation = SubFactory(OrganisationFactory)
    role = Role.STANDARD
    active = True


class LoginAttemptFactory(RowFactory[LoginAttempt]):
    class Meta:
        model = LoginAttempt

    at = LazyFunction(now)
    email = "somebody@business.example"
    address = "192.0.2.1"
