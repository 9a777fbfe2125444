"""Which entries of a column have no value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def is_none(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Entries that are None, of an array of objects of any shape."""
    return np.asarray(np.equal(values, np.array(None, dtype=object)), dtype=bool)
