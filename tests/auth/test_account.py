from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.keys import digest, list_sessions, make_api_token, open_session
from auth.models import ApiToken, LoginSession, Membership, Scope
from auth.passwords import password_fits
from tests.factories.auth import PASSWORD, MembershipFactory
from tests.pages import PageClient, parse, text_of


def other_session(session: Session, membership: Membership) -> LoginSession:
    key = open_session(session, membership, address="192.0.2.1", user_agent="Mozilla/5.0 (iPhone) Safari/604.1")
    session.commit()
    return session.scalars(select(LoginSession).where(LoginSession.token_hash == digest(key))).one()


def test_one_sees_where_one_is_signed_in(signed_in: PageClient, session: Session, membership: Membership) -> None:
    other_session(session, membership)

    page = parse(signed_in.get("/account"))

    rows = [" ".join(row.text_content().split()) for row in page.xpath("//tr[@data-session]")]
    assert len(rows) == 2
    assert any(row.startswith("Safari on iPhone 192.0.2.1") for row in rows)
    assert any(row.startswith("Firefox on Linux This one") for row in rows)


def test_a_session_that_one_ends_opens_nothing(signed_in: PageClient, session: Session, membership: Membership) -> None:
    other = other_session(session, membership)
    signed_in.submit(f"/account/sessions/{other.id}/end")

    assert other.id not in {each.id for each in list_sessions(session, membership.user_id)}
    assert signed_in.get("/account").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(signed_in: PageClient, session: Session) -> None:
    stranger = other_session(session, MembershipFactory.create())

    assert signed_in.submit(f"/account/sessions/{stranger.id}/end").status_code == 404


def test_a_token_is_shown_once_and_kept_as_a_hash(signed_in: PageClient, session: Session) -> None:
    page = parse(signed_in.submit("/account/tokens", name="Scanner", scope="write"))
    token = page.xpath("string(//*[@data-token])")

    kept = session.scalars(select(ApiToken)).one()
    assert token.startswith("cf_")
    assert (kept.token_hash, kept.name, kept.scope) == (digest(token), "Scanner", Scope.WRITE)
    assert token not in signed_in.get("/account").text


def test_a_token_needs_a_name(signed_in: PageClient) -> None:
    response = signed_in.submit("/account/tokens", name=" ", scope="write")

    assert response.status_code == 422
    assert "Name what the token is for." in text_of(response)


def test_nobody_ends_the_token_of_somebody_else(signed_in: PageClient, session: Session) -> None:
    make_api_token(session, MembershipFactory.create(), name="theirs")
    session.commit()

    theirs = session.scalars(select(ApiToken)).one()
    assert signed_in.submit(f"/account/tokens/{theirs.id}/end").status_code == 404


def test_a_new_password_ends_all_other_sessions(
    signed_in: PageClient, session: Session, membership: Membership
) -> None:
    other_session(session, membership)
    with signed_in.session_transaction() as cookie:
        before = cookie["key"]
    signed_in.submit("/account/password", old=PASSWORD, password="another river at night")

    with signed_in.session_transaction() as cookie:
        after = cookie["key"]
    alive = list_sessions(session, membership.user_id)
    session.refresh(membership.user)
    assert [each.token_hash for each in alive] == [digest(after)] != [digest(before)]
    assert password_fits("another river at night", membership.user.password_hash)


def test_a_new_password_needs_the_old_one(signed_in: PageClient) -> None:
    response = signed_in.submit("/account/password", old="wrong", password="another river at night")

    assert response.status_code == 422
    assert parse(response).xpath("string(//*[@id='old-error'])") == "This is not your password."


def test_a_new_password_may_not_be_a_common_one(signed_in: PageClient) -> None:
    response = signed_in.submit("/account/password", old=PASSWORD, password="password123")

    assert "first anybody would try" in parse(response).xpath("string(//*[@id='password-error'])")
