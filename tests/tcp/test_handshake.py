"""What the handshake's own functions decide; its conversations: test_opening.py."""

import pytest

from tracker.tcp.handshake import ends_attempts
from tracker.tcp.segment import Segment


@pytest.mark.parametrize(
    ("icmp", "ends"), [(0x100, True), (0x104, True), (0x200, False), (0x300, True), (0x401, True), (0x8000, False)]
)
def test_icmp_version_6_has_its_own_types(icmp: int, ends: bool) -> None:
    """tcp_v6_err(): packet too big (2) ends nothing."""
    segment = Segment()
    segment.src, segment.icmp = [0x20010DB8, 0, 0, 1], icmp
    assert ends_attempts(segment) == ends
