import pytest

from tracker.engine.interpreted import Store
from tracker.engine.replay import replay
from tracker.tcp.endpoint import Flow
from tracker.views.flow_names import NoFlowName, looks_like_one, parse

from .stage import segments_of


@pytest.fixture(scope="module")
def known() -> list[Flow]:
    """0: 10.0.0.1:40000-10.0.0.2:80; 1: 10.0.0.1:40001-10.0.0.2:443; 2: 2001:db8::1:40000-2001:db8::2:80."""
    store = Store()
    segments = segments_of("C>S S; D>T S; P>Q S")
    replay(segments, 0, len(segments), store)
    return store.flows


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1", [1]),
        ("7", []),
        (" 2 ", [2]),
        ("10.0.0.1:40000", [0]),
        ("10.0.0.1.40000", [0]),
        ("10.0.0.1", [0, 1]),
        ("10.0.0.2:443", [1]),
        ("10.0.0.2:https", [1]),
        ("10.0.0.2:8080", []),
        ("10.0.0.1:40000-10.0.0.2:80", [0]),
        ("10.0.0.2:80-10.0.0.1:40000", [0]),
        ("10.0.0.2-10.0.0.1", [0, 1]),
        ("10.0.0.1.40000 > 10.0.0.2.80", [0]),
        ("10.0.0.1:40000->10.0.0.2:80", [0]),
        ("10.0.0.1:40000 10.0.0.2:443", []),
        ("[2001:db8::1]:40000", [2]),
        ("[2001:db8::1]", [2]),
        ("2001:db8::1", [2]),
        ("2001:db8::1:40000", [2]),
        ("2001:db8::1.40000", [2]),
        ("2001:db8::1:40000-2001:db8::2:80", [2]),
        ("[2001:db8::2]:80-[2001:db8::1]:40000", [2]),
    ],
)
def test_names(text: str, meant: list[int], known: list[Flow]) -> None:
    name = parse(text)
    assert [number for number, flow in enumerate(known) if name.means(number, flow)] == meant
    assert looks_like_one(text)


@pytest.mark.parametrize(
    "text", ["", "CLOSE_WAIT", "10.0.0.1:99999", "10.0.0.1:no-such-service", "host:80", "-1", "1.5", "10.0.0.1-", "a-b",
             "[2001:db8::1", "[::1]:x", "[10.0.0.1]:70000", "1:2:3", "10.0.0.1 10.0.0.2 10.0.0.3", "time-wait"]
)  # fmt: skip
def test_no_names(text: str) -> None:
    with pytest.raises(NoFlowName, match="expected a connection's number"):
        parse(text)
    assert not looks_like_one(text)
