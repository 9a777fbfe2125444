"""Kernels over flat arrays: pure functions, no database, no settings; each has a way without numba."""
