"""Moments and durations as people write them, to and from integer nanoseconds; no float ever holds a time."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

SECOND: Final = 1_000_000_000  # ns
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AbsoluteTime:
    """A moment in ns since the Unix epoch."""

    ns: int


@dataclass(frozen=True, slots=True)
class AfterFirst:
    """A moment so many ns after the capture's first packet."""

    ns: int


@dataclass(frozen=True, slots=True)
class AfterPacket:
    """The moment right after a packet, by its number in the capture (from 1; 0 is before the first)."""

    number: int


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time by the clock, in ns after midnight, on the capture's first day."""

    ns: int


Moment = AbsoluteTime | AfterFirst | AfterPacket | TimeOfDay

# ---- writing ---------------------------------------------------------------------------------------------------------

DURATIONS: Final = [  # from that much on, in that unit
    (2 * DAY, DAY, "d"),
    (2 * HOUR, HOUR, "h"),
    (2 * MINUTE, MINUTE, "min"),
    (10 * SECOND, SECOND, "s"),
    (SECOND, 0, "s"),  # with decimals
    (1_000_000, 1_000_000, "ms"),
    (1_000, 1_000, "us"),
    (0, 1, "ns"),
]


def rfc3339(ns: int, zone: tzinfo | None = UTC) -> str:
    """Write ns since the epoch as RFC 3339 with nine decimals in a zone; None is this machine's own.

    Years that RFC 3339 cannot write (a damaged capture may claim any) come as epoch seconds with nine decimals; an
    offset that is no whole minute (local mean time, long ago) is written in UTC.
    """
    seconds, fraction = divmod(ns, SECOND)
    try:
        there = (_EPOCH + timedelta(seconds=seconds)).astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return f"{'-' if ns < 0 else ''}{abs(ns) // SECOND}.{abs(ns) % SECOND:09}"
    offset = there.utcoffset() or timedelta()
    minutes, odd = divmod(offset, timedelta(minutes=1))
    if odd:
        return rfc3339(ns)
    suffix = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else "Z"
    return f"{there.replace(tzinfo=None).isoformat(timespec='seconds')}.{fraction:09}{suffix}"


def duration(ns: int) -> str:
    """Write a duration for people: `61 min`, `14 s`, `1.234 s`, `230 ms`, `15 us`; cut, never rounded up."""
    if ns <= 0:
        return f"-{duration(-ns)}" if ns else "0 s"
    unit, name = next((unit, name) for least, unit, name in DURATIONS if ns >= least)
    if unit:
        return f"{ns // unit} {name}"
    return f"{ns // SECOND}.{ns % SECOND // 1_000_000:03}".rstrip("0").rstrip(".") + f" {name}"


# ---- reading ---------------------------------------------------------------------------------------------------------

_UNITS: Final = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": MINUTE,
    "min": MINUTE,
    "h": HOUR,
    "d": DAY,
}
_CLOCK: Final = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?"
_DATE_TIME: Final = re.compile(rf"(?P<date>\d{{4}}-\d\d-\d\d)[Tt ]{_CLOCK} ?(?P<zone>[Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_TIME_OF_DAY: Final = re.compile(rf"{_CLOCK}|(?P<h>\d\d):(?P<m>\d\d)", re.ASCII)
_EPOCH_SECONDS: Final = re.compile(r"(\d+)(?:\.(\d+))?", re.ASCII)
_STEP: Final = re.compile(r"(\d+)(?:\.(\d+))?(ns|us|ms|min|s|m|h|d)?", re.ASCII)
_MAX_NS: Final = (1 << 63) - 1  # what a segment's time can hold


def parse_moment(text: str, zone: tzinfo | None = UTC) -> Moment:
    """Read what --at takes; `zone` is the zone of times that name none (None: this machine's own).

    `2026-01-02T12:03:07.5+01:00`, `2026-01-02 12:03:07`, `12:03:07.25`, `1795216407.817058144`, `+12.5` (seconds, or
    with a unit: `+500ms`, `+5m`, `+1h30m`), `#4711`. Raises ValueError, saying what is wrong, for anything else.
    """
    text = text.strip()
    if text.startswith("#"):
        if not re.fullmatch(r"\d{1,18}", text[1:], re.ASCII):
            raise ValueError(f"expected a packet number after '#', found '{text}'")
        return AfterPacket(int(text[1:]))
    if text.startswith("+"):
        return AfterFirst(_within(parse_duration(text[1:]), text))
    if match := _EPOCH_SECONDS.fullmatch(text):
        return AbsoluteTime(_within(_scaled(match[1], match[2], SECOND, text), text))
    if match := _TIME_OF_DAY.fullmatch(text):
        return TimeOfDay(_clock(match, text))
    if match := _DATE_TIME.fullmatch(text):
        return AbsoluteTime(_within(_date_time(match, zone, text), text))
    raise ValueError(
        f"expected a time such as 2026-01-02T12:03:07Z, 12:03:07, 1795216407.5, +12.5 or #4711, found '{text}'"
    )


def parse_duration(text: str) -> int:
    """Read a duration in ns: `12.5` (seconds), `500ms`, `5m`, `1h30m`. Raises ValueError for anything else."""
    total = end = 0
    while match := _STEP.match(text, end):
        if not match[3] and match.span() != (0, len(text)):
            break  # only a lone number goes without its unit
        total += _scaled(match[1], match[2], _UNITS[match[3] or "s"], text)
        end = match.end()
    if not text or end != len(text):
        raise ValueError(f"expected a duration such as 12.5, 500ms, 5m or 1h30m, found '{text}'")
    return total


def moment_ns(moment: AbsoluteTime | AfterFirst | TimeOfDay, first: int, zone: tzinfo | None = UTC) -> int:
    """Return the ns since the epoch that a moment means in a capture whose first packet has that time.

    A time of day belongs to the day, in that zone, on which the capture starts, even where it lies before the first
    packet. Packet numbers are the replay's matter.
    """
    if isinstance(moment, AbsoluteTime):
        return moment.ns
    if isinstance(moment, AfterFirst):
        return first + moment.ns
    day = (_EPOCH + timedelta(seconds=first // SECOND)).astimezone(zone).replace(tzinfo=None)
    midnight = day.replace(hour=0, minute=0, second=0)
    return _epoch_ns(midnight + timedelta(seconds=moment.ns // SECOND), zone) + moment.ns % SECOND


def _date_time(match: re.Match[str], zone: tzinfo | None, text: str) -> int:
    ns = _clock(match, text)
    try:
        there = datetime.fromisoformat(match["date"]) + timedelta(seconds=ns // SECOND)
        if match["zone"]:
            # RFC 3339's zones are ISO 8601's.
            zone = datetime.fromisoformat(f"2000-01-01T00:00:00{match['zone'].upper()}").tzinfo
        return _epoch_ns(there, zone) + ns % SECOND
    except (ValueError, OverflowError):
        raise ValueError(f"there is no such day or zone: '{text}'") from None


def _epoch_ns(there: datetime, zone: tzinfo | None) -> int:
    """Return the ns since the epoch at a zone's clock; of a time that a clock shows twice, the first."""
    there = there.replace(tzinfo=zone) if zone is not None else there.astimezone()
    return (there - _EPOCH) // timedelta(seconds=1) * SECOND


def _clock(match: re.Match[str], text: str) -> int:
    if match["hour"] is None:  # HH:MM
        return _minutes(int(match["h"]), int(match["m"]), 0, text)
    minutes = _minutes(int(match["hour"]), int(match["minute"]), int(match["second"]), text)
    return minutes + _scaled(match["second"], match["fraction"], SECOND, text)


def _minutes(hour: int, minute: int, second: int, text: str) -> int:
    """The ns of hour and minute; the second is only judged."""
    if hour > 23 or minute > 59 or second > 60:  # 60: a leap second, the same moment as the next second's start
        raise ValueError(f"there is no such time of day: '{text}'")
    return (hour * 3600 + minute * 60) * SECOND


def _scaled(whole: str, fraction: str | None, unit: int, text: str) -> int:
    """Return whole.fraction times a unit of ns, exactly; a moment finer than a ns is refused."""
    digits = (fraction or "").rstrip("0")
    if len(whole) > 20 or len(digits) > 30:
        raise ValueError(f"too many digits: '{text}'")
    ns, rest = divmod(int(whole + digits) * unit, int("1" + "0" * len(digits)))
    if rest:
        raise ValueError(f"finer than a nanosecond: '{text}'")
    return ns


def _within(ns: int, text: str) -> int:
    if not 0 <= ns <= _MAX_NS:
        raise ValueError(f"outside the years 1970 to 2262: '{text}'")
    return ns
