"""Rows for the tables, from text."""

import dataclasses
from ipaddress import ip_address

from tracker.views.rows import Socket


def row(state: str, local: str, peer: str = "", **fields: object) -> Socket:
    """Make a row from `address port` texts; without a peer it is a LISTEN row."""
    here, port = local.split()
    there, peer_port = peer.split() if peer else ("", "0")
    listen = not peer
    socket = Socket(
        state=state,
        local=ip_address(here),
        local_port=int(port),
        peer=None if listen else ip_address(there),
        peer_port=int(peer_port),
        recv_q=None if listen else 0,
        send_q=None if listen else 0,
        certainty="seen",
        since=0,
        flow=None if listen else 1,
    )
    return dataclasses.replace(socket, **fields)  # type: ignore[arg-type]
