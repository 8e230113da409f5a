"""Which hosts are this machine: what is sent there does not travel, so it need not be encrypted."""

from __future__ import annotations

from ipaddress import ip_address

__all__ = ["is_loopback"]


def is_loopback(host: str) -> bool:
    """
    Say whether a host is this machine, by its name alone.

    :param host: in lower case, without a port; an IPv6 address without brackets.
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
