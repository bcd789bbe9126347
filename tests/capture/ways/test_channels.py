"""The page of all channels: what is chosen for each, saved together, and the one that a mailbox is set up on."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

import pytest
from sqlalchemy.orm import Session

from auth.keys import open_session
from auth.models import AuditEntry, Membership
from capture.intake.service import get_channel
from capture.submissions.models import Submission
from capture.ways.models import Channel, ChannelChoice, ChannelKind
from capture.ways.secret import open_password
from capture.ways.service import add_channel
from core.config import current
from kashflow.ledger import ListKind
from kashflow.models import Connection
from kashflow.service import make_connection
from tests.capture.ways.mails import pdf
from tests.factories.auth import MembershipFactory
from tests.factories.capture import EntryFactory
from tests.imap import MAIL_PASSWORD, USER, ImapServer
from tests.pages import PageClient, parse, text_of

NAMES = {"name": "Bills", "kind": "mailbox"}


def rows(client: PageClient) -> dict[str, str]:
    """Give what the form of all channels would send as it stands."""
    form = parse(client.get("/channels")).find(".//form[@action='/channels']")
    assert form is not None
    sent = {}
    for field in form.iter("input", "select"):
        name, kind = field.get("name", ""), field.get("type")
        if kind == "checkbox" and field.get("checked") is None:
            continue
        chosen = field if field.tag == "input" else field.find("option[@selected]")
        if name != "csrf_token":
            sent[name] = "" if chosen is None else chosen.get("value", "")
    return sent


def post(client: PageClient, path: str, form: Mapping[str, str]) -> int:
    return client.post(path, data={"csrf_token": client.csrf_token()} | dict(form)).status_code


def channel_of(session: Session, kind: ChannelKind) -> Channel:
    session.expire_all()
    found = session.query(Channel).filter_by(kind=kind).order_by(Channel.id.desc()).first()
    assert found is not None
    return found


def test_s10_every_way_in_is_listed_with_its_options(signed_in: PageClient) -> None:
    page = parse(signed_in.get("/channels"))

    names = [field.get("value") for field in page.iter("input") if (field.get("name") or "").startswith("name-")]
    assert names == ["Web", "Phone", "API", "Command line"]


def test_s12_to_s14_and_g13_to_g16_one_save_stores_all_rows(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    chosen = {
        name: EntryFactory.create(connection=connection, list_kind=kind, name=kind.value).id
        for name, kind in (
            ("source", ListKind.SOURCES),
            ("payment_method", ListKind.PAYMENT_METHODS),
            ("bank_account", ListKind.BANK_ACCOUNTS),
        )
    }
    session.commit()
    sent = rows(signed_in)
    web, api = (channel_of(session, kind) for kind in (ChannelKind.WEB, ChannelKind.API))
    sent |= {f"{name}-{channel.id}": str(each) for name, each in chosen.items() for channel in (web, api)}
    sent |= {f"name-{web.id}": "API", f"name-{api.id}": "Web", f"kind-{api.id}": "sale"}  # they swap their names
    del sent[f"sends-{api.id}"], sent[f"enabled-{web.id}"]

    assert post(signed_in, "/channels", sent) == 302

    session.expire_all()
    choices = {each.channel_id: each for each in session.query(ChannelChoice)}
    assert {name: getattr(choices[web.id], f"{name}_id") for name in chosen} == chosen
    assert (choices[web.id].sends, choices[api.id].sends) == (True, False)
    assert (web.name, api.name, web.enabled, api.enabled, api.wanted_kind) == ("API", "Web", False, True, "sale")
    assert rows(signed_in) == sent
    trail = [entry.detail for entry in session.query(AuditEntry).filter_by(what="channel changed")]
    assert trail[1].startswith(
        "Web: name from API to Web; sent to KashFlow from yes to no; source from none to sources"
    )


def test_saving_what_is_there_changes_and_notes_nothing(signed_in: PageClient, session: Session) -> None:
    assert post(signed_in, "/channels", rows(signed_in)) == 302

    assert session.query(ChannelChoice).count() == 0
    assert session.query(AuditEntry).filter_by(what="channel changed").count() == 0


def test_renaming_keeps_what_came_by_it(signed_in: PageClient, session: Session, connection: Connection) -> None:
    web = get_channel(session, connection.organisation_id, ChannelKind.WEB)
    row = Submission(
        organisation_id=connection.organisation_id, connection_id=connection.id, channel=web, filename="a.pdf", size=1
    )
    session.add(row)
    session.commit()

    post(signed_in, "/channels", rows(signed_in) | {f"name-{web.id}": "Front desk"})

    session.expire_all()
    assert row.channel.name == "Front desk"


def test_a_channel_that_is_switched_off_says_so_to_the_page_that_sends_to_it(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    get_channel(session, connection.organisation_id, ChannelKind.WEB).enabled = False
    session.commit()
    token, file = signed_in.csrf_token(), (BytesIO(pdf(1)), "receipt.pdf")

    answer = signed_in.post(
        "/submissions", data={"csrf_token": token, "file": file}, headers={"Accept": "application/json"}
    )

    assert (answer.status_code, session.query(Submission).count()) == (409, 0)
    assert "“Web” is switched off. Nothing was taken." in answer.get_json()["error"]["message"]


@pytest.mark.parametrize(("name", "said"), [("", "needs a name"), ("api", "two channels called")])
def test_a_name_that_is_empty_or_taken_is_refused_and_nothing_saved(
    signed_in: PageClient, session: Session, name: str, said: str
) -> None:
    sent = rows(signed_in)
    web = channel_of(session, ChannelKind.WEB)

    answer = signed_in.post("/channels", data=sent | {f"name-{web.id}": name, "csrf_token": signed_in.csrf_token()})

    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert channel_of(session, ChannelKind.WEB).name == "Web"


@pytest.mark.parametrize("name", ["source", "payment_method", "bank_account", "owner"])
def test_what_belongs_to_others_cannot_be_chosen(signed_in: PageClient, session: Session, name: str) -> None:
    sent = rows(signed_in)
    theirs = (
        EntryFactory.create(list_kind=ListKind.SOURCES).id if name != "owner" else MembershipFactory.create().user_id
    )
    session.commit()

    assert (
        post(signed_in, "/channels", sent | {f"{name}-{channel_of(session, ChannelKind.WEB).id}": str(theirs)}) == 404
    )


def test_a_mailbox_of_another_connection_is_not_found(
    signed_in: PageClient, session: Session, connection: Connection
) -> None:
    other = make_connection(session, connection.organisation_id, name="Other")
    theirs = add_channel(session, other.id, connection.organisation_id, ChannelKind.MAILBOX, "Theirs")
    session.commit()

    assert signed_in.get(f"/channels/{theirs.id}").status_code == 404
    assert post(signed_in, f"/channels/{theirs.id}/test", {}) == 404
    assert post(signed_in, "/channels", {f"name-{theirs.id}": "Mine"}) == 404


def test_others_than_administrators_do_not_come_near(
    client: PageClient, session: Session, membership: Membership
) -> None:
    other = MembershipFactory.create(organisation=membership.organisation)
    client.sign_in(open_session(session, other, address="", user_agent=""))

    assert [client.get(path).status_code for path in ("/channels", "/channels/1")] == [403, 403]
    assert "/channels" not in client.get("/costs").get_data(as_text=True)


def test_a_mailbox_is_added_off_set_up_tested_and_its_password_sealed(
    signed_in: PageClient,
    session: Session,
    imap: ImapServer,
) -> None:
    assert post(signed_in, "/channels/new", NAMES) == 302
    channel = channel_of(session, ChannelKind.MAILBOX)
    assert (channel.enabled, post(signed_in, "/channels", rows(signed_in) | {f"enabled-{channel.id}": "1"})) == (
        False,
        422,
    )
    told = {name: str(value or "") for name, value in imap.settings().as_row().items()}

    post(signed_in, f"/channels/{channel.id}", told | {"password": MAIL_PASSWORD})

    channel = channel_of(session, ChannelKind.MAILBOX)
    assert (channel.enabled, channel.problem, channel.checked_at is not None) == (True, None, True)
    assert MAIL_PASSWORD not in str(channel.sealed_password)
    assert open_password(channel) == MAIL_PASSWORD
    page = signed_in.get(f"/channels/{channel.id}").get_data(as_text=True)
    assert f"127.0.0.1 let {USER} in. No mails in “INBOX” to look at." in page.replace("&#39;", "'")
    assert MAIL_PASSWORD not in page


def test_a_saved_password_is_sent_to_no_other_server(
    signed_in: PageClient,
    session: Session,
    imap: ImapServer,
) -> None:
    post(signed_in, "/channels/new", NAMES)
    channel = channel_of(session, ChannelKind.MAILBOX)
    told = {name: str(value or "") for name, value in imap.settings().as_row().items()}
    post(signed_in, f"/channels/{channel.id}", told | {"password": MAIL_PASSWORD})

    assert post(signed_in, f"/channels/{channel.id}", told | {"server": "mail.elsewhere.example"}) == 422
    assert channel_of(session, ChannelKind.MAILBOX).settings["server"] == "127.0.0.1"
    assert post(signed_in, f"/channels/{channel.id}", told | {"folder": "Bills"}) == 302


def test_cap_7_stands_on_the_channels_page_with_the_last_good_check(
    signed_in: PageClient,
    session: Session,
    imap: ImapServer,
) -> None:
    post(signed_in, "/channels/new", NAMES)
    channel = channel_of(session, ChannelKind.MAILBOX)
    told = {name: str(value or "") for name, value in imap.settings().as_row().items()}

    post(signed_in, f"/channels/{channel.id}", told | {"password": "wrong"})

    page = parse(signed_in.get(f"/channels/{channel.id}")).text_content()
    assert "CAP-7" in page
    assert f"127.0.0.1 did not accept the login of {USER}. No mail was changed." in page
    assert "Last good check: never" in page
    assert "Does not work" in signed_in.get("/channels").get_data(as_text=True)
    assert "CAP-7: nothing comes by “Bills”." in text_of(signed_in.get("/costs"))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("server", "", "Enter the name of the mail server."),
        ("server", "a\r\nb", "on one line"),
        ("port", "70000", "from 1 to 65535"),
        ("security", "magic", "Choose one"),
        ("since", "soon", "is no date"),
        ("password", "", "Enter the password."),
        ("password", "a\nb", "no line breaks"),
    ],
)
def test_a_mailbox_form_says_what_is_wrong(
    signed_in: PageClient, session: Session, field: str, value: str, said: str
) -> None:
    post(signed_in, "/channels/new", NAMES)
    channel = channel_of(session, ChannelKind.MAILBOX)
    form = {"server": "mail.example", "port": "993", "security": "tls", "username": "jo", "folder": "INBOX"}
    form |= {"afterwards": "nothing", "body": "never", "mode": "each", "password": "secret"}
    form["csrf_token"] = signed_in.csrf_token()

    answer = signed_in.post(f"/channels/{channel.id}", data=form | {field: value})

    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["scans", "/etc", "/", "/srv/../etc", "/home/jo/.ssh", "DATA", "DATA/documents"])
def test_a_folder_of_the_system_or_of_counterfoil_itself_is_not_watched(
    signed_in: PageClient, session: Session, path: str
) -> None:
    post(signed_in, "/channels/new", {"name": "Scans", "kind": "folder"})
    channel = channel_of(session, ChannelKind.FOLDER)

    given = path.replace("DATA", str(current().data_dir))

    assert post(signed_in, f"/channels/{channel.id}", {"path": given, "settles": "5", "mode": "each"}) == 422
