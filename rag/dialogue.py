"""Follow-up questions: what the history adds to them."""

import re
from dataclasses import dataclass

from rag.answers import Turn
from rag.morphemes import content, morphemes, normalise

POINTS_BACK = re.compile(r"(?:^|\s)(?:그|이|저)(?:건|게|것|거|걸|때|곳|분|중|럼|러면|[은는이가를]?\s?(?:사람|회사|기업|모델|작품|서비스|"
                         r"보고서|나라|제품|기술|법|표|책|연구|기관|학교|팀|영화|그림|논문|도시|행사)\S*)|^(?:그럼|그러면|그래서|거기|여기|그중)")
FEW = 2  # a question of so few content words leans on the one before


@dataclass(frozen=True, slots=True)
class Understood:
    """A question with what it leans on: `text` is shown to the user, `context` is searched beside the question."""

    text: str
    context: str = ""


def understand(question: str, history: tuple[Turn, ...]) -> Understood:
    """The question as it stands, or with the turn before where it points back or says too little by itself."""
    question = normalise(question).strip()
    if not history:
        return Understood(question)
    if POINTS_BACK.search(question) or len(content(morphemes([question])[0])) <= FEW:
        last = history[-1]
        answer = re.sub(r"\s*\[\d+\]", "", last.answer)
        context = f"{last.question} {answer}"[:500]
        return Understood(f"{question} (앞 질문: {last.question})", context)
    return Understood(question)
