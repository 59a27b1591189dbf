"""Runs the heart over batches of segments: flow table, lookup, the transition log."""
