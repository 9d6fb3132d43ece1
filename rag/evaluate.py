"""`python -m rag.evaluate`: answer a question set and measure the answers."""

import json
import sys
from pathlib import Path
from typing import Any

from rag.command import Parser, run


def main() -> int:
    parser = Parser("python -m rag.evaluate", "질문 모음에 답하고, 답을 잽니다.")
    parser.add_argument("questions", type=Path, metavar="질문.jsonl")
    parser.add_argument("--index", type=Path, metavar="폴더", help="색인 폴더 (기본 .index)")
    parser.add_argument("--llm", metavar="모델", help="extractive, hf:이름이나-폴더, openai:주소#모델")
    parser.add_argument("--split", metavar="이름", help="이 몫의 질문만 (train, test)")
    parser.add_argument("--compare", type=Path, metavar="결과.json", help="먼저 --json으로 쓴 결과와 견줍니다")
    parser.add_argument("--json", action="store_true", help="결과를 JSON으로 씁니다")
    options = parser.parse_args()
    from ingest.run import open_assistant, progress_bar
    from rag.answers import Turn
    from rag.errors import WrongUsage
    from rag.measures import judge, load_questions, refusals, summary
    from rag.settings import load

    questions = [q for q in load_questions(options.questions) if options.split in (None, q.get("split"))]
    if not questions:
        raise WrongUsage(f"{options.questions}에 '{options.split}' 몫의 질문이 없습니다. 있는 이름을 주세요. 예: --split test")
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
              "refusals": refusals(questions, answers), "seconds": {"p50": seconds[len(seconds) // 2], "p95": seconds[int(len(seconds) * 0.95)]},
              "wrong": [{"id": q["id"], "question": q["question"], "answers": q["answers"], "answer": a["answer"],
                         "found": a["found"], "passages": [f"{p['source']} {p['place']}: {p['text'][:60]}"
                                                           for p in a["passages"][:3]]}
                        for q, a, one in zip(questions, answers, judged, strict=True) if not one["correct"]]}
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return 0
    print("\n".join(as_lines(result)))
    if options.compare:
        print("\n".join(differences(json.loads(options.compare.read_text(encoding="utf-8")), result)))
    for one in result["wrong"]:
        answer, passages = one["answer"].replace("\n", " / "), "".join(f"\n    {p}" for p in one["passages"])
        print(f"틀림 {one['id']}: {one['question']} | {one['answers']} | {answer}{passages}", file=sys.stderr)
    return 0


def as_lines(result: dict[str, Any]) -> list[str]:
    """All measures with their intervals, over all questions and by type."""
    lines = []
    for kind, measures in {"all": result["all"], **result["by_type"]}.items():
        lines.append(kind)
        lines += [f"  {name:14} {value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]  n={value['n']}"
                  for name, value in measures.items()]
    if result["refusals"]["curve"]:
        lines.append(f"거절 곡선 (AUC {result['refusals']['auc']:.3f}): 문턱, 잘못 거절, 바르게 거절")
        lines += [f"  {bar:.3f} {false:.3f} {refused:.3f}" for bar, false, refused in result["refusals"]["curve"]]
    return [*lines, f"seconds p50 {result['seconds']['p50']:.3f}, p95 {result['seconds']['p95']:.3f}"]


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What changed since an earlier run: measures, and questions that were right or wrong then and are not now."""
    lines = [f"{name:14} {before['all'][name]['mean']:.3f} -> {value['mean']:.3f}"
             for name, value in after["all"].items() if name in before["all"]]
    wrong = [{one["id"]: one["question"] for one in run["wrong"]} for run in (before, after)]
    lines += [f"이제 맞음 {name}: {wrong[0][name]}" for name in wrong[0].keys() - wrong[1].keys()]
    return lines + [f"이제 틀림 {name}: {wrong[1][name]}" for name in wrong[1].keys() - wrong[0].keys()]


if __name__ == "__main__":
    run(main)
