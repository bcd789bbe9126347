"""This server's own address, as far as it can be known without asking anybody."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit


def own_address(kashflow_url: str) -> str | None:
    """Give the address from which this server reaches KashFlow; None behind a router, where only KashFlow sees it.

    Nothing is sent: a datagram socket is given a destination and asked which of our addresses it would use.
    """
    parts = urlsplit(kashflow_url)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((parts.hostname, parts.port or 443))
            found = ip_address(probe.getsockname()[0])
    except OSError:
        return None
    return str(found) if found.is_global or found.is_loopback else None
