"""A real IMAP server of a test's own: Debian's Dovecot on loopback, with its own configuration, users and folder."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bin.processes import dying_with_me
from capture.ways.settings import MailboxSettings, Security
from core.db import now
from tests.product import free_port
from tests.servers import wait_until

USER, MAIL_PASSWORD = "bills@business.example", "Tr0ub4dor & 3"
OF_2_3 = """
disable_plaintext_auth = no
ssl_cert = <{base}/mail.pem
ssl_key = <{base}/mail.pem
mail_location = maildir:{base}/mail
passdb {{
  driver = passwd-file
  args = {base}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group_id} home={base}/home
}}
"""
OF_2_4 = """dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
auth_allow_cleartext = yes
ssl_server_cert_file = {base}/mail.pem
ssl_server_key_file = {base}/mail.pem
mail_driver = maildir
mail_path = {base}/mail
passdb passwd-file {{
  passwd_file_path = {base}/users
}}
userdb static {{
  fields {{
    uid = {owner}
    gid = {group_id}
    home = {base}/home
  }}
}}
"""
CONFIG = """
base_dir = {base}/run
state_dir = {base}/run
log_path = {base}/log
auth_verbose = yes
protocols = imap
listen = 127.0.0.1
ssl = yes
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
mail_uid = {owner}
mail_gid = {group_id}
first_valid_uid = 1
first_valid_gid = 0
mailbox_list_index = no
auth_failure_delay = 0
namespace inbox {{
  inbox = yes
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""


def make_certificate() -> bytes:
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
    return made.public_bytes(kinds[0]) + key.private_bytes(*kinds)


class ImapServer:
    """One mailbox on a Dovecot, with TLS on a port of its own and STARTTLS on the other; ``connect`` gives a client."""

    def __init__(self) -> None:
        program = shutil.which("dovecot") or "/usr/sbin/dovecot"
        if not Path(program).exists():
            pytest.skip("dovecot-imapd is not installed; bin/test installs it")
        self.port, self.tls_port = free_port(), free_port()
        self.base = Path(tempfile.mkdtemp(prefix="counterfoil-imap-"))
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        internal = "dovecot" if os.geteuid() == 0 else owner.pw_name
        login = "dovenull" if os.geteuid() == 0 else owner.pw_name
        group = "dovecot" if os.geteuid() == 0 else grp.getgrgid(owner.pw_gid).gr_name
        ids = {"owner": owner.pw_uid, "group_id": owner.pw_gid, "internal": internal, "login": login, "group": group}
        self.config = self.base / "dovecot.conf"
        version = subprocess.check_output([program, "--version"], text=True)
        config = (OF_2_3 if version.startswith("2.3") else OF_2_4) + CONFIG  # Debian 12 and 13
        self.config.write_text(config.format(base=self.base, port=self.port, tls_port=self.tls_port, **ids))
        (self.base / "users").write_text(f"{USER}:{{PLAIN}}{MAIL_PASSWORD}\n")
        for path in (self.base, self.base / "mail", self.base / "home"):
            path.mkdir(exist_ok=True)
            path.chmod(0o755)
            os.chown(path, owner.pw_uid, owner.pw_gid)
        (self.base / "users").chmod(0o644)
        self.certificate = self.base / "mail.pem"
        self.certificate.write_bytes(make_certificate())
        command = [program, "-F", "-c", str(self.config)]
        self.process = subprocess.Popen(command, preexec_fn=dying_with_me(), stderr=subprocess.DEVNULL)
        wait_until(self.answers)

    def answers(self) -> bool:
        assert self.process.poll() is None, (self.base / "log").read_text()
        try:
            imaplib.IMAP4("127.0.0.1", self.port, timeout=5).logout()
        except (OSError, imaplib.IMAP4.error):
            return False
        return True

    def connect(self, folder: str = "INBOX") -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        client.login(USER, MAIL_PASSWORD)
        client.select(folder)
        return client

    def settings(self) -> MailboxSettings:
        return MailboxSettings("127.0.0.1", USER, port=self.port, security=Security.NONE)

    def deliver(self, *mails: EmailMessage | bytes, folder: str = "INBOX") -> None:
        with self.connect() as client:
            client.create(folder)
            for mail in mails:
                raw = mail if isinstance(mail, bytes) else mail.as_bytes()
                kind, told = client.append(folder, "", "", raw)
                assert kind == "OK", told

    def flags(self, folder: str = "INBOX") -> list[str]:
        """Give each mail's flags."""
        with self.connect(folder) as client:
            answer = client.uid("FETCH", "1:*", "(FLAGS)")[1]
        told = [line.decode().partition("FLAGS (")[2].partition(")")[0] for line in answer if isinstance(line, bytes)]
        return [" ".join(flag for flag in line.split() if flag != r"\Recent") for line in told]

    def renumber(self) -> None:
        """Give every mail a new number and take all marks away, as in a mailbox that was moved to another server."""
        for path in (self.base / "mail").glob("dovecot*"):
            path.unlink()
        for path in [*(self.base / "mail" / "cur").iterdir()]:
            path.rename(path.with_name(path.name.partition(":")[0] + ":2,"))

    def remove(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        shutil.rmtree(self.base)


@pytest.fixture(scope="module")
def imap_server() -> Iterator[ImapServer]:
    server = ImapServer()
    yield server
    server.remove()


@pytest.fixture
def imap(imap_server: ImapServer) -> ImapServer:
    """The mailbox, empty."""
    with imap_server.connect() as client:
        client.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
        client.expunge()
        for name in ("Done", "Bills"):
            client.delete(name)
    return imap_server
