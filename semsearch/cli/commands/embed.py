"""`semsearch embed TEXT`: the vector of a text, or one for each of its tokens."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semsearch.cli.search_options import common, json_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.screen import notice, safe_text, screen_of, write
from semsearch.cli.terminal.wrap import width_of

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings
    from semsearch.types.models import TokenVectors

__all__ = ["command"]

_SHOWN = 6
"""Numbers of a vector that fit beside what they belong to."""
_TOKEN_COLUMNS = 24


@click.command(
    "embed",
    short_help="Show the vector of a text, or of each of its tokens.",
    epilog="""
    \b
    Examples:
      semsearch embed "how do bees keep warm"
      semsearch embed --tokens --query "river bank"
      semsearch embed -m bge-small-en-v1.5-int8 --json "river bank"
      semsearch embed --output vectors.npy - < lines.txt
    """,
)
@click.argument("texts", nargs=-1, metavar="TEXT|-")
@click.option("--tokens", is_flag=True, help="One vector for each token, with its text and its place.")
@click.option("--query/--passage", "query", default=False, help="Which prompt of the model goes before it (passage).")
@click.option("--output", "output", type=click.Path(path_type=Path), metavar="FILE.npy", help="Write the vectors here.")
@json_option
@common
@click.pass_context
def command(
    ctx: click.Context, /, texts: tuple[str, ...], tokens: bool, query: bool, output: Path | None, as_json: bool
) -> None:
    """Encode TEXT with the encoder that --model names: one unit vector for the whole, or one for each token.

    Several words need no quotes. - reads one text a line from standard input. --output writes float32 numbers, one row
    a text (or a token), for numpy.load.
    """
    session = ctx.ensure_object(Session)
    lines = _lines(ctx, texts)
    if output is not None and output.exists() and not output.is_file():
        # Such a path would be replaced, and with it a device of the computer or a pipe that somebody reads.
        raise click.UsageError(f"--output writes a file, and {output} is not a regular file", ctx)
    model, side = _model(session), "query" if query else "passage"
    loading = session.loading()
    from semsearch.api.embedding import embed, embed_tokens

    found: Embeddings | list[TokenVectors]
    encode = embed_tokens if tokens else embed
    found = encode(lines, model=model, side=side, **loading)
    if output is not None:
        _save(output, found)
    if as_json:
        records = [_record(text, part, with_vectors=output is None) for text, part in zip(lines, found, strict=True)]
        shared = {
            "model": model,
            "side": side,
            "dimension": _dimension(found),
            "output": str(output) if output else None,
        }
        write(to_json({**shared, "texts": records}, indent=None if output is None else 2))
    elif output is None:
        _print(lines, found)


def _lines(ctx: click.Context, texts: Sequence[str]) -> list[str]:
    if list(texts) == ["-"]:
        data = sys.stdin.buffer.read().decode("utf-8", "replace")
        lines = data.removesuffix("\n").split("\n") if data else []
        lines = [line.removesuffix("\r") for line in lines]
    else:
        lines = [" ".join(texts)]
    if not any(line.strip() for line in lines):
        raise click.UsageError("there is no text to embed", ctx)
    return lines


def _model(session: Session) -> str:
    """Return the model asked for; with --index alone that of the index."""
    if session.index and not session.model:
        from semsearch.api import status

        return str(status(session.locate().path).model)
    from semsearch.settings import DEFAULT_MODEL

    return session.chosen_model() or DEFAULT_MODEL


def _dimension(found: Any) -> int:
    first = found[0]
    vectors = getattr(first, "vectors", first)
    return int(vectors.shape[-1])


def _record(text: str, part: Any, *, with_vectors: bool) -> dict[str, Any]:
    """Return the record of one text: its vector, or its tokens with theirs."""
    if not hasattr(part, "spans"):
        return {"text": text, **({"vector": _numbers(part)} if with_vectors else {})}
    tokens = [
        {"text": text[start:stop], "start": start, "stop": stop, **({"vector": _numbers(row)} if with_vectors else {})}
        for (start, stop), row in zip(part.spans, part.vectors, strict=True)
    ]
    return {"text": text, "tokens": tokens}


def _numbers(row: Any) -> list[float]:
    """Return a vector as the shortest decimal numbers that are read back as the same float32."""
    return [float(str(number)) for number in row]


def _print(lines: Sequence[str], found: Any) -> None:
    """Print for people on a terminal; elsewhere every number, one vector a line."""
    screen = screen_of(sys.stdout)
    for text, part in zip(lines, found, strict=True):
        if not hasattr(part, "spans"):
            label = safe_text(text[:_TOKEN_COLUMNS]) if screen.terminal else ""
            write(_row(label, part, screen.terminal))
            continue
        for (start, stop), row in zip(part.spans, part.vectors, strict=True):
            token = safe_text(text[start:stop])
            write(
                f"{start}\t{stop}\t{token}\t{_row('', row, False)}" if not screen.terminal else _row(token, row, True)
            )
    if screen.terminal:
        notice(f"{_dimension(found)} numbers a vector; --json prints them all, --output FILE.npy writes them")


def _row(label: str, row: Any, short: bool) -> str:
    if not short:
        return " ".join(str(number) for number in row)
    padding = " " * max(0, _TOKEN_COLUMNS - width_of(label))
    return f"{label}{padding}  " + " ".join(f"{number:7.3f}" for number in row[:_SHOWN]) + " ..."


def _save(path: Path, found: Any) -> None:
    """Write all rows as one float32 array; an existing file is replaced whole."""
    import numpy as np

    rows = [part.vectors for part in found] if isinstance(found, list) else [found]
    array = np.ascontiguousarray(np.concatenate(rows), dtype=np.float32)
    descriptor, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.save(file, array)
        umask = os.umask(0)
        os.umask(umask)
        Path(partial).chmod(0o666 & ~umask)
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)
    notice(f"{array.shape[0]} x {array.shape[1]} float32 numbers written to {path}")
