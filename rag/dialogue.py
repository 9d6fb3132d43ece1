"""Follow-up questions: what the history adds to them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.answers import NO_ANSWER, Turn
from rag.documents import Candidate
from rag.morphemes import content, kiwi, morphemes, normalise
from rag.query import HANGUL, Query

# a word of these ends here, or goes on with a particle: "이건" points back, "이건희" and "이중 언어" do not
END = r"(?=$|\W|[은는이가을를의에도과와만로]|으로|부터|까지|처럼|보다)"
POINTS_BACK = re.compile(rf"(?:^|\s)(?:[그이저](?:건|게|것|거|걸|때|곳|분|들){END}|그\s?중{END}|이\s중{END}|"
                         r"(?:그\s?|[이저]\s)(?:사람|회사|기업|모델|작품|서비스|보고서|나라|제품|기술|법|표|책|연구|기관|학교|팀|"
                         rf"영화|그림|논문|도시|행사))|(?:^|\s)(?:[그이]런\s|(?:그\s?다음|그\s?밖|그\s?외|나머지|방금|아까|위에서|앞에서|"
                         rf"전자|후자|둘\s?중|셋\s?중|다른\s하나){END})|^(?:그럼|그러면|그래서|그리고|그런데|근데|거기|여기){END}")
ENGLISH_BACK = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her|those|these|that one|this one|what about|how about)\b", re.IGNORECASE)
FEW = 3  # a question of so few content words leans on the one before; of one less where it has a name or a year of its own
ASKS = re.compile(r"언제|어디|누가|누구|무엇|무슨|뭐|뭘|왜|어떻게|어떤|어느")
WHAT = re.compile(r"(?:뭐|무엇|누구)(?:야|예요|에요|죠|지|인가요?|입니까|이야|니)?\W*$|(?:어떤|무슨)\s\S+?(?:야|예요|에요|이야|이에요|인가요?|입니까|죠|지)\W*$")
LIGHT = frozenset(["하", "되", "그러", "있", "없", "이러"])  # verbs that say nothing by themselves
NAME = re.compile(r"[0-9a-z~]")
FIGURE = re.compile(r"(\d[\d,.]*)\s?(년|월|분기|시간|일|회|차|단계|호점|인실|학년|등급|[가-힣]실|개월|세대|주)")
ONLY = re.compile(r"^(?:그럼|그러면|그리고|근데|그런데)?\s*(?:\S+\s){0,2}\S+?(?:은|는|도|엔|에는|에선|에서는|의\s경우|\s쪽은|\s경우는)(?:요)?\s*[?？]*$")  # another thing, and nothing that is asked of it
SAID, AGAIN, ELSE = 0.7, 0.05, 0.1  # share of the words of an answer that says it again; what such a sentence is worth, and one without the other thing
BESIDE = 0.4  # of the likelihood of a sentence that does not: what says again comes to no more, and is not told beside it
AMONG = re.compile(r"[그이둘셋]\s?중|거기서|가장|제일")  # a follow-up that goes over a whole table again
RELATIVE = frozenset(["전년", "전년도", "작년", "지난해", "올해", "내년", "다음", "이전", "직전", "전", "후", "이후", "마지막", "처음", "첫", "나머지", "최근", "지금"])


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
    words = morphemes([question])[0]  # a name brings its sound
    told = content(morphemes([FIGURE.sub(" ", question)])[0])  # of a time of its own, what is told besides
    few = len(told) < FEW - 1 if FIGURE.search(question) else len(content(words)) <= FEW - any(NAME.search(word) for word in words)
    if not HANGUL.search(question):
        few = few and (len(content(words)) < 2 or bool(ENGLISH_BACK.search(question)))
    if POINTS_BACK.search(question) or few and not _whole(question):
        last = history[-1]
        before = normalise(last.question).strip()[:200]
        context = _instead(question, before) or _without(question, f"{before} {_answered(last)}"[:500].strip())
        return Understood(f"{question} (앞 질문: {before})", context)
    return Understood(question)


def anew(candidates: Sequence[Candidate], query: Query, history: Sequence[Turn]) -> list[Candidate]:
    """The candidates for a follow-up, best first: what says again what was answered, and has no word that the follow-up adds, is
    worth less, and so is what lacks the other thing that alone is named ("그럼 나래는?")."""
    own = [word for word in content(morphemes([POINTS_BACK.sub(" ", query.text)])[0]) if word in query.words]
    beside = not RELATIVE.isdisjoint(own)  # "그 전년도는?" is told where the last was told
    answered = set(content(morphemes([_answered(history[-1])])[0]))
    figures = [word for word in own if word[0].isdigit()]
    only, own = figures or ONLY.match(query.text), figures or own

    worths: list[float] = []
    said = [{*candidate.sentence.morphemes, *candidate.passage.topic} for candidate in candidates]
    met = [any(query.met(word, words) for word in own) for words in said]
    for candidate, words, meets in zip(candidates, said, met, strict=True):  # a row holds more than one fact
        again = candidate.sentence.kind != "row" and not beside and not meets and len(answered) > 1 and len(answered & words) >= SAID * len(answered)
        worths.append((AGAIN if again else 1.0) * (ELSE if only and not beside and any(met) and not meets else 1.0))
    order = sorted(range(len(worths)), key=lambda n: -candidates[n].score * worths[n])
    scores = {n: candidates[n].score * worths[n] / worths[order[0]] for n in order}
    most = {n: BESIDE * scores[order[0]] for n in order if worths[n] <= AGAIN < worths[order[0]]}
    return sorted((replace(candidates[n], score=min(scores[n], most.get(n, 1.0))) for n in order), key=lambda c: -c.score)


def _answered(turn: Turn) -> str:
    """What a turn says, without markers; nothing where it found none."""
    return "" if turn.answer == NO_ANSWER else re.sub(r"\s*\[\d+\]", "", turn.answer)


def _whole(question: str) -> bool:
    """Whether a short question says all by itself: of a name, what it is, or when, where or how something was done with it. Of "GPT-5는
    언제 나왔어?", not of "GPT-5는 얼마야?"."""
    topic, kind = _topic(question)
    if not kind or (asking := ASKS.search(question, question.find(topic) + len(topic))) is None:
        return False
    does = any(token.tag.startswith("VV") and token.form not in LIGHT or token.tag == "XSV" for token in kiwi().tokenize(question[asking.start():]))
    return does or bool(WHAT.match(question, asking.start()))


def _instead(question: str, before: str) -> str:
    """The question before without what it was about, where another thing of the same kind stands in its place: of "가온은 얼마야?"
    and "그럼 나래는?" "얼마야?". Empty where nothing does."""
    (here, kind), (there, its_kind) = _topic(question), _topic(before)
    return " ".join(before.replace(there, " ", 1).split()) if kind and kind == its_kind and here != there else ""


def _without(question: str, context: str) -> str:
    """The context without the times, and the figures in a unit, of which the question has its own: "그럼 2021년은?"."""
    for unit in {unit for _, unit in FIGURE.findall(question)}:
        context = re.sub(rf"\d[\d,.]*\s?{unit}", " ", context)
    return " ".join(context.split())


def _topic(question: str) -> tuple[str, str]:
    """The word with the first 은 or 는 where it is a name, foreign or numbered, and which of these; else nothing."""
    for token, after in pairwise(kiwi().tokenize(question, oov_handling="rule")):
        if after.tag == "JX" and after.form in ("은", "는"):
            start = question.rfind(" ", 0, token.start) + 1
            kind = "NNP" if token.oov else token.tag
            return (question[start:after.end], kind) if kind in ("NNP", "SL", "SN") else ("", "")
    return "", ""
