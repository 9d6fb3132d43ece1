"""How fast an answer comes: `python -m tests.bench.latency [--index DIR]` (an index that exists; default .index).

Prints, as medians: a new process from start to answer (5 runs, files in the OS cache), `--help` (5 runs), a warm
question in one process (every question of the sample set below, 3 rounds), and the memory of that process.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

QUESTIONS = (
    "챗GPT 플러그인은 언제 공개됐나요?", "구글 PaLM은 파라미터 몇 개짜리 모델이야?", "신경망을 이루는 4가지 구성 요소는?",
    "MLOps는 어떤 개념을 ML 시스템에 적용한 거예요?", "하이퍼클로바 매개변수 수가 몇 개야?", "오늘 점심 뭐 먹지?",
    "2025년이 되면 인터넷 콘텐츠의 몇 %를 AI가 만들 거라고 봤어?", "기업이 AX를 순차적으로 도입할 때 5단계를 설명해줘",
)


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, default=Path(".index"))
    index = parser.parse_args().index
    ask = [sys.executable, "-m", "rag.ask", "--index", str(index)]
    seconds([*ask, QUESTIONS[0]])
    print(f"cold start {statistics.median(seconds([*ask, QUESTIONS[0]]) for _ in range(5)):.2f} s")
    print(f"--help {statistics.median(seconds([*ask, '--help']) for _ in range(5)):.3f} s")

    from ingest.run import open_assistant
    from rag.settings import load

    assistant = open_assistant(load({"index": index}), create=False)
    assistant.ask(QUESTIONS[0])
    times = sorted(assistant.ask(question).seconds for _ in range(3) for question in QUESTIONS)
    print(f"warm p50 {times[len(times) // 2] * 1000:.0f} ms, p95 {times[int(len(times) * 0.95)] * 1000:.0f} ms")
    memory = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(f"memory {int(memory.split()[1]) // 1024} MB")


if __name__ == "__main__":
    main()
