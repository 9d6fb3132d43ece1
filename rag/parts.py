"""Questions in two parts: where one ends and the next begins."""

import re
from collections.abc import Sequence
from typing import Any

from rag.morphemes import content, kiwi, morphemes
from rag.question import wanted
from rag.sides import PAIR, REPORTWISE
from rag.table_ranks import EXTREME

ASKING = re.compile(r"누구|누가|언제|어디|무엇|무슨|뭐|뭘|뭔|멀|왜|어떻|어떤|어느|얼마|몇")
GOES_ON = re.compile(ASKING.pattern + r"|알려|말해|궁금|설명해|[은는]\?*$|지\?*$")
CLAUSE = {"고", "며", "으며", "는지", "은지", "ᆫ지", "ᆯ지", "을지", "은데", "는데", "ᆫ데"}  # endings that a question goes on after
JOINT = {("랑", "JC"), ("이랑", "JC"), ("하고", "JC"), ("와", "JC"), ("과", "JC"), ("랑", "JKB"), ("하고", "JKB"), ("와", "JKB"),
         ("과", "JKB"), ("이랑", "JKB"), ("및", "MAJ"), ("그리고", "MAJ")}
BETWEEN = re.compile(r"차이|비교|관계|사이|공통점|비슷|같은|다른|다르|연결|결합|제휴|협력")  # what one question asks of two things
ATTRIBUTE = re.compile(r"(?:해|때|율|률|액|량|값|[가-힣]\s?수|력|면적|높이|길이|무게|금리|가격|기간|규모|주소|번호|이름|제목|위치|원인|이유|까닭|배경|목적|방식|방법|조치|대책|한도|절차|조건|기한|시점|시각|시간|비중)$")  # what is asked of something
ONE = re.compile(r"\S+[을를]\s(?!(?:(?:같이|함께|모두|다|각각)\s)?(?:알려|말해|보여|설명|적어))")  # "규모와 수를 늘린 까닭은": one deed done to both
OF_BOTH = re.compile(r"\S+의\s")  # "변수와 상수의 개수"
TOGETHER = re.compile(r"\s(?:각각|둘\s?다|같이|함께|모두)(?=\s|$)")
EACH_OF = re.compile(r"\s각각(?:의)?(?=\s|$)")
MOST = 3


def parts(question: str) -> list[str]:
    """The questions that a question is made of, in its own words; a list of itself where it is one.

    "빙 점유율은 몇 %이고 매출은 얼마야?" is cut after "이고", "출시 시기랑 도입할 기술은?" after "시기랑".
    """
    if REPORTWISE.search(question) or PAIR.search(question):
        return [question]
    tokens = kiwi().tokenize(question)
    if shared := _shared(question, tokens):
        return shared
    cuts: list[int] = []
    for n, (token, after) in enumerate(zip(tokens, tokens[1:], strict=False)):
        start, end = cuts[-1] if cuts else 0, token.start + token.len
        left, right = question[start:end], question[end:]
        if len(cuts) + 1 == MOST or not (right[:1].isspace() or right[:1] in ",?." or after.tag in ("JX", "JC", "JKB")):
            continue
        clause = (token.tag == "SF" or token.tag == "EC" and token.form in CLAUSE) and ASKING.search(left)
        long = left.endswith("하고") and not left[:-2].endswith(" ")  # "점유율하고"
        name = left[:-2] if long else left[:-token.len]
        things = (long or ((token.form, token.tag) in JOINT or token.form == "," and ATTRIBUTE.search(question[start:token.start].strip())) and n and tokens[n - 1].tag[0] in "NX") and not BETWEEN.search(
            question) and (wanted(" ".join(name.split()[-2:])).kind in ("number", "date", "person") or ATTRIBUTE.search(name.strip()))
        twice = (token.form, token.tag) in JOINT and EXTREME.search(left) and EXTREME.search(right)  # "가장 긴 학교랑 고장이 가장 많은 학교"
        things = things and not (ONE.match(right.strip()) or " " not in name.strip() and OF_BOTH.match(right.strip()))
        if clause and after.tag in ("JX", "JC", "JKB"):  # "얼마인지랑"
            right = right[after.len:]
            end += after.len
        if twice or (clause or things) and _asks(left) and _asks(right) and (
                (ASKING if token.tag == "SF" else GOES_ON).search(right) or things and ATTRIBUTE.search(right.strip(" ?."))):
            cuts.append(end)
    bounds = [0, *cuts, len(question)]
    return [TOGETHER.sub("", question[a:b]).strip(" ,.") for a, b in zip(bounds, bounds[1:], strict=False)] if cuts else [question]


def _shared(question: str, tokens: Sequence[Any]) -> list[str]:
    """What is asked of two things, of each: of "바드와 챗GPT는 각각 언제 나왔어?" "바드는 언제 나왔어?" and the other. Empty where nothing is."""
    if not EACH_OF.search(question) or BETWEEN.search(question):
        return []
    joint = next((n for n, token in enumerate(tokens) if n and (token.form, token.tag) in JOINT and tokens[n - 1].tag[0] in "NSX"), 0)
    topic = next((n for n in range(joint + 2, len(tokens)) if tokens[n].tag in ("JX", "JKS") and tokens[n].form in ("은", "는", "이", "가")), 0)
    each = next((n for n in range(joint + 2, len(tokens)) if tokens[n].form == "각각"), 0)
    if joint and each and not topic:  # "가입한 사람이랑 나간 사람 각각 몇 명"
        topic = each
    elif not joint or not topic or any(token.tag[0] in "VE" for token in tokens[joint:topic]):
        return []
    first, second, rest = question[:tokens[joint].start], question[tokens[joint].end:tokens[topic].start].strip(), question[tokens[topic].end:]
    rest = " ".join(EACH_OF.sub(" ", rest).split())
    common = second.split()[len(first.split()):]  # "1분기와 2분기 매출": what is said of the second thing alone is meant of both
    first = " ".join([first.strip(), *second.split()[-len(common):]]) if common else first.strip()
    return [f"{first}{'은' if _closed(first) else '는'} {rest}", f"{second}{'은' if _closed(second) else '는'} {rest}"] if rest and second else []


def _closed(word: str) -> bool:
    """Whether a word ends in a consonant."""
    return (ord(word[-1]) - 0xAC00) % 28 > 0 if "가" <= word[-1] <= "힣" else False


def _asks(part: str) -> bool:
    """Whether words are left that tell what is asked."""
    return bool(ASKING.search(part)) or any(not word.endswith("다") for word in content(morphemes([part])[0]))
