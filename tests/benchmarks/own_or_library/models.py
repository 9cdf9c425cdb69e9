"""Decoding of encoder-decoders, HTTP to an endpoint, and bootstrap intervals, by our own code and by libraries."""

from __future__ import annotations

import json
import multiprocessing
import random
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.benchmarks.own_or_library import replaced_code
from tests.benchmarks.own_or_library.measuring import import_cost, seconds
from tests.benchmarks.report import table


def greedy() -> None:
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    from semsearch.models.encoder_decoder.greedy import Rules, decode
    from semsearch.models.encoder_decoder.transform import load_seq2seq
    from tests.contract.tiny_seq2seq import MAKERS, WORDS

    torch.set_num_threads(1)
    rng = random.Random(3)
    texts = [" ".join(rng.choices(WORDS, k=rng.randint(3, 20))) for _ in range(16)]
    models: dict[str, tuple[Any, list[list[int]]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, make in MAKERS.items():
            torch.manual_seed(7)
            loaded = load_seq2seq(str(make(Path(folder, name))))
            models[f"{name}, tiny"] = loaded._opened.model, loaded._rows(texts)
    config = T5Config(
        d_model=512, d_kv=64, d_ff=1024, num_layers=8, num_heads=6, feed_forward_proj="gated-gelu",
        decoder_start_token_id=0, pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    models["flan-t5-small's shape"] = (
        T5ForConditionalGeneration(config).eval(),
        [[*(rng.randrange(3, 32_000) for _ in range(rng.randint(20, 120))), 1] for _ in range(16)],
    )
    rows = []
    for name, (model, ids) in models.items():
        rules, width = Rules.read(model, {}), max(map(len, ids))
        inputs = torch.tensor([row + [rules.pad] * (width - len(row)) for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in ids])
        library = decode(model, inputs, mask, rules, room=48)
        own = replaced_code.greedy(model, inputs, mask, rules, 48)
        ratio = seconds(lambda a=(model, inputs, mask, rules): decode(*a, room=48)) / seconds(  # type: ignore[misc]
            lambda a=(model, inputs, mask, rules, 48): replaced_code.greedy(*a)  # type: ignore[misc]
        )
        rows.append((name, f"{sum(a == b for a, b in zip(library, own, strict=True))} of {len(own)}", f"{ratio:.2f}"))
    table("Greedy decoding: `generate` over a loop of our own", ("model", "same tokens", "time"), rows)


class _Answers(BaseHTTPRequestHandler):
    events = 20_000

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        choice = {"choices": [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}]}
        self.wfile.write((b"data: " + json.dumps(choice).encode() + b"\n\n") * self.events + b"data: [DONE]\n\n")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


def _serve(ports: Any) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    ports.put(server.server_address[1])
    server.serve_forever()


def http() -> None:
    from semsearch.models.decoder.http_stream import Endpoint, place_of

    context = multiprocessing.get_context("spawn")
    ports = context.Queue()
    server = context.Process(target=_serve, args=(ports,), daemon=True)
    server.start()
    try:
        port = ports.get(timeout=60)
        endpoint = Endpoint(place_of(f"http://127.0.0.1:{port}/v1"), "", 10.0, 10.0)
        body: dict[str, Any] = {"model": "m", "messages": []}
        library = seconds(lambda: sum(1 for _ in endpoint.events("/chat/completions", body)))
        own = seconds(lambda: sum(1 for _ in replaced_code.streamed("127.0.0.1", port, json.dumps(body).encode())))
    finally:
        server.terminate()
    rows = [
        ("httpx2", f"{library / _Answers.events * 1e6:.0f}", import_cost("httpx2")),
        ("http.client (before)", f"{own / _Answers.events * 1e6:.0f}", import_cost("http.client, ssl, urllib.request")),
    ]
    table("HTTP: 20,000 events of one answer", ("client", "µs an event", "import"), rows)


def bootstrap() -> None:
    import numpy as np

    from semsearch.evaluate.bootstrap import interval

    interval({"a": 0.0, "b": 1.0})
    rows = []
    for n in (2, 50, 300, 3_000, 30_000):
        values = {str(at): float(one) for at, one in enumerate(np.random.default_rng(n).random(n))}
        array = np.array(list(values.values()))
        apart = np.abs(np.subtract(interval(values, seed=1), replaced_code.bootstrap_interval(array, 2_000, 1))).max()
        ratio = seconds(lambda v=values: interval(v, seed=1)) / seconds(  # type: ignore[misc]
            lambda a=array: replaced_code.bootstrap_interval(a, 2_000, 1)  # type: ignore[misc]
        )
        rows.append((f"{n:,}", f"{apart:.0e}", f"{ratio:.2f}"))
    title = f"Intervals: scipy.stats.bootstrap over numpy alone (its import: {import_cost('scipy.stats')})"
    table(title, ("queries", "ends apart, at most", "time"), rows)
