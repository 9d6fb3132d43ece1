"""No network but this machine's own: what the suite, and every process it starts, runs under.

`guard()` makes sockets refuse any host but loopback, and names but localhost's be looked up no more. Where the variable
NETGUARD_LOG names a file, each attempt is written there too, so that a swallowed error does not hide it.
"""

import ipaddress
import os
import socket


class NetworkBlocked(Exception):
    """Something tried to reach another machine. No OSError, so that it is not taken for a server that is down."""


def guard() -> None:
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def checked_connect(self, address):
        _check(self.family, address)
        return connect(self, address)

    def checked_connect_ex(self, address):
        _check(self.family, address)
        return connect_ex(self, address)

    def checked_getaddrinfo(host, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        if not (name in (None, "", "localhost") or _address(name)):  # a literal address is not looked up anywhere
            _refuse(f"looks up {name}")
        return getaddrinfo(host, *args, **kwargs)

    socket.socket.connect, socket.socket.connect_ex = checked_connect, checked_connect_ex
    socket.getaddrinfo = checked_getaddrinfo


def _check(family: int, address) -> None:
    if family in (socket.AF_INET, socket.AF_INET6):
        host = _address(address[0])
        if address[0] != "localhost" and not (host and host.is_loopback):
            _refuse(f"connects to {address[0]}:{address[1]}")


def _address(host: str):
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _refuse(what: str):
    log = os.environ.get("NETGUARD_LOG")
    if log:
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{what}\n")
    raise NetworkBlocked(f"the tests run without a network, but something {what}")
