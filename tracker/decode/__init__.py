"""A frame becomes a Segment: link types, IP, TCP options, ICMP errors. Knows no flows."""
