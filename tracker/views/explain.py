"""`tracker explain CAPTURE FLOW` as text: the ladder, the states at its sides, and what is missing now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tracker.engine.trace import Moment
from tracker.output.color import Paint, plain, style_of_state
from tracker.output.table import clean
from tracker.output.when import duration, rfc3339
from tracker.output.words import several, wrapped
from tracker.tcp.endpoint import BY_SELF_CONNECT
from tracker.tcp.timers import Profile
from tracker.views.account import A
from tracker.views.flow_table import address_text, notes
from tracker.views.flows import FlowRow
from tracker.views.history import History, end_of
from tracker.views.ladder import Entry, Ladder, Rung
from tracker.views.missing import Now, now

STATE: Final = 12  # characters of a state's column
LEAST, MOST, USUAL = 72, 120, 100  # characters a line
STARTS: Final = {
    "syn": "its SYN was seen",
    "syn-ack": "the SYN-ACK was seen",
    "simultaneous": "simultaneous open",
    "self": "connected to itself",
    "listener": "the server's port was seen accepting",
    "port": "by the lower port",
    "unknown": "nothing tells which is which",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One connection, explained at a moment. `client` is the client's side of the flow, 0: a, 1: b."""

    row: FlowRow
    ladder: Ladder
    client: int
    at: int  # ns
    packets: int
    now: tuple[Now, ...]
    believed: bool = False  # as it was known then: nothing of later packets

    def name(self, side: int) -> str:
        """`client` or `server`."""
        return "client" if side == self.client else "server"

    def undone(self, entry: Entry) -> int:
        """The packet that takes a state back, 0: none, or none that is to be told."""
        packet = entry.row.undone
        return 0 if self.believed and packet > self.packets else packet

    def entries(self) -> Iterator[Entry]:
        """The states entered, in the order in which packets taught them."""
        for rung in self.ladder.rungs:
            yield from rung.entered


def explanation(history: History, moment: Moment, ladder: Ladder, row: FlowRow, profile: Profile) -> Explanation:
    """All there is to say of a connection."""
    flow = moment.flows[ladder.number]
    a = end_of(flow, A)
    client = 0 if (row.client.address, row.client.port) == a else 1
    names = ("client", "server") if client == 0 else ("server", "client")
    sides = (client,) if flow.direction == BY_SELF_CONNECT else (client, 1 - client)
    standing = tuple(now(history, moment, ladder, side, names, profile) for side in sides)
    return Explanation(row, ladder, client, moment.at, moment.packets, standing, history.believed)


def lines(told: Explanation, *, numeric: bool, width: int | None = None, paint: Paint = plain) -> Iterator[str]:
    """The explanation, without line ends. width: the terminal's characters; 100 without one."""
    room = max(LEAST, min(MOST, width or USUAL))
    yield from heading(told, numeric, room, paint)
    yield ""
    yield from ladder_lines(told, numeric, room, paint)
    yield ""
    for now_ in told.now:
        yield from _hanging(now_text(told, now_), "", room, paint)


def heading(told: Explanation, numeric: bool, room: int, paint: Paint) -> Iterator[str]:
    """Who, when, how many."""
    row = told.row
    count = row.client.packets + (0 if row.client is row.server else row.server.packets)
    text = (
        f"Flow {row.flow}: client {address_text(row.client, numeric)}, server {address_text(row.server, numeric)}"
        f" ({STARTS[row.direction]}); {several(count, 'packet')} in {duration(max(row.last - row.first, 0))}"
        f" since {rfc3339(row.first, None)}; end: {row.end}"
    )
    first, *more = wrapped(clean(text), room)
    yield paint(first, "title")
    yield from (paint(line, "title") for line in more)
    for note in notes(row, told.at):
        yield from wrapped(f"  {clean(note)}", room)


# ---- the ladder ------------------------------------------------------------------------------------------------------


def ladder_lines(told: Explanation, numeric: bool, room: int, paint: Paint) -> Iterator[str]:
    """A line a packet, and one for each state that it changed."""
    numbers = max(len(str(told.packets)), 3)
    before = numbers + 1 + 10 + 1  # packet and time
    middle = room - before - 2 * (STATE + 1)
    ends = [clean(address_text(end, numeric)) for end in (told.row.client, told.row.server)]
    space = room - before - len(ends[0]) - len(ends[1])
    yield f"{'#':>{numbers}} {'time':>10} {ends[0]}" + (f"{' ' * space}{ends[1]}" if space > 0 else "")
    if space <= 0:
        yield f"{ends[1]:>{room}}"
    shown = ["", ""]
    for rung in told.ladder.rungs:
        yield rung_line(told, rung, numbers, middle, shown, paint)
        indent = " " * before
        for entry in rung.taken_back:
            yield from _hanging(back_text(told, entry, rung), indent, room)
        for entry in rung.entered:
            yield from _hanging(entry_text(told, entry), indent, room, paint)
        if rung.verdict:
            yield from _hanging(f"the {told.name(1 - rung.side)}: {rung.verdict}", indent, room)


def rung_line(told: Explanation, rung: Rung, numbers: int, middle: int, shown: list[str], paint: Paint) -> str:
    """`    7  12.6 ms FIN_WAIT1    ---- FIN 401, ACK 1 ------------> CLOSE_WAIT`. shown: the states printed last."""
    sides = (told.client, 1 - told.client)
    cells = []
    for i, side in enumerate(sides):
        state = rung.states[side]
        text = state if rung.changed[side] or state != shown[i] else "|"
        shown[i] = state
        painted = paint(text, style_of_state(text.rstrip("?"))) if text not in ("|", "-") else text
        pad = " " * (STATE - len(text))
        cells.append(painted + pad if i == 0 else pad + painted)
    when = duration(max(rung.at - told.row.first, 0))
    return f"{rung.number:>{numbers}} {when:>10} {cells[0]} {arrow(told, rung, middle)} {cells[1]}"


def arrow(told: Explanation, rung: Rung, width: int) -> str:
    """`---- FIN 401, ACK 1 ----->`; a run's counts without arrow; `x` where the receiver did not take it."""
    right = rung.side == told.client
    if rung.count > 1:
        text = run_text(told, rung, width)
        return f"{f'... {text} ...' if len(text) <= width - 8 else text[:width]:^{width}}"
    text = f" {rung.text} "
    if len(text) > width - 4:
        text = text[: width - 6] + "~ "
    head = "x" if rung.verdict else ">" if right else "<"
    if rung.icmp:
        return f"{text:*^{width}}"
    shaft = f"{text:-^{width - 1}}"
    return f"{shaft}{head}" if right else f"{head}{shaft}"


def run_text(told: Explanation, rung: Rung, width: int | None = None) -> str:
    """`#8-221: 214 packets, 301,000 bytes >, all acknowledged`; in a width (characters) as much of it as fits."""
    plain_ones = rung.text.startswith(("data", "ACK")) and not rung.verdict
    parts = [f"#{rung.number}-{rung.until}: {rung.count:,} {'packets' if plain_ones else f'times {rung.text}'}"]
    for side, mark in ((told.client, ">"), (1 - told.client, "<")):
        if rung.bytes[side]:
            parts.append(f"{rung.bytes[side]:,} bytes {mark}")
    if rung.again and not rung.text.endswith("again"):
        parts.append(f"{rung.again:,} again")
    if plain_ones and any(rung.bytes):
        parts.append("all acknowledged" if rung.acknowledged else "not all acknowledged")
    while width is not None and len(parts) > 1 and len(", ".join(parts)) > width:
        parts.pop()
    return ", ".join(parts)


def entry_text(told: Explanation, entry: Entry) -> str:
    """`client ESTABLISHED > FIN_WAIT1 (seen): it sends a FIN ... [RFC 9293 3.6]`."""
    old = "" if entry.old == "UNKNOWN" else f"{entry.old} > "
    sure = entry.certainty
    if packet := told.undone(entry):
        sure = f"{sure}, taken back {'later ' if packet > told.packets else ''}by #{packet}"
    elif entry.proven_by:
        sure = f"{sure}, proven by #{entry.proven_by}"
    name = told.name(entry.side)
    return f"{name} {old}{entry.new} ({sure}): {entry.reason.words} [{entry.reason.source}]"


def back_text(told: Explanation, entry: Entry, rung: Rung) -> str:
    """`server's CLOSE_WAIT of #8 is taken back: ...`."""
    assert entry.why_back is not None
    return (
        f"{told.name(entry.side)}'s {entry.new} of #{entry.row.number} is taken back by #{rung.number}:"
        f" {entry.why_back.words} [{entry.why_back.source}]"
    )


def now_text(told: Explanation, now_: Now) -> str:
    """`server: CLOSE_WAIT for 61 min (seen, since #7): it acknowledged ...`."""
    name = told.name(now_.side)
    if now_.state == "UNKNOWN":
        return f"{name}: unknown: {now_.missing}. Next: {now_.next}."
    lasted = f" for {duration(max(told.at - now_.since, 0))}" if now_.since is not None else ""
    since = f", since #{now_.packet}" if now_.packet else ""
    return f"{name}: {now_.state}{lasted} ({now_.certainty}{since}): {now_.missing}. Next: {now_.next}."


def _hanging(text: str, indent: str, room: int, paint: Paint = plain) -> Iterator[str]:
    """Lines of a width, the further ones set in; states are coloured once nothing is measured any more."""
    for line in wrapped(clean(text), room - len(indent)):
        yield indent + _colored(line, paint)


def _colored(line: str, paint: Paint) -> str:
    words = line.split(" ")
    return " ".join(_word(word, paint) for word in words)


def _word(word: str, paint: Paint) -> str:
    style = style_of_state(word)
    return paint(word, style) if style != "unknown" else word


def chosen(names: Sequence[FlowRow]) -> FlowRow:
    """Of several connections of one name, the one that began last."""
    return max(names, key=lambda row: (row.first, row.flow))
