"""`semsearch models add NAME --path DIR`: a name for a model's folder."""

from __future__ import annotations

from pathlib import Path

import click

from semsearch.cli.commands.models.render import model_record, short_count
from semsearch.cli.search_options import common, json_option
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.screen import notice, write

__all__ = ["command"]


@click.command(
    "add",
    short_help="Give a name to the model in a folder.",
    epilog="""
    \b
    Examples:
      semsearch models add mine --path ~/models/my-encoder
      semsearch index --model mine ./docs
    """,
)
@click.argument("name", metavar="NAME")
@click.option("--path", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The folder of the model.")
@json_option
@common
def command(name: str, path: Path, as_json: bool) -> None:
    """Give the name NAME to any Hugging Face or sentence-transformers folder; the folder stays where it is.

    What the model is comes from its own configuration. Weights may be safetensors, ONNX, GGUF, or CTranslate2's.
    """
    from semsearch.api.models import add_model

    info = add_model(name, path)
    if as_json:
        write(to_json(model_record(info)))
    else:
        what = f"{info.architecture}, {' and '.join(info.roles)}, {short_count(info.parameters)} parameters"
        notice(f"{info.name} is {info.path}: {what}")
