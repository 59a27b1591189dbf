"""tracker: what netstat and ss would have shown on each host, rebuilt from a packet capture.

`import tracker` costs milliseconds; what it offers is imported when it is asked for.
"""

from typing import TYPE_CHECKING

from tracker.version import __version__

if TYPE_CHECKING:
    from tracker.api import Replay as Replay
    from tracker.api import replay as replay
    from tracker.capture.damage import NotACapture as NotACapture

__all__ = ["NotACapture", "Replay", "__version__", "replay"]


def __getattr__(name: str) -> object:
    from importlib import import_module  # noqa: PLC0415 - `dir(tracker)` shows what tracker offers, nothing else

    rooms = {"NotACapture": "tracker.capture.damage", "Replay": "tracker.api", "replay": "tracker.api"}
    if name not in rooms:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(rooms[name]), name)


def __dir__() -> list[str]:
    return __all__
