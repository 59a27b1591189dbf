"""Rows become text tables, JSON lines or CSV."""
