"""`python -m rag.evaluate`: answer a question set and measure the answers."""

import json
import re
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.command import Parser, run

MARKER = re.compile(r"\s*\[\d+\]")


def flat(text: str) -> str:
    """The form in which answers are compared: NFKC, lower case, no white space, none of , * \\ | and no markers."""
    text = MARKER.sub("", text)
    return re.sub(r"[\s,*\\|]", "", unicodedata.normalize("NFKC", text).lower())


def parts(evidence: str) -> list[str]:
    """An evidence string as flat cells: split at tabs, tags, list marker and backticks gone."""
    cells = (re.sub(r"<[^>]*>", "", cell) for cell in evidence.split("\t"))
    cells = (re.sub(r"^\s*(?:[-*•●○▪·◦]\s*|\d+\.\s+)+", "", cell).replace("`", "") for cell in cells)
    return [flat(cell) for cell in cells if flat(cell)]


def holds(text: str, evidence: str) -> bool:
    flattened = flat(text.replace("`", ""))
    return all(part in flattened for part in parts(evidence))


def groups(question: dict[str, Any]) -> list[list[str]]:
    """The variants of each thing that a right answer holds."""
    return question.get("answers_all") or [question["answers"]]


def judge(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The measures of one answer; None where a measure does not apply. Needs nothing but the answer's JSON."""
    answerable = bool(question["answers"])
    text = flat(answer["answer"])
    passages = {p["id"]: p["text"] for p in answer["passages"]}
    right = len(MARKER.sub("", answer["answer"])) <= 400 and all(
        any(flat(variant) in text for variant in group) for group in groups(question))
    result: dict[str, Any] = {
        "correct": (answer["found"] and right) if answerable else not answer["found"],
        "false_refusal": not answer["found"] if answerable else None,
        "refused": None if answerable else not answer["found"],
        "shown_wrong": (not (answerable and right)) if answer["found"] else None,
    }
    for k in (1, 3, 5, 10):
        met = [any(holds(p["text"], evidence) for p in answer["passages"][:k]) for evidence in question["evidence"]]
        result[f"all@{k}"] = all(met) if met else None
        result[f"any@{k}"] = any(met) if met else None
    valid = [passages.get(c["passage_id"], "")[c["start"]:c["end"]] == c["quote"] for c in answer["citations"]]
    result["quote_valid"] = all(valid) if valid else None
    true = [any(holds(c["quote"], e) for e in question["evidence"])
            or any(flat(v) in flat(c["quote"]) for group in groups(question) for v in group)
            for c in answer["citations"]]
    result["citation_true"] = sum(true) / len(true) if true and answerable else None
    return result


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % confidence interval of a mean of shares (Wilson 1927)."""
    n, mean, z = len(values), sum(values) / len(values), 1.96
    centre, half = mean + z * z / (2 * n), z * ((mean * (1 - mean) + z * z / (4 * n)) / n) ** 0.5
    return max(0.0, (centre - half) / (1 + z * z / n)), min(1.0, (centre + half) / (1 + z * z / n))


def summary(judged: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean, interval and number by measure, over the questions to which it applies."""
    result = {}
    for name in judged[0]:
        values = [float(one[name]) for one in judged if one[name] is not None]
        if values:
            low, high = interval(values)
            result[name] = {"mean": round(sum(values) / len(values), 4), "low": round(low, 4),
                            "high": round(high, 4), "n": len(values)}
    return result


def load_questions(file: Path) -> list[dict[str, Any]]:
    """The questions of a JSON Lines file. Raises WrongUsage where a line is none."""
    from rag.errors import FolderMissing, WrongUsage

    if not file.is_file():
        raise FolderMissing(f"질문 파일이 없습니다: {file}. 경로를 확인하고 다시 실행하세요.")
    questions = []
    for number, line in enumerate(file.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            try:
                question = {"evidence": [], "type": "", "id": str(number), **json.loads(line.decode())}
                texts = [question["question"], *question["evidence"], *(v for group in groups(question) for v in group)]
                texts += [turn[side] for turn in question.get("history") or [] for side in ("question", "answer")]
                lists = (question["answers"], question["evidence"], *groups(question))
                if not all(isinstance(text, str) for text in texts) or not all(isinstance(one, list) for one in lists):
                    raise TypeError
            except (ValueError, KeyError, TypeError) as error:
                raise WrongUsage(f"{file} {number}번째 줄이 질문이 아닙니다. question과 answers가 있는 JSON이어야 합니다.") from error
            questions.append(question)
    if not questions:
        raise WrongUsage(f"{file}에 질문이 없습니다.")
    return questions


def main() -> int:
    parser = Parser("python -m rag.evaluate", "질문 모음에 답하고, 답을 잽니다.")
    parser.add_argument("questions", type=Path, metavar="질문.jsonl")
    parser.add_argument("--index", type=Path, metavar="폴더", help="색인 폴더 (기본 .index)")
    parser.add_argument("--llm", metavar="모델", help="extractive, hf:이름이나-폴더, openai:주소#모델")
    parser.add_argument("--json", action="store_true", help="결과를 JSON으로 씁니다")
    options = parser.parse_args()
    from ingest.run import open_assistant, progress_bar
    from rag.answers import Turn
    from rag.settings import load

    questions = load_questions(options.questions)
    settings = load({"index": options.index, "llm": options.llm})
    with progress_bar() as progress:
        assistant = open_assistant(settings, progress, create=options.index is None)
    answers = [assistant.ask(q["question"], [Turn(t["question"], t["answer"]) for t in q.get("history") or []]).as_json()
               for q in questions]
    judged = [judge(q, a) for q, a in zip(questions, answers, strict=True)]
    by_type = {kind: summary([one for q, one in zip(questions, judged, strict=True) if q["type"] == kind])
               for kind in dict.fromkeys(q["type"] for q in questions)}
    seconds = sorted(a["seconds"] for a in answers[1:] or answers)
    result: dict[str, Any] = {"questions": len(questions), "all": summary(judged), "by_type": by_type,
              "seconds": {"p50": seconds[len(seconds) // 2], "p95": seconds[int(len(seconds) * 0.95)]},
              "wrong": [{"id": q["id"], "question": q["question"], "answers": q["answers"], "answer": a["answer"],
                         "found": a["found"]} for q, a, one in zip(questions, answers, judged, strict=True)
                        if not one["correct"]]}
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return 0
    for name, value in result["all"].items():
        print(f"{name:14} {value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]  n={value['n']}")
    print(f"{'seconds':14} p50 {result['seconds']['p50']:.3f}, p95 {result['seconds']['p95']:.3f}")
    for kind, measures in by_type.items():
        print(f"  {kind:14} correct {measures['correct']['mean']:.3f} of {measures['correct']['n']}")
    for one in result["wrong"]:
        answer = one["answer"].replace("\n", " / ")
        print(f"틀림 {one['id']}: {one['question']} | {one['answers']} | {answer}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    run(main)
