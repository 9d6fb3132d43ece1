"""Train the embedding that ships in `rag/static_ko`: `python -m rag.training.embedding DATA OUT`.

A static embedding: a text is the mean of its tokens' vectors, so it needs no torch to run and embeds some
10,000 passages a second. Contrastive training with in-batch negatives (van den Oord et al. 2018, "Representation
Learning with Contrastive Predictive Coding") over (question or title, passage) pairs. DATA is a folder of
`*.jsonl.xz` pairs and `raw/*.txt.xz` prose; OUT is written in the layout of sentence-transformers, with the
vectors as int8 and a float32 scale a token (`embeddings`, `weights`), which its StaticEmbedding folds on loading.

KorQuAD is never read, and MIRACL's questions are only read for the fold that `held_out` does not keep back, so
that both remain fit for measuring.
"""

import argparse
import json
import lzma
import random
import time
from collections.abc import Iterator
from pathlib import Path

from rag.training.data import PAIRS, held_out, rows

VOCABULARY, DIMENSIONS, TOKENS, BATCH, EPOCHS, TEMPERATURE = 48_000, 128, 192, 1024, 4, 0.05
PARAPHRASES = ("parakqc_pairs", "stylekqc_sts", "question_pair_ko")
PROSE = {"wiki_ko": 30e6, "wiki_ko_2": 10e6, "law_ko": 5e6, "docs_mslearn_ko": 2e6, "docs_tensorflow_ko": 2e6,
         "docs_powerbi_ko": 1e6, "docs_react_ko": 1e6, "docs_hfcourse_ko": 1e6, "nsmc_reviews": 2e6}


def prose(data: Path) -> Iterator[str]:
    for name, characters in PROSE.items():
        seen = 0
        with lzma.open(data / "raw" / f"{name}.txt.xz", "rt", encoding="utf-8") as lines:
            for line in lines:
                seen += len(line)
                if seen > characters / 2:  # about two bytes a character
                    break
                yield line[:2000]
    for name in (*PAIRS, *PARAPHRASES):
        for row in rows(data / f"{name}.jsonl.xz"):
            yield row.get("query") or row["a"]


def pairs(data: Path) -> list[tuple[str, str]]:
    found = []
    for name in PAIRS:
        for row in rows(data / f"{name}.jsonl.xz"):
            if name == "miracl_ko_queries_train" and held_out(row["query"]):
                continue
            found.append((row["query"], row["passage"]))
    for name in PARAPHRASES:
        found += [(row["a"], row["b"]) for row in rows(data / f"{name}.jsonl.xz") if row["label"] == 1]
    return found


def tokenizer(texts: Iterator[str]):
    """A unigram tokenizer without word-boundary marks: a word is the same token wherever it stands."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokens = Tokenizer(models.Unigram())
    tokens.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokens.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Whitespace(),
        pre_tokenizers.Split(Regex(r"\d+|[a-z]+|[가-힣]+"), "isolated"),
    ])
    trainer = trainers.UnigramTrainer(vocab_size=VOCABULARY, unk_token="<unk>", special_tokens=["<unk>"],
                                      max_piece_length=8, shrinking_factor=0.6, show_progress=False)
    tokens.train_from_iterator(texts, trainer)
    return tokens


def train(tokens, examples: list[tuple[str, str]], seed: int = 7):
    """The token vectors, (vocabulary, dimensions) float32."""
    import numpy as np
    import torch

    torch.manual_seed(seed)
    shuffle = random.Random(seed)
    ids = [[np.array(e.ids[:TOKENS], dtype=np.int64) for e in tokens.encode_batch([p[side][:1000] for p in examples],
                                                                                 add_special_tokens=False)]
           for side in (0, 1)]
    kept = [i for i in range(len(examples)) if len(ids[0][i]) and len(ids[1][i])]
    table = torch.nn.EmbeddingBag(tokens.get_vocab_size(), DIMENSIONS, mode="mean", sparse=True)
    torch.nn.init.normal_(table.weight, std=0.1)
    optimiser = torch.optim.SparseAdam(table.parameters(), lr=0.02)

    def embed(side: int, chosen: list[int]) -> torch.Tensor:
        bags = [ids[side][i] for i in chosen]
        offsets = torch.from_numpy(np.cumsum([0] + [len(b) for b in bags[:-1]]))
        return torch.nn.functional.normalize(table(torch.from_numpy(np.concatenate(bags)), offsets))

    steps, done, started = EPOCHS * (len(kept) // BATCH), 0, time.monotonic()
    for _ in range(EPOCHS):
        shuffle.shuffle(kept)
        for start in range(0, len(kept) - BATCH + 1, BATCH):
            chosen = kept[start:start + BATCH]
            for group in optimiser.param_groups:
                group["lr"] = 0.02 * (1 - done / steps) + 1e-4
            scores = embed(0, chosen) @ embed(1, chosen).T / TEMPERATURE
            # a passage that stands twice in a batch is no negative of itself
            texts = [examples[i][1] for i in chosen]
            first = {text: n for n, text in enumerate(texts)}
            twins = torch.tensor([first[text] != n for n, text in enumerate(texts)])
            scores = scores.masked_fill(twins[None, :] & ~torch.eye(BATCH, dtype=torch.bool), -1e4)
            target = torch.arange(BATCH)
            loss = (torch.nn.functional.cross_entropy(scores, target)
                    + torch.nn.functional.cross_entropy(scores.T, target)) / 2
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            done += 1
            if done % 50 == 0:
                print(f"step {done}/{steps} loss {loss.item():.3f} {time.monotonic() - started:.0f} s", flush=True)
    return table.weight.detach().numpy()


def save(tokens, vectors, out: Path) -> None:
    """Write the folder: int8 rows with a float32 scale each, centred (a constant part carries no meaning)."""
    import numpy as np
    from safetensors.numpy import save_file

    scale = np.maximum(np.abs(vectors).max(axis=1), 1e-8) / 127
    module = out / "0_StaticEmbedding"
    module.mkdir(parents=True, exist_ok=True)
    save_file({"embeddings": np.round(vectors / scale[:, None]).astype(np.int8), "weights": scale.astype(np.float32)},
              str(module / "model.safetensors"))
    tokens.save(str(module / "tokenizer.json"), pretty=False)
    kind = "sentence_transformers.sentence_transformer.modules"
    (out / "modules.json").write_text(json.dumps([
        {"idx": 0, "name": "0", "path": "0_StaticEmbedding", "type": f"{kind}.StaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": f"{kind}.Normalize"}], indent=1))
    (out / "1_Normalize").mkdir(exist_ok=True)
    (out / "1_Normalize" / "config.json").write_text("{}")
    (out / "config_sentence_transformers.json").write_text(json.dumps(
        {"model_type": "SentenceTransformer", "similarity_fn_name": "cosine", "prompts": {}}, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rag.training.embedding", description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    started = time.monotonic()
    tokens = tokenizer(prose(options.data))
    print(f"tokenizer {tokens.get_vocab_size()} in {time.monotonic() - started:.0f} s", flush=True)
    examples = pairs(options.data)
    print(f"{len(examples)} pairs", flush=True)
    save(tokens, train(tokens, examples), options.out)
    print(f"{options.out}: {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
