"""tracker: what netstat and ss would have shown on each host, rebuilt from a packet capture.

`import tracker` costs milliseconds; what it offers is imported when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tracker.version import __version__

if TYPE_CHECKING:
    from tracker.api import Replay as Replay
    from tracker.api import replay as replay

__all__ = ["Replay", "__version__", "replay"]


def __getattr__(name: str) -> Any:
    if name in ("Replay", "replay"):
        return getattr(import_module(".api", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
