"""The catalogue's table of architectures and roles, held against the classes that do the work."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from semsearch.api.rerankers import load_reranker
from semsearch.models.decoder.generate import Decoder, load_generator
from semsearch.models.decoder.openai_endpoint import RemoteGenerator
from semsearch.models.encoder.cross_encoder import OnnxCrossEncoder, load_cross_encoder
from semsearch.models.encoder.cross_encoder_torch import TorchCrossEncoder
from semsearch.models.encoder.load import load_encoder
from semsearch.models.encoder.onnx_encoder import OnnxEncoder
from semsearch.models.encoder.torch_encoder import TorchEncoder
from semsearch.models.encoder_decoder.transform import EncoderDecoder, load_seq2seq
from semsearch.models.encoder_decoder.whisper import WhisperTranscriber, load_transcriber
from semsearch.models.weights.catalog import CATALOG
from semsearch.search.late_interaction import LateInteraction
from semsearch.types import models as roles
from semsearch.types.models import Architecture, Role

ENCODER, DECODER, BOTH = Architecture.ENCODER, Architecture.DECODER, Architecture.ENCODER_DECODER
CLASSES: dict[Role, tuple[Any, tuple[Architecture, ...], tuple[type, ...]]] = {
    Role.BI_ENCODER: (roles.BiEncoder, (ENCODER,), (OnnxEncoder, TorchEncoder)),
    Role.TOKEN_ENCODER: (roles.TokenEncoder, (ENCODER,), (OnnxEncoder, TorchEncoder)),
    Role.CROSS_ENCODER: (roles.CrossEncoder, (ENCODER,), (OnnxCrossEncoder, TorchCrossEncoder)),
    Role.LATE_INTERACTION: (roles.CrossEncoder, (ENCODER,), (LateInteraction,)),
    Role.GENERATOR: (roles.Generator, (DECODER,), (Decoder, RemoteGenerator)),
    Role.SEQ2SEQ: (roles.Seq2Seq, (BOTH,), (EncoderDecoder,)),
    Role.TRANSCRIBER: (roles.Transcriber, (BOTH,), (WhisperTranscriber,)),
}
LOADERS: dict[Role, Callable[..., Any]] = {
    Role.BI_ENCODER: load_encoder,
    Role.TOKEN_ENCODER: load_encoder,
    Role.CROSS_ENCODER: load_cross_encoder,
    Role.LATE_INTERACTION: load_reranker,
    Role.GENERATOR: load_generator,
    Role.SEQ2SEQ: load_seq2seq,
    Role.TRANSCRIBER: load_transcriber,
}
HERE = [(entry.name, role) for entry in CATALOG.values() if entry.files for role in entry.roles]


def parameters_of(function: Any) -> list[tuple[str, Any]]:
    return [(name, parameter.kind) for name, parameter in inspect.signature(function).parameters.items()]


def test_every_role_has_its_classes_and_every_entry_the_architecture_of_its_roles() -> None:
    assert set(CLASSES) == set(LOADERS) == set(Role)
    for entry in CATALOG.values():
        for role in entry.roles:
            assert entry.architecture in CLASSES[role][1], (entry.name, role)


@pytest.mark.parametrize("role", list(Role))
def test_a_class_has_every_method_of_its_role(role: Role) -> None:
    protocol, _, classes = CLASSES[role]
    methods = {name: one for name, one in vars(protocol).items() if inspect.isfunction(one) and name[0] != "_"}
    assert methods
    for one in classes:
        for name, method in methods.items():
            assert parameters_of(getattr(one, name))[: len(parameters_of(method))] == parameters_of(method), (one, name)


@pytest.mark.parametrize(("name", "role"), HERE, ids=lambda value: str(value))
def test_the_loader_of_a_role_gives_a_class_of_that_role(name: str, role: Role) -> None:
    loaded = LOADERS[role](name)
    protocol, _, classes = CLASSES[role]
    assert isinstance(loaded, classes)
    for member in protocol.__protocol_attrs__ if hasattr(protocol, "__protocol_attrs__") else ():
        assert hasattr(loaded, member), member
    close = getattr(loaded, "close", None)
    if close is not None:
        close()
