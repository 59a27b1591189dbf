"""The ICMP errors that quote TCP, by name."""

from typing import Final

# ICMP and ICMPv6 errors by type, and those codes that firewalls and routers send (RFC 792, 1812 5.2.7, 4443 3).
ICMP: Final = {3: "unreachable", 11: "time exceeded", 12: "parameter problem"}
ICMP_CODES: Final = {
    (3, 0): "net unreachable", (3, 1): "host unreachable", (3, 3): "port unreachable",
    (3, 4): "fragmentation needed", (3, 9): "net prohibited", (3, 10): "host prohibited", (3, 13): "admin prohibited",
}  # fmt: skip
ICMP6: Final = {1: "unreachable", 2: "packet too big", 3: "time exceeded", 4: "parameter problem"}
ICMP6_CODES: Final = {
    (1, 0): "no route", (1, 1): "admin prohibited", (1, 3): "address unreachable", (1, 4): "port unreachable",
    (1, 5): "policy fail", (1, 6): "reject route",
}  # fmt: skip


def icmp_text(icmp: int, version: int) -> str:
    """An error's name and numbers. version: of IP."""
    kind, code = icmp >> 8, icmp & 0xFF
    names, codes = (ICMP, ICMP_CODES) if version == 4 else (ICMP6, ICMP6_CODES)
    name = codes.get((kind, code)) or names.get(kind, "error")
    return f"{'ICMP' if version == 4 else 'ICMP6'} {name} ({kind}/{code})"
