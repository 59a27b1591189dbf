"""The views over the compiled engine's rows: the same rules as everywhere, compiled, a run of rows at a time.

Importing anything in here imports NumPy and Numba: only where a moment's flows are a `tables.Table`.
"""
