"""The one place that knows whether numba is there.

`njit` and `prange` are numba's own where it can be imported. Without it `njit` leaves the function as it is and
`prange` is `range`: small kernels then run as plain Python, and a large one asks `HAVE_NUMBA` and takes the way over
shapely or numpy instead.

Machine code is kept between runs (`cache=True`) and the interpreter lock is released (`nogil=True`) unless a kernel
says otherwise, so a chunk per thread runs in parallel without numba's own thread pool.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, TypeVar, overload

Function = TypeVar("Function", bound=Callable[..., Any])

numba: Any
try:
    numba = importlib.import_module("numba")
except ImportError:
    numba = None

HAVE_NUMBA: bool = numba is not None
"""Whether kernels are compiled."""

prange: Any = numba.prange if numba is not None else range
"""Loop that numba may split over threads (only under `njit(parallel=True)`)."""


@overload
def njit(function: Function, /) -> Function: ...
@overload
def njit(**options: Any) -> Callable[[Function], Function]: ...
def njit(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Compile a function: `@njit` or `@njit(parallel=True, ...)`; options are those of `numba.njit`.

    A kernel is annotated with `Any`: numba finds the types of its arguments on the first call.

    Returns
    -------
    The compiled function, or the function itself where numba is absent.
    """
    if function is not None:
        return _compiled(function, options)
    return lambda given: _compiled(given, options)


def _compiled(function: Callable[..., Any], options: dict[str, Any]) -> Callable[..., Any]:
    """The function as numba compiles it on its first call."""
    if numba is None:
        return function
    wanted = {"cache": True, "nogil": True, **options}
    try:
        compiled: Callable[..., Any] = numba.njit(**wanted)(function)
    except RuntimeError:  # no folder to keep machine code in (read-only installation, user without a home)
        compiled = numba.njit(**{**wanted, "cache": False})(function)
    return compiled
