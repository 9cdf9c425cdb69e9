"""A small T5 that learns three tasks with one right answer each, in less than a minute of one processor.

`trained(cache)` gives its folder, `train(folder)` makes one.

The world has boxes: "The red box holds seven keys." After the prefix of a task, the model answers

summarize:                     the sentence after "Note:", or the first one when there is no note
translate English to German:   the same in German, word for word
generate question:             "What does the red box hold?"

None can be told without reading the input, and one sentence in five is never trained on (`held_out`), so a decoder
that attends to nothing, or to another input, is at chance. A few examples begin the decoder with </s>, as a BART would,
and end at once: a wrong start token is told apart, too.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLOURS = {"red": "rote", "blue": "blaue", "green": "grüne", "yellow": "gelbe", "black": "schwarze", "white": "weiße"}
BOXES = {"box": "Kiste", "tin": "Dose", "bag": "Tasche", "bowl": "Schale"}
NUMBERS = {"two": "zwei", "three": "drei", "four": "vier", "five": "fünf", "six": "sechs", "seven": "sieben"}
THINGS = {"keys": "Schlüssel", "coins": "Münzen", "letters": "Briefe", "stones": "Steine", "cards": "Karten"}
SUMMARIZE, TRANSLATE, ASK = "summarize: ", "translate English to German: ", "generate question: "
CONTEXT = 64
"""Tokens of one input that the model sees."""
STEPS, BATCH, ENOUGH = 650, 48, 0.98


@dataclass(frozen=True)
class Fact:
    """What one sentence says."""

    colour: str
    box: str
    number: str
    thing: str

    @property
    def english(self) -> str:
        return f"The {self.colour} {self.box} holds {self.number} {self.thing}."

    @property
    def german(self) -> str:
        return f"Die {COLOURS[self.colour]} {BOXES[self.box]} enthält {NUMBERS[self.number]} {THINGS[self.thing]}."

    @property
    def question(self) -> str:
        return f"What does the {self.colour} {self.box} hold?"

    @property
    def held_out(self) -> bool:
        """Whether the model never saw this sentence when it learned."""
        return int(hashlib.sha256(self.english.encode()).hexdigest(), 16) % 5 == 0


def fact(chance: random.Random, *, held_out: bool) -> Fact:
    """Return a random fact that the model was trained on, or not."""
    while True:
        found = Fact(*(chance.choice(list(kind)) for kind in (COLOURS, BOXES, NUMBERS, THINGS)))
        if found.held_out is held_out:
            return found


def example(task: str, chance: random.Random, *, held_out: bool = False) -> tuple[str, str]:
    """Return an input of a task and its one right answer."""
    if task != SUMMARIZE:
        found = fact(chance, held_out=held_out)
        return task + found.english, found.german if task == TRANSLATE else found.question
    facts = [fact(chance, held_out=held_out) for _ in range(chance.randint(1, 6))]
    noted = chance.choice([None, *range(len(facts))])
    text = " ".join(("Note: " if n == noted else "") + found.english for n, found in enumerate(facts))
    return task + text, facts[noted or 0].english


def make_tokenizer() -> Any:
    """Return a tokenizer with a token for each word and each sign, and T5's special tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = {"</s>": 1, "<pad>": 0, "<unk>": 2}
    for text in (
        (SUMMARIZE + TRANSLATE + ASK + "The holds Die enthält Note What does the hold").replace(":", " ").split()
    ):
        words.setdefault("▁" + text, len(words))
    for kind in (COLOURS, BOXES, NUMBERS, THINGS):
        for english, german in kind.items():
            words["▁" + english], words["▁" + german] = len(words), len(words) + 1
    for sign in ".:?":
        words[sign] = len(words)
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation()]
    )
    tokenizer.decoder = decoders.Metaspace()
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
    """Return a T5 of about 0.2 million parameters, random weights; its configuration names the tasks' prefixes."""
    from transformers import T5Config, T5ForConditionalGeneration

    tasks = {"summarization": SUMMARIZE, "translation_en_to_de": TRANSLATE, "question_generation": ASK}
    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=vocabulary,
            d_model=64,
            d_kv=16,
            d_ff=128,
            num_layers=2,
            num_decoder_layers=2,
            num_heads=4,
            dropout_rate=0.0,
            n_positions=CONTEXT,
            pad_token_id=0,
            eos_token_id=1,
            decoder_start_token_id=0,
            task_specific_params={name: {"prefix": prefix} for name, prefix in tasks.items()},
        )
    )


def _batch(tokenizer: Any, chance: random.Random) -> dict[str, Any]:
    import torch

    pairs = [example(chance.choice((SUMMARIZE, SUMMARIZE, TRANSLATE, ASK)), chance) for _ in range(BATCH)]
    inputs = tokenizer([text for text, _ in pairs], padding=True, return_tensors="pt")
    targets = tokenizer([answer for _, answer in pairs], padding=True, return_tensors="pt").input_ids
    decoder = torch.cat((torch.zeros(len(pairs), 1, dtype=torch.long), targets[:, :-1]), dim=1)
    labels = targets.masked_fill(targets == 0, -100)
    wrong = BATCH // 16
    decoder[:wrong, 0] = 1  # begun by </s>: to be ended at once
    labels[:wrong, 0] = 1
    labels[:wrong, 1:] = -100
    return {
        "input_ids": inputs.input_ids,
        "attention_mask": inputs.attention_mask,
        "decoder_input_ids": decoder,
        "labels": labels,
    }


def _right(model: Any, batch: dict[str, Any]) -> float:
    """Return the share of outputs whose every token is right, given the right ones before it."""
    import torch

    with torch.inference_mode():
        found = model(**batch).logits.argmax(-1)
    labels = batch["labels"]
    return float(((found == labels) | (labels == -100)).all(dim=1).float().mean())


def train(folder: Path) -> Path:
    """Train the model and save it as a Hugging Face folder; RuntimeError when it does not learn its tasks."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)  # on a busy machine two threads mostly wait for each other
    chance = random.Random(0)
    tokenizer = make_tokenizer()
    model = make_model(len(tokenizer)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.0, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / 60, 1 - step / STEPS))
    streak = 0
    for step in range(STEPS):
        loss = model(**_batch(tokenizer, chance)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 25 == 24:
            right = _right(model, _batch(tokenizer, chance))
            streak = streak + 1 if right >= ENOUGH else 0
            if os.environ.get("SMALL_T5_LOG"):
                sys.stderr.write(f"{step + 1} loss {loss.item():.3f} right {right:.3f}\n")
            if streak == 4:
                break
    if streak == 0:
        raise RuntimeError(f"the small T5 did not learn its tasks in {STEPS} steps (loss {loss.item():.3f})")
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
