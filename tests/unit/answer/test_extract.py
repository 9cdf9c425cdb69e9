"""Extractive answers: which sentences, how diverse, in which order; and when there is no answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from semsearch.answer.answerer import Answerer
from semsearch.answer.extract import answers, extract, mmr, passage_logits, unfolded
from semsearch.corpus.split.passages import embedded_text
from semsearch.types.documents import Anchor, AnchorKind, Passage
from tests.contract.hashing_encoder import HashingEncoder
from tests.unit.answer.tiny_models import OverlapCrossEncoder, hit

QUESTION = "When is the boiler of the barn serviced?"
HITS = [
    hit(1, "Hay is stored above. The boiler of the barn is serviced in May. The roof is new.", first_line=5),
    hit(2, "Nothing here.\nIn autumn the boiler of the barn is serviced again, by Karl."),
    hit(3, "The boiler of the barn is serviced in May. Cows sleep below."),
]


def test_mmr_leaves_out_duplicates() -> None:
    vectors = np.array([[1, 0], [1, 0], [0.6, 0.8], [0, 1]], dtype=np.float32)
    scores = np.array([3.0, 2.9, 2.0, 0.0], dtype=np.float32)
    assert mmr(scores, vectors, 2) == [0, 2]
    assert mmr(scores, vectors, 9) == [0, 2, 3]
    assert mmr(scores, None, 2) == [0, 1]
    assert mmr(np.array([1.0], dtype=np.float32), None, 3) == [0]


def test_sentences_come_in_order_of_rank_and_position_each_once() -> None:
    reading = Answerer(QUESTION, HITS, HashingEncoder(256, 512), OverlapCrossEncoder(), embedded_text)
    answer = reading.extract(2)
    assert answer.found
    assert answer.method == "extractive"
    assert [s.text for s in answer.sentences] == [
        "The boiler of the barn is serviced in May.",
        "In autumn the boiler of the barn is serviced again, by Karl.",
    ]
    assert [str(s.citations[0].anchor) for s in answer.sentences] == ["L5", "L2"]
    assert all(HITS[c.hit - 1].passage.text[c.start : c.stop] == c.quote for s in answer.sentences for c in s.citations)


def test_vectors_choose_without_a_cross_encoder_and_words_without_any_encoder() -> None:
    for encoder in (HashingEncoder(256, 512), None):
        answer = extract(QUESTION, HITS, encoder, None, sentences=1)
        assert "boiler" in answer.sentences[0].text


def test_scores_of_the_reranked_search_are_reused() -> None:
    scored = [type(h)(**{**{f: getattr(h, f) for f in h.__slots__}, "scores": {"rerank": 4.0}}) for h in HITS]
    assert passage_logits(QUESTION, scored, OverlapCrossEncoder(), embedded_text).tolist() == [4.0, 4.0, 4.0]


def test_a_question_without_a_related_passage_is_not_answered() -> None:
    low, high = np.array([-11.0, -9.5], dtype=np.float32), np.array([-11.0, 2.0], dtype=np.float32)
    assert not answers("Who won the cup?", low)
    assert answers("Who won the cup?", high)
    assert answers("cup winners", low)  # no question: the noise floor of the search decides alone
    assert not answers("Who won the cup?", np.zeros(0, dtype=np.float32))
    reading = Answerer("Who won yesterday's cricket?", HITS[:1], None, OverlapCrossEncoder(), embedded_text)
    assert not reading.answered


def test_hits_without_a_sentence_answer_nothing() -> None:
    assert not extract(QUESTION, [hit(1, "***\n---")], HashingEncoder(), None, sentences=3).found
    assert not Answerer(QUESTION, [], None, None, embedded_text).answered


def test_a_sentence_longer_than_the_encoders_limit_is_truncated() -> None:
    long = hit(1, "boiler, " * 60 + "end.")
    assert extract(QUESTION, [long], HashingEncoder(64, 16), None, sentences=1).found


def test_a_further_passage_of_a_hit_is_read_and_cited() -> None:
    second = Passage(
        77, "d1", 200, 242, Anchor(AnchorKind.LINE, 20, 20), (), "The boiler of the barn is serviced in May."
    )
    hits = [replace(hit(1, "Hay is stored above."), more=(second,)), hit(2, "Cows sleep below.")]
    for judge in (OverlapCrossEncoder(), None):
        answer = Answerer(QUESTION, hits, HashingEncoder(256, 512), judge, embedded_text).extract(1)
        (cited,) = answer.sentences[0].citations
        assert (cited.passage_id, cited.hit, cited.start, cited.stop, str(cited.anchor)) == (77, 1, 200, 242, "L20")
        assert answer.hits == tuple(hits)


def test_further_passages_are_limited_and_taken_from_the_hits_in_turn() -> None:
    def passages(rank: int) -> tuple[Passage, ...]:
        return tuple(Passage(100 * rank + n, f"d{rank}", 0, 1, Anchor(), (), "x") for n in range(6))

    hits = [replace(hit(rank, "x"), scores={"rerank": 3.0}, more=passages(rank)) for rank in (1, 2, 3)]
    read = unfolded(hits)
    assert [h.passage.id for h in read] == [1, 100, 101, 102, 2, 200, 201, 202, 3, 300, 301]
    assert [h.passage.id for h in read if "rerank" in h.scores] == [1, 2, 3]  # a score is of one passage


def test_front_matter_and_code_are_left_out() -> None:
    text = (
        "---\nauthor: the boiler of the barn\nstatus: serviced\n---\n\nThe boiler of the barn is serviced in May.\n\n"
        "```\nif boiler.barn == (serviced): main()\n```\n"
    )
    answer = extract(QUESTION, [hit(1, text)], HashingEncoder(256, 512), None, sentences=3)
    assert [s.text for s in answer.sentences] == ["The boiler of the barn is serviced in May."]
    code = hit(1, "boiler = barn.serviced(QUESTION)[0]; main()")
    assert extract(QUESTION, [code], HashingEncoder(256, 512), None, sentences=1).found
