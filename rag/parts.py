"""Questions in two parts: where one ends and the next begins."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from rag.morphemes import content, kiwi, morphemes
from rag.question import wanted
from rag.sides import PAIR, REPORTWISE
from rag.table_ranks import EXTREME

ASKING = re.compile(r"누[구군]|누가|언제|며칠|어디|무엇|무슨|뭐|뭘|뭔|멀|왜|어떻|어떤|어느|얼마|몇")
GOES_ON = re.compile(ASKING.pattern + r"|알려|말해|궁금|설명해|[은는]\?*$|지\?*$|\S[은는이가]\s.*(?:나|까|가|니|요|야|죠)\W*$")
FOUND_OUT = re.compile(r"\s(?:안\s|못\s)?(?:알(?!려)|밝|모르|몰|가리|찾|묻|물|숨|따지|따져|확인|정하|정해|고르|판단|살피|캐|조사)")  # "누군지 밝히고", which asks nothing
EMBEDDED = re.compile(rf"\S+지{FOUND_OUT.pattern}\S*")
ASKS_ON = re.compile(ASKING.pattern + r"|알려|말해|궁금|[도은는]\W*$")  # the same of a sentence of its own
CLAUSE = {"고", "며", "으며", "는지", "은지", "ᆫ지", "ᆯ지", "을지", "은데", "는데", "ᆫ데"}  # endings that a question goes on after
JOINT = {("랑", "JC"), ("이랑", "JC"), ("하고", "JC"), ("와", "JC"), ("과", "JC"), ("랑", "JKB"), ("하고", "JKB"), ("와", "JKB"),
         ("과", "JKB"), ("이랑", "JKB"), ("및", "MAJ"), ("그리고", "MAJ")}
BETWEEN = re.compile(r"차이|비교|관계|사이|공통점|비슷|같은|다른|다르|연결|결합|제휴|협력")  # what one question asks of two things
ATTRIBUTE = re.compile(r"(?:해|때|율|률|액|량|값|[가-힣]\s?수|력|면적|높이|길이|무게|금리|가격|기간|규모|주소|번호|이름|제목|위치|원인|이유|까닭|배경|목적|방식|방법|조치|대책|한도|절차|조건|기한|시점|시각|시간|비중)$")  # what is asked of something
ONE = re.compile(r"\S+[을를]\s(?!(?:(?:같이|함께|모두|다|각각)\s)?(?:알려|말해|보여|설명|적어))")  # "규모와 수를 늘린 까닭은": one deed done to both
OF_BOTH = re.compile(r"\S+의\s")  # "변수와 상수의 개수"
TOGETHER = re.compile(r"\s(?:각각|나란히|둘\s?다|같이|함께|모두)(?=[\s?.]|$)")
EACH_OF = re.compile(r"\s각각(?:의)?(?=\s|$)")
AMONG = ("중", "가운데")  # "A랑 B 중에 더 큰 쪽은?" asks it of each of the two
WHICH = re.compile(r"^\s(?:중|가운데)(?:에서?|서)?(?=\s)|\s(?:더(?!\s\S+\s(?:게|것|건|쪽|곳))|어느\s?쪽[이은]?|어떤\s?게|뭐가|누가|어디가)(?=\s)|[이가]?\s더\s\S+\s(?:게|것[은이]?|건|쪽[은이]?|곳[은이]?)(?:\s.*)?\W*$|\s쪽(?:[은이].*)?$")
MOST = 3
AND_THEN = re.compile(r"^(?:그리고|또한?|그럼|그러면)\s+")
NOUN = ("NNG", "NNP", "NNB", "NR", "NP", "SN", "SL", "SH", "XSN", "XPN", "XR", "SW", "SO", "SSO", "SSC")
WITH = re.compile(r"\s*(?:같이|함께|더불어|달리|마찬가지|다르|같은|다른|관련|비슷|(?:연결|결합|제휴|협력|공동|관계)(?=[하한해했된되됐을를이가로짓지\s])|맞?붙[는었을은어]|싸우|싸운|싸웠|겨루|겨룬|겨뤘|대결|경쟁|맞서|손잡|맺[는은었을어]|계약|협업|합의|만나|만난|만났|결혼|닮)")  # what is done with another
SET_AGAINST = re.compile(r"[을를은는이가]?\s(?:(?:각각|서로|둘\s?다|같이|함께|나란히|모두|어떻게|얼마나)\s)*(?:견주|견줘|비교|다르|다른|차이)[^,]*$")
PERIOD = re.compile(r"\d\s?(?:년|월|일|분기|주|세기)$")
DONE = ("VV", "VA", "VX", "VCP", "XSV", "XSA", "ETM", "EC", "EF")  # of a clause
AND_TELL = re.compile(r"\?\s+(?:\S+\s){0,3}?(?:답|알려|말|설명|정리)\S*\s?(?:줘|주\S*)\W*$")  # "어떤 구조야? 자료를 합쳐 답해 줘"
AND_TOO = re.compile(r"(?:하고|이랑|랑)$")  # "가람하고 나래하고 각각"
SPAN = re.compile(r"(?<!\S)(?:\d{1,4}\s?(?:년|월|일|분기|주차?|회|차)\s?(?:\d{1,2}월|\d분기|상반기|하반기|말|초)?\s?(?:말|초)?|상반기|하반기)(?=\s|$)")
TOLD = 0.8  # of the words that only one of two parts has: a sentence that holds as many of both parts tells of both


def parts(question: str) -> list[str]:
    """The questions that a question is made of, each as if it were asked by itself; a list of the question where it is one.

    "빙 점유율은 몇 %이고 매출은 얼마야?" is cut after "이고", "출시 시기랑 도입할 기술은?" after "시기랑".
    """
    if REPORTWISE.search(question) or PAIR.search(question):
        return [question]
    whole, question = question, AND_TELL.sub("?", question)
    tokens = kiwi().tokenize(question)
    if shared := _shared(question, tokens):
        return shared
    cuts: list[int] = []
    for n, (token, after) in enumerate(zip(tokens, tokens[1:], strict=False)):
        start, end = cuts[-1] if cuts else 0, token.start + token.len
        left, right = question[start:end], question[end:]
        if len(cuts) + 1 == MOST or not (right[:1].isspace() or right[:1] in ",?." or after.tag in ("JX", "JC", "JKB")):
            continue
        clause = (token.tag == "SF" or _goes_on(tokens[:n + 1]) and not FOUND_OUT.match(right) or token.tag == "EF" and after.tag == "MAJ") and (
            ASKING.search(EMBEDDED.sub(" ", left)) or token.tag == "SF" and tokens[n - 1].tag == "JX" and tokens[n - 1].form != "요")
        long = left.endswith("하고") and not left[:-2].endswith(" ")  # "점유율하고"
        name = left[:-2] if long else left[:-token.len]
        things = (long or ((token.form, token.tag) in JOINT or token.form == "," and ATTRIBUTE.search(question[start:token.start].strip())) and n and tokens[n - 1].tag[0] in "NX") and not BETWEEN.search(
            question) and (wanted(" ".join(name.split()[-2:])).kind in ("number", "date", "person") or ATTRIBUTE.search(name.strip()))
        things = things and not PERIOD.search(name) and not ASKING.search(name.split()[-2:][0])  # "2021년과 2022년에", "몇 나라와 맺은"
        twice = (token.form, token.tag) in JOINT and EXTREME.search(left) and EXTREME.search(right)  # "가장 긴 학교랑 고장이 가장 많은 학교"
        things = things and not (ONE.match(right.strip()) or " " not in name.strip() and OF_BOTH.match(right.strip()))
        if clause and after.tag in ("JX", "JC", "JKB"):  # "얼마인지랑"
            right = right[after.len:]
            end += after.len
        if twice or (clause or things) and _asks(left) and _asks(right) and (
                (ASKS_ON if token.tag == "SF" else GOES_ON).search(right) or things and ATTRIBUTE.search(right.strip(" ?."))):
            cuts.append(end)
    bounds = [0, *cuts, len(question)]
    return [alone(TOGETHER.sub("", question[a:b])) for a, b in zip(bounds, bounds[1:], strict=False)] if cuts else [whole]


def alone(part: str) -> str:
    """A part that another one follows as a question by itself: "매출은 얼마이고" as "매출은 얼마야?", "출시 시기랑" as "출시 시기"."""
    part = AND_THEN.sub("", part.strip(" ,."))
    tokens = kiwi().tokenize(part)
    last = tokens[-1] if tokens else None
    if last and (last.form, last.tag) in JOINT:
        return part[:last.start].strip()
    if part.endswith("하고") and _attribute(part.split()[-1][:-2]):  # "점유율하고"
        return part[:-2]
    if not last or not _goes_on(tokens) or not ASKING.search(part):
        return f"{part}?" if last and last.tag == "EF" else part
    if bare := re.search(r"(?<=[%A-Za-z℃])이?고$", part):
        return f"{part[:bare.start()]}야?"
    start = part.rfind(" ") + 1
    word = [(token.form, token.tag) for token in tokens[:-1] if token.start >= start]
    ending = ("야", "EF") if last.tag == "NNG" or word and word[-1][1] in ("VCP", "NP") else ("어", "EF")
    return f"{part[:start]}{kiwi().join([*word, ending])}?"


def names_its_own(part: str, first: str) -> bool:
    """Whether a later part of a question may ask of another thing than the first, or names it again: it has a name, foreign or in no
    dictionary, that the first one has not, or the word that opens the first one."""
    return any((token.tag in ("NNP", "SL") or token.oov) and token.form.lower() not in first.lower()
               for token in kiwi().tokenize(part, oov_handling="rule")) or first.split()[0] in part.split()


def _goes_on(tokens: Sequence[Any]) -> bool:
    """Whether the last of some tokens ends a clause that a question goes on after: "뭐고", "얼마인지", "몇 %고"."""
    last = tokens[-1]
    return last.tag in ("EC", "EF") and last.form in CLAUSE or last.form == "고" and len(tokens) > 1 and tokens[-2].tag in ("SW", "SN")


def _shared(question: str, tokens: Sequence[Any]) -> list[str]:
    """What is asked of two things, of each: of "바드와 챗GPT는 각각 언제 나왔어?" "바드는 언제 나왔어?" and the other. Empty where nothing is."""
    question = SET_AGAINST.sub("", question) if EACH_OF.search(SET_AGAINST.sub("", question)) else question
    if not EACH_OF.search(question) or BETWEEN.search(question):
        return []
    joints = list(_joints(question, tokens))
    if not joints:
        return []
    joint, behind = joints[0]
    if len(joints) > 1 and _owner(question, tokens, joints[-1][0]) > joint:
        joint, behind = joints[-1]
    each = next((n for n in range(behind + 1, len(tokens)) if tokens[n].form == "각각"), 0)
    told = [n for n in range(behind + 1, each) if tokens[n].tag in ("JX", "JKS") and tokens[n].form in "은는이가"]
    topic = next((n for n in told if tokens[n].tag == "JX" or not any(token.tag in DONE for token in tokens[n:each])), each)  # "확인이 필요한 기준은 각각"
    if not topic or topic + 1 < each and any(token.tag[0] in "VE" for token in tokens[behind:topic]):
        return []
    where = next((n for n in range(behind, topic - 1) if (tokens[n].form, tokens[n].tag) == ("에서", "JKB")), 0) if topic == each else 0
    topic = where or topic  # "조사와 지원사업에서 나이를 각각"
    last = topic if topic != each or tokens[topic - 1].tag[0] != "J" else topic - 1
    rest = " ".join(EACH_OF.sub(" ", question[tokens[topic].end:]).split())
    owner = _owner(question, tokens, joint)
    owned, start = (question[:tokens[owner - 1].end] + " ", tokens[owner - 1].end) if owner else ("", 0)
    first, second = question[start:tokens[joint].start].strip(), question[tokens[behind - 1].end:tokens[last].start].strip()
    second = AND_TOO.sub("", second)
    if not rest or not first or not second:
        return []
    place = tokens[last].form if (last < topic or where) and tokens[last].tag == "JKB" else ""  # "2024년 말과 2025년 6월에 각각"
    shared = _in_common(first, second)
    if not owner and not ASKING.search(rest):
        return [shared[0], f"{shared[1]}{'' if last == each else tokens[last].form} {rest}"]
    return [f"{owned}{thing}{place or ('은' if _closed(thing) else '는')} {rest}" for thing in shared]


def _owner(question: str, tokens: Sequence[Any], joint: int) -> int:
    """Where that begins which is joined to another thing, behind what both are said of: "매출이" of "매출이 계획서와 보고서에"; 0 where
    nothing is."""
    for n in range(joint - 1, 0, -1):
        if tokens[n].tag in DONE:
            return 0
        if tokens[n].tag in ("JKS", "JX", "JKO") and tokens[n].form in "은는이가을를" or tokens[n].tag == "SP" and n + 1 < joint:
            return n + 1
    return 0


def _in_common(first: str, second: str) -> list[str]:
    """Two things, each with what is said with the other alone but meant of both: "나래 3월 말" and "6월 말 잔액", "남자" and "여자의 키"."""
    before, after = SPAN.search(first), SPAN.search(second)
    if before and after and not first[before.end():].strip():
        return [f"{first}{second[after.end():]}".strip(), f"{first[:before.start()]}{second}".strip()]
    one, other = first.split(), second.split()
    if len(one) == 1 and re.sub(r"\d", "0", one[0]) == re.sub(r"\d", "0", other[0]):  # "QX-1", "QX-2 대조군의 비율"
        return [" ".join([first, *other[1:]]), second]
    _, of, what = second.partition("의 ")
    if of and " " not in what.replace("평균 ", "") and not OF_BOTH.search(first) and not _attribute(first):
        return [f"{first}의 {what}", second]
    shared = len(one) == 1 < len(other) and _attribute(other[-1]) and not _attribute(first)
    return [f"{first} {other[-1]}", second] if shared else [first, second]


def _attribute(words: str) -> bool:
    """Whether words end in what is asked of something: a number, a time, a kind of attribute."""
    return wanted(" ".join(words.split()[-2:])).kind in ("number", "date") or bool(ATTRIBUTE.search(words.strip()))


def divisions(question: str) -> list[list[str]]:
    """The ways in which a question may be two questions, where its words alone do not tell: "A의 넓이와 B의 높이는?" as "A의 넓이" and
    "B의 높이는?", "A와 B의 넓이는?" as "A의 넓이는?" and "B의 넓이는?"; empty where it sets nothing beside another thing."""
    if REPORTWISE.search(question) or PAIR.search(question):
        return []
    tokens, found = kiwi().tokenize(question), list[list[str]]()
    for n, behind in _joints(question, tokens):
        left, right = question[:tokens[n].start].strip(), question[tokens[behind - 1].end:]
        if WITH.match(right):
            continue
        first, last = n - 1, behind  # the nouns on both sides
        while first and tokens[first - 1].tag in NOUN:
            first -= 1
        while last < len(tokens) and tokens[last].tag in NOUN and tokens[last].form not in AMONG:
            last += 1
        before, one = question[:tokens[first].start], question[tokens[first].start:tokens[n].start].strip()
        other, after = question[tokens[behind].start:tokens[last - 1].end].strip(" ,"), question[tokens[last - 1].end:]
        own = any(token.tag == "ETM" for token in tokens[last:])  # what the other thing does, or is
        if last < len(tokens) and tokens[last].form in AMONG and other:
            shared = WHICH.sub(" ", after)
            division = [left + _fitted(left, shared), other + shared]
        elif " " not in one and other and after.strip(" ?.") and (not first or tokens[first - 1].tag[0] in "JS" and not own):
            shared = EACH_OF.sub(" ", after)
            common = " ".join(other.split()[1:])  # "1분기와 2분기 매출은"
            division = [f"{before}{one} {common}{shared}" if common else before + one + _fitted(one, shared), before + other + shared]
        else:
            division = [left, right.strip(" ,")]
        found.append([" ".join(TOGETHER.sub("", SET_AGAINST.sub("", part)).strip(" ,.").split()) or part for part in division])
    return found[:MOST - 1]


def _joints(question: str, tokens: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """Where a thing is joined to another one: the token that joins them, and the one behind it."""
    for n in range(1, len(tokens) - 1):
        verb = tokens[n].form == "하" and tokens[n].tag in ("XSV", "XSA") and tokens[n + 1].form == "고"  # "비휴먼하고 세이캔은"
        behind, noun = n + 1 + verb, tokens[n - 1].tag.startswith(("N", "S", "X"))
        verb = verb or tokens[n].tag == "SP" and (" " in question[:tokens[n].start]) != bool(EACH_OF.search(question))  # "PoC, MES 각각", "A의 넓이, B의 높이"
        if behind < len(tokens) and (noun and (verb or (tokens[n].form, tokens[n].tag) in JOINT) or (tokens[n].form, tokens[n].tag) in JOINT and tokens[n].tag == "MAJ") \
                and (question[tokens[behind - 1].end:][:1].isspace() or question[tokens[behind - 1].end:][:1] == ","):
            yield n, behind


def asks_apart(question: str, division: Sequence[str]) -> bool:
    """Whether a question says itself that its parts are to be told apart, or each asks for something of its own, or of another time."""
    return bool(TOGETHER.search(question) or SET_AGAINST.search(question) or all(SPAN.search(part) for part in division)) or all(
        _attribute(ASKING.split(part)[0].strip(" ,.?은는이가을를")) for part in division)


def tells_both(division: Sequence[str], words: Collection[str]) -> bool:
    """Whether words, of a sentence and what it stands under, tell of each of the parts that a question may have."""
    asked = [set(content(morphemes([part])[0])) for part in division]
    alone = [words_ - set().union(*(other for other in asked if other is not words_)) for words_ in asked]
    return all(len(own & set(words)) >= TOLD * len(own) for own in alone)


def names_both(division: Sequence[str], words: Collection[str]) -> bool:
    """Whether the words of a sentence have what each part asks for: of "계약의 총액은?" and "계약금은?" 총액 and 계약금."""
    heads = {_head(part) for part in division}
    return len(heads) == len(division) and heads <= set(words)


def _head(part: str) -> str:
    """The noun that is asked for: 총액 in "계약의 총액은 얼마야?"."""
    asking = ASKING.search(part)
    nouns = [token.form for token in kiwi().tokenize(part[:asking.start()] if asking else part) if token.tag in ("NNG", "NNP")]
    return nouns[-1] if nouns else ""


def _closed(word: str) -> bool:
    """Whether a word ends in a consonant."""
    return (ord(word[-1]) - 0xAC00) % 28 > 0 if "가" <= word[-1] <= "힣" else False


def _fitted(word: str, rest: str) -> str:
    """What followed another word as it follows this one: "가" behind "느티마루" as "이" behind "느티골"."""
    pair = next((pair for pair in ("은는", "이가", "을를") if rest[:1] in pair and rest[1:2] == " "), "")
    return pair[0 if _closed(word) else 1] + rest[1:] if pair and rest else rest


def _asks(part: str) -> bool:
    """Whether words are left that tell what is asked."""
    return bool(ASKING.search(part)) or any(not word.endswith("다") for word in content(morphemes([part])[0]))
