"""What tshark, tcptrace and argus say of the kernel's own sockets, beside tracker. One command, one Markdown report:

    python benchmarks/peers.py [--corpus DIR] [--tracker COMMAND]

needs Debian's tshark, tcptrace, argus-server and argus-client; what is missing is skipped. Two questions: how each near
socket had ended, or stood, at the end of the capture; and every state that it was in: the last one at the end, an earlier
one just before the packet that ends it, in the capture cut there (captures of at most 12 near sockets; not asked: earlier
states that last no time, and of sockets that the corpus calls midstream or says that only later packets tell).

A peer has a value for a connection, not a state for each end. What the value *means* is therefore learned here, from the
truth of the very captures that are asked about, which favours the peer:

* two vocabularies: its *verdict* (tshark's tcp.completeness in two passes; tcptrace's "complete conn" with its SYNs and FINs;
  argus's state), and *everything* it tells of how the connection opened and closed: the verdict and, for each end, what
  that end sent (tshark: tcp.connection.fin_active, fin_passive, rst, and a quoting ICMP error; tcptrace: counts of SYNs,
  FINs and RSTs; argus: ra -Z b, and ICMP mapped to the flow). Both know which end is asked about and which one spoke first.
  Of tshark that is a script of one's own over every packet, not a value that it prints;
* *best guess*: a value means what most sockets with this value were. *Without doubt*: a value is right only where all
  sockets that have it were the same. *Unseen*: the best guess learned from all other scenarios;
* a connection that the peer splits has all its values together; one that it joins with another gives its value to both.

tracker learns nothing: its own states count as they are.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import struct
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import compress
from pathlib import Path

from peer_answers import Address, Pair, Record, argus, same, tcptrace, tracker, tshark, version

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "kernel" / "corpus"
MANY = 12  # near sockets of a capture above which its earlier moments are not asked about
SLACK = 1_000_000  # ns: tcptrace and argus cut times to microseconds
SHARED = 3  # values of each vocabulary that the last table shows

FAILED = "never opened: refused, rejected, cancelled"
CLOSING = "closing: own FIN not acknowledged"
CLEAN = "closed, TIME_WAIT at the other end"
RESET = "ended by a reset"
ENDINGS = {
    "SYN_SENT": "SYN not answered",
    "SYN_RECV": "handshake unfinished",
    "": FAILED,
    "ESTABLISHED": "established",
    "CLOSE_WAIT": "half-closed: this end owes the FIN",
    "FIN_WAIT2": "half-closed: the other end owes the FIN",
    "FIN_WAIT1": CLOSING,
    "CLOSING": CLOSING,
    "LAST_ACK": CLOSING,
    "TIME_WAIT": "closed, TIME_WAIT at this end",
    "CLOSED": CLEAN,
    "reset": RESET,
}
STATES = [state for state in ENDINGS if state.isupper()]

Ask = Callable[[Path], list[Record]]
Answers = list[list[Record]]  # of each socket


@dataclass(frozen=True)
class Socket:
    """One near socket of one capture and the kernel's truth about it at one moment."""

    scenario: str
    vantage: str
    ends: Pair
    start: int
    state: str
    ending: str
    asked: bool = True  # the others are there to tell the lives of the same ports apart


@dataclass(frozen=True)
class Question:
    """A capture, whole or cut, and its near sockets."""

    capture: Path
    until: int | None
    near: list[Socket]


def ending(states: Sequence[str], reset: bool) -> str:
    """The category that a user asks about. reset: whether the last change came with a RST (only LAST_ACK leaves that open)."""
    last = states[-1]
    if last != "CLOSED":
        return ENDINGS[last]
    before = states[-2] if len(states) > 1 else ""
    if before in ("SYN_SENT", "SYN_RECV"):
        return FAILED
    return CLEAN if before == "LAST_ACK" and not reset else RESET


def meanings(values: Iterable[Hashable], truth: Iterable[str]) -> dict[Hashable, Counter[str]]:
    """How often each value stood for each truth."""
    learned: defaultdict[Hashable, Counter[str]] = defaultdict(Counter)
    for value, true in zip(values, truth, strict=True):
        learned[value][true] += 1
    return learned


def guess(counts: Counter[str]) -> str:
    """What a value stands for most often."""
    return max(sorted(counts), key=counts.__getitem__)


def best(values: Sequence[Hashable], truth: Sequence[str]) -> list[bool]:
    """Which ones the best mapping of values to truths gets right. None (no answer) never is."""
    learned = meanings(values, truth)
    return [value is not None and guess(learned[value]) == true for value, true in zip(values, truth, strict=True)]


def certain(values: Sequence[Hashable], truth: Sequence[str]) -> list[bool]:
    """Which ones have a value that stands for one truth only."""
    learned = meanings(values, truth)
    return [value is not None and len(learned[value]) == 1 for value in values]


def unseen(values: Sequence[Hashable], truth: Sequence[str], groups: Sequence[str]) -> list[bool]:
    """Which ones the best mapping learned without their own group gets right."""
    learned = meanings(values, truth)
    own = Counter(zip(values, truth, groups, strict=True))
    right = []
    for value, true, group in zip(values, truth, groups, strict=True):
        rest = Counter({t: n - own[value, t, group] for t, n in learned[value].items() if n > own[value, t, group]})
        right.append(value is not None and bool(rest) and guess(rest) == true)
    return right


def lives(records: Sequence[Record], starts: Sequence[int]) -> Answers:
    """The records of each life of one pair of addresses and ports. starts: when each life began, in order of time."""
    records = sorted(records, key=lambda record: record.start)
    if not records:
        return [[] for _ in starts]
    if len(records) == len(starts):
        return [[record] for record in records]
    found: Answers = [[] for _ in starts]
    for record in records:
        begun = [i for i, start in enumerate(starts) if start <= record.start + SLACK]
        found[begun[-1] if begun else 0].append(record)
    return [own or [min(records, key=lambda r: abs(r.start - at))] for own, at in zip(found, starts, strict=True)]


def matched(near: Sequence[Socket], records: Sequence[Record]) -> Answers:
    """The records of each near socket that is asked about."""
    told: defaultdict[frozenset[Address], list[Record]] = defaultdict(list)
    for record in records:
        told[frozenset(record.ends)].append(record)
    found: dict[Socket, list[Record]] = {}
    for ends in dict.fromkeys(socket.ends for socket in near):
        own = sorted((socket for socket in near if socket.ends == ends), key=lambda socket: socket.start)
        found |= zip(own, lives(told[frozenset(ends)], [socket.start for socket in own]), strict=True)
    return [found[socket] for socket in near if socket.asked]


@dataclass(frozen=True)
class Life:
    """All that one near socket went through, as its own host's capture shows it."""

    ends: Pair
    states: list[str]
    times: list[int]
    reset: bool
    plain: bool  # its state never rests on packets outside the capture, or on later ones

    def at(self, scenario: str, vantage: str, until: int | None) -> Socket:
        count = len(self.times) if until is None else sum(t <= until for t in self.times)
        states = self.states[:count]
        asked = until is None or (self.plain and self.times[count:][:1] == [until + 1])
        return Socket(scenario, vantage, self.ends, self.times[0], states[-1], ending(states, self.reset), asked)


def questions(folder: Path) -> tuple[list[Question], list[Question]]:
    """(at the end of the captures, at earlier moments) of one scenario; near sockets are what the corpus's score.py counts so."""
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    final, earlier = [], []
    for vantage, told in truth["vantages"].items():
        near = []
        for row in truth["sockets"]:
            flags, states = row["flags"], row["expected"].get(vantage)
            unknowable = truth["degraded"] or "syncookie" in flags or f"undecidable:{vantage}" in flags
            if states and row["host"] in told["near"] and not unknowable:
                ends = same(row["laddr"], row["lport"], row["raddr"], row["rport"])
                reset = bool(row["counts"]["tcp_receive_reset"] or row["counts"]["tcp_send_reset"])
                plain = "hindsight" not in flags and f"midstream:{vantage}" not in flags
                near.append(Life(ends, states, row["expected_t"][vantage], reset, plain))
        capture = folder / told["file"]
        if near:
            final.append(Question(capture, None, [life.at(folder.name, vantage, None) for life in near]))
        moments = sorted({t - 1 for life in near for t in life.times[1:]}) if len(near) <= MANY else []
        for moment in moments:
            born = [life.at(folder.name, vantage, moment) for life in near if life.times[0] <= moment]
            if any(socket.asked for socket in born):
                earlier.append(Question(capture, moment, born))
    return final, earlier


def cut(data: bytes, until: int) -> bytes:
    """The records of a pcap file up to a moment (ns since the epoch)."""
    order = "<" if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xd4\xc3\xb2\xa1") else ">"
    unit = 1 if b"\x3c\xb2" in data[:4] or b"\xb2\x3c" in data[:4] else 1000
    at = 24
    while at < len(data):
        seconds, part, size = struct.unpack_from(order + "III", data, at)
        if seconds * 1_000_000_000 + part * unit > until:
            break
        at += 16 + size
    return data[:at]


def answered(ask: Ask, asked: Sequence[Question], workers: int) -> tuple[Answers, float]:
    """(the records of each asked socket, seconds)."""

    def one(question: Question) -> Answers:
        if question.until is None:
            return matched(question.near, ask(question.capture))
        with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
            file.write(cut(question.capture.read_bytes(), question.until))
            file.flush()
            return matched(question.near, ask(Path(file.name)))

    start = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        found = [records for answers in pool.map(one, asked) for records in answers]
    return found, time.perf_counter() - start


def own_answer(socket: Socket, records: Sequence[Record]) -> tuple[str, str]:
    """(state, ending) that tracker gives a socket."""
    if not records:
        return "", ""
    record = min(records, key=lambda record: abs(record.start - socket.start))
    *states, cause = (record.did[socket.ends[0] != record.ends[0]] or "none").split()
    return (states[-1], ending(states, cause == "rst")) if states and states[-1] in ENDINGS else ("", "")


def share(right: Sequence[bool], chosen: Sequence[bool]) -> str:
    kept = [ok for ok, wanted in zip(right, chosen, strict=True) if wanted]
    return f"{sum(kept)}/{len(kept)}"


def table(heading: Sequence[str], rows: Iterable[Sequence[str]], alignment: str = "---:") -> None:
    print(f"| {' | '.join(heading)} |\n|{'|'.join(['---'] + [alignment] * (len(heading) - 1))}|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print()


def vocabularies(sockets: Sequence[Socket], said: dict[str, Answers]) -> dict[str, list[Hashable]]:
    """Each peer's value for each socket, in both of its vocabularies."""
    return {
        f"{peer}: {name}": [
            " + ".join(record.seen_from(socket.ends[0])[i] for record in records) or None
            for socket, records in zip(sockets, answers, strict=True)
        ]
        for peer, answers in said.items()
        for i, name in enumerate(("verdict", "everything"))
    }


def compare(sockets: Sequence[Socket], said: dict[str, Answers], attribute: str) -> None:
    """One table: who is right about an attribute of the sockets (state or ending), a row for each of its names."""
    true: list[str] = [getattr(socket, attribute) for socket in sockets]
    ours = [own_answer(socket, records) for socket, records in zip(sockets, said["tracker"], strict=True)]
    own = [answer[attribute == "ending"] == t for answer, t in zip(ours, true, strict=True)]
    right, sure, new = {"tracker": own}, {"tracker": own}, {"tracker": own}
    silent = {"tracker": sum(not state for state, _ in ours)}
    for column, values in vocabularies(
        sockets, {peer: told for peer, told in said.items() if peer != "tracker"}
    ).items():
        right[column], sure[column] = best(values, true), certain(values, true)
        new[column] = unseen(values, true, [socket.scenario for socket in sockets])
        silent[column] = values.count(None)
    order = STATES if attribute == "state" else dict.fromkeys(ENDINGS.values())
    names = [name for name in order if name in true]
    chosen = {name: [t == name for t in true] for name in names}
    captures = [(socket.scenario, socket.vantage) for socket in sockets]
    every = [True] * len(sockets)

    def whole(answers: Sequence[bool]) -> str:
        bad = {capture for capture, ok in zip(captures, answers, strict=True) if not ok}
        return f"{len(set(captures)) - len(bad)}/{len(set(captures))}"

    def known(answers: Sequence[bool], least: float) -> str:
        """How many names were told in at least this part of the cases."""
        return str(
            sum(sum(a and c for a, c in zip(answers, chosen[n], strict=True)) >= least * sum(chosen[n]) for n in names)
        )

    rows = [
        [name, *(f"{share(right[c], chosen[name])} ({share(sure[c], chosen[name]).split('/')[0]})" for c in right)]
        for name in names
    ]
    rows += [
        [
            f"**{attribute}s, all**",
            *(f"**{share(right[c], every)}** ({share(sure[c], every).split('/')[0]})" for c in right),
        ],
        ["all, unseen", *(share(new[c], every) for c in right)],
        ["captures with everything right", *(whole(right[c]) for c in right)],
        [f"of {len(names)} {attribute}s: always right", *(known(right[c], 1) for c in right)],
        [f"of {len(names)} {attribute}s: mostly right", *(known(right[c], 0.5) for c in right)],
        ["no answer", *(str(silent[c]) for c in right)],
    ]
    table([attribute, *right], rows)


def sharing(values: Sequence[Hashable], sockets: Sequence[Socket]) -> list[tuple[str, str]]:
    """(value, what it stands for: how many sockets, and the scenario with fewest of them); most endings first."""
    where: defaultdict[Hashable, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for value, socket in zip(values, sockets, strict=True):
        if value is not None:
            where[value][socket.ending].append(socket.scenario)
    several = [(value, found) for value, found in where.items() if len(found) > 1]
    several.sort(key=lambda item: (-len(item[1]), -sum(map(len, item[1].values())), str(item[0])))
    told = (
        "; ".join(f"{e} ({len(s)}: {Counter(s).most_common()[-1][0]})" for e, s in found.items())
        for _, found in several
    )
    return [(f"`{value}`", text) for (value, _), text in zip(several, told, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--tracker", default=f"{shlex.quote(sys.executable)} -m tracker", help="its command")
    args = parser.parse_args()
    ours = shlex.split(args.tracker)
    tools: dict[str, Ask] = {"tracker": tracker(ours)}
    versions = [f"tracker {version(*ours, '--version')}"]
    for name, ask, programs, flag in (
        ("tshark", tshark, ["tshark"], "--version"),
        ("tcptrace", tcptrace, ["tcptrace"], "-v"),
        ("argus", argus, ["argus", "ra"], "-h"),
    ):
        if all(shutil.which(program) for program in programs):
            tools[name] = ask
            versions.append(f"{name} {version(name, flag)}")
        else:
            print(f"{name}: not installed, skipped\n")
    found = [questions(path.parent) for path in sorted(args.corpus.glob("*/truth.json"))]
    final, earlier = [q for f, _ in found for q in f], [q for _, e in found for q in e]
    if not final:
        parser.error(f"no truth.json below {args.corpus}")
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {'; '.join(versions)}; {machine}.")
    print("Best guess; in brackets without doubt; the rows below *all* are of best guesses.\n")
    told = {name: answered(ask, final, 1) for name, ask in tools.items()}
    said = {name: answers for name, (answers, _) in told.items()}
    sockets = [socket for question in final for socket in question.near]
    print(f"At the end of {len(final)} captures: {len(sockets)} near sockets.")
    print(f"Seconds: {', '.join(f'{name} {seconds:.1f}' for name, (_, seconds) in told.items())}.\n")
    compare(sockets, said, "ending")
    compare(sockets, said, "state")
    small = [len(question.near) <= MANY for question in final for _ in question.near]
    moments = [*compress(sockets, small), *(socket for question in earlier for socket in question.near if socket.asked)]
    every = {name: [*compress(said[name], small), *answered(ask, earlier, 16)[0]] for name, ask in tools.items()}
    print(f"Every state: {len(moments)} states of near sockets, {len(moments) - sum(small)} at earlier moments.\n")
    compare(moments, every, "state")
    print(f"The same value for different endings ({SHARED} values of each vocabulary; sockets: one scenario).\n")
    rows = []
    for column, values in vocabularies(
        sockets, {peer: answers for peer, answers in said.items() if peer != "tracker"}
    ).items():
        rows += [[column, *row] for row in sharing(values, sockets)[:SHARED]]
    table(["peer", "value", "stands for"], rows, "---")


if __name__ == "__main__":
    main()
