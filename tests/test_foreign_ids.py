"""Every address that names a row, asked for by everybody whose row it is not: it does not exist."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from auth.keys import make_api_token, open_session
from auth.models import ApiToken, LoginSession, Membership, Role
from capture.bulk.models import Action, Bulk
from capture.inbox.models import SavedView
from capture.lessons.models import Lesson
from capture.models import Item, ItemPage
from capture.regrouping.models import Deed, Regrouping
from capture.submissions.models import Document, Submission
from capture.ways.models import Channel, ChannelKind
from core.db import now
from kashflow.ledger import Kind, ListKind
from kashflow.models import Connection
from lists.models import Entry, Refresh
from rules.models import Rule, RuleChange
from tests.factories.auth import MembershipFactory
from tests.pages import PageClient


def rows_of(session: Session, owner: Membership) -> dict[str, int]:
    """Make one of everything that addresses name, and give the ids by the names they have there."""
    connection = session.query(Connection).filter_by(organisation_id=owner.organisation_id).first()
    assert connection is not None
    whose = {"organisation_id": owner.organisation_id}
    channel = Channel(**whose, name="Web", kind=ChannelKind.WEB)
    document = Document(**whose, sha256="0" * 64, media_type="image/jpeg", size=1)
    submission = Submission(
        **whose, connection_id=connection.id, channel=channel, document=document, filename="a.jpg", size=1
    )
    item = Item(connection_id=connection.id, submission=submission)
    item.pages = [ItemPage(document=document, position=1, page=0)]
    rule = Rule(connection_id=connection.id, name="Rule")
    refresh = Refresh(connection_id=connection.id)
    entry = Entry(connection_id=connection.id, list_kind=ListKind.SUPPLIERS, name="A", search_name="a")
    connection.connected_at = now()  # what is not connected yet leads on
    mine = {"connection_id": connection.id, "user_id": owner.user_id, "kind": Kind.COST}
    view, bulk = SavedView(**mine, name="Fuel", query="text=fuel"), Bulk(**mine, action=Action.ARCHIVE)
    regrouping = Regrouping(connection_id=connection.id, deed=Deed.SPLIT)
    session.add(regrouping)
    session.add_all([item, rule, refresh, entry, view, bulk])
    session.flush()
    change = RuleChange(rule_id=rule.id, who="Jo", what="made")
    lesson = Lesson(connection_id=connection.id, item_id=item.id, field="total")
    session.add_all([change, lesson])
    open_session(session, owner, address="", user_agent="")
    make_api_token(session, owner, name="theirs")
    session.commit()
    return {
        "connection_id": connection.id,
        "channel_id": channel.id,
        "submission_id": submission.id,
        "item_id": item.id,
        "position": 1,
        "regrouping_id": regrouping.id,
        "rule_id": rule.id,
        "change_id": change.id,
        "refresh_id": refresh.id,
        "entry_id": entry.id,
        "lesson_id": lesson.id,
        "party_id": entry.id,
        "membership_id": owner.id,
        "session_id": session.query(LoginSession).filter_by(user_id=owner.user_id).one().id,
        "token_id": session.query(ApiToken).filter_by(user_id=owner.user_id).one().id,
        "view_id": view.id,
        "bulk_id": bulk.id,
    }


@dataclass
class Visitor:
    """Somebody who asks by session for pages and by token for the interface."""

    pages: PageClient
    interface: PageClient
    token: str

    def ask(self, method: str, path: str) -> int:
        if path.startswith("/api/"):
            headers = {"Authorization": f"Bearer {self.token}"}
            return self.interface.open(path, method=method, headers=headers, json={}).status_code
        form = {"csrf_token": self.pages.csrf_token(), "role": "standard"} if method == "POST" else None
        return self.pages.open(path, method=method, data=form).status_code


def visitor(app: Flask, session: Session, membership: Membership) -> Visitor:
    visitor = Visitor(PageClient(app), PageClient(app), make_api_token(session, membership, name="test"))
    visitor.pages.sign_in(open_session(session, membership, address="", user_agent=""))
    session.commit()
    return visitor


def asked(app: Flask, ids: dict[str, int]) -> list[tuple[str, str]]:
    """Give method and path of every address that names a row."""
    named = [rule for rule in app.url_map.iter_rules() if "<int:" in rule.rule]
    return [
        (method, re.sub(r"<int:(\w+)>", lambda match: str(ids[match[1]]), rule.rule.replace("<kind>", "suppliers")))
        for rule in named
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


@pytest.mark.parametrize("role", Role)
def test_the_row_of_another_organisation_does_not_exist(app: Flask, session: Session, role: Role) -> None:
    ids = rows_of(session, MembershipFactory.create(administrator=True))
    stranger = visitor(app, session, MembershipFactory.create(role=role))

    for method, path in asked(app, ids):
        # what a role may not do at all is refused before anything is looked up
        assert stranger.ask(method, path) in ({404} if role is Role.ADMINISTRATOR else {404, 403}), (method, path)


def test_the_same_row_exists_for_its_owner(app: Flask, session: Session) -> None:
    owner = MembershipFactory.create(administrator=True)
    ids = rows_of(session, owner)
    home = visitor(app, session, owner)

    found = {path: home.ask(method, path) for method, path in asked(app, ids) if method == "GET"}
    files = {
        path for path in found if path.endswith((".jpg", "/words", "/document", "/file", "/ledger"))
    }  # of which only the rows are there, and no KashFlow
    assert {path for path, status in found.items() if status != 200} == files
