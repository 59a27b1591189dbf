from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.output.when import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    AbsoluteTime,
    AfterFirst,
    AfterPacket,
    Moment,
    TimeOfDay,
    duration,
    moment_ns,
    parse_duration,
    parse_moment,
    rfc3339,
)

MOMENT = 1_795_216_407_817_058_144  # 2026-11-20T23:13:27.817058144Z
BERLIN = ZoneInfo("Europe/Berlin")
INDIA = timezone(timedelta(hours=5, minutes=30))
ZONES = st.sampled_from([UTC, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), INDIA])
NS = st.integers(0, 2**63 - 1)


@pytest.mark.parametrize(
    ("ns", "zone", "expected"),
    [
        (MOMENT, UTC, "2026-11-20T23:13:27.817058144Z"),
        (MOMENT, BERLIN, "2026-11-21T00:13:27.817058144+01:00"),
        (MOMENT, INDIA, "2026-11-21T04:43:27.817058144+05:30"),
        (MOMENT, timezone(timedelta(hours=-3, minutes=-30)), "2026-11-20T19:43:27.817058144-03:30"),
        (0, UTC, "1970-01-01T00:00:00.000000000Z"),
        (-1, UTC, "1969-12-31T23:59:59.999999999Z"),
        (2**63 - 1, UTC, "2262-04-11T23:47:16.854775807Z"),
        (2**80, UTC, "1208925819614629.174706176"),
        (-(2**80), UTC, "-1208925819614629.174706176"),
        (0, timezone(timedelta(minutes=1, seconds=15)), "1970-01-01T00:00:00.000000000Z"),
    ],
)
def test_rfc3339(ns: int, zone: tzinfo, expected: str) -> None:
    assert rfc3339(ns, zone) == expected


@given(NS, ZONES | st.none())
def test_rfc3339_reads_back_to_the_nanosecond(ns: int, zone: tzinfo | None) -> None:
    assert parse_moment(rfc3339(ns, zone), BERLIN) == AbsoluteTime(ns)


@pytest.mark.parametrize(
    ("ns", "expected"),
    [
        (0, "0 s"),
        (999, "999 ns"),
        (15_999, "15 us"),
        (230_000_000, "230 ms"),
        (SECOND, "1 s"),
        (1_234_567_890, "1.234 s"),
        (1_200_000_000, "1.2 s"),
        (9_999_999_999, "9.999 s"),
        (14 * SECOND, "14 s"),
        (2 * MINUTE - 1, "119 s"),
        (2 * MINUTE, "2 min"),
        (61 * MINUTE + 59 * SECOND, "61 min"),
        (2 * HOUR, "2 h"),
        (2 * DAY - 1, "47 h"),
        (400 * DAY, "400 d"),
        (-14 * SECOND, "-14 s"),
    ],
)
def test_duration(ns: int, expected: str) -> None:
    assert duration(ns) == expected


@given(st.integers(0, 10**20))
def test_duration_is_never_more_than_it_was(ns: int) -> None:
    number, unit = duration(ns).split()
    assert parse_duration(number + unit) <= ns


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T23:13:27.817058144Z", AbsoluteTime(MOMENT)),
        ("2026-11-20t23:13:27.817058144z", AbsoluteTime(MOMENT)),
        ("2026-11-21 00:13:27.817058144+01:00", AbsoluteTime(MOMENT)),
        ("2026-11-21 00:13:27.817058144 +01:00", AbsoluteTime(MOMENT)),
        ("2026-11-21T00:13:27.817058144", AbsoluteTime(MOMENT)),  # in the zone given
        ("2026-11-21T00:13:27,817058144", AbsoluteTime(MOMENT)),
        ("2026-11-20T23:13:27Z", AbsoluteTime(MOMENT // SECOND * SECOND)),
        ("2026-11-20T23:13:27-00:00", AbsoluteTime(MOMENT // SECOND * SECOND)),
        ("2016-12-31T23:59:60Z", AbsoluteTime(1_483_228_800 * SECOND)),  # a leap second
        ("2026-10-25T02:30:00", AbsoluteTime(1_792_888_200 * SECOND)),  # shown twice: the first
        ("1795216407.817058144", AbsoluteTime(MOMENT)),
        ("1795216407", AbsoluteTime(1_795_216_407 * SECOND)),
        ("1795216407.5", AbsoluteTime(1_795_216_407_500_000_000)),
        ("1.1000000000000", AbsoluteTime(1_100_000_000)),
        (" 0 ", AbsoluteTime(0)),
        ("12:03:07", TimeOfDay(12 * HOUR + 3 * MINUTE + 7 * SECOND)),
        ("12:03:07.25", TimeOfDay(12 * HOUR + 3 * MINUTE + 7_250_000_000)),
        ("00:00:00.000000001", TimeOfDay(1)),
        ("12:03", TimeOfDay(12 * HOUR + 3 * MINUTE)),
        ("00:00", TimeOfDay(0)),
        ("+12.5", AfterFirst(12_500_000_000)),
        ("+0", AfterFirst(0)),
        ("+5m", AfterFirst(5 * MINUTE)),
        ("+5min", AfterFirst(5 * MINUTE)),
        ("+500ms", AfterFirst(500_000_000)),
        ("+7us", AfterFirst(7_000)),
        ("+7ns", AfterFirst(7)),
        ("+1.5h", AfterFirst(90 * MINUTE)),
        ("+1h30m2.5s", AfterFirst(90 * MINUTE + 2_500_000_000)),
        ("+2d", AfterFirst(2 * DAY)),
        ("#4711", AfterPacket(4711)),
        ("#0", AfterPacket(0)),
    ],
)
def test_parse_moment(text: str, expected: Moment) -> None:
    assert parse_moment(text, BERLIN) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a time such as"),
        ("yesterday", "expected a time such as .* found 'yesterday'"),
        ("2026-11-20", "expected a time such as"),
        ("12:3", "expected a time such as"),
        ("12:03.5", "expected a time such as"),
        ("24:00", "there is no such time of day: '24:00'"),
        ("12:60", "there is no such time of day"),
        ("-5", "expected a time such as"),
        ("1e9", "expected a time such as"),
        ("٣", "expected a time such as"),
        ("2026-02-30T00:00:00Z", "there is no such day or zone: '2026-02-30T00:00:00Z'"),
        ("2026-02-03T00:00:00+25:00", "there is no such day or zone"),
        ("0001-01-01T00:00:00+23:00", "there is no such day or zone|outside the years"),
        ("9999-12-31T23:59:60Z", "there is no such day or zone"),
        ("1969-12-31T23:59:59Z", "outside the years 1970 to 2262"),
        ("2263-01-01T00:00:00Z", "outside the years 1970 to 2262"),
        ("99999999999", "outside the years 1970 to 2262"),
        ("24:00:00", "there is no such time of day: '24:00:00'"),
        ("12:60:00", "there is no such time of day"),
        ("12:00:61", "there is no such time of day"),
        ("1.0000000001", "finer than a nanosecond: '1.0000000001'"),
        ("12:00:00.0000000001", "finer than a nanosecond"),
        ("+0.5ns", "finer than a nanosecond"),
        ("1" * 21, "too many digits"),
        ("1." + "1" * 31, "too many digits"),
        ("+", "expected a duration such as 12.5, 500ms, 5m or 1h30m, found ''"),
        ("+5 m", "expected a duration such as"),
        ("+5y", "expected a duration such as"),
        ("+1h30", "expected a duration such as"),
        ("+-5", "expected a duration such as"),
        ("+300000d", "outside the years"),
        ("#", "expected a packet number after '#', found '#'"),
        ("#x", "expected a packet number"),
        ("#1.5", "expected a packet number"),
        ("#" + "9" * 19, "expected a packet number"),
    ],
)
def test_parse_moment_error_says_why(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_moment(text)


@given(st.text("0123456789+-:.#TZ hms\u0663", max_size=30))
def test_parse_moment_any_text_is_a_moment_or_a_value_error(text: str) -> None:
    try:
        moment = parse_moment(text)
    except ValueError:
        return
    assert (moment.number if isinstance(moment, AfterPacket) else moment.ns) >= 0


@given(NS)
def test_parse_moment_epoch_seconds_to_the_nanosecond(ns: int) -> None:
    assert parse_moment(f"{ns // SECOND}.{ns % SECOND:09}") == AbsoluteTime(ns)


@given(NS)
def test_parse_moment_after_first_in_any_unit(ns: int) -> None:
    assert parse_moment(f"+{ns}ns") == AfterFirst(ns)
    assert parse_moment(f"+{ns // SECOND}.{ns % SECOND:09}") == AfterFirst(ns)
    assert parse_moment(f"+{ns // MINUTE}m{ns % MINUTE}ns") == AfterFirst(ns)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-11-20T23:13:27Z", UTC, "2026-11-20T23:13:27.000000000Z"),
        ("+0.182941856", UTC, "2026-11-20T23:13:28.000000000Z"),
        ("12:03:07.25", UTC, "2026-11-20T12:03:07.250000000Z"),
        ("23:59:59", UTC, "2026-11-20T23:59:59.000000000Z"),
        ("23:59", UTC, "2026-11-20T23:59:00.000000000Z"),
        ("12:03:07", BERLIN, "2026-11-21T11:03:07.000000000Z"),  # there it is the 21st already
    ],
)
def test_moment_ns(text: str, zone: tzinfo, expected: str) -> None:
    moment = parse_moment(text, zone)
    assert not isinstance(moment, AfterPacket)
    assert rfc3339(moment_ns(moment, MOMENT, zone)) == expected


def test_moment_ns_local_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = TimeOfDay(12 * HOUR)
    text = rfc3339(moment_ns(moment, MOMENT, None), None)
    assert text[11:29] == "12:00:00.000000000"[:18]
