"""The way to a mail server is protected by TLS: a certificate that is not trusted gets no password."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.db import now
from tests.capture.ways.conftest import Way
from tests.capture.ways.mails import with_files
from tests.imap import ImapServer


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 that nobody else knows, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of a test")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "mail.pem").write_bytes(made.public_bytes(kinds[0]) + key.private_bytes(*kinds))
    return tmp_path / "mail.pem"


@pytest.fixture
def tls_port(imap: ImapServer, certificate: Path) -> Iterator[int]:
    """A port that speaks TLS before the mail server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener, context, imap.port), daemon=True).start()
        yield listener.getsockname()[1]


def serve(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    while True:
        try:
            near = context.wrap_socket(listener.accept()[0], server_side=True)
        except ssl.SSLError:
            continue
        except OSError:
            return
        far = socket.create_connection(("127.0.0.1", port))
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=pump, args=(source, target), daemon=True).start()


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    target.close()


def test_a_certificate_that_is_trusted_lets_mails_in_and_any_other_is_said(
    mailbox: Way, imap: ImapServer, tls_port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.deliver(with_files(1))
    mailbox.change(port=tls_port, security="tls")

    mailbox.look()
    assert "has a certificate that is not trusted" in str(mailbox.channel.problem)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    mailbox.look()

    assert (mailbox.channel.problem, mailbox.names()) == (None, ["invoice-1.pdf"])
