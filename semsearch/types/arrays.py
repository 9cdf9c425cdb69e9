"""Type aliases of arrays, with their shapes and units. numpy is imported for type checking only."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embeddings: TypeAlias = NDArray[np.float32]
    """(n, dim), C order, unit rows."""
    Vector: TypeAlias = NDArray[np.float32]
    """(dim,), unit length."""
    Scores: TypeAlias = NDArray[np.float32]
    """(n,), higher is better, always."""
    Ids: TypeAlias = NDArray[np.int64]
