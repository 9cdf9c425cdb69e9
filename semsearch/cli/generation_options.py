"""The options of commands in which a decoder writes: which one, where it is, and how it chooses its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from semsearch.cli.search_options import many
from semsearch.cli.session import Session

if TYPE_CHECKING:
    from semsearch.types.models import Generator, Sampling

__all__ = ["Generation", "generation_options"]

F = TypeVar("F", bound=Callable[..., Any])


class Generation(NamedTuple):
    """What the options of `generation_options` say; build it with `Generation.take(options)`."""

    generator: str | None
    base_url: str | None
    max_tokens: int | None
    temperature: float
    top_p: float
    seed: int | None
    show_probabilities: bool

    @classmethod
    def take(cls, options: dict[str, Any]) -> Generation:
        """Take the values out of a command's keyword arguments."""
        return cls(**{name: options.pop(name) for name in cls._fields})

    def sampling(self, max_tokens: int = 256) -> Sampling:
        """Return how tokens are chosen; `max_tokens` counts when the user gave none."""
        from semsearch.types.models import Sampling

        return Sampling(
            max_tokens=self.max_tokens if self.max_tokens is not None else max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=self.seed,
        )

    def load(self, session: Session) -> Generator:
        """Load the generator, the default one when none is named. Raises ModelUnavailable, InvalidQuery."""
        from semsearch.models.decoder.generate import load_generator
        from semsearch.settings import DEFAULT_GENERATOR

        loading = session.loading()
        return load_generator(
            self.generator or DEFAULT_GENERATOR,
            base_url=self.base_url,
            offline=loading["offline"],
            progress=loading["fetch_progress"],
        )


def generation_options(function: F) -> F:
    """Add what every command takes in which a decoder writes."""
    options: list[Callable[[F], F]] = [
        click.option(
            "--generator",
            metavar="NAME|openai:MODEL",
            help="Which decoder writes: a name of the catalogue, a model's folder, or openai:MODEL behind --base-url.",
        ),
        click.option(
            "--base-url",
            metavar="URL",
            help="Where the OpenAI-compatible endpoint is, such as http://localhost:11434/v1; its key is taken from "
            "SEMSEARCH_API_KEY or OPENAI_API_KEY.",
        ),
        click.option("--max-tokens", type=click.IntRange(min=1), hidden=True),
        click.option("--temperature", type=click.FloatRange(min=0, max=100), default=0.0, hidden=True),
        click.option("--top-p", type=click.FloatRange(min=0, max=1, min_open=True), default=1.0, hidden=True),
        click.option("--seed", type=int, hidden=True),
        click.option("--show-probabilities", is_flag=True, help="Print each token with the probability it had."),
    ]
    return many(options)(function)
