"""What `import semsearch` gives, and what it loads."""

from __future__ import annotations

import re
import subprocess
import sys

import semsearch
from semsearch import errors

HEAVY = ("torch", "transformers", "sentence_transformers", "faiss", "numpy", "onnxruntime", "tantivy", "tokenizers")


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_all_is_sorted_and_complete() -> None:
    assert semsearch.__all__ == sorted(semsearch.__all__)
    for name in semsearch.__all__:
        assert getattr(semsearch, name) is not None
    assert errors.__all__ == sorted(errors.__all__)
    assert set(errors.__all__) <= set(semsearch.__all__)


def test_what_functions_about_models_return_has_a_name_here() -> None:
    for function in (semsearch.list_models, semsearch.fetch_model, semsearch.show_model, semsearch.remove_model):
        for name in re.findall(r"[A-Z]\w+", function.__annotations__["return"]):
            assert name in semsearch.__all__
    assert {"FileState", "Where"} <= set(semsearch.__all__)


def test_the_error_tree_names_every_error() -> None:
    assert errors.__doc__ is not None
    for name in errors.__all__:
        assert name in errors.__doc__
        assert issubclass(getattr(errors, name), errors.SemsearchError)


def test_importing_loads_nothing_heavy() -> None:
    assert loaded_by("import semsearch; semsearch.Index; semsearch.Document; semsearch.locate") == set()


def test_status_loads_nothing_heavy(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from tests.contract.hashing_encoder import HashingEncoder

    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\ntext\n")
    with semsearch.Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        index.index([tmp_path / "docs"])
    code = f"import semsearch; assert semsearch.status({str(tmp_path / 'index')!r}).documents == 1"
    assert loaded_by(code) == set()
