"""Models that the tests train, once for every version of their builder: in a process of its own, on one thread."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["trained_by"]


def trained_by(builder: Path, cache: Path) -> Path:
    """Return the folder under `cache` of the model that `python builder FOLDER` trains.

    It is trained when the builder or the library is another; a second worker that asks waits for the first one.
    """
    import transformers
    from filelock import FileLock

    key = hashlib.sha256(builder.read_bytes() + transformers.__version__.encode()).hexdigest()[:16]
    name = builder.stem.replace("_", "-")
    folder = cache / f"{name}-{key}"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / f"{name}.lock"):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=cache) as work:
                command = [sys.executable, "-W", "ignore", str(builder), f"{work}/model"]
                environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
                subprocess.run(
                    command, env=environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
                )
                (Path(work) / "model").rename(folder)
    return folder
