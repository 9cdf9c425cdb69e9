"""What makes vectors comparable: the recipe of an encoder, its fingerprint, and how to read it from a folder.

Nothing heavy is imported here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from semsearch import settings
from semsearch.errors import ModelUnavailable

__all__ = [
    "FP32",
    "INT8_DYNAMIC",
    "TOKENIZER_FILES",
    "Hashes",
    "Recipe",
    "file_sha256",
    "read_json",
    "read_recipe",
    "sight",
    "weight_files",
]

FP32 = "fp32"
INT8_DYNAMIC = "int8-dynamic"
"""Activations are quantized with one scale per batch, so each row is encoded alone."""

TOKENIZER_FILES = ("tokenizer.json", "vocab.txt", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model")
COUNTS_FROM_PADDING = ("roberta", "xlm-roberta", "camembert", "mpnet")
"""Their first position is the one after the padding's id, so the positions before it are never used."""
PASSAGE_PROMPTS = ("document", "passage", "corpus")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that determines a vector. Encoders with equal recipes may share an index, whatever their names."""

    weights: Mapping[str, str]
    """sha256 of every weights file, by its path in the model's folder."""
    tokenizer: str
    """sha256 of the tokenizer's file."""
    modules: tuple[str, ...]
    """Modules after the tokenizer, in order: `Transformer`, `Pooling(mean)`... The final normalization is implicit."""
    max_seq_length: int
    """Tokens of one text that the encoder sees, special tokens included."""
    query_prompt: str = ""
    passage_prompt: str = ""
    precision: str = FP32

    @property
    def fingerprint(self) -> str:
        """The precision and 32 hexadecimal digits over all fields."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=True)
        return f"{self.precision}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: Path) -> Any:
    """Return the content of a model's JSON file, {} when it is missing; ModelUnavailable when it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{path} cannot be read ({error}): fetch the model again or repair that file") from error


def read_recipe(folder: Path, weights: Mapping[str, str] | None = None) -> Recipe:
    """Return the recipe of a sentence-transformers (or plain transformers encoder) folder, read from its configs.

    `weights` gives the sha256 of the weights files when they are not safetensors.

    Raises ModelUnavailable when files are missing, naming them, or when the folder holds another kind of model.
    """
    if not folder.is_dir():
        raise ModelUnavailable(f"{folder} is not a folder: give the folder of a sentence-transformers model")
    try:
        return _read(folder, weights if weights is not None else weight_files(folder))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        advice = "fetch the model again"
        raise ModelUnavailable(f"the configuration in {folder} is invalid ({error}): {advice}") from error


def _read(folder: Path, weights: Mapping[str, str]) -> Recipe:
    modules = read_json(folder / "modules.json") or [{"type": "Transformer", "path": ""}, {"type": "Pooling"}]
    first = folder / modules[0].get("path", "")
    config = read_json(first / "config.json")
    _check_kind(folder, config)
    tokenizer = next((path for name in TOKENIZER_FILES if (path := first / name).is_file()), None)
    wanted = {"config.json": config, "model.safetensors": weights, "tokenizer.json": tokenizer}
    if _kind(modules[0]) != "Transformer":
        del wanted["config.json"]
    if missing := [name for name, found in wanted.items() if not found]:
        raise ModelUnavailable(
            f"{folder} lacks {' and '.join(missing)}: give the folder of a sentence-transformers model"
        )
    assert tokenizer is not None
    prompts = read_json(folder / "config_sentence_transformers.json").get("prompts") or {}
    return Recipe(
        weights=weights,
        tokenizer=file_sha256(tokenizer),
        modules=tuple(_modules(folder, modules)),
        max_seq_length=sight(first, config),
        query_prompt=prompts.get("query") or "",
        passage_prompt=next((prompts[name] for name in PASSAGE_PROMPTS if prompts.get(name)), ""),
    )


def _check_kind(folder: Path, config: Mapping[str, Any]) -> None:
    """Reject a folder whose configuration is that of something other than a bi-encoder."""
    declared = read_json(folder / "config_sentence_transformers.json").get("model_type", "SentenceTransformer")
    if declared != "SentenceTransformer":
        raise ModelUnavailable(f"{folder} is a {declared}, not a bi-encoder: give a sentence-transformers model")
    heads = [name for name in config.get("architectures") or () if "For" in name and not name.endswith("ForMaskedLM")]
    if heads and not (folder / "modules.json").is_file():
        raise ModelUnavailable(f"{folder} is a {heads[0]}, not a bi-encoder: give a sentence-transformers model")


def _kind(module: Mapping[str, Any]) -> str:
    return str(module.get("type", "")).rpartition(".")[2]


def _modules(folder: Path, modules: list[dict[str, Any]]) -> Iterator[str]:
    for module in modules:
        kind, path = _kind(module), folder / module.get("path", "")
        if kind == "Transformer":
            lower = read_json(path / "sentence_bert_config.json").get("do_lower_case")
            yield "Transformer(lower case)" if lower else "Transformer"
        elif kind == "Pooling":
            if module.get("path") and not (path / "config.json").is_file():
                # Sentence-transformers fails here as well; falling back to the mean could give wrong vectors.
                raise ModelUnavailable(f"{folder} lacks {module['path']}/config.json: fetch the model again")
            yield _pooling(read_json(path / "config.json") if module.get("path") else {})
        elif kind != "Normalize":
            config = read_json(path / "config.json")
            yield f"{kind}({json.dumps(config, sort_keys=True)})" if config else kind


def _pooling(config: Mapping[str, Any]) -> str:
    """Return the pooling: a configuration has either one flag per kind or, in newer models, its name."""
    if "pooling_mode" in config:
        modes = config["pooling_mode"]
        names = [modes] if isinstance(modes, str) else list(modes)
    else:
        flags = [key for key, value in config.items() if key.startswith("pooling_mode_") and value]
        names = [key.removeprefix("pooling_mode_").removesuffix("_tokens").removesuffix("_token") for key in flags]
    prompt = "" if config.get("include_prompt", True) else ", without the prompt"
    return f"Pooling({'+'.join(sorted(names)) or 'mean'}{prompt})"


def sight(first: Path, config: Mapping[str, Any], default: int = 512) -> int:
    """Return the tokens that a model sees: its sentence length, else the least limit of tokenizer and positions."""
    if length := read_json(first / "sentence_bert_config.json").get("max_seq_length"):
        return int(length)
    limits = [read_json(first / "tokenizer_config.json").get("model_max_length"), config.get("max_position_embeddings")]
    if limits[1] and config.get("model_type") in COUNTS_FROM_PADDING:
        limits[1] -= config.get("pad_token_id", 1) + 1
    return min((int(n) for n in limits if n), default=default)


@dataclass(slots=True)
class Hashes:
    """Hashes of a folder's files from an earlier run, trusted while size, times and inode are unchanged."""

    path: Path
    known: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Hashes:
        """Return the stored hashes of a folder."""
        key = hashlib.sha256(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:32]
        path = settings.cache_dir() / "folders" / f"{key}.json"
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        return cls(path, known if isinstance(known, dict) else {})

    def sha256(self, file: Path) -> str:
        """Return the sha256 of one of its files, reading it only when it has changed."""
        stat = file.stat()
        stamp = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        entry = self.known.get(str(file))
        if entry and entry[:-1] == stamp:
            return str(entry[-1])
        digest = file_sha256(file)
        self.known[str(file)] = [*stamp, digest]
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            partial = self.path.with_suffix(".tmp")
            partial.write_text(json.dumps(self.known), encoding="utf-8")
            partial.replace(self.path)
        return digest


def weight_files(folder: Path) -> dict[str, str]:
    """Return the sha256 of every safetensors file of the model; pickles and exports to other formats are ignored."""
    hashes = Hashes.of(folder)
    files = sorted(path for path in (*folder.glob("*.safetensors"), *folder.glob("[0-9]*_*/*.safetensors")))
    return {path.relative_to(folder).as_posix(): hashes.sha256(path) for path in files}
