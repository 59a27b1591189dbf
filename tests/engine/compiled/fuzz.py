"""Both engines on invented captures, for as long as one likes: `python -m tests.engine.compiled.fuzz [SEED [SECONDS]]`.

Prints the seed of what differs: `python -m tests.engine.compiled.fuzz SEED 0` runs that one alone.
"""

import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tracker.capture.damage import NotACapture
from tracker.capture.source import Capture, open_capture
from tracker.engine.trace import Point

from ...capture.build import pcap  # noqa: TID252 - `tests` is no package to import from
from .invent import LINKS, START, Dribble, capture, damaged, packets
from .parity import Told, both

ROOMS = (1, 2, 7, 64, 8192)


def opener(dice: Random, contents: list[bytes], folder: Path) -> tuple[str, Callable[[], Sequence[Capture]]]:
    """(how the contents are handed over, who hands them)."""
    how = dice.choice(["bytes", "file", "thread", "stream"])
    seed = dice.randrange(1 << 30)
    if how in ("file", "thread"):
        paths = []
        for i, content in enumerate(contents):
            paths.append(folder / str(i))
            paths[-1].write_bytes(content)
        return how, lambda: [open_capture(path) for path in paths]
    if how == "stream":
        return how, lambda: [Capture("stream", b"", Dribble(one, Random(seed))) for one in contents]
    return how, lambda: [Capture("bytes", one) for one in contents]


def one(seed: int, folder: Path, longest: int = 150) -> tuple[str, Told | None]:
    """(how the input was handed over, what both engines told; None: it was no capture)."""
    dice = Random(seed)
    contents = []
    for _ in range(dice.choice([1, 1, 1, 1, 2, 3])):
        content = capture(dice, dice.randrange(longest))
        if dice.random() < 0.6:
            content = damaged(dice, content, 8)
        contents.append(content)
    how, captures = opener(dice, contents, folder)
    points = None
    if dice.random() < 0.5:
        by_packet = sorted(dice.randrange(1, longest) for _ in range(dice.randrange(1, 6)))
        by_time = sorted(START + dice.choice([0, 10**6, 10**9, 10**11, 10**13]) * dice.randrange(20) for _ in range(3))
        asked = [Point(0, at) for at in by_packet] if dice.random() < 0.5 else [Point(at) for at in by_time]
        points = lambda _first: asked  # noqa: E731 - as short as it is
    most = dice.randrange(1, 30) if points is None and dice.random() < 0.4 else 0
    threaded = 0 if how == "thread" else 1 << 24
    try:
        return how, both(captures, points, room=dice.choice(ROOMS), threaded=threaded, most_flows=most)
    except NotACapture:
        return how, None


def frame_alone(dice: Random) -> Told:
    """A capture of one frame, perhaps cut and changed, that ends with the frame: reading behind it is out of bounds."""
    link = dice.choice(LINKS)
    (made,) = packets(dice, 1, lambda: link)
    data = damaged(dice, made.data, 4)
    content = pcap([(1, 0, data, len(data) + dice.choice([0, 0, 0, 1, 1000]))], link=link)
    return both(lambda: [Capture("bytes", content)])


def main() -> None:
    """Until the time is over, or something differs."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    end = time.monotonic() + float(sys.argv[2] if len(sys.argv) > 2 else 60)
    counts: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        while True:
            try:
                how, told = one(seed, Path(folder))
            except Exception:  # noqa: BLE001 - whatever it is, it is what was looked for
                traceback.print_exc()
                print(f"seed {seed} differs", flush=True)
                counts["differ"] += 1
                if counts["differ"] > 4:
                    break
                seed += 1
                continue
            counts[how if told else "no capture"] += 1
            if told:
                counts["packets"] += told.clock[0]
                counts["flows"] += len(told.flows)
                counts["transitions"] += len(told.transitions)
                counts["let go"] += told.clock[6].total()
                counts["damaged"] += any(one[3] != "None" for one in told.captures)
            if time.monotonic() > end:
                break
            seed += 1
    print(seed, dict(counts))


if __name__ == "__main__":
    main()
