"""The roles a model can fill, one small Protocol each, and the architectures.

Imports nothing heavy: numpy is imported for type checking only.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings, Scores

__all__ = [
    "Architecture",
    "BiEncoder",
    "CrossEncoder",
    "Generator",
    "Message",
    "Precise",
    "Precision",
    "Role",
    "Row",
    "Sampling",
    "Seq2Seq",
    "Token",
    "TokenEncoder",
    "TokenVectors",
    "Tokenized",
    "Tokenizing",
    "TokenizingOnce",
    "Transcriber",
    "Utterance",
    "Vocabulary",
]


class Architecture(StrEnum):
    """The three transformer architectures."""

    ENCODER = "encoder"
    DECODER = "decoder"
    ENCODER_DECODER = "encoder-decoder"


class Role(StrEnum):
    """What a checkpoint was trained to do."""

    BI_ENCODER = "bi-encoder"
    TOKEN_ENCODER = "token-encoder"
    CROSS_ENCODER = "cross-encoder"
    LATE_INTERACTION = "late-interaction"
    GENERATOR = "generator"
    SEQ2SEQ = "seq2seq"
    TRANSCRIBER = "transcriber"


class BiEncoder(Protocol):
    """Encodes text as unit vectors; passages and queries may be encoded differently."""

    @property
    def fingerprint(self) -> str:
        """Identifies weights, pooling, prompts and precision; vectors of two fingerprints are never compared."""

    @property
    def dim(self) -> int:
        """Dimension of a vector."""

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Encode queries: (n, dim), unit rows."""

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Encode passages: (n, dim), unit rows; a row does not depend on its batch."""


class Precision(StrEnum):
    """The precision passages are encoded in: one for a whole index, since scores differ slightly between two."""

    FLOAT32 = "float32"
    """Includes bfloat16 and float16, which differ from it by less than the rounding of a stored vector."""
    INT8 = "int8"


@runtime_checkable
class Precise(Protocol):
    """Optional for an encoder: passages in more than one precision, under one fingerprint."""

    @property
    def precision(self) -> Precision:
        """The precision it encodes passages in."""

    def passages_as(self, precision: Precision) -> BiEncoder:
        """Return the same model with passages in this precision, without loading it a second time."""

    def fastest_precision(self) -> Precision:
        """Return the fastest precision for a new index on this computer; measured once, which takes seconds."""


@runtime_checkable
class Tokenizing(Protocol):
    """Optional for an encoder: its tokenizer, so that no passage is ever truncated."""

    @property
    def max_tokens(self) -> int:
        """Maximum tokens of one text, special tokens not counted."""

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return for each text the (start, stop) character offsets of every token, in order, never truncated."""


@runtime_checkable
class Vocabulary(Protocol):
    """Optional for an encoder: which words its vocabulary covers."""

    def pieces(self, texts: Sequence[str]) -> list[list[str | None]]:
        """Return the vocabulary pieces of each text, with None for an unknown piece."""


Row: TypeAlias = "array[int]"
"""The token ids of one passage as the model receives them, with prompt and special tokens."""


class Tokenized(NamedTuple):
    """The token ids of a text, without special tokens, and the (start, stop) character offsets of each."""

    ids: Sequence[int]
    spans: list[tuple[int, int]]


@runtime_checkable
class TokenizingOnce(BiEncoder, Tokenizing, Protocol):
    """Optional for an encoder: a text is tokenized once, both to measure it and to encode it.

    Thread-safe.
    """

    @property
    def joins(self) -> bool:
        """Whether a text split at blanks has the same tokens as its parts have, in order."""

    def tokenize(self, texts: Sequence[str]) -> list[Tokenized]:
        """Return the tokens of each text, never truncated."""

    def row(self, ids: Sequence[int]) -> Row:
        """Return the row of a passage with these tokens."""

    def rows(self, texts: Sequence[str]) -> list[Row]:
        """Return the row of each passage. Raises ValueError for one that is longer than `max_tokens`."""

    def encode_rows(self, rows: Sequence[Row]) -> Embeddings:
        """Encode passages given as rows; the vectors equal those of `encode_passages`."""


@dataclass(frozen=True, slots=True, eq=False)
class TokenVectors:
    """One unit vector for each token of a text: (t, dim), and the (start, stop) character offsets of each token.

    Special tokens, prompts and truncated text are left out, so every row has a place in the text.
    """

    vectors: Embeddings
    spans: tuple[tuple[int, int], ...]


@runtime_checkable
class TokenEncoder(Protocol):
    """Encodes text as one vector for each token (for late interaction and for word matches)."""

    def encode_query_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode the tokens of queries."""

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode the tokens of passages."""


class CrossEncoder(Protocol):
    """Scores a query and a passage read together, with a regression head."""

    @property
    def name(self) -> str:
        """The name it can be loaded by again."""

    def score(self, query: str, passages: Sequence[str]) -> Scores:
        """Return (n,) float32 logits, higher is better; a score does not depend on the other passages.

        A passage that is too long is scored by its best window; nothing is truncated silently.
        """


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen: `temperature` 0 takes the most probable one."""

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of generated text and its probability; None when a remote model does not report it."""

    text: str
    probability: float | None


class Generator(Protocol):
    """A decoder: takes messages, yields one token at a time."""

    @property
    def name(self) -> str:
        """The name it can be loaded by again."""

    @property
    def context(self) -> int:
        """Tokens of prompt and answer together at most; 0 when unknown."""

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the tokens of a prompt, its chat template included (an upper estimate for a remote model)."""

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[Token]:
        """Yield tokens as they come. Raises InvalidQuery when the prompt is too long, ModelUnavailable on failure."""


class Seq2Seq(Protocol):
    """An encoder-decoder from text to text; the encoder runs once for each input."""

    @property
    def name(self) -> str:
        """The name it can be loaded by again."""

    @property
    def max_tokens(self) -> int:
        """Maximum tokens of one input."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens of each text, special tokens included."""

    def transform(self, texts: Sequence[str], *, max_new_tokens: int = 128) -> list[str]:
        """Return the output for each input. Raises InvalidQuery for one longer than `max_tokens`; never truncates."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something said in a recording, between two times in seconds."""

    start: float
    stop: float
    text: str


class Transcriber(Protocol):
    """An encoder-decoder from speech to text."""

    @property
    def fingerprint(self) -> str:
        """Identifies weights and runtime; another fingerprint may give another transcript."""

    def transcribe(self, recording: str) -> Iterator[Utterance]:
        """Yield what is said, in order; nothing for silence or music. Raises SourceUnreadable for other files."""


FetchProgress: TypeAlias = Callable[[str, int, int], None]
"""Called with the progress of a download: current step, bytes done, bytes in all (0: a line for the user)."""
