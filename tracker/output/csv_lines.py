"""CSV (RFC 4180): flat columns, the names first, empty where JSON has null."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from tracker.output.when import rfc3339
from tracker.views.rows import Details, Socket

Value = str | int | None

_SOCKET: Final[list[tuple[str, Callable[[Socket], Value]]]] = [
    ("state", lambda s: s.state),
    ("recv_q", lambda s: s.recv_q),
    ("send_q", lambda s: s.send_q),
    ("local_addr", lambda s: str(s.local)),
    ("local_port", lambda s: s.local_port),
    ("peer_addr", lambda s: None if s.peer is None else str(s.peer)),
    ("peer_port", lambda s: None if s.peer is None else s.peer_port),
    ("timer_kind", lambda s: None if s.timer is None else s.timer.kind),
    ("timer_remaining", lambda s: None if s.timer is None else s.timer.remaining),
    ("timer_retrans", lambda s: None if s.timer is None else s.timer.retrans),
    ("certainty", lambda s: s.certainty),
    ("since", lambda s: s.since),
    ("since_iso", lambda s: rfc3339(s.since)),
    ("flow", lambda s: s.flow),
]
_DETAILS: Final[list[tuple[str, Callable[[Details], Value]]]] = [
    ("timestamps", lambda d: _bool(d.timestamps)),
    ("sack", lambda d: _bool(d.sack)),
    ("ecn", lambda d: _bool(d.ecn)),
    ("fastopen", lambda d: _bool(d.fastopen)),
    ("mptcp", lambda d: _bool(d.mptcp)),
    ("wscale_send", lambda d: None if d.wscale is None else d.wscale[0]),
    ("wscale_receive", lambda d: None if d.wscale is None else d.wscale[1]),
    ("rto", lambda d: d.rto),
    ("rtt", lambda d: d.rtt),
    ("rttvar", lambda d: d.rttvar),
    ("mss", lambda d: d.mss),
    ("bytes_sent", lambda d: d.bytes_sent),
    ("bytes_acked", lambda d: d.bytes_acked),
    ("bytes_received", lambda d: d.bytes_received),
    ("segs_out", lambda d: d.segs_out),
    ("segs_in", lambda d: d.segs_in),
    ("lastsnd", lambda d: d.lastsnd),
    ("lastrcv", lambda d: d.lastrcv),
    ("unacked", lambda d: d.unacked),
    ("retrans_now", lambda d: d.retrans[0]),
    ("retrans_total", lambda d: d.retrans[1]),
    ("snd_wnd", lambda d: d.snd_wnd),
]


def socket_lines(sockets: Iterable[Socket], at: int, *, iso: bool = False, header: bool = True) -> Iterator[str]:
    """Write the heading and one line a socket, without line ends; every row has the same columns. at: the moment shown.

    They are JSON's fields, an object's spelled `object_field` (`local_addr`, `timer_remaining`), details without that
    prefix. Times are integer ns; iso adds `at_iso` and `since_iso`.
    """
    chosen = [(name, value) for name, value in _SOCKET if iso or name != "since_iso"]
    moment: dict[str, Value] = {"at": at, "at_iso": rfc3339(at)} if iso else {"at": at}
    found = lines(
        [*moment, *(name for name, _ in chosen), *(name for name, _ in _DETAILS)],
        (
            [*moment.values(), *(value(s) for _, value in chosen), *(value(s.details) for _, value in _DETAILS)]
            for s in sockets
        ),
    )
    if not header:
        next(found)
    yield from found


def lines(names: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """Write any rows as CSV: quoted where RFC 4180 asks for it, without line ends, None empty."""
    last = _Last()
    writer = csv.writer(last, lineterminator="\r\n")  # it quotes line ends in cells only if they are its own
    writer.writerow(names)
    yield last.line
    for row in rows:
        writer.writerow(row)
        yield last.line


class _Last:
    """The file that csv writes to; it keeps the last line only."""

    line = ""

    def write(self, line: str) -> int:
        self.line = line.removesuffix("\r\n")
        return len(line)


def _bool(value: bool) -> str:
    return "true" if value else "false"
