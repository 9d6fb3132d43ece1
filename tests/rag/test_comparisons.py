"""What reports say apart: a line for each, and a contradiction said plainly, only where the figures differ."""

import pytest

from rag.chain import assemble
from rag.settings import Settings

SAME = "행사의 예산은 2억 원이다."
REPORTS = {"봄 행사 결과": "행사에는 참가자 300명이 왔다.", "한 해 돌아보기": "봄 행사에는 참가자 450명이 왔다."}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    from ingest.run import ingest

    folder = tmp_path_factory.mktemp("two")
    (folder / "보고서").mkdir()
    for name, sentence in REPORTS.items():
        text = f"# {name}\n\n## 참가\n{sentence} 날씨가 맑았다.\n\n## 예산\n{SAME} 남은 돈은 없다.\n\n## 장소\n강당은 넓고 밝았다.\n"
        (folder / "보고서" / f"{name}.md").write_text(text, encoding="utf-8")
    settings = Settings(index=folder / "index")
    ingest(settings, [folder / "보고서"])
    return assemble(settings)


def test_a_contradiction_is_said_plainly(two):
    answer = two.ask("행사 참가자가 몇 명인지 보고서마다 다르던데 각각 몇 명이야?")
    assert answer.text.startswith("보고서마다 다릅니다.")
    assert all(f"「{name}」" in answer.text for name in REPORTS)
    assert {citation.passage.source for citation in answer.citations} == {f"보고서/{name}.md" for name in REPORTS}
    assert "300명" in answer.text and "450명" in answer.text


def test_no_contradiction_is_claimed_where_the_figures_agree(two):
    answer = two.ask("행사의 예산은 보고서마다 각각 얼마야?")
    assert "2억 원" in answer.text and "다릅니다" not in answer.text
