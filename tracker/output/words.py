"""Counts in words."""


def several(count: int, noun: str) -> str:
    """`1 connection`, `1,204 connections`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
