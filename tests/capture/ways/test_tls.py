"""The way to a mail server is protected by TLS: a trusted certificate alone will do, with STARTTLS too."""

from __future__ import annotations

import pytest

from capture.ways.settings import Security
from tests.capture.ways.conftest import Way
from tests.capture.ways.mails import with_files
from tests.imap import ImapServer


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_that_is_trusted_lets_mails_in_and_any_other_is_said(
    mailbox: Way, imap: ImapServer, security: Security, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.deliver(with_files(1))
    mailbox.change(port=imap.tls_port if security is Security.TLS else imap.port, security=security)

    mailbox.look()
    assert "has a certificate that is not trusted" in str(mailbox.channel.problem)
    monkeypatch.setenv("SSL_CERT_FILE", str(imap.certificate))
    mailbox.look()

    assert (mailbox.channel.problem, mailbox.names()) == (None, ["invoice-1.pdf"])


def test_a_server_that_does_not_speak_tls_on_this_port_is_said(mailbox: Way, imap: ImapServer) -> None:
    mailbox.change(port=imap.port, security=Security.TLS)

    mailbox.look()

    assert "does not speak TLS" in str(mailbox.channel.problem)
