"""Identify a model's folder by its configuration: the architecture, the roles it was trained for, its sizes.

The configuration is config.json (`architectures`, `model_type`, `is_encoder_decoder`), the files that
sentence-transformers writes beside it, the metadata of a GGUF file, or the specification of a CTranslate2 model. Names
of models are not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semsearch.errors import ModelUnavailable
from semsearch.models.weights.ctranslate2_header import read_ctranslate2_header
from semsearch.models.weights.fingerprint import read_json, sight
from semsearch.models.weights.formats import Format, find_weights, read_graph, tensors
from semsearch.models.weights.gguf_header import read_gguf_header
from semsearch.types.models import Architecture, Role

__all__ = ["DECODER_FAMILIES", "Kind", "identify"]

# fmt: off
DECODER_FAMILIES = frozenset((
    "bloom", "codegen", "cohere", "cohere2", "falcon", "gemma", "gemma2", "gemma3_text", "glm", "glm4", "gpt2",
    "gpt_bigcode", "gpt_neo", "gpt_neox", "gpt_oss", "gptj", "granite", "helium", "llama", "mistral", "mixtral",
    "mpt", "olmo", "olmo2", "olmoe", "opt", "phi", "phi3", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "smollm3",
    "stablelm", "starcoder2",
))
# fmt: on
"""Values of `model_type` with causal attention, whatever their head."""

_ENCODES = (Role.BI_ENCODER, Role.TOKEN_ENCODER)
_DECLARED = {
    "SentenceTransformer": _ENCODES,
    "CrossEncoder": (Role.CROSS_ENCODER,),
    "MultiVectorEncoder": (Role.TOKEN_ENCODER, Role.LATE_INTERACTION),
}
"""Roles by `model_type` of config_sentence_transformers.json."""
_SPEECH = "whisper"
_GGUF_ENCODERS = ("bert", "nomic-bert", "jina-bert-v2", "t5encoder", "modern-bert")


@dataclass(frozen=True, slots=True)
class Kind:
    """The kind of a model. `what` is the configuration's own term; sizes are None when it does not give them."""

    what: str
    format: Format
    architecture: Architecture
    roles: tuple[Role, ...]
    dim: int | None = None
    context: int | None = None

    @property
    def described(self) -> str:
        """The name of the kind in error messages."""
        return f"{self.what} ({' and '.join(self.roles) if self.roles else 'a kind without a role here'})"


def identify(folder: Path) -> Kind:
    """Return the kind of model in a folder.

    Raises ModelUnavailable when its weights or its configuration are missing, damaged, or inconclusive.
    """
    form, files = find_weights(folder)
    if form is Format.GGUF:
        return _from_gguf(files[0])
    if form is Format.CTRANSLATE2:
        return _from_ctranslate2(files[0])
    try:
        return _from_config(folder, form)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ModelUnavailable(f"the configuration in {folder} is invalid ({error}): fetch the model again") from error


def _from_config(folder: Path, form: Format) -> Kind:
    modules = read_json(folder / "modules.json")
    first = folder / modules[0].get("path", "") if modules else folder
    config = read_json(first / "config.json")
    if not isinstance(config, dict):
        raise TypeError("config.json is not an object")
    declared = read_json(folder / "config_sentence_transformers.json").get("model_type", "")
    if form is Format.ONNX and not (config or modules):
        return _from_graph(folder)
    if not (config or modules):
        raise ModelUnavailable(f"{folder} lacks config.json, without which its kind is unknown: fetch the model again")
    name = next(iter(config.get("architectures") or ()), "") or str(config.get("model_type", ""))
    if not (name or modules):
        raise ModelUnavailable(f"{folder}/config.json names no architecture, so its role is unknown: use another model")
    architecture = _architecture(config, name, bool(modules))
    transformer = not modules or str(modules[0].get("type", "")).endswith("Transformer")
    if declared or modules:
        roles = _DECLARED.get(declared or "SentenceTransformer", ())
        roles = tuple(role for role in roles if transformer or role is not Role.TOKEN_ENCODER)
    else:
        roles = _roles(config, name, architecture)
    what = declared if declared and declared != "SentenceTransformer" else name or "sentence-transformers model"
    return Kind(what, form, architecture, roles, _dim(folder, modules, config), _context(first, config))


def _from_graph(folder: Path) -> Kind:
    """Identify a folder without configuration by the outputs of its graph."""
    _, (path, *_) = find_weights(folder)
    outputs = {value.name: value.type.tensor_type.shape.dim for value in read_graph(path).output}
    if "logits" in outputs and outputs["logits"][-1].dim_value == 1:
        return Kind("ONNX graph with one score", Format.ONNX, Architecture.ENCODER, (Role.CROSS_ENCODER,))
    raise ModelUnavailable(f"{folder} lacks config.json, without which its kind is unknown: fetch the model again")


def _architecture(config: Mapping[str, Any], name: str, encodes: bool) -> Architecture:
    if config.get("is_encoder_decoder") and not encodes and not name.endswith("EncoderModel"):
        return Architecture.ENCODER_DECODER
    causal = config.get("is_decoder") or name.endswith(("ForCausalLM", "LMHeadModel"))
    if causal or config.get("model_type") in DECODER_FAMILIES:
        return Architecture.DECODER
    return Architecture.ENCODER


def _roles(config: Mapping[str, Any], name: str, architecture: Architecture) -> tuple[Role, ...]:
    """Return the roles of a checkpoint by its head."""
    if architecture is Architecture.ENCODER_DECODER:
        return (Role.TRANSCRIBER,) if config.get("model_type") == _SPEECH else (Role.SEQ2SEQ,)
    if name.endswith("ForSequenceClassification"):
        labels = len(config.get("id2label") or ()) or int(config.get("num_labels", 2))
        return (Role.CROSS_ENCODER,) if labels == 1 else ()
    if name.endswith(("ForCausalLM", "LMHeadModel")):
        return (Role.GENERATOR,)
    if "For" in name and not name.endswith("ForMaskedLM"):
        return ()
    return _ENCODES


def _dim(folder: Path, modules: list[dict[str, Any]], config: Mapping[str, Any]) -> int | None:
    """Return the length of a vector: that of the last module that names one, else of the hidden states."""
    keys = ("hidden_size", "d_model", "n_embd", "dim")
    dim = next((int(config[key]) for key in keys if config.get(key)), None)
    for module in modules or ():
        values = read_json(folder / module["path"] / "config.json") if module.get("path") else {}
        size = values.get("out_features") or values.get("word_embedding_dimension") or values.get("embedding_dim")
        dim = int(size) if size else dim
    if dim is None:  # a table of word vectors, which has no configuration
        tables = [tensor.shape for tensor in tensors(folder) if len(tensor.shape) == 2]
        dim = tables[0][1] if len(tables) == 1 else None
    return dim


def _context(first: Path, config: Mapping[str, Any]) -> int | None:
    """Return the tokens that the model sees at once."""
    if length := config.get("max_target_positions") or config.get("n_positions"):
        return int(length)
    return sight(first, config, default=0) or None


def _from_gguf(path: Path) -> Kind:
    metadata = read_gguf_header(path).metadata
    family = str(metadata.get("general.architecture", ""))
    architecture = Architecture.DECODER
    roles: tuple[Role, ...] = (Role.GENERATOR,)
    if family == "t5":
        architecture, roles = Architecture.ENCODER_DECODER, (Role.SEQ2SEQ,)
    elif family in _GGUF_ENCODERS or not metadata.get(f"{family}.attention.causal", True):
        architecture, roles = Architecture.ENCODER, ()
    if not family:
        raise ModelUnavailable(f"{path} names no architecture, so its role is unknown: take another model")
    dim, context = (metadata.get(f"{family}.{key}") for key in ("embedding_length", "context_length"))
    return Kind(family, Format.GGUF, architecture, roles, dim, context)


def _from_ctranslate2(path: Path) -> Kind:
    header = read_ctranslate2_header(path)
    positions = header.tensors.get("decoder/position_encodings/encodings")
    embeddings = header.tensors.get("decoder/embeddings/weight")
    dim, context = embeddings[1] if embeddings else None, positions[0] if positions else None
    if header.spec == "WhisperSpec":
        return Kind(header.spec, Format.CTRANSLATE2, Architecture.ENCODER_DECODER, (Role.TRANSCRIBER,), dim, context)
    halves = {name.partition("/")[0] for name in header.tensors}
    architecture = (
        Architecture.ENCODER_DECODER
        if {"encoder", "decoder"} <= halves
        else Architecture.DECODER
        if "decoder" in halves
        else Architecture.ENCODER
    )
    return Kind(header.spec, Format.CTRANSLATE2, architecture, (), dim, context)
