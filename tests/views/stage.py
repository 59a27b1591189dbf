"""Conversations of tests/tcp/play.py's language, watched through the views."""

from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address

from tracker.engine.replay import replay
from tracker.engine.trace import Moment, Point, Trace
from tracker.tcp.segment import Segment
from tracker.tcp.timers import PROFILES
from tracker.views.flow_row import END_NAMES, cause_of_end
from tracker.views.flows import FlowRow, flows
from tracker.views.history import History, Listener, listeners
from tracker.views.rows import Address, Socket
from tracker.views.sockets import sockets
from tracker.views.vantage import everyone

from ..tcp.play import Stage  # noqa: TID252 - `tests` is no package to import from

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND + 1_000_000  # ns; the first segment of a script comes 1 ms after play.START
HOSTS = {
    "C": ("10.0.0.1", 40000),  # a client
    "D": ("10.0.0.1", 40001),  # its next connection
    "S": ("10.0.0.2", 80),  # a server
    "T": ("10.0.0.2", 443),  # its other service
    "X": ("10.0.0.3", 40000),  # another client
    "Y": ("10.0.0.4", 80),  # another server
    "E": ("10.0.0.1", 80),  # the client, with the server's port
    "P": ("2001:db8::1", 40000),
    "Q": ("2001:db8::2", 80),
}


def words(text: str) -> list[int]:
    ip = ip_address(text)
    value = int(ip) | (0xFFFF << 32 if isinstance(ip, IPv4Address) else 0)
    return [value >> shift & 0xFFFFFFFF for shift in (96, 64, 32, 0)]


def address(host: str) -> Address:
    return ip_address(HOSTS[host][0])


@dataclass
class Watched:
    """A replayed script, seen at a moment."""

    history: History
    moment: Moment

    def sockets(self, host: str = "", profile: str = "linux") -> list[Socket]:
        """The rows of a host, of all hosts where none is named; LISTEN rows left out."""
        return [row for row in self.table(host, profile) if row.state != "LISTEN"]

    def table(self, host: str = "", profile: str = "linux") -> list[Socket]:
        local = address(host).__eq__ if host else everyone
        return list(sockets(self.history, self.moment, PROFILES[profile], local))

    def socket(self, host: str, profile: str = "linux") -> Socket:
        (row,) = self.sockets(host, profile)
        return row

    def states(self, host: str = "", profile: str = "linux") -> str:
        return " ".join(row.state for row in self.sockets(host, profile))

    def flows(self, profile: str = "linux") -> list[FlowRow]:
        return list(flows(self.history, self.moment, PROFILES[profile], everyone))

    def flow(self, profile: str = "linux") -> FlowRow:
        (row,) = self.flows(profile)
        return row

    def listeners(self) -> list[Listener]:
        return listeners(self.history, self.moment)

    def end(self, number: int = 0) -> str:
        return END_NAMES[cause_of_end(self.history.account(self.moment), number)]


def segments_of(script: str) -> list[Segment]:
    stage = Stage(
        {name: (words(ip), port) for name, (ip, port) in HOSTS.items()},
        {name: 1000 + 100_000 * i for i, name in enumerate(HOSTS)},
    )
    stage.play(script)
    return stage.segments


def watch(script: str | list[Segment], *, packet: int = 0, after: float | None = None) -> Watched:
    """At the end; after a packet; or so many seconds after the first one."""
    segments = segments_of(script) if isinstance(script, str) else script
    trace = Trace([])
    point = (
        Point(0, packet) if packet else Point(segments[0].time + round(after * SECOND)) if after is not None else None
    )
    if point is None:
        replay(segments, 0, len(segments), trace.store)
        return Watched(
            History(trace), Moment(segments[-1].time, len(segments), trace.store.flows, trace.store.troubles)
        )
    held = [s.number <= packet if packet else s.time <= point.at for s in segments]
    count = sum(held)
    replay(segments, 0, count, trace.store)
    at = point.at if not point.packet else segments[count - 1].time if count else 0
    trace.keep(at, count, set(range(len(trace.store.flows))))
    replay(segments, count, len(segments), trace.store)
    return Watched(History(trace), next(trace.moments()))
