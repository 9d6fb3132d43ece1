"""How answers are measured: what a question set holds, and when an answer to it is right."""

import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.errors import FolderMissing, WrongUsage

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


def refusals(questions: Sequence[dict[str, Any]], answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What refusing below each likelihood would give: "curve" holds [likelihood, false refusals, refused], shares of the
    answerable and of the unanswerable questions; "auc" is the chance that an answerable question is the likelier of two."""
    able, unable = ([a["answerable"] for q, a in zip(questions, answers, strict=True) if bool(q["answers"]) is wanted]
                    for wanted in (True, False))
    if not able or not unable:
        return {"auc": None, "curve": []}
    above = sum((one > other) + (one == other) / 2 for one in able for other in unable)
    ordered = sorted(able)
    bars = dict.fromkeys(ordered[int(share * (len(able) - 1))] for share in (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5))
    curve = [[bar, *(round(sum(one < bar for one in part) / len(part), 4) for part in (able, unable))] for bar in bars]
    return {"auc": round(above / len(able) / len(unable), 4), "curve": curve}


def load_questions(file: Path) -> list[dict[str, Any]]:
    """The questions of a JSON Lines file. Raises WrongUsage where a line is none."""
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
