"""Teach the encoder that ships which texts answer a question: `python -m rag.training.meaning DATA TEACHER OUT`.

A question is drawn near the passage that answers it, and near the sentence of it that does, where that stands, beside all other
passages and sentences of two fields (InfoNCE; van den Oord et al. 2018). Learned are changes of rank 16 to the six upper layers
(LoRA; Hu et al. 2021) and their norms. Every third step is of pairs from an encyclopedia, laws and questions (DATA), and vectors of
passages are held near what they were. Learned from are the fields of TAUGHT. TEACHER is the file that rag.training.encoder takes,
OUT gets the layers as safetensors, which rag.training.reading takes. 25 minutes on two cores.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.encoder import PASSAGE, QUESTION
from rag.settings import SAMPLES, SHIPPED_EMBEDDER
from rag.training.data import held_out, rows
from rag.training.examples import FIELDS, HELD_OUT, TAUGHT, questions_of

if TYPE_CHECKING:
    from rag.training.nearness import Text, Vectors

PAIRS = {"miracl_ko_queries_train": 900, "ko_strategyqa_facts": 1500, "kobest_boolq": 1500, "law_title_pairs": 1000, "wiki_title_pairs": 1000}
EPOCHS, QUESTIONS, PASSAGES, RATE = 3.5, 96, 16, 4e-4
GENERAL, TOGETHER = 3, 48  # every so many steps general pairs, so many at once
LONGEST = 256  # tokens of a passage


@dataclass(frozen=True)
class Field:
    """Passages, and questions with the passages, and the (passage, sentence), that answer each."""

    passages: "tuple[Text, ...]"
    questions: "tuple[tuple[Text, frozenset[int], frozenset[tuple[int, int]]], ...]"


def plain(tokens: Any, text: str, longest: int) -> "Text":
    from rag.training.nearness import Text

    ids = (0, *tokens.encode(text, add_special_tokens=False).ids[:longest], 2)
    return Text(ids, (0,) * len(ids))


def field(folder: Path, tokens: Any) -> Field:
    """The reports of a folder as they are embedded, and the questions over them."""
    import tempfile

    from ingest.run import ingest
    from rag.index import Index
    from rag.settings import Settings
    from rag.training.nearness import Text

    with tempfile.TemporaryDirectory() as index:
        ingest(Settings(index=Path(index), embedder="static_ko"), [folder])
        opened = Index(Path(index))
        with opened.snapshot() as snapshot:
            passages = [passage for _, passage in sorted(snapshot.load(range(snapshot.passages)).items())]
        opened.close()
    texts = []
    for passage in passages:
        before = f"{PASSAGE}{passage.title}\n{passage.heading}\n"
        encoding = tokens.encode(before + passage.text, add_special_tokens=False)
        spans = [(s.start + len(before), s.end + len(before)) for s in passage.sentences]
        parts = [next((n for n, (start, end) in enumerate(spans, 1) if a < end and b > start and a < b), 0) for a, b in encoding.offsets[:LONGEST]]
        texts.append(Text((0, *encoding.ids[:LONGEST], 2), (0, *parts, 0), tuple(s.kind != "heading" for s in passage.sentences)))
    asked = []
    for question, tells in questions_of(folder):
        told = [(n, m, tells(passage, sentence)) for n, passage in enumerate(passages) for m, sentence in enumerate(passage.sentences)]
        if any(tell for *_, tell in told):
            asked.append((plain(tokens, QUESTION + question, 60), frozenset(n for n, _, tell in told if tell), frozenset((n, m) for n, m, tell in told if tell)))
    return Field(tuple(texts), tuple(asked))


def batch(fields: Sequence[Field], chooser: random.Random) -> "tuple[list[Text], list[Text], list[set[int]], list[set[tuple[int, int]]]]":
    """Passages of two fields; questions that these answer, and by which passages and sentences of them."""
    passages: list[Text] = []
    questions: list[Text] = []
    by_passage: list[set[int]] = []
    by_sentence: list[set[tuple[int, int]]] = []
    for one in chooser.sample(fields, 2):
        picked = {n: len(passages) + k for k, n in enumerate(chooser.sample(range(len(one.passages)), min(PASSAGES, len(one.passages))))}
        passages += [one.passages[n] for n in picked]
        asked = [question for question in one.questions if question[1] <= picked.keys()]
        for question, there, told in chooser.sample(asked, min(QUESTIONS // 2, len(asked))):
            questions.append(question)
            by_passage.append({picked[n] for n in there})
            by_sentence.append({(picked[n], m) for n, m in told})
    return passages, questions, by_passage, by_sentence


def learn(vectors: "Vectors", fields: Sequence[Field], general: "Sequence[tuple[Text, Text]]") -> None:
    import torch

    from rag.training.nearness import nearest

    chooser, upper = random.Random(1), vectors.upper.train()
    steps = int(EPOCHS * sum(len(one.questions) for one in fields) / QUESTIONS)
    optimiser = torch.optim.AdamW(upper.parameters(), lr=RATE, weight_decay=0.01, betas=(0.9, 0.98))
    pace = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: min(1.0, 15 * (n + 1) / steps) * max(0.02, 1 - n / steps))
    for step in range(steps):
        if step % GENERAL == GENERAL - 1:
            questions, passages = (list(some) for some in zip(*chooser.sample(general, TOGETHER), strict=True))
            told = vectors.of(passages)
            loss = nearest(vectors.of(questions) @ told.T, torch.eye(TOGETHER, dtype=torch.bool))
        else:
            passages, questions, by_passage, by_sentence = batch(fields, chooser)
            asked, (told, sentences, places) = vectors.of(questions), vectors.with_sentences(passages)
            loss = nearest(asked @ told.T, torch.tensor([[n in right for n in range(len(passages))] for right in by_passage]))
            loss = loss + nearest(asked @ sentences.T, torch.tensor([[place in right for place in places] for right in by_sentence]))
        with torch.no_grad():
            before = vectors.of(passages, taught=False)
        loss = loss + (1 - (told * before).sum(1)).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(upper.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        pace.step()
        if step % 20 == 19:
            print(f"{step + 1}/{steps}: loss {loss.item():.3f}", flush=True)
    upper.eval()


def report(name: str, one: Field, vectors: "Vectors") -> None:
    """Print how often the passage, and the sentence, that answers is the nearest of all of a field."""
    import torch

    with torch.no_grad():
        some = [vectors.with_sentences(one.passages[n:n + 1]) for n in range(len(one.passages))]
        passages, sentences = torch.cat([told for told, *_ in some]), torch.cat([parts for _, parts, _ in some])
        places = [(n, m) for n, (*_, own) in enumerate(some) for _, m in own]
        asked = torch.cat([vectors.of([question]) for question, *_ in one.questions])
    near, best = (asked @ passages.T).argsort(1, descending=True), (asked @ sentences.T).argmax(1)
    first, five = (sum(not right.isdisjoint(near[n, :k].tolist()) for n, (_, right, _) in enumerate(one.questions)) / len(asked) for k in (1, 5))
    told = sum(places[int(best[n])] in right for n, (*_, right) in enumerate(one.questions)) / len(asked)
    print(f"{name}: {len(asked)} questions, passage R@1 {first:.3f}, R@5 {five:.3f}, sentence {told:.3f}", flush=True)


def pairs(data: Path, tokens: Any) -> "Iterator[tuple[Text, Text]]":
    chooser = random.Random(2)
    for name, most in PAIRS.items():
        found = [row for row in rows(data / f"{name}.jsonl.xz") if name != "miracl_ko_queries_train" or not held_out(row["query"])]
        for row in chooser.sample(found, min(most, len(found))):
            yield plain(tokens, QUESTION + row["query"], 60), plain(tokens, PASSAGE + row["passage"], 158)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rag.training.meaning", description=__doc__.split("\n")[0])
    for name in ("data", "teacher", "out"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    import torch
    from safetensors.torch import save_file

    from rag.training.nearness import Upper, Vectors
    from rag.training.reader import APART
    from rag.training.teacher import middle_of, untaught

    torch.manual_seed(1)
    encoder, tokens = untaught(options.teacher, SHIPPED_EMBEDDER)
    vectors = Vectors(encoder, Upper(encoder), torch.from_numpy(middle_of(SHIPPED_EMBEDDER / "encoder.onnx")).float().reshape(-1))
    learn(vectors, [field(FIELDS / name, tokens) for name in TAUGHT], list(pairs(options.data, tokens)))
    for folder in (*(FIELDS / name for name in HELD_OUT), SAMPLES):
        report(folder.name, field(folder, tokens), vectors)
    vectors.upper.merge(encoder)
    save_file({name: value.contiguous() for name, value in encoder.layers[APART:].state_dict().items()}, options.out)


if __name__ == "__main__":
    main()
