"""The heart: what a segment does to the two endpoints of a connection. Knows no bytes, no files, no tables of people."""
