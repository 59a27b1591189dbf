from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from tracker.views import names


def no_service(*_: object) -> int:
    raise OSError("service/proto not found")


@pytest.fixture(autouse=True)
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in for the services database, which slim machines lack."""
    known = {80: "http", 8080: "http-alt", 40000: "registered-but-ephemeral"}

    def by_port(port: int, protocol: str) -> str:
        assert protocol == "tcp"
        if port not in known:
            raise OSError("port/proto not found")
        return known[port]

    monkeypatch.setattr("socket.getservbyport", by_port)
    names.service_name.cache_clear()
    yield
    names.service_name.cache_clear()


def test_service_name_registered_port() -> None:
    assert names.service_name(80) == "http"


@pytest.mark.parametrize("port", [0, 81, 65535, 40000])
def test_service_name_unregistered_or_ephemeral_port_has_none(port: int) -> None:
    assert names.service_name(port) is None


def test_service_name_is_asked_once_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    assert names.service_name(80) == "http"
    monkeypatch.setattr("socket.getservbyport", no_service)
    assert names.service_name(80) == "http"


def test_service_name_impossible_port_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert names.service_name(70000) is None


def test_service_port_unknown_service_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getservbyname", no_service)
    assert names.service_port("gopherx") is None


def test_service_port_known_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getservbyname", lambda name, protocol: {("http", "tcp"): 80}[name, protocol])
    assert names.service_port("http") == 80


@pytest.mark.parametrize(
    ("address", "version", "port", "numeric", "expected"),
    [
        ("10.0.0.1", 4, 80, False, "10.0.0.1:http"),
        ("10.0.0.1", 4, 80, True, "10.0.0.1:80"),
        ("10.0.0.1", 4, 52056, False, "10.0.0.1:52056"),
        ("2001:db8::1", 6, 80, True, "2001:db8::1:80"),
        ("::1", 6, 8080, False, "::1:http-alt"),
        (None, 4, 0, False, "0.0.0.0:*"),
        (None, 4, 0, True, "0.0.0.0:*"),
        (None, 6, 0, False, "[::]:*"),
        (None, 6, 0, True, ":::*"),
        ("::", 6, 9001, True, ":::9001"),
        ("::", 6, 9001, False, "[::]:9001"),
    ],
)
def test_netstat_address_is_spelled_as_netstat_does(
    address: str | None, version: int, port: int, numeric: bool, expected: str
) -> None:
    value = None if address is None else ip_address(address)
    assert names.netstat_address(value, version, port, numeric=numeric) == expected


@pytest.mark.parametrize(
    ("port", "limit", "expected"),
    [
        (80, 23, "2001:db8:1111:2222:3:80"),
        (52056, 23, "2001:db8:1111:222:52056"),
        (52056, 40, "2001:db8:1111:2222:3333:4444:5555:6:52056"[:34] + ":52056"),
        (52056, 44, "2001:db8:1111:2222:3333:4444:5555:6:52056"),
    ],
)
def test_netstat_address_is_cut_before_its_port(port: int, limit: int, expected: str) -> None:
    address = ip_address("2001:db8:1111:2222:3333:4444:5555:6")
    text = names.netstat_address(address, 6, port, numeric=True, limit=limit)
    assert text == expected
    assert len(text) <= limit


def test_netstat_address_long_service_leaves_four_characters_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getservbyport", lambda *_: "a-service-with-a-long-name")
    names.service_name.cache_clear()
    assert names.netstat_address(ip_address("10.20.30.40"), 4, 1234, numeric=False, limit=23) == (
        "10.2:a-service-with-a-l"
    )


@pytest.mark.parametrize(
    ("address", "version", "port", "numeric", "expected"),
    [
        ("10.0.0.1", 4, 80, False, ("10.0.0.1:", "http")),
        ("::1", 6, 80, True, ("[::1]:", "80")),
        ("::", 6, 9001, True, ("*:", "9001")),
        (None, 4, 0, True, ("0.0.0.0:", "*")),
        (None, 6, 0, False, ("[::]:", "*")),
    ],
)
def test_ss_parts_are_spelled_as_ss_does(
    address: str | None, version: int, port: int, numeric: bool, expected: tuple[str, str]
) -> None:
    value = None if address is None else ip_address(address)
    assert names.ss_parts(value, version, port, numeric=numeric) == expected
