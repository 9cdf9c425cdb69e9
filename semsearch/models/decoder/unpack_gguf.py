"""Turn a packed GGUF file into a Hugging Face folder: `python -m semsearch.models.decoder.unpack_gguf FILE FOLDER`.

In a separate process: it takes half a minute, several times the memory of the result, and packages that nothing else
needs. Packed weights run at 2 tokens a second in transformers, so they are unpacked once, to bfloat16: it holds the 4
bits of a packed weight, takes half the disk space of float32, and loads in a fifth of a second.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from pathlib import Path

from semsearch.models.shared.quiet import quiet_libraries

__all__ = ["main"]


def dequantize(file: Path, folder: Path) -> None:
    """Write the weights as safetensors, the configuration, the tokenizer and its chat template into `folder`."""
    with quiet_libraries():
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

        source, name = str(file.parent), file.name
        tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=name, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(
            source,
            gguf_file=name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.float32,
            local_files_only=True,
            trust_remote_code=False,
        )
        model.to(torch.bfloat16).save_pretrained(str(folder))
        tokenizer.save_pretrained(str(folder))


def main(arguments: Sequence[str]) -> int:
    """Run with FILE FOLDER; return the exit status, ENOSPC when the disk is full."""
    file, folder = arguments
    try:
        dequantize(Path(file), Path(folder))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return errno.ENOSPC
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
