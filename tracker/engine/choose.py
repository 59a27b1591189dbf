"""Which engine replays a capture: the one that will be done first."""

import sys
from collections.abc import Callable, Sequence
from typing import Final

from tracker.capture.source import Capture
from tracker.capture.walk import mean_record
from tracker.engine.interpreted import Interpreted
from tracker.engine.trace import Engine

ENGINES: Final = ("auto", "interpreted", "compiled")
WARM: Final = 60_000  # packets; interpreted they take as long as NumPy, Numba and the cached kernels take to load
COLD: Final = 1_500_000  # packets; interpreted they take as long as the first compile
FIRST_LOOK: Final = 64 << 10  # bytes of a pipe
AHEAD: Final = 128 << 20  # bytes of a pipe that are held before one is replayed; who has so many at once has many more
PATIENCE: Final = 0.3  # s without a byte on a pipe: so slow a one can be interpreted

Say = Callable[[str], None]


def engine_for(name: str, captures: Sequence[Capture], say: Say, tell: Say, log_memory: int = 0) -> Engine:
    """Make the engine that --engine names; `auto`: by size and by whether a compiled engine is at hand.

    say: what users must know, as that something is compiled now. tell: which engine serves, and why (--verbose).
    log_memory: bytes of the compiled engine's log beyond which it lies on disk, 0: a quarter of the machine's memory.
    """
    if name == "interpreted":
        tell("tracker: engine: interpreted, as asked")
        return Interpreted()
    if name == "compiled":
        return compiled("as asked", say, tell, log_memory)
    if "coverage" in sys.modules and "numba" not in sys.modules:  # what is measured there is Python
        return Interpreted()
    packets, worth = sum(expected(capture, WARM) for capture in captures), WARM
    if packets >= WARM:
        from tracker.engine.compiled.cache import is_warm, numba_version  # noqa: PLC0415 - a small capture never pays

        if not numba_version():
            tell("tracker: engine: interpreted, for Numba is not installed")
            return Interpreted()
        if not is_warm():
            packets, worth = sum(expected(capture, COLD) for capture in captures), COLD
    first = ", for it must be compiled first" if worth == COLD else ""
    why = f"about {packets:,} packets, and the compiled one pays from {worth:,} on{first}"
    if packets >= worth:
        return compiled(why, say, tell, log_memory)
    tell(f"tracker: engine: interpreted ({why})")
    return Interpreted()


def compiled(why: str, say: Say, tell: Say, log_memory: int) -> Engine:
    """The compiled engine, or where it cannot be had the other one."""
    from tracker.engine.compiled.cache import Unavailable, kernels  # noqa: PLC0415 - Numba takes a third of a second

    try:
        kernels(say)
    except Unavailable as error:
        say(f"tracker: no compiled engine ({error}); the interpreted one serves, slower")
        return Interpreted()
    from tracker.engine.compiled.machine import Compiled  # noqa: PLC0415 - the same

    tell(f"tracker: engine: compiled ({why})")
    return Compiled(say, log_memory)


def expected(capture: Capture, most: int) -> int:
    """About how many packets a capture has; of a pipe, what has come by now, as far as it takes to tell it from `most`."""
    capture.read_ahead(FIRST_LOOK, PATIENCE)
    length = mean_record(capture.buffer, capture.size, capture.reader)
    wanted = min(most * length, AHEAD)
    capture.read_ahead(wanted, PATIENCE)
    packets = capture.size // length
    return max(packets, most) if wanted == AHEAD <= capture.size and isinstance(capture.buffer, bytes) else packets
