"""What stood in the package before a library replaced it, for the comparison of own_or_library.py alone."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from semsearch.corpus.readers.markup import markdown_blocks
from semsearch.models.encoder_decoder.greedy import Rules
from semsearch.types.documents import BlockKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

Stretch: TypeAlias = tuple[int, int, BlockKind, int]
"""First line, end, kind, heading level."""

_KINDS = {
    "paragraph_open": BlockKind.PARAGRAPH,
    "blockquote_open": BlockKind.PARAGRAPH,
    "html_block": BlockKind.PARAGRAPH,
    "fence": BlockKind.CODE,
    "code_block": BlockKind.CODE,
    "table_open": BlockKind.TABLE,
    "list_item_open": BlockKind.LIST,
}
_WORDS = r"(?:[^\W\d_]|``?[^`|]|\*\*?[^\s*|]|_[^\s_|]|[\[(\"'!@$&%/\\.,;?{]|[^\x00-\x7f])[^|]*"
_PARAGRAPH = re.compile(_WORDS)
_GOES_ON = re.compile(rf"[ \t]*{_WORDS}")
_HEADING = re.compile(r"(#{1,6})[ \t]+([^\s#].*)")
_FENCE = re.compile(r"(`{3,})[^`]*|(~{3,}).*")
_ITEM = re.compile(r"([-+*]|\d{1,9}[.)])( {1,4})(?=[^\s])")
_RULE = re.compile(r"([-*_])(?:[ \t]*\1){2,}[ \t]*")
_LASTING = re.compile(r" {0,3}(?:```|~~~|<(?:[!?]|script|pre|style|textarea))", re.IGNORECASE)
"""What goes on over blank lines."""
_MARKER = frozenset("-+*0123456789")


def line_stretches(lines: list[str], first: int) -> Iterator[Stretch]:
    """Yield the top blocks of the lines from `first` on, and each item of a top list."""
    at = first
    while at < len(lines):
        line = lines[at]
        if not line.strip(" \t"):
            at += 1
            continue
        found = _known(lines, at) if line[0] not in " \t" else []
        if not found:
            found, at = list(parser_stretches(lines, at, end := _end(lines, at))), end
        else:
            at = found[-1][1]
        yield from found


def _known(lines: list[str], at: int) -> list[Stretch]:
    """Return the block, or the items of the list, that begins on a line; nothing where the parser has to tell."""
    line = lines[at]
    if heading := _HEADING.fullmatch(line):
        if heading[2].rstrip(" \t").endswith("#"):
            return []
        return [(at, at + 1, BlockKind.HEADING, len(heading[1]))]
    if fence := _FENCE.fullmatch(line):
        return [(at, _fence_end(lines, at, fence[1] or fence[2]), BlockKind.CODE, 0)]
    if line.startswith("<!--"):
        end = next((number for number in range(at, len(lines)) if "-->" in lines[number]), len(lines) - 1)
        return [(at, end + 1, BlockKind.PARAGRAPH, 0)]
    if _PARAGRAPH.fullmatch(line):
        return _paragraph(lines, at)
    return _list(lines, at) if line[0] in _MARKER else []


def _fence_end(lines: list[str], at: int, mark: str) -> int:
    closing = re.compile(rf" {{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*")
    for number in range(at + 1, len(lines)):
        if mark in lines[number] and closing.fullmatch(lines[number]):
            return number + 1
    return len(lines)


def _paragraph(lines: list[str], at: int) -> list[Stretch]:
    end = at + 1
    while end < len(lines) and _GOES_ON.fullmatch(lines[end]):
        end += 1
    if end < len(lines) and lines[end].strip(" \t"):
        after = lines[end]
        if not (_HEADING.fullmatch(after) or _FENCE.fullmatch(after) or after.startswith("<!--") or _bullet(after)):
            return []
    return [(at, end, BlockKind.PARAGRAPH, 0)]


def _bullet(line: str) -> bool:
    return line[0] in "-+*" and _ITEM.match(line) is not None and not _RULE.fullmatch(line)


def _list(lines: list[str], at: int) -> list[Stretch]:
    """Return the items of a list that begin in the first column, all they hold indented to their first word."""
    out: list[Stretch] = []
    kind, begin, room, blank = "", at, "", False
    number = at
    for number in range(at, len(lines)):
        line = lines[number]
        if (room and line.startswith(room)) or not line.strip(" \t"):
            blank = not line.strip(" \t")
            continue
        item = _ITEM.match(line)
        if item and not _RULE.fullmatch(line) and kind in ("", item[1][-1]):
            if kind:
                out.append((begin, number, BlockKind.LIST, 0))
            kind, begin, room, blank = item[1][-1], number, " " * item.end(), False
        elif blank and line[0] not in " \t":
            break
        else:
            return []
    else:
        number = len(lines)
    return [*out, (begin, number, BlockKind.LIST, 0)]


def _end(lines: list[str], at: int) -> int:
    """Return where the parser may stop: after a blank line, where nothing goes on that began from line `at` on."""
    blank = False
    for number in range(at, len(lines)):
        line = lines[number]
        if blank and line and line[0] not in " \t" and line[0] not in _MARKER:
            return number
        if _LASTING.match(line):
            return len(lines)
        blank = not line.strip(" \t")
    return len(lines)


def parser_stretches(lines: list[str], first: int, stop: int) -> Iterator[Stretch]:
    """Yield what the parser finds in lines [first, stop)."""
    tokens = _parser().parse("\n".join(lines[first:stop]))
    for token in tokens:
        if token.map is None or token.level > 1:
            continue
        begin, end = token.map[0] + first, token.map[1] + first
        if token.level == 1:
            if token.type == "list_item_open":
                yield begin, end, BlockKind.LIST, 0
        elif token.type == "heading_open":
            yield begin, end, BlockKind.HEADING, int(token.tag[1:])
        elif token.type == "html_block" and (level := markdown_blocks.html_heading(token.content.encode())[0]):
            yield begin, end, BlockKind.HEADING, level
        elif token.type in _KINDS:
            yield begin, end, _KINDS[token.type], 0


@cache
def _parser() -> Any:
    markdown_it = import_module("markdown_it")
    parser = markdown_it.MarkdownIt("commonmark").enable("table").disable("reference")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def greedy(model: Any, inputs: Any, mask: Any, rules: Rules, room: int) -> list[list[int]]:
    """Write token after token over a cache, as the loop beside transformers' `generate` did."""
    import torch
    from transformers import generation
    from transformers.modeling_outputs import BaseModelOutput

    own = model.generation_config
    processors = generation.LogitsProcessorList()
    if own.no_repeat_ngram_size:
        processors.append(generation.NoRepeatNGramLogitsProcessor(own.no_repeat_ngram_size))
    if own.bad_words_ids:
        processors.append(generation.NoBadWordsLogitsProcessor(own.bad_words_ids, list(rules.ends)))
    with torch.inference_mode():
        states = model.get_encoder()(input_ids=inputs, attention_mask=mask, return_dict=True).last_hidden_state
        tokens, ended = torch.full((len(inputs), 1), rules.start), torch.zeros(len(inputs), dtype=torch.bool)
        cache = None
        while tokens.shape[1] <= room and not bool(ended.all()):
            output = model(
                encoder_outputs=BaseModelOutput(last_hidden_state=states),
                attention_mask=mask,
                decoder_input_ids=tokens[:, -1:],
                past_key_values=cache,
                use_cache=True,
                return_dict=True,
            )
            cache = output.past_key_values
            chosen = processors(tokens, output.logits[:, -1].float()).argmax(dim=-1)
            if tokens.shape[1] == 1 and own.forced_bos_token_id is not None:
                chosen = torch.full_like(chosen, own.forced_bos_token_id)
            chosen = torch.where(ended, torch.tensor(rules.pad), chosen)
            tokens = torch.cat((tokens, chosen.unsqueeze(1)), dim=1)
            ended |= torch.isin(chosen, torch.tensor(rules.ends))
    ends = set(rules.ends)
    return [row[: next((at for at, one in enumerate(row) if one in ends), len(row))] for row in tokens[:, 1:].tolist()]


def bootstrap_interval(values: NDArray[np.float64], resamples: int, seed: int) -> tuple[float, float]:
    """Return the 95 % percentile interval of a mean."""
    rng = np.random.default_rng(seed)
    step = max(1, 1_000_000 // len(values))
    sizes = [min(step, resamples - at) for at in range(0, resamples, step)]
    means = np.concatenate([values[rng.integers(0, len(values), (n, len(values)))].mean(axis=1) for n in sizes])
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def streamed(host: str, port: int, body: bytes) -> Iterator[dict[str, Any]]:
    """Yield the objects of a streamed answer over the standard library's client."""
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("POST", "/v1/chat/completions", body=body, headers={"Content-Type": "application/json"})
        response, rest, data = connection.getresponse(), b"", b""
        while chunk := response.read1(65_536):
            *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
            for line in lines:
                if line.startswith(b"data:"):
                    data += line[5:].strip()
                elif not line and data:
                    if data == b"[DONE]":
                        return
                    yield json.loads(data)
                    data = b""
    finally:
        connection.close()
