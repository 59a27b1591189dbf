import pytest

from .stage import watch


@pytest.mark.parametrize(
    ("script", "client", "direction", "confidence"),
    [
        ("C>S S", "10.0.0.1", "syn", "seen"),
        ("S>C S", "10.0.0.2", "syn", "seen"),  # though from port 80
        ("C>S S; S>C SA; C>S A; S>C FA", "10.0.0.1", "syn", "seen"),
        ("S>C SA; C>S A", "10.0.0.1", "syn-ack", "seen"),
        ("C>S SA", "10.0.0.2", "syn-ack", "seen"),
        ("C>S S; S>C S crossing; C>S SA; S>C SA", "10.0.0.1", "simultaneous", "seen"),
        ("C>S P10", "10.0.0.1", "port", "assumed"),
        ("S>C P10", "10.0.0.1", "port", "assumed"),  # first to speak is no evidence
        ("S>C FA", "10.0.0.1", "port", "assumed"),  # nor is a FIN
        ("C>X P10", "10.0.0.1", "unknown", "assumed"),  # equal ports
        ("X>C P10", "10.0.0.3", "unknown", "assumed"),
    ],
)
def test_direction(script: str, client: str, direction: str, confidence: str) -> None:
    row = watch(script).flow()
    assert (str(row.client.address), row.direction, row.confidence) == (client, direction, confidence)


@pytest.mark.parametrize("speech", ["C>X P10", "X>C P10"])
def test_a_port_seen_listening_in_another_flow(speech: str) -> None:
    rows = watch(f"{speech}; D>X S; X>D SA").flows()
    assert [(str(row.server.address), row.direction, row.confidence) for row in rows] == [
        ("10.0.0.3", "listener", "assumed"),
        ("10.0.0.3", "syn", "seen"),
    ]
    rows = watch(f"{speech}; Y>C S; C>Y SA").flows()
    assert (str(rows[0].server.address), rows[0].direction) == ("10.0.0.1", "listener")


def test_a_listener_tells_more_than_the_lower_port() -> None:
    row = watch("C>S P10; E>C S; C>E SA").flows()[0]
    assert (str(row.client.address), row.direction) == ("10.0.0.2", "listener")
