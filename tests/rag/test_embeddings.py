"""The embedders: the two that ship, one against sentence-transformers, one of the user's own, and folders that are none."""

import json
import resource
import shutil
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.embeddings import (
    SHIPPED,
    EncoderEmbeddings,
    SentenceTransformerEmbeddings,
    StaticEmbeddings,
    is_static,
    load_embedder,
    name_of,
)
from rag.errors import ModelUnavailable
from rag.settings import SHIPPED_EMBEDDER, load
from tests.rag import facts

STATIC = SHIPPED / "static_ko"
TEXTS = ["챗GPT는 언제 공개되었나요?", "2023년 매출은 3,120억 원이다.", "가", "", " ", "🙂", "OpenAI GPT-4 API", "한 문장. " * 400, "龍 가나다 ﬁ ½",
         *facts.FACTS, *facts.FACTS.values()]


@pytest.fixture(scope="module")
def shipped() -> StaticEmbeddings:
    return StaticEmbeddings(STATIC)


@pytest.fixture(scope="module")
def users(tmp_path_factory) -> Path:
    """A model of the user's own: sentence-transformers' StaticEmbedding with plain float weights."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(STATIC / "0_StaticEmbedding" / "tokenizer.json"))
    weights = np.random.default_rng(7).standard_normal((tokenizer.get_vocab_size(), 16)).astype(np.float32)
    folder = tmp_path_factory.mktemp("models") / "my-model"
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights), Normalize()], device="cpu")
    model.save_pretrained(str(folder), create_model_card=False)
    return folder


def test_the_shipped_folder_gives_the_vectors_of_sentence_transformers(shipped):
    reference = SentenceTransformerEmbeddings(STATIC)
    ours, theirs = np.array(shipped.embed_documents(TEXTS)), np.array(reference.embed_documents(TEXTS))
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    np.testing.assert_allclose(shipped.embed_query(TEXTS[0]), reference.embed_query(TEXTS[0]), atol=1e-6)
    assert reference.name == shipped.name


def test_vectors_have_length_one_or_none(shipped):
    vectors = shipped.vectors(TEXTS)
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths, [0.0 if not text.strip() else 1.0 for text in TEXTS], atol=1e-5)
    assert vectors.dtype == np.float32 and not vectors[TEXTS.index("")].any()
    assert shipped.vectors([]).shape == (0, vectors.shape[1])


@hypothesis.settings(max_examples=60)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_a_batch_gives_what_single_texts_give_each_time(shipped, texts):
    batch = shipped.embed_documents(texts)
    assert batch == [shipped.embed_query(text) for text in texts] == shipped.embed_documents(texts)
    assert np.isfinite(batch).all()


def test_what_belongs_together_is_nearer(shipped):
    asked, same, other = shipped.vectors(["회사의 매출은 얼마인가?", "기업 매출액은 얼마인가요", "고양이가 나무에 올라갔다"])
    assert asked @ same > asked @ other + 0.2


@pytest.fixture(scope="module")
def encoder() -> EncoderEmbeddings:
    return EncoderEmbeddings(SHIPPED_EMBEDDER)


def test_the_encoder_gives_vectors_of_length_one_for_any_text(encoder):
    vectors = np.array(encoder.embed_documents(TEXTS))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert encoder.embed_documents([]) == [] and len(encoder.embed_query("가")) == vectors.shape[1]


@hypothesis.settings(max_examples=20)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_a_text_has_one_vector_in_the_encoder_whatever_stands_beside_it(encoder, texts):
    assert encoder.embed_documents(texts) == [encoder.embed_documents([text])[0] for text in texts]


def test_the_encoder_reads_a_text_of_any_length_to_its_end(encoder):
    filling = "날씨가 맑고 바람이 조금 불었다. " * 400  # several times as many tokens as it reads at once
    plain, ending = encoder.embed_documents([filling, filling + "회사의 종업원은 모두 이백 명이다. " * 60])
    asked = np.array(encoder.embed_query("직원은 몇 명인가요?"))
    assert asked @ ending > asked @ plain + 0.02


@pytest.mark.parametrize("name", ["shipped", "encoder"])
def test_parts_come_with_the_vector_of_their_text(name, request):
    embedder = request.getfixturevalue(name)
    texts = ["표제\n매출은 3,120억 원이다. 본사는 부산에 있다.", "날씨가 맑다. " * 400 + "끝으로 직원은 모두 이백 명이다.", ""]
    spans = [[(3, 18), (19, 30)], [(0, 7), (len(texts[1]) - 17, len(texts[1]))], []]
    found = embedder.embed_with_parts(texts, spans)
    assert [whole.tolist() for whole, _ in found] == embedder.embed_documents(texts)
    width = len(found[0][0])
    assert [parts.shape for _, parts in found] == [(2, width), (2, width), (0, width)]
    for question, nearest in (("매출은 얼마인가?", (0, 0)), ("본사는 어디에 있나?", (0, 1)), ("직원은 몇 명인가?", (1, 1))):
        parts = found[nearest[0]][1]
        np.testing.assert_allclose(np.linalg.norm(parts, axis=1), 1.0, atol=1e-5)
        assert int((parts @ np.array(embedder.embed_query(question))).argmax()) == nearest[1]


def test_a_part_means_what_it_means_where_it_stands(encoder):
    """The same words below two headings; of the static embedding both would be the same."""
    (_, sales), (_, staff) = encoder.embed_with_parts(["매출\n모두 3,120이다.", "직원\n모두 3,120이다."], [[(3, 13)], [(3, 13)]])
    asked = np.array(encoder.embed_query("직원은 모두 몇 명인가?"))
    assert staff[0] @ asked > sales[0] @ asked


def test_the_encoder_knows_other_words_for_the_same(encoder):
    """Where the static embedding, which only adds up words, does not."""
    passages = np.array(encoder.embed_documents(["임직원 수는 412명이다.", "본사는 부산에 있다.", "영업이익은 31억 원으로 늘었다.",
                                                 "신제품은 오는 삼월에 시장에 나온다."]))
    for question, right in (("거기서 일하는 사람이 얼마나 되나요?", 0), ("회사가 어느 도시에 자리 잡고 있지?", 1),
                            ("돈을 얼마나 벌었어?", 2), ("새 물건은 언제부터 파나요?", 3)):
        assert int((passages @ np.array(encoder.embed_query(question))).argmax()) == right, question


def test_half_an_encoder_is_an_error_of_ours(tmp_path):
    for file in ("encoder.onnx", "tokenizer.json"):
        folder = shutil.copytree(SHIPPED_EMBEDDER, tmp_path / file)
        cut(file)(folder)
        with pytest.raises(ModelUnavailable, match="임베딩 모델을 열 수 없습니다.*RAG_EMBEDDER"):
            load_embedder(str(folder))


def test_those_that_ship_are_known_by_their_names():
    assert isinstance(load_embedder("encoder_ko"), EncoderEmbeddings) and isinstance(load_embedder("static_ko"), StaticEmbeddings)
    shipped = sum(file.stat().st_size for name in ("encoder_ko", "static_ko", "ranker_ko") for file in (SHIPPED / name).rglob("*"))
    assert shipped <= 40e6, "bytes of models in the package"


def test_the_name_changes_with_the_weights_and_with_nothing_else(tmp_path, shipped):
    folder = shutil.copytree(STATIC, tmp_path / STATIC.name)
    assert name_of(folder) == shipped.name == load_embedder(str(folder)).name
    (folder / "README.md").write_text("다른 설명")
    assert name_of(folder) == shipped.name
    weights = folder / "0_StaticEmbedding" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert name_of(folder) != shipped.name


def test_the_users_model_works_end_to_end(users, tmp_path, index, monkeypatch):
    from ingest.run import open_assistant, status

    assert not is_static(users) and is_static(STATIC)
    copy = shutil.copytree(index, tmp_path / "index")
    monkeypatch.setenv("RAG_EMBEDDER", str(users))
    settings = load({"index": copy})
    assistant = open_assistant(settings, create=False)  # indexes again by itself, without the reports
    answer = assistant.ask(facts.QUESTION)
    assert answer.found and "3,120억" in answer.text
    assert status(settings)["embedder"] == assistant.embedder.name == load_embedder(str(users)).name != name_of(SHIPPED_EMBEDDER)
    with assistant.index.snapshot() as snapshot:
        assert set(snapshot.caches.nearest(assistant.embedder.embed_query(facts.QUESTION), 3, None)), "16 dimensions now"
    assistant.index.close()


def test_a_model_is_loaded_from_its_folder_or_by_the_name_under_which_it_was_fetched(users, tmp_path, monkeypatch):
    embedder = load_embedder(str(users))
    assert isinstance(embedder, SentenceTransformerEmbeddings) and embedder.name.startswith("my-model-")
    vectors = np.array(embedder.embed_documents(TEXTS))
    assert vectors.shape == (len(TEXTS), 16)
    np.testing.assert_allclose(vectors[0], embedder.embed_query(TEXTS[0]), atol=1e-6)
    for owner in ("somebody", "sentence-transformers"):
        cache = tmp_path / f"models--{owner}--my-model"  # as the hub's cache lays it out
        shutil.copytree(users, cache / "snapshots" / "abc")
        (cache / "refs").mkdir()
        (cache / "refs" / "main").write_text("abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    for spec in ("somebody/my-model", "my-model"):
        np.testing.assert_allclose(load_embedder(spec).embed_query(TEXTS[0]), vectors[0], atol=1e-6)


def cut(file: str):
    def change(folder: Path) -> None:
        data = (folder / file).read_bytes()
        (folder / file).write_bytes(data[:len(data) // 2])
    return change


BAD = {
    "empty": lambda folder: [shutil.rmtree(folder), folder.mkdir()],
    "half the weights": cut("0_StaticEmbedding/model.safetensors"), "half the tokenizer": cut("0_StaticEmbedding/tokenizer.json"),
    "half the modules": cut("modules.json"), "no weights": lambda folder: (folder / "0_StaticEmbedding/model.safetensors").unlink(),
    "no tokenizer": lambda folder: (folder / "0_StaticEmbedding/tokenizer.json").unlink(),
    "junk for weights": lambda folder: (folder / "0_StaticEmbedding/model.safetensors").write_bytes(b"x"),
    "modules of a kind that is not there": lambda folder: (folder / "modules.json").write_text(
        json.dumps([{"idx": 0, "name": "0", "path": "0_StaticEmbedding", "type": "evil.Module"}])),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_folder_is_an_error_of_ours(tmp_path, what):
    folder = shutil.copytree(STATIC, tmp_path / "bad")
    BAD[what](folder)
    with pytest.raises(ModelUnavailable, match="임베딩 모델을 열 수 없습니다.*RAG_EMBEDDER"):
        load_embedder(str(folder))


@pytest.mark.parametrize("spec", ["/none/of/these", "./none", "../none", "~/none", "intfloat/multilingual-e5-small", "all-MiniLM-L6-v2",
                                  "a/b/c", "한글 이름", "\0"])
def test_a_model_that_is_not_here(spec):
    with pytest.raises(ModelUnavailable, match="이 컴퓨터에 없습니다"):
        load_embedder(spec)


@pytest.mark.parametrize("spec", ["/none/of/these", "intfloat/multilingual-e5-small"])
def test_it_is_told_within_five_seconds_in_one_line(run, index, spec):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run("rag.ask", facts.QUESTION, "--index", index, RAG_EMBEDDER=spec, timeout=30)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (done.code, done.out, len(done.lines)) == (1, "", 1), done.err
    assert spec in done.err and "RAG_EMBEDDER" in done.err
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 5, "of processor time"
