"""Decoders: generate text token by token.

Torch is imported when a decoder is loaded, not before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from semsearch import settings
from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.models.decoder.chat_template import ChatTemplate
from semsearch.models.decoder.detokenize import Detokenizer
from semsearch.models.decoder.sampling import Sampler, check_sampling
from semsearch.models.decoder.unpacked_gguf import prepared_folder
from semsearch.models.shared.fastest_dtype import fastest_precision, free_memory
from semsearch.models.shared.memory import out_of_memory
from semsearch.models.shared.quiet import quiet_libraries
from semsearch.models.shared.threads import thread_count
from semsearch.models.weights.fetch import ProgressCallback
from semsearch.models.weights.fingerprint import read_json
from semsearch.models.weights.resolve import shown_name
from semsearch.types.models import Generator, Message, Sampling, Token

__all__ = ["REMOTE", "Decoder", "load_generator"]

REMOTE = "openai:"
"""Prefix of the name of a model behind an OpenAI-compatible endpoint."""


def load_generator(
    name: str,
    *,
    base_url: str | None = None,
    offline: bool | None = None,
    progress: ProgressCallback | None = None,
) -> Generator:
    """Return a generator: a catalogue name, a folder or hub repository of a causal language model, or `openai:MODEL`.

    `openai:MODEL` is a model behind an OpenAI-compatible endpoint at `base_url`; its key comes from the environment.
    Raises ModelUnavailable, with what to do, when it is unavailable; InvalidQuery for an invalid `base_url`.
    """
    if name.startswith(REMOTE):
        return _remote(name, base_url, settings.offline() if offline is None else offline)
    if base_url is not None:
        raise InvalidQuery(f"--base-url needs a remote model such as {REMOTE}llama3.2, not {name}")
    with ThreadPoolExecutor(1) as pool:
        importing = pool.submit(_import_torch)  # seconds, while the weights are hashed
        folder = prepared_folder(name, offline=offline, progress=progress)
        importing.result()
    return Decoder(folder, name=shown_name(name, folder))


def _remote(name: str, base_url: str | None, offline: bool) -> Generator:
    from semsearch.models.decoder.openai_endpoint import RemoteGenerator

    generator = RemoteGenerator(name.removeprefix(REMOTE), base_url)
    if offline:
        raise ModelUnavailable(f"{name} needs a connection, and offline mode is on: take a local model")
    return generator


def _import_torch() -> None:
    # Threads that wait by spinning starve each other as soon as other programs use the cores. Read once, when torch is
    # loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with quiet_libraries():
        import torch
        import transformers

        _ = torch, transformers.AutoModelForCausalLM, transformers.AutoTokenizer


class Decoder:
    """A causal language model on the CPU, with a generation loop over its key-value cache. Thread-safe."""

    def __init__(self, folder: Path, *, name: str, precision: str | None = None) -> None:
        """Load the model of a folder. Raises ModelUnavailable when it is not a valid causal language model."""
        self.name, self.path = name, folder
        self.precision = precision or fastest_precision()
        with quiet_libraries(), _memory(name):
            import torch

            torch.set_num_threads(thread_count())
            self._model, self._tokenizer = _load(folder, name, self.precision)
        self.tokenizer = self._tokenizer
        self._prompt = ChatTemplate(self._tokenizer, name)
        self._ends = self._end_tokens()
        self.context = _context(self._model.config)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the tokens of a prompt, its chat template included."""
        with quiet_libraries():
            return len(self._prompt.ids(messages))

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[Token]:
        """Yield tokens as they come; a token that only begins a character has an empty text.

        InvalidQuery immediately, not at the first token, when prompt and answer together exceed the context.
        """
        check_sampling(sampling)
        if not messages:
            raise InvalidQuery("there are no messages to answer")
        with quiet_libraries():
            ids = self._prompt.ids(messages)
        if len(ids) + sampling.max_tokens > self.context:
            raise InvalidQuery(
                f"the prompt has {len(ids)} tokens and the answer may have {sampling.max_tokens}, more than the "
                f"{self.context} that {self.name} sees: lower max_tokens, or shorten the prompt"
            )
        return self._tokens(ids, sampling)

    def first_logits(self, messages: Sequence[Message]) -> Any:
        """Return the logits of the first token of an answer, a tensor (vocabulary,).

        InvalidQuery when the prompt exceeds the context.
        """
        with quiet_libraries():
            ids = self._prompt.ids(messages)
        if len(ids) > self.context:
            raise InvalidQuery(f"the prompt has {len(ids)} tokens, {self.name} sees {self.context}: shorten the prompt")
        return self._forward(_row(ids), None)[0]

    def states(self, ids: Sequence[int]) -> Any:
        """Return the states of tokens after the last layer, a tensor (t, dim)."""
        import torch

        with torch.inference_mode(), _memory(self.name):
            return self._model.base_model(input_ids=_row(ids), use_cache=False).last_hidden_state[0]

    def _tokens(self, ids: Sequence[int], sampling: Sampling) -> Iterator[Token]:
        detokenizer = Detokenizer(self._decode, self._prompt.stops)
        last: Token | None = None
        for token, probability in self._loop(ids, Sampler(sampling), sampling.max_tokens):
            if last is not None:
                yield last
            last = Token(detokenizer.push(token), probability)
            if detokenizer.stopped:
                break
        if last is not None:  # the last token also carries the text held back for further tokens
            yield Token(last.text + ("" if detokenizer.stopped else detokenizer.rest()), last.probability)

    def _loop(self, ids: Sequence[int], sampler: Sampler, limit: int) -> Iterator[tuple[int, float]]:
        """Yield (token, probability) until an end token or `limit` tokens."""
        import torch

        step = torch.tensor([list(ids)])
        cache: Any = None
        for _ in range(limit):
            logits, cache = self._forward(step, cache)
            token, probability = sampler.choose(logits)
            if token in self._ends:
                return
            yield token, probability
            step = torch.tensor([[token]])

    def _forward(self, step: Any, cache: Any) -> tuple[Any, Any]:
        """Run the model over new tokens (1, n) after the cached ones; return logits (vocabulary,) and the cache.

        Inference mode is left before a token is yielded: it is a state of the thread, not of this loop.
        """
        import torch

        with torch.inference_mode(), _memory(self.name):
            out = self._model(input_ids=step, past_key_values=cache, use_cache=True, logits_to_keep=1)
            return out.logits[0, -1], out.past_key_values

    def _decode(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _end_tokens(self) -> set[int]:
        tokens = self._prompt.end_tokens()
        for ends in (self._model.generation_config.eos_token_id, self._tokenizer.eos_token_id):
            tokens.update([ends] if isinstance(ends, int) else ends or ())
        return tokens


def _row(ids: Sequence[int]) -> Any:
    import torch

    return torch.tensor([list(ids)])


@contextmanager
def _memory(name: str) -> Iterator[None]:
    """Turn torch's out-of-memory errors into one line."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        raise ModelUnavailable(
            f"out of memory while running {name}: close other programs, or take a smaller model"
        ) from error


def _context(config: Any) -> int:
    text = config.get_text_config()
    return int(next((v for key in ("max_position_embeddings", "n_positions") if (v := getattr(text, key, None))), 2048))


def _load(folder: Path, name: str, precision: str) -> tuple[Any, Any]:
    """Return (model, tokenizer), both checked."""
    _check_folder(folder, name, precision)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options = {"local_files_only": True, "trust_remote_code": False}
    try:
        model, report = AutoModelForCausalLM.from_pretrained(
            str(folder), dtype=getattr(torch, precision), output_loading_info=True, use_safetensors=True, **options
        )
        tokenizer = AutoTokenizer.from_pretrained(str(folder), **options)
    except Exception as error:
        if out_of_memory(error):
            raise
        reason = " ".join(str(error).split())[:200]
        raise ModelUnavailable(f"{name} cannot be loaded from {folder} ({reason}): take another model") from error
    missing = sorted(report["missing_keys"])
    if missing:
        raise ModelUnavailable(
            f"{name} lacks {len(missing)} of its weights ({missing[0]}, ...): its files are incomplete, or it is "
            "not a causal language model; fetch it again, or take another"
        )
    rows = int(model.get_input_embeddings().weight.shape[0])
    if len(tokenizer) > rows:
        raise ModelUnavailable(
            f"the tokenizer of {name} has {len(tokenizer)} tokens but its weights only {rows}: they do not match"
        )
    return model.eval(), tokenizer


def _check_folder(folder: Path, name: str, precision: str) -> None:
    """Reject a model that is not a causal language model by its config, or that exceeds the free memory."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as causal

    if not (folder / "config.json").is_file():
        raise ModelUnavailable(f"{name} cannot be loaded: {folder} has no config.json")
    config = read_json(folder / "config.json")
    classes = config.get("architectures") or []
    known = {cls for names in causal.values() for cls in ([names] if isinstance(names, str) else names)}
    if classes and not known & set(classes):
        raise ModelUnavailable(f"{name} is a {classes[0]}, not a causal language model: take a decoder")
    files = list(folder.glob("*.safetensors"))
    stored = 4 if str(config.get("dtype") or config.get("torch_dtype") or "float32").endswith("32") else 2
    needed = sum(file.stat().st_size for file in files) * (4 if precision == "float32" else 2) // stored
    free = free_memory()
    if free is not None and needed > free:
        raise ModelUnavailable(
            f"{name} needs {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free: "
            "close other programs, or take a smaller model"
        )
