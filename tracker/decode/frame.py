"""The way in: a frame -> a segment."""

from typing import Any

from tracker.capture.records import Frame
from tracker.decode.link import link_layer
from tracker.tcp.segment import NOT_TCP, Segment


def frame_to_segment(b: Any, frame: Frame, segment: Segment) -> bool:
    """Decode; False: no TCP in it.  Every field is set anew, for segments are reused."""
    blank(frame, segment)
    return link_layer(b, frame.link, frame.start, frame.stop, frame.start + frame.wire, segment)


def blank(frame: Frame, segment: Segment) -> None:
    """Set what is the frame's, and clear what not every segment has; the rest is set by whoever finds a TCP header."""
    segment.time = frame.time
    segment.number = frame.number
    segment.tsval = 0
    segment.tsecr = 0
    segment.sack_left = 0
    segment.sack_right = 0
    segment.hash = 0
    segment.mss = 0
    segment.options = 0
    segment.marks = 0
    segment.icmp = 0
    segment.vlan = 0
    segment.scale = 0


def place_holder(frame: Frame, segment: Segment) -> None:
    """A frame without TCP that must be counted: only time and number hold."""
    blank(frame, segment)
    segment.marks = NOT_TCP
