"""What a model can do here, and which architecture does it: one small Protocol for every role that can be swapped.

No heavy import happens here: numpy is named in annotations only.
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
    """The three kinds of transformer."""

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
    """Text to unit vectors; documents and queries may be encoded differently."""

    @property
    def fingerprint(self) -> str:
        """Names the weights, pooling, prompts and precision; vectors of two fingerprints never meet."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Encode queries: (n, dim), unit rows."""

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Encode passages: (n, dim), unit rows; a row does not depend on its batch."""


class Precision(StrEnum):
    """What passages are encoded in: an index keeps to one, since scores of two do not compare to the last digit."""

    FLOAT32 = "float32"
    """Also bfloat16 and float16, which differ from it by less than a stored vector does."""
    INT8 = "int8"


@runtime_checkable
class Precise(Protocol):
    """What an encoder may add that encodes passages in more than one precision, under one fingerprint."""

    @property
    def precision(self) -> Precision:
        """What it encodes passages in."""

    def passages_as(self, precision: Precision) -> BiEncoder:
        """Return the same model with passages in this precision; nothing is loaded twice."""

    def fastest_precision(self) -> Precision:
        """Return what a new index should be encoded in on this computer; measured once, in seconds."""


@runtime_checkable
class Tokenizing(Protocol):
    """What an encoder may add so that no passage is ever cut off: its own tokens."""

    @property
    def max_tokens(self) -> int:
        """How many tokens of one text the encoder sees, its special tokens not counted."""

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """For each text the (start, stop) characters of every token, in order, nothing cut off."""


@runtime_checkable
class Vocabulary(Protocol):
    """What an encoder may add that can tell which words it knows."""

    def pieces(self, texts: Sequence[str]) -> list[list[str | None]]:
        """Return the pieces of the vocabulary that each text is made of, None for one that the vocabulary lacks."""


Row: TypeAlias = "array[int]"
"""The token ids of one passage as the model gets them, prompt and special tokens included."""


class Tokenized(NamedTuple):
    """The token ids of a text, without special tokens, and the (start, stop) characters of each."""

    ids: Sequence[int]
    spans: list[tuple[int, int]]


@runtime_checkable
class TokenizingOnce(BiEncoder, Tokenizing, Protocol):
    """What an encoder may add so that a text is tokenized once, for its size and for its vectors.

    Many threads may use it at once.
    """

    @property
    def joins(self) -> bool:
        """Whether the tokens of a text are those of its parts, in order, wherever a blank is between them."""

    def tokenize(self, texts: Sequence[str]) -> list[Tokenized]:
        """Return the tokens of each text, nothing cut off."""

    def row(self, ids: Sequence[int]) -> Row:
        """Return the row of a passage that has these tokens."""

    def rows(self, texts: Sequence[str]) -> list[Row]:
        """Return the row of each passage. ValueError for one that the encoder does not see all of."""

    def encode_rows(self, rows: Sequence[Row]) -> Embeddings:
        """Encode passages given by their rows: the vectors of `encode_passages`."""


@dataclass(frozen=True, slots=True, eq=False)
class TokenVectors:
    """One unit vector for each token of a text: (t, dim), and the (start, stop) characters of each token.

    Special tokens, prompts and what the model does not see are left out, so every row has a place in the text.
    """

    vectors: Embeddings
    spans: tuple[tuple[int, int], ...]


@runtime_checkable
class TokenEncoder(Protocol):
    """Text to a vector for each token (late interaction, and which words carry a match)."""

    def encode_query_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode the tokens of queries."""

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode the tokens of passages."""


class CrossEncoder(Protocol):
    """A query and a passage read together: a regression head says how well they belong together."""

    @property
    def name(self) -> str:
        """The name it can be loaded by again."""

    def score(self, query: str, passages: Sequence[str]) -> Scores:
        """Return (n,) float32 logits, higher is better; a score does not depend on the other passages.

        A passage that is too long is scored by its best window; nothing is cut off silently.
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
    """A piece of generated text and the model's probability for it; None when a remote model does not tell."""

    text: str
    probability: float | None


class Generator(Protocol):
    """A decoder: messages in, one token at a time out."""

    @property
    def name(self) -> str:
        """The name it can be loaded by again."""

    @property
    def context(self) -> int:
        """Tokens that prompt and answer may have together; 0 when that is not known."""

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the tokens of a prompt, its chat template included (an upper estimate for a remote model)."""

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[Token]:
        """Yield tokens as they come. InvalidQuery when the prompt does not fit, ModelUnavailable when it fails."""


class Seq2Seq(Protocol):
    """An encoder-decoder: a text in, a text out; the encoder runs once for each input."""

    @property
    def name(self) -> str:
        """The name it can be loaded by again."""

    @property
    def max_tokens(self) -> int:
        """Tokens of one input that the encoder sees."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens of each text, special tokens included."""

    def transform(self, texts: Sequence[str], *, max_new_tokens: int = 128) -> list[str]:
        """Return the output for each input. InvalidQuery for one that is longer than `max_tokens`: never cut off."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something said in a recording, between two times in seconds."""

    start: float
    stop: float
    text: str


class Transcriber(Protocol):
    """An encoder-decoder from sound to text."""

    @property
    def fingerprint(self) -> str:
        """Names the weights and how they are run; another one may hear other words."""

    def transcribe(self, recording: str) -> Iterator[Utterance]:
        """Yield what is said, in order; nothing for silence or music. SourceUnreadable when it is no recording."""


FetchProgress: TypeAlias = Callable[[str, int, int], None]
"""Told of a model's fetch: what is being done, bytes done, bytes in all (0: a line for the user)."""
