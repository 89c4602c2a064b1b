"""Numba kernels of the sweep: rows and where their contracts are quoted next, what is sold, what earned it.

Each file is compiled for itself and calls no other: Numba looks only at a function's own file when it decides
whether its cache is stale. Machine code lies where the pricing room keeps its own; importing that room says where.
Every array handed in is C-contiguous and read-only, so that each kernel is compiled for exactly one signature.
"""

import tools.pricing.threads  # noqa: F401
