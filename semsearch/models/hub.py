"""Download files of one hub repository into a folder; a process of its own: `python -m semsearch.models.hub`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]

CONNECT_SECONDS = 3
NEVER = ("onnx/*", "openvino/*", "*.bin", "*.pkl", "*.pt")


def main(arguments: Sequence[str]) -> None:
    """Take REPOSITORY REVISION FOLDER PATTERN...; an empty revision is the repository's main branch."""
    from huggingface_hub import snapshot_download

    repository, revision, folder, *patterns = arguments
    snapshot_download(
        repository,
        revision=revision or None,
        local_dir=folder,
        allow_patterns=list(patterns),
        ignore_patterns=list(NEVER),
        etag_timeout=CONNECT_SECONDS,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
