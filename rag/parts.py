"""Questions in two parts: where one ends and the next begins."""

import re

from rag.morphemes import content, kiwi, morphemes
from rag.question import wanted
from rag.sides import REPORTWISE

ASKING = re.compile(r"누구|누가|언제|어디|무엇|무슨|뭐|뭘|뭔|멀|왜|어떻|어떤|어느|얼마|몇")
GOES_ON = re.compile(ASKING.pattern + r"|알려|말해|궁금|설명해|[은는]\?*$|지\?*$")
CLAUSE = {"고", "며", "으며", "는지", "은지", "ᆫ지", "ᆯ지", "을지", "은데", "는데", "ᆫ데"}  # endings that a question goes on after
JOINT = {("랑", "JC"), ("이랑", "JC"), ("하고", "JC"), ("와", "JC"), ("과", "JC"), ("랑", "JKB"), ("하고", "JKB"), ("와", "JKB"),
         ("과", "JKB"), ("이랑", "JKB"), ("및", "MAJ"), ("그리고", "MAJ")}
BETWEEN = re.compile(r"차이|비교|관계|사이|공통점|비슷|같은|다른|다르|연결|결합|제휴|협력")  # what one question asks of two things
ATTRIBUTE = re.compile(r"(?:해|때|율|률|액|량|값|면적|높이|길이|무게|주소|번호|이름|제목|위치|원인|배경|목적)$")  # what is asked of something
TOGETHER = re.compile(r"\s(?:각각|둘\s?다|같이|함께|모두)(?=\s|$)")
MOST = 3


def parts(question: str) -> list[str]:
    """The questions that a question is made of, in its own words; a list of itself where it is one.

    "빙 점유율은 몇 %이고 매출은 얼마야?" is cut after "이고", "출시 시기랑 도입할 기술은?" after "시기랑".
    """
    if REPORTWISE.search(question):
        return [question]
    tokens = kiwi().tokenize(question)
    cuts: list[int] = []
    for n, (token, after) in enumerate(zip(tokens, tokens[1:], strict=False)):
        start, end = cuts[-1] if cuts else 0, token.start + token.len
        left, right = question[start:end], question[end:]
        if len(cuts) + 1 == MOST or not (right[:1].isspace() or right[:1] in ",?." or after.tag in ("JX", "JC", "JKB")):
            continue
        clause = (token.tag == "SF" or token.tag == "EC" and token.form in CLAUSE) and ASKING.search(left)
        long = left.endswith("하고") and not left[:-2].endswith(" ")  # "점유율하고"
        name = left[:-2] if long else left[:-token.len]
        things = (long or (token.form, token.tag) in JOINT and n and tokens[n - 1].tag[0] in "NX") and not BETWEEN.search(
            question) and (wanted(" ".join(name.split()[-2:])).kind in ("number", "date", "person") or ATTRIBUTE.search(name.strip()))
        if clause and after.tag in ("JX", "JC", "JKB"):  # "얼마인지랑"
            right = right[after.len:]
            end += after.len
        if (clause or things) and _asks(left) and _asks(right) and (ASKING if token.tag == "SF" else GOES_ON).search(right):
            cuts.append(end)
    bounds = [0, *cuts, len(question)]
    return [TOGETHER.sub("", question[a:b]).strip(" ,.") for a, b in zip(bounds, bounds[1:], strict=False)] if cuts else [question]


def _asks(part: str) -> bool:
    """Whether words are left that tell what is asked."""
    return bool(ASKING.search(part)) or any(not word.endswith("다") for word in content(morphemes([part])[0]))
