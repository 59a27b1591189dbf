"""JSON lines: one compact object a line; docs/schema/socket.json publishes their shape."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from tracker.output.when import rfc3339
from tracker.views.rows import Address, Details, Socket, Timer

SOCKET_SCHEMA: Final = "tracker.socket/1"  # a new number when a reader of the old shape would break


def line(value: object) -> str:
    """Write a value as compact JSON in ASCII, so that any locale and any log can carry it."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def at_to_json(at: int, *, iso: bool) -> dict[str, object]:
    """The moment of what follows, ns; iso adds RFC 3339 text in UTC."""
    return {"at": at, "at_iso": rfc3339(at)} if iso else {"at": at}


def socket_lines(sockets: Iterable[Socket], at: int, *, iso: bool = False) -> Iterator[str]:
    """Write one line a socket, without line ends. at: the moment shown, ns."""
    for socket in sockets:
        yield line(socket_to_json(socket, at, iso=iso))


def socket_to_json(socket: Socket, at: int, *, iso: bool = False) -> dict[str, object]:
    """Return a socket's JSON object: times and durations as integer ns, states in netstat's spelling.

    at: the moment shown. A LISTEN row has no `peer`. null says that no packet tells. iso adds RFC 3339 text in UTC beside
    the moments, for readers whose numbers end at 2**53.
    """
    value: dict[str, object] = {
        "schema": SOCKET_SCHEMA,
        **at_to_json(at, iso=iso),
        "state": socket.state,
        "recv_q": socket.recv_q,
        "send_q": socket.send_q,
        "local": end(socket.local, socket.local_port),
    }
    if socket.peer is not None:
        value["peer"] = end(socket.peer, socket.peer_port)
    value |= {"timer": _timer(socket.timer), "certainty": socket.certainty, "since": socket.since}
    if iso:
        value["since_iso"] = rfc3339(socket.since)
    return value | {"flow": socket.flow, "details": _details(socket.details)}


def end(address: Address, port: int) -> dict[str, object]:
    """Return an address and port as every object of tracker's has them."""
    return {"addr": str(address), "port": port}


def _timer(timer: Timer | None) -> dict[str, object] | None:
    if timer is None:
        return None
    return {"kind": timer.kind, "remaining": timer.remaining, "retrans": timer.retrans}


def _details(details: Details) -> dict[str, object]:
    scale = details.wscale
    return {
        "timestamps": details.timestamps,
        "sack": details.sack,
        "ecn": details.ecn,
        "fastopen": details.fastopen,
        "mptcp": details.mptcp,
        "wscale": None if scale is None else {"send": scale[0], "receive": scale[1]},
        "rto": details.rto,
        "rtt": details.rtt,
        "rttvar": details.rttvar,
        "mss": details.mss,
        "bytes_sent": details.bytes_sent,
        "bytes_acked": details.bytes_acked,
        "bytes_received": details.bytes_received,
        "segs_out": details.segs_out,
        "segs_in": details.segs_in,
        "lastsnd": details.lastsnd,
        "lastrcv": details.lastrcv,
        "unacked": details.unacked,
        "retrans": {"now": details.retrans[0], "total": details.retrans[1]},
        "snd_wnd": details.snd_wnd,
    }
