"""The default decoder against what the machine allows: time to the first token, and tokens a second.

The limit of the first token is the prompt's multiplications (2 x the weights of the layers for every token, attention,
and the output layer once) over what a GEMM of the same shapes and precision reaches; that of the others is the bytes of
the weights over the bandwidth of reading memory. Both are measured between the runs, so that they see the same machine.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from semsearch.models.decoder.generate import Decoder
from semsearch.models.decoder.unpacked_gguf import prepared_folder
from semsearch.settings import DEFAULT_GENERATOR
from semsearch.types.models import Message, Sampling
from tests.benchmarks.report import table

ROUNDS = 7
PROMPT_TOKENS = 1024
NEW_TOKENS = 24
DOCS = Path(__file__).parents[2] / "sample_corpus" / "docs"


def seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def prompt(decoder: Decoder) -> list[Message]:
    """Return the documents of the sample corpus, cut off so that the prompt has just over PROMPT_TOKENS."""
    text = "\n\n".join(path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md")))
    low, high = 1, len(text)
    while low < high:
        middle = (low + high) // 2
        enough = decoder.count_tokens([Message("user", text[:middle])]) >= PROMPT_TOKENS
        low, high = (low, middle) if enough else (middle + 1, high)
    return [Message("user", text[:low])]


def flops(decoder: Decoder, tokens: int) -> float:
    """Return the operations of a prompt (Kaplan et al., 2020, section 2.1), the output layer once."""
    config = decoder._model.config
    head = config.vocab_size * config.hidden_size
    inner = sum(p.numel() for p in decoder._model.parameters()) - head
    attention = 2 * config.num_hidden_layers * tokens * tokens * config.hidden_size  # causal: half of 4 n^2 d
    return 2.0 * inner * tokens + attention + 2.0 * head


def gemm(decoder: Decoder, tokens: int) -> float:
    """Return the operations a second of the layers' own matrix products, as many as one prompt has."""
    import torch

    config = decoder._model.config
    kind = next(decoder._model.parameters()).dtype
    wide, inner = config.hidden_size, config.intermediate_size
    kv = config.num_key_value_heads * config.head_dim
    shapes = [(wide, wide)] * 2 + [(wide, kv)] * 2 + [(wide, inner)] * 2 + [(inner, wide)]
    rows = {size: torch.randn(tokens, size, dtype=kind) for size in {wide, inner}}
    weights = [(rows[a], torch.randn(b, a, dtype=kind)) for a, b in shapes]
    work = 2.0 * tokens * sum(a * b for a, b in shapes) * 5

    def run() -> None:
        with torch.inference_mode():
            for _ in range(5):
                for row, weight in weights:
                    torch.nn.functional.linear(row, weight)

    return work / seconds(run)


def bandwidth() -> float:
    """Return the bytes a second at which memory is read, over a block that no cache holds twice."""
    import torch

    block = torch.ones(100_000_000, dtype=torch.float32)
    return block.numel() * 4 / seconds(lambda: block.sum())


def measured(decoder: Decoder) -> dict[str, list[float]]:
    messages = prompt(decoder)
    tokens = decoder.count_tokens(messages)
    held = sum(p.numel() * p.element_size() for p in decoder._model.parameters())
    found: dict[str, list[float]] = {"first": [], "first limit": [], "next": [], "next limit": []}
    for number in range(ROUNDS + 1):
        rate, speed = gemm(decoder, tokens), bandwidth()
        start = time.perf_counter()
        times = [time.perf_counter() for _ in decoder.generate(messages, Sampling(max_tokens=NEW_TOKENS))]
        if number and len(times) > 2:  # the first round warms up
            found["first"].append(times[0] - start)
            found["first limit"].append(flops(decoder, tokens) / rate)
            found["next"].append((times[-1] - times[0]) / (len(times) - 1))
            found["next limit"].append(held / speed)
    return found


def main() -> None:
    import torch

    folder = prepared_folder(DEFAULT_GENERATOR)
    loading = []
    rows = []
    for precision in ("bfloat16", "float32"):
        start = time.perf_counter()
        decoder = Decoder(folder, name=DEFAULT_GENERATOR, precision=precision)
        loading.append((precision, f"{time.perf_counter() - start:.2f} s"))
        found = {name: statistics.median(values) for name, values in measured(decoder).items()}
        rows.append(
            (
                precision,
                f"{found['first']:.2f} s",
                f"{found['first limit']:.2f} s",
                f"{found['first'] / found['first limit']:.1f}x",
                f"{1 / found['next']:.1f}",
                f"{1 / found['next limit']:.1f}",
                f"{found['next'] / found['next limit']:.1f}x",
            )
        )
    header = ("precision", "first token", "limit", "", "tokens/s", "limit", "")
    title = f"{DEFAULT_GENERATOR}, a prompt of {PROMPT_TOKENS} tokens, {torch.get_num_threads()} threads, medians"
    table(f"{title} of {ROUNDS}", header, rows)
    table("Loading", ("precision", "seconds"), loading)


if __name__ == "__main__":
    main()
