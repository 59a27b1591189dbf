"""The compiled engine: the heart's own functions, compiled by Numba, over the same records as rows of NumPy arrays.

Importing anything in here imports NumPy; `kernels` and what needs it import Numba.
"""
