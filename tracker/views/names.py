"""Addresses and ports as netstat and ss spell them; service names from this machine's database, host names never."""

import socket
from functools import lru_cache
from typing import Final

from tracker.views.rows import Address

# Linux's ephemeral ports (net.ipv4.ip_local_port_range). ss names none of them: a client's port that happens to be
# registered is not that service. ss reads the running kernel's range; the capture's host is another, so the default.
EPHEMERAL: Final = range(32768, 61000)


@lru_cache(maxsize=65536)  # there are no more ports than that
def service_name(port: int) -> str | None:
    """Return the TCP service registered for a port (getservbyport), None for ephemeral or unregistered ports."""
    if port in EPHEMERAL:
        return None
    try:
        return socket.getservbyport(port, "tcp")
    except (OSError, OverflowError):
        return None


def service_port(name: str) -> int | None:
    """Return the port that the services database gives for a TCP service's name, None where it has none."""
    try:
        return socket.getservbyname(name, "tcp")
    except OSError:
        return None


def port_text(port: int, *, numeric: bool) -> str:
    """Spell a port: `*` for 0, else its service's name, or its number (always with numeric, as -n)."""
    if not port:
        return "*"
    return str(port) if numeric else service_name(port) or str(port)


def netstat_parts(address: Address | None, version: int, port: int, *, numeric: bool) -> tuple[str, str]:
    """Spell address and port as netstat does, which writes them with one colon between.

    None is the peer of a LISTEN row; `version` (4 or 6) says which wildcard stands for it. Without -n netstat asks the
    resolver even for the IPv6 wildcard and so brackets it: `[::]:*`, where -n shows `:::*`.
    """
    text = str(address) if address is not None else "0.0.0.0" if version == 4 else "::"  # noqa: S104 - not bound to
    if text == "::" and not numeric:
        text = "[::]"
    return text, port_text(port, numeric=numeric)


def netstat_address(
    address: Address | None, version: int, port: int, *, numeric: bool, limit: int | None = None
) -> str:
    """Join address and port as netstat does: `10.0.0.1:http`, `2001:db8::1:80`, `0.0.0.0:*`, `:::*`.

    limit: the most characters it may take; the port stays readable and the address loses its end, as in netstat
    without -W. None never cuts.
    """
    host, service = netstat_parts(address, version, port, numeric=numeric)
    if limit is not None and len(host) + 1 + len(service) > limit:
        service = service[: limit - 5]  # netstat leaves the address four characters at least
        host = host[: limit - 1 - len(service)]
    return f"{host}:{service}"


def ss_parts(address: Address | None, version: int, port: int, *, numeric: bool) -> tuple[str, str]:
    """Spell address (with its colon) and port as ss does, in two columns: `[::1]:` `80`, `10.0.0.1:` `http`.

    A local `::` is a dual-stack listener, which ss writes `*`; its peer cannot be told from one bound to IPv6 only.
    """
    if address is None:
        host = "0.0.0.0" if version == 4 else "[::]"  # noqa: S104 - not bound to
    elif address.version == 4:
        host = str(address)
    else:
        host = f"[{address}]" if int(address) else "*"
    return host + ":", port_text(port, numeric=numeric)
