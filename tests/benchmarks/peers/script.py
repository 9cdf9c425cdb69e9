"""The script that everybody writes first: sentence-transformers, FAISS and a JSON file."""

import json
import sys
from pathlib import Path

import faiss
from sentence_transformers import SentenceTransformer

command, model, store, argument = sys.argv[1], SentenceTransformer(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
if command == "index":
    records = [json.loads(line) for line in Path(argument).read_text(encoding="utf-8").splitlines()]
    vectors = model.encode([record["text"] for record in records], normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    store.mkdir()
    faiss.write_index(index, str(store / "index.faiss"))
    (store / "records.json").write_text(json.dumps(records))
else:
    index, records = faiss.read_index(str(store / "index.faiss")), json.loads((store / "records.json").read_text())
    scores, rows = index.search(model.encode([argument], normalize_embeddings=True), 10)
    for score, row in zip(scores[0], rows[0], strict=True):
        print(f"{score:.3f}\t{records[row]['id']}\t{records[row]['text'][:80]!r}")
