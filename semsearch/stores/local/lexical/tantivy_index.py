"""BM25 over the passages: an add-only tantivy index of terms that were already analyzed.

It always contains a superset of the live rows; readers keep only the rows that are live in their own snapshot.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.corpus.text.terms.analysis import ANALYSIS, AnalyzedWord, QueryTerms, asked_words, index_terms
from semsearch.disk import atomic_write
from semsearch.errors import IndexDamaged, StorageFull

if TYPE_CHECKING:
    import tantivy

    from semsearch.types.arrays import Ids, Scores

__all__ = ["ANALYSIS_FILE", "LexicalIndex", "LexicalQuery", "LexicalWriter", "analysis_of"]

K1 = 1.2
"""BM25's k1, fixed in tantivy (b is .75)."""
MAX_TERMS = 512
"""Maximum terms of one query; of a longer one those with the largest weights are used."""
FOLDED = 0.6
"""Weight of a word with other accents than the query's, if the query's spelling also occurs."""
BARE = 0.3
"""Weight of a word without the accents of the query."""
PARTS = 0.5
"""Weight of the parts of a mixed-case word, if it also occurs as one word."""
SPELLED = 0.5
"""Weight of a name's full spelling, added to that of its parts."""
ANALYSIS_FILE = "analysis.json"
"""The file with the version of the text analysis, beside the engine's files; if missing, version 1."""
_HEAP = 64_000_000
_MAGIC = 1337
_TRIES = 5
_EVEN = 1e-3
_CHECKED_BYTES = 16_000_000
"""Up to this size the files are verified on every opening: at most about 15 ms."""


@contextmanager
def _engine_errors(path: Path) -> Iterator[None]:
    """Turn every error of the engine, panics included, into a semsearch error."""
    try:
        yield
    except IndexDamaged:
        raise
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        text = str(error)
        if "No space left" in text or "os error 28" in text or ("was killed" in text and _is_full(path)):
            raise StorageFull(f"no space left for {path.parent}; free some space and run the command again") from None
        raise IndexDamaged(f"{path} cannot be read ({_first_line(text)}); run `semsearch doctor --repair`") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise IndexDamaged(f"{path} is damaged ({_first_line(str(error))}); run `semsearch doctor --repair`") from None


def _is_full(path: Path) -> bool:
    """Return whether the disk is full: an engine worker that dies of it does not report it."""
    return shutil.disk_usage(path).free < _HEAP


def segment_files(folder: Path) -> list[Path]:
    """Return the files of the committed segments, each with the engine's own checksum.

    Files that a merge is writing or about to remove are left out. Raises IndexDamaged.
    """
    try:
        segments = json.loads((folder / "meta.json").read_bytes())["segments"]
        names = {str(s["segment_id"]).replace("-", "") for s in segments}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamaged(f"{folder}/meta.json cannot be read ({error}); run `semsearch doctor --repair`") from None
    return sorted(p for p in folder.iterdir() if p.stem in names)


def damaged_segment(folder: Path) -> Path | None:
    """Return a file of a committed segment that does not match its checksum; merges may run meanwhile.

    Raises IndexDamaged when the segment list cannot be read.
    """
    for _ in range(_TRIES):
        before = segment_files(folder)
        bad = next((p for p in before if not _matches_or_gone(p)), None)
        if bad is None or bad in segment_files(folder):
            return bad
    return None


def _matches_or_gone(path: Path) -> bool:
    try:
        return footer_matches(path)
    except FileNotFoundError:
        return True  # removed by a merge; if it should exist, the engine itself reports it


def footer_matches(path: Path) -> bool:
    """Return whether a file matches the CRC-32 in its footer: content, JSON, its length, a magic number."""
    data = path.read_bytes()
    size, magic = int.from_bytes(data[-8:-4], "little"), int.from_bytes(data[-4:], "little")
    if len(data) < 8 or magic != _MAGIC or size > len(data) - 8:
        return False
    try:
        footer = json.loads(data[-8 - size : -8])
        return int(footer["crc"]) == zlib.crc32(data[: -8 - size])
    except (ValueError, KeyError, TypeError):
        return False


def _check_small(folder: Path) -> None:
    """Verify a small index before the engine maps it, since a panic of the engine writes to stderr."""
    with suppress(FileNotFoundError):
        if sum(p.stat().st_size for p in segment_files(folder)) > _CHECKED_BYTES:
            return
    bad = damaged_segment(folder)
    if bad is not None:
        raise IndexDamaged(f"{bad} does not match its checksum; run `semsearch doctor --repair`")


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:160] if text.strip() else "unknown"


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=False, indexed=True, fast=True)
    builder.add_text_field("body", stored=False, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def analysis_of(path: Path) -> int:
    """Return the text analysis version of a lexical index. Raises IndexDamaged."""
    try:
        return int(json.loads((path / ANALYSIS_FILE).read_bytes())["version"])
    except FileNotFoundError:
        return 1
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamaged(
            f"{path / ANALYSIS_FILE} cannot be read ({error}); run `semsearch doctor --repair`"
        ) from None


class LexicalWriter:
    """Adds rows; never deletes. Uses the text analysis version of the index."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the folder, or `create` it empty. Raises IndexDamaged when it should exist and does not."""
        import tantivy

        self._path = path
        if create:
            path.mkdir(mode=0o700, exist_ok=True)
            with atomic_write(path / ANALYSIS_FILE) as file:
                file.write(json.dumps({"version": ANALYSIS}).encode())
        elif not (path / "meta.json").is_file():
            raise IndexDamaged(f"{path} is missing or incomplete; run `semsearch doctor --repair`")
        self.analysis = analysis_of(path)
        with _engine_errors(path):
            self._index = tantivy.Index(_schema(), str(path), reuse=True)
            self._writer = self._index.writer(_HEAP, 1)
        self._added = False

    def add(self, row: int, text: str, language: str) -> None:
        """Add the terms of one row's text."""
        import tantivy

        terms = index_terms(text, language, self.analysis)
        document = tantivy.Document()
        document.add_unsigned("row", row)
        document.add_text("body", " ".join(terms))
        with _engine_errors(self._path):
            self._writer.add_document(document)
        self._added = True

    def commit(self) -> None:
        """Make everything added durable and visible."""
        if self._added:
            with _engine_errors(self._path):
                self._writer.commit()
            self._added = False

    def close(self) -> None:
        """Wait for merges and release the engine's lock; uncommitted rows are dropped."""
        with _engine_errors(self._path):
            if self._added:
                self._writer.rollback()
            self._writer.wait_merging_threads()


class LexicalQuery(NamedTuple):
    """A query of weighted terms, ready to run, and the highest score that a passage could have."""

    query: tantivy.Query | None
    bound: float


class LexicalIndex:
    """One committed state of the lexical index, for reading from many threads."""

    def __init__(self, path: Path) -> None:
        """Open the folder. Raises IndexDamaged."""
        import tantivy

        self._path = path
        self._shadow: tempfile.TemporaryDirectory[str] | None = None
        if not (path / "meta.json").is_file():
            raise IndexDamaged(f"{path} is missing or incomplete; run `semsearch doctor --repair`")
        self.analysis = analysis_of(path)
        with _engine_errors(path):
            _check_small(path)
            self._index = tantivy.Index.open(str(path if os.access(path, os.W_OK) else self._mirror(path)))
            self._index.config_reader("manual", 0)
            self._index.reload()
            self._searcher = self._index.searcher()
        self._schema = self._index.schema

    def _mirror(self, path: Path) -> Path:
        """Link the files into a temporary folder: the engine needs to lock a folder that is read-only for us."""
        self._shadow = tempfile.TemporaryDirectory(prefix="semsearch-")
        mirror = Path(self._shadow.name)
        for file in path.iterdir():
            if file.name.endswith(".lock"):
                continue
            if file.suffix == ".json":
                shutil.copy(file, mirror / file.name)
            else:
                (mirror / file.name).symlink_to(file.resolve())
        return mirror

    @property
    def rows(self) -> int:
        """The number of rows, dead ones included."""
        return int(self._searcher.num_docs)

    def prepare(self, text: str, languages: Mapping[str, int]) -> LexicalQuery:
        """Analyze a query in every language of the index, given with the number of its rows.

        Any text is valid; one without terms matches nothing. A term's IDF is that among the rows of its own language.
        The bound is that of the language that covers most of the query's words.
        """
        import tantivy

        clauses, best, bound = [], -1.0, 0.0
        for language, rows in sorted(languages.items(), key=lambda item: (-item[1], item[0])):
            asked = asked_words(text, language, self.analysis)
            with _engine_errors(self._path):
                frequencies = {t: int(self._searcher.doc_freq("body", t)) for t in asked.terms()}
            weights, known, whole = _weights(asked, frequencies, rows)
            if whole and known / whole > best:
                best, bound = known / whole, (K1 + 1.0) * whole
            for term, weight in weights.items():
                query = tantivy.Query.term_query(self._schema, "body", term, "freq")
                boost = weight / _idf(frequencies[term], self.rows)
                boosted = tantivy.Query.boost_query(query, boost) if abs(boost - 1.0) > _EVEN else query
                clauses.append((tantivy.Occur.Should, boosted))
        return LexicalQuery(tantivy.Query.boolean_query(clauses) if clauses else None, bound)

    def search(self, query: LexicalQuery, limit: int, rows: Ids | None = None) -> tuple[Ids, Scores, bool]:
        """Return rows (n,), scores (n,) and whether there are fewer than `limit`; `rows` restricts the search."""
        import tantivy

        if query.query is None or limit < 1:
            return np.zeros(0, np.int64), np.zeros(0, np.float32), True
        run = query.query
        if rows is not None:
            within = tantivy.Query.term_set_query(self._schema, "row", rows.tolist())
            silent = tantivy.Query.const_score_query(within, 0.0)
            run = tantivy.Query.boolean_query([(tantivy.Occur.Must, run), (tantivy.Occur.Must, silent)])
        with _engine_errors(self._path):
            hits = self._searcher.search(run, min(limit, max(self.rows, 1)), False).hits
            found = self._searcher.fast_field_values("row", [address for _, address in hits])
        scores = np.fromiter((score for score, _ in hits), np.float32, len(hits))
        return np.asarray(found, dtype=np.int64), scores, len(hits) < limit

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """Return the document frequency of each term, dead rows included."""
        with _engine_errors(self._path):
            return {term: int(self._searcher.doc_freq("body", term)) for term in terms}

    def terms_with_prefix(self, prefix: str) -> list[tuple[str, int]]:
        """Return the terms with a prefix, and the document frequency of each."""
        with _engine_errors(self._path):
            found: list[tuple[str, int]] = self._searcher.terms_with_prefix("body", prefix)
        return found

    def first_rows(self, term: str, count: int) -> Ids:
        """Return the first rows that contain a term."""
        import tantivy

        return self.search(LexicalQuery(tantivy.Query.term_query(self._schema, "body", term, "freq"), 0.0), count)[0]

    def containing(self, terms: Iterable[Collection[str]]) -> Ids:
        """Return all rows that contain at least one term of every set."""
        import tantivy

        queries = []
        for alternatives in terms:
            any_of = [tantivy.Query.term_query(self._schema, "body", t, "basic") for t in set(alternatives)]
            queries.append(tantivy.Query.boolean_query([(tantivy.Occur.Should, q) for q in any_of]))
        if not queries:
            return np.zeros(0, np.int64)
        all_of = tantivy.Query.boolean_query([(tantivy.Occur.Must, q) for q in queries])
        with _engine_errors(self._path):
            hits = self._searcher.search(all_of, max(self.rows, 1), False).hits
            found = self._searcher.fast_field_values("row", [address for _, address in hits])
        return np.asarray(found, dtype=np.int64)

    def all_rows(self) -> Ids:
        """Return every row, sorted, in one pass over the whole index. Raises IndexDamaged."""
        import tantivy

        with _engine_errors(self._path):
            hits = self._searcher.search(tantivy.Query.all_query(), max(self.rows, 1), False).hits
            found = self._searcher.fast_field_values("row", [address for _, address in hits])
        return np.sort(np.asarray(found, dtype=np.int64))

    def close(self) -> None:
        """Remove the temporary links, if any."""
        if self._shadow is not None:
            self._shadow.cleanup()
            self._shadow = None


def _idf(frequency: int, total: int) -> float:
    return math.log(1.0 + (total - frequency + 0.5) / (frequency + 0.5))


def _weights(asked: QueryTerms, frequencies: Mapping[str, int], rows: int) -> tuple[dict[str, float], float, float]:
    """Return the weight of every indexed term, the total weight of the indexed words, and that of all words.

    A variant spelling weighs less than the word itself; one with accents counts fully if the word does not occur.
    """
    rarity = {t: _idf(f, max(rows, f)) for t, f in frequencies.items()}
    weights: dict[str, float] = {}
    known = whole = 0.0

    def weigh(terms: Iterable[str], most: float, share: float) -> float:
        """Set the weight of the indexed terms among these; return the largest."""
        indexed = [t for t in terms if frequencies[t]]
        rare = min([most, *(rarity[t] for t in indexed)]) * share
        weights.update({t: max(weights.get(t, 0.0), rare) for t in indexed})
        return rare if indexed else 0.0

    for word, n in _heaviest(asked, rarity):
        own = weigh([word.term], rarity[word.term], n)
        if not own or not word.bare:  # a query with accents that occur wants no other spellings
            own = max(own, weigh(word.accented, rarity[word.term], n * (FOLDED if own else 1.0)))
        own = max(own, weigh(word.bare, rarity[word.term], n * BARE))
        parts = [weigh([t], rarity[t], n * (PARTS if own else 1.0)) for t in word.parts]
        most = n * (sum(rarity[t] for t in word.parts) or rarity[word.term])
        whole += own or most
        known += own or sum(parts)
    for term in asked.spelled:
        weigh([term], rarity[term], SPELLED)
    return weights, known, whole


def _heaviest(asked: QueryTerms, rarity: Mapping[str, float]) -> list[tuple[AnalyzedWord, int]]:
    """Return at most MAX_TERMS words, those with the largest weights."""
    if len(asked.words) <= MAX_TERMS:
        return list(asked.words.items())
    return sorted(asked.words.items(), key=lambda item: (-item[1] * rarity[item[0].term], item[0].term))[:MAX_TERMS]
