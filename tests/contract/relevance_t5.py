"""A small T5 that learns monoT5's task in a world with one right answer: does this passage speak of the box asked for?

`trained(cache)` gives its folder. Queries name a colour and a box ("red box"), passages say what boxes hold; a passage
is relevant when it speaks of that very box. Half of the irrelevant ones share the colour or the box, so single words do
not tell, and one pair of query and passage in five is never seen while it learns (`held_out`).
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
from pathlib import Path
from typing import Any

COLOURS = ("red", "blue", "green", "yellow", "black", "white")
BOXES = ("box", "tin", "bag", "bowl")
THINGS = ("keys", "coins", "letters", "stones", "cards")
PROMPT = "Query: {query} Document: {passage} Relevant:"
CONTEXT = 64
STEPS, BATCH, ENOUGH = 1500, 64, 0.98


def held_out(query: str, passage: str) -> bool:
    """Whether this pair is never seen in training."""
    return int(hashlib.sha256(f"{query}/{passage}".encode()).hexdigest(), 16) % 5 == 0


def passage_about(colour: str, box: str, chance: random.Random) -> str:
    """Return what is said of one box."""
    return f"The {colour} {box} holds {chance.choice(THINGS)}."


def example(chance: random.Random, *, unseen: bool = False) -> tuple[str, str, bool]:
    """Return a query, a passage, and whether it is relevant."""
    while True:
        colour, box = chance.choice(COLOURS), chance.choice(BOXES)
        there = (colour, box)
        relevant = chance.random() < 0.5
        while not relevant and there == (colour, box):
            there = (chance.choice((colour, *COLOURS)), chance.choice((box, *BOXES)))
        query, passage = f"{colour} {box}", passage_about(*there, chance)
        if held_out(query, passage) is unseen:
            return query, passage, relevant


def make_tokenizer() -> Any:
    """Return a tokenizer with a token for each word and sign."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = {"<pad>": 0, "</s>": 1, "<unk>": 2}
    for text in (*COLOURS, *BOXES, *THINGS, "Query", "Document", "Relevant", "The", "holds", ":", ".", "true", "false"):
        words[text] = len(words)
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )


def make_model(vocabulary: int) -> Any:
    """Return a T5 of about 0.2 million parameters with random weights."""
    from transformers import T5Config, T5ForConditionalGeneration

    sizes = {"d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2, "num_decoder_layers": 1, "num_heads": 4}
    special = {"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}
    return T5ForConditionalGeneration(
        T5Config(vocab_size=vocabulary, dropout_rate=0.0, n_positions=CONTEXT, **sizes, **special)
    )


def _batch(tokenizer: Any, chance: random.Random, *, unseen: bool = False) -> dict[str, Any]:
    rows = [example(chance, unseen=unseen) for _ in range(BATCH)]
    texts = [PROMPT.format(query=query, passage=passage) for query, passage, _ in rows]
    inputs = tokenizer(texts, padding=True, return_tensors="pt")
    labels = tokenizer(["true" if relevant else "false" for *_, relevant in rows], return_tensors="pt").input_ids
    return {"input_ids": inputs.input_ids, "attention_mask": inputs.attention_mask, "labels": labels}


def train(folder: Path) -> Path:
    """Train and save it as a Hugging Face folder; RuntimeError when it does not learn."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)
    chance = random.Random(0)
    tokenizer = make_tokenizer()
    model = make_model(len(tokenizer)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / 60, 1 - step / STEPS))
    right = 0.0
    for step in range(STEPS):
        loss = model(**_batch(tokenizer, chance)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 25 == 24:
            batch = _batch(tokenizer, chance, unseen=True)  # only to know when it is done
            with torch.inference_mode():
                found = model(**batch).logits[:, 0].argmax(-1)
            right = 0.7 * right + 0.3 * float((found == batch["labels"][:, 0]).float().mean())
            if os.environ.get("SMALL_T5_LOG"):
                sys.stderr.write(f"{step + 1} loss {loss.item():.3f} right {right:.3f}\n")
            if right >= ENOUGH:
                break
    if right < ENOUGH:
        raise RuntimeError(f"the small T5 did not learn what is relevant in {STEPS} steps (right {right:.2f})")
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def trained(cache: Path) -> Path:
    """Return the folder of the trained model under `cache`."""
    from tests.contract.trained_models import trained_by

    return trained_by(Path(__file__), cache)


if __name__ == "__main__":
    from transformers.utils import logging

    logging.disable_progress_bar()
    train(Path(sys.argv[1]))
