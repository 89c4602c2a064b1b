"""The types of the sweep's columns: small where millions of rows lie in them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
DayArray = npt.NDArray[np.int32]
RowArray = npt.NDArray[np.int32]
SideArray = npt.NDArray[np.int8]
BoolArray = npt.NDArray[np.bool_]
