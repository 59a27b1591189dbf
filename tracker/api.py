"""The Python door: `tracker.replay(...)`, then the same questions that the command line asks.

import tracker

replayed = tracker.replay("incident.pcap")
for row in replayed.sockets(at="12:03:07", host="10.0.0.1"):
    print(row.state, row.local, row.local_port, row.peer, row.peer_port)
stuck = [flow for flow in replayed.flows() if flow.server.state == "CLOSE_WAIT"]
"""

import logging
import os
from collections.abc import Sequence
from dataclasses import replace

from tracker.capture.damage import Damage
from tracker.capture.source import open_capture
from tracker.engine.choose import ENGINES, engine_for
from tracker.engine.trace import Moment, Points, Trace, run
from tracker.output.when import AbsoluteTime, AfterPacket, moment_ns, parse_moment
from tracker.tcp.timers import PROFILES
from tracker.views import flows as flow_view
from tracker.views import sockets as socket_view
from tracker.views.flows import FlowRow
from tracker.views.history import History
from tracker.views.points import points_of
from tracker.views.rows import Socket
from tracker.views.vantage import Vantage, asked, everyone, found

_LOG = logging.getLogger("tracker")

Path = str | os.PathLike[str]


class Replay:
    """A finished replay of one or more capture files."""

    def __init__(self, paths: Sequence[Path], profile: str = "linux", engine: str = "auto") -> None:
        if engine not in ENGINES:
            raise ValueError(f"engine is one of {', '.join(ENGINES)}, not {engine!r}")
        if profile not in PROFILES:
            raise ValueError(f"profile is one of {', '.join(PROFILES)}, not {profile!r}")
        self._paths = list(paths)
        self._profile = PROFILES[profile]
        self._engine = engine
        self._trace = self._run(None)
        self._history = History(self._trace)

    def _run(self, points: Points | None) -> Trace:
        captures = [open_capture(path) for path in self._paths]
        try:
            trace = run(captures, points, engine=engine_for(self._engine, captures, _LOG.warning, _LOG.info))
        finally:
            for capture in captures:
                capture.close()
        if trace.interrupted:
            raise KeyboardInterrupt
        return trace

    @property
    def damages(self) -> list[Damage]:
        """Where captures ended early or made no sense; what came before counts."""
        return [capture.damage for capture in self._trace.captures if capture.damage is not None]

    @property
    def first(self) -> int:
        """Time of the first packet, ns since the epoch."""
        return self._trace.first

    @property
    def last(self) -> int:
        """Time of the last packet, ns since the epoch."""
        return self._trace.last

    def sockets(self, at: str | int | None = None, host: str | Sequence[str] | None = None) -> list[Socket]:
        """Return what netstat -a showed at a moment (as --at has it, or ns) on a host, network or `all` (as --as has it).

        Without `host` the capturing host's sockets, if the capture tells it, else all hosts'. A moment before the end
        reads the files again, for the queues as they were. Raises ValueError for a moment or host that is none, and for a
        moment before the end of a pipe or standard input, which cannot be read again.
        """
        moment, history = self._at(at)
        local = self._vantage(host).local
        return list(socket_view.sockets(history, moment, self._profile, local))

    def flows(self, at: str | int | None = None, host: str | Sequence[str] | None = None) -> list[FlowRow]:
        """Return the connections with both ends' states, of all hosts or of those named."""
        moment, history = self._at(at)
        local = everyone if host is None else self._vantage(host).local
        return list(flow_view.flows(history, moment, self._profile, local))

    def _vantage(self, host: str | Sequence[str] | None) -> Vantage:
        if host is None:
            return found(self._history, self._trace.end())
        return asked([host] if isinstance(host, str) else host)

    def _at(self, at: str | int | None) -> tuple[Moment, History]:
        if at is None:
            return self._trace.end(), self._history
        wanted = AbsoluteTime(at) if isinstance(at, int) else parse_moment(at, None)
        if not isinstance(wanted, AfterPacket) and (ns := moment_ns(wanted, self.first, None)) >= self.last:
            return replace(self._trace.end(), at=ns), self._history
        for path in self._paths:
            if is_stream(path):
                raise ValueError(
                    f"{os.fspath(path)!r} cannot be read again for a moment before its end; save it to a file"
                )
        trace = self._run(points_of(wanted))
        return next(trace.moments()), History(trace)


def is_stream(path: Path) -> bool:
    """Whether a capture can be read only once: standard input, a pipe, a device."""
    return os.fspath(path) == "-" or (os.path.exists(path) and not os.path.isfile(path))  # noqa: PTH110, PTH113 - open_capture's path


def replay(capture: Path | Sequence[Path], profile: str = "linux", engine: str = "auto") -> Replay:
    """Replay a capture file, or several in the order of time, through the state machine of both ends of each connection.

    profile: whose timers, one of linux, rfc9293, windows, bsd. engine: auto, interpreted or compiled, as --engine has it;
    what there is to say of it goes to the logger "tracker". Raises NotACapture (tracker.capture.damage) for a file that
    is none; a damaged one is read as far as it goes, see `damages`. An interrupt (Ctrl-C) is raised as KeyboardInterrupt.
    """
    return Replay([capture] if isinstance(capture, str | os.PathLike) else capture, profile, engine)
