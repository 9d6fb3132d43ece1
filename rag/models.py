"""`python -m rag.models`: which language models there are, fetching one, choosing one, removing one."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.command import Parser, run

if TYPE_CHECKING:
    from rag.settings import Settings

TRIAL = ("챗GPT 플러그인은 언제 공개됐나요?", "구글 PaLM은 파라미터 몇 개짜리 모델이야?", "신경망을 이루는 4가지 구성 요소는?")


def parser() -> Parser:
    parser = Parser("python -m rag.models", "언어 모델(LLM)을 보고, 내려받고, 고르고, 지웁니다.")
    parser.add_argument("what", choices=["list", "pull", "use", "remove"], metavar="할-일", help="list, pull 이름, use 지정, remove 이름")
    parser.add_argument("name", nargs="?", metavar="이름", help="모델의 이름 (list에 나옴), 폴더, openai:주소#모델, extractive")
    parser.add_argument("--index", type=Path, metavar="폴더", help="고른 모델을 기억할 색인 폴더 (기본 .index)")
    return parser


def main() -> int:
    asked = parser()
    options = asked.parse_args()
    if (options.name is None) != (options.what == "list"):
        asked.error("list에는 이름을 쓰지 않습니다" if options.what == "list" else f"{options.what} 뒤에 이름이 필요합니다")
    from rag.settings import load

    settings = load({"index": options.index})
    if options.what == "list":
        show(settings)
    elif options.what == "pull":
        pull(settings, options.name)
    elif options.what == "use":
        use(settings, options.name)
    else:
        remove(settings, options.name)
    return 0


def show(settings: Settings) -> None:
    from rag.llm import OLLAMA, ollama
    from rag.model_store import KNOWN, fetched

    there = fetched(settings.models)
    print(f"지금 쓰는 것: {settings.llm}" + (" (LLM 없이 보고서의 문장을 그대로 옮김)" if settings.llm == "extractive" else ""))
    print("\n이름             크기      메모리(16비트/32비트)  라이선스    상태")
    for name, model in KNOWN.items():
        state = f"내려받음 ({there[model.repository]['commit'][:8]})" if model.repository in there else "-"
        print(f"{name:<16} {model.gigabytes:>4.1f} GB   {model.gigabytes + 0.5:>4.1f} / {2 * model.gigabytes + 0.5:>4.1f} GB"
              f"         {model.licence:<11} {state}  {model.repository}")
    for repository in sorted(there.keys() - {known.repository for known in KNOWN.values()}):
        print(f"{repository}  라이선스 {there[repository]['licence'] or '모름'}, 내려받음 ({there[repository]['commit'][:8]})")
    print("\n내려받기: python -m rag.models pull 이름      쓰기: python -m rag.models use 이름")
    served = ollama()
    if served:
        print(f"\n이 컴퓨터의 Ollama가 {OLLAMA}에 있습니다. 쓰려면:")
        for served_name in served:
            print(f"  python -m rag.models use openai:{OLLAMA}/v1#{served_name}")


def pull(settings: Settings, name: str) -> None:
    from rag import model_store

    place = model_store.pull(settings.models, name)
    record = model_store.fetched(settings.models)[place.relative_to(settings.models).as_posix()]
    print(f"내려받았습니다: {record['repository']} {record['commit'][:8]}, 라이선스 {record['licence'] or '모름'}, {place}")
    trial(replace(settings, llm=f"hf:{record['repository']}"))
    print(f"쓰려면: python -m rag.models use {name}")


def trial(settings: Settings) -> None:
    """Three questions over the samples: how long each took, and how many of the model's sentences passed the check."""
    from ingest.run import open_assistant
    from rag.checking import sentences_of

    with tempfile.TemporaryDirectory() as temporary:
        assistant = open_assistant(replace(settings, index=Path(temporary) / "index"), create=True)
        try:
            for question in TRIAL:
                answer = assistant.ask(question)
                kept = len(sentences_of(answer.text)) if answer.found and answer.answerer != "extractive" else 0
                print(f"{question}\n  {answer.text}\n  {answer.seconds:.1f}초, LLM의 문장 {kept}개가 보고서와 맞았습니다. {answer.notice or ''}")
        finally:
            assistant.index.close()


def use(settings: Settings, name: str) -> None:
    from rag.llm import chosen
    from rag.settings import save

    spec = chosen(settings, name)
    save(settings.index, {"llm": spec})
    print(f"앞으로 {spec}로 답합니다. 되돌리기: python -m rag.models use extractive")


def remove(settings: Settings, name: str) -> None:
    from rag import model_store
    from rag.settings import save

    model_store.remove(settings.models, name)
    print(f"지웠습니다: {name}")
    if settings.llm.startswith("hf:") and model_store.folder_of(settings.models, settings.llm[3:]) is None:
        save(settings.index, {"llm": "extractive"})
        print("쓰던 모델이어서, 앞으로는 LLM 없이 보고서의 문장을 그대로 옮깁니다.")


if __name__ == "__main__":
    run(main)
