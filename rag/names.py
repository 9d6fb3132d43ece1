"""Proper names that a question asks about: what is said where they do not stand tells of others."""

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.documents import Candidate, Passage
from rag.index import Snapshot
from rag.morphemes import bigrams, content, half_spelt, morphemes
from rag.query import HANGUL, Frequencies, Query
from rag.question import EACH
from rag.statement import read

HERE = frozenset(["한국", "대한민국", "우리나라", "국내", "영어", "한국어", "일본어", "중국어"])  # what a Korean report need not say that it is of, or in
# what is told of one of these is told of the region
REGIONS = {"유럽": ("독일", "프랑스", "영국", "이탈리아", "스페인", "네덜란드", "벨기에", "스위스", "스웨덴", "노르웨이", "덴마크", "핀란드", "폴란드", "EU"),
           "동남아": ("베트남", "태국", "필리핀", "인도네시아", "말레이시아", "싱가포르"), "북미": ("미국", "캐나다"), "남미": ("브라질", "아르헨티나", "칠레"),
           "중동": ("사우디", "이란", "이스라엘", "아랍에미리트", "카타르"), "아프리카": ("이집트", "남아공", "나이지리아", "케냐"), "미국": ("북미",)}
PLACES = frozenset(["서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종", "경기도", "강원도", "충북", "충남", "전북", "전남", "경북", "경남", "제주", "제주도", "수원", "성남", "용인", "고양", "청주", "천안", "전주", "포항", "창원", "구미", "김해", "여수", "순천", "춘천", "원주", "강릉", "군산", "목포", "평택", "이천", "경주", "안동", "미국", "중국", "일본", "독일", "프랑스", "영국", "이탈리아", "스페인", "포르투갈", "네덜란드", "벨기에", "스위스", "스웨덴", "노르웨이", "덴마크", "핀란드", "폴란드", "러시아", "우크라이나", "튀르키예", "이스라엘", "이란", "인도", "베트남", "태국", "필리핀", "인도네시아", "말레이시아", "싱가포르", "대만", "홍콩", "몽골", "호주", "뉴질랜드", "캐나다", "멕시코", "브라질", "아르헨티나", "칠레", "이집트", "남아공", "사우디", "북한", "유럽", "동남아", "중동", "아프리카", "북미", "남미"])
# a name of Korean people before what they are
PERSON = re.compile(r"(?<![가-힣])([김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민진나엄원천방공현변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용][가-힣]{1,2})\s?"
                    r"(?:씨|님|대표|사장|회장|부회장|이사|사외이사|부사장|전무|상무|본부장|부장|차장|과장|대리|주임|팀장|실장|국장|센터장|소장|원장|교수|박사|연구원|연구위원|주무관|사무관|장관|위원장?|의원|기자|작가|감독|변호사|선생|최고\S*책임자)")
ADDED = re.compile(r"(?<=..)(?:님|씨|들|측|쪽|꺼|랑|하고)$")
ASKED = re.compile(r"누구|누가|성함|이름|제목|(?:어느|어떤|무슨)\s?(?:회사|기업|업체|기관|나라|은행|병원|대학|학교|지역|도시)|(?:회사|기업|업체|기관|나라|은행|병원|대학|지역|도시)[는가은이]?\s?어디")
QUOTED = re.compile(r"['‘“\"「『《<]([^'’”\"」』》>]{2,30})['’”\"」』》>]")
ROLE = re.compile("[장관]$|(?:위원|의원|의사|교수|대표|교사)$")
WHO = re.compile(r"누구|누가|\bwho\b", re.IGNORECASE)
DOER = re.compile("(?:[사원부청처국실팀회단자인가진측소당군생민]|업체|기업|은행|그룹|대학|학교|연구소|센터|재단|담당|직원|정부|노조)$")
# who does something or to whom it is done, without a name: "판매자가 낸다", "감사인 3명이 심사함"
ACTING = re.compile(r"(?<![가-힣])([가-힣]+[사원자인관의장주서청]|[가-힣]*(?:업체|기업|회사|기관|부서|은행|정부|센터|위원회|협회|노조))(?:\s?(?:\d+|[한두세네])\s?명)?(?:[이가]|께서|에게|한테)(?=[\s,.]|$)")
CALLED = re.compile("이름|제목|명칭")
OPENING = 2  # passages of a report that may say whom all of it is of


def named(question: str, frequencies: Frequencies, coined: bool = False) -> dict[str, list[str]]:
    """The proper names of a question in Korean, without what is written behind them, each with its morphemes: those that stand
    somewhere in the reports, and places and people; another one may be a slip, or be spelt otherwise there (빌게이츠, Bill Gates). A
    `coined` word, in no dictionary, counts too where the question begins with it."""
    if not HANGUL.search(question) or EACH.search(question):
        return {}
    found: dict[str, list[str]] = {}
    stems = read(question).stems
    coined = coined and not re.search("[A-Za-z]{2}", question)  # which is a name too
    for n, (stem, tokens) in enumerate(stems):
        name = ADDED.sub("", stem)
        if any(token.tag == "NNP" or token.oov and coined and n == 0 for token in tokens) and len(name) > 1 and name not in HERE and HANGUL.search(name) and not re.search(r"\d", name) \
                and not re.search(rf"{re.escape(name)}\s?\([A-Za-z]", question):  # "바드(Bard)" may stand as either
            found[name] = content(morphemes([name])[0])
    people = set(PERSON.findall(question))
    counts = frequencies("body", {word for words in found.values() for word in words})
    return {name: words for name, words in found.items() if words and (name in PLACES or name in people or all(counts[word] for word in words))}


def names_another(question: str, text: str) -> bool:
    """Whether a text names someone or something that the question does not: a proper name, a compound (where a person is asked for,
    one that does something), a title, what stands in quotes."""
    doer = WHO.search(question)
    asked = re.sub(r"\s", "", question).lower()
    if doer and any(acting not in asked for acting in ACTING.findall(text)):
        return True
    for stem, tokens in read(text).stems:
        known = [token.form in asked for token in tokens]
        nouns = sum(token.tag in ("NNG", "NNP", "NNB", "XSN") for token in tokens)
        if len(stem) > 1 and stem not in asked and (not all(known) and any(token.oov or token.tag in ("NNP", "SL") for token in tokens) or ROLE.search(stem)
                                                    or nouns > 1 and len(stem) > 2 and not known[-1] and not re.search(r"\d", stem)
                                                    and (not doer or DOER.search(stem))):
            return True
    if CALLED.search(question) and not doer and any(token.tag == "NNP" and token.form in asked and after.form not in asked and after.tag == "NNG" and after.start == token.end + 1
           for token, after in pairwise(read(text).tokens)):  # "알파고 마스터"
        return True
    return any(re.sub(r"\s", "", quoted).lower() not in asked for quoted in QUOTED.findall(text))


def told(names: dict[str, list[str]], query: Query, passages: Sequence[Passage], snapshot: Snapshot) -> bool:
    """Whether passages, their sections, titles and what opens their reports have each of the names, in one of its spellings."""
    left = _left(names, query, passages)
    for passage in passages:
        left = _left(left, query, snapshot.section_of(passage, OPENING)) if left else {}
    return not left


def _left(names: dict[str, list[str]], query: Query, passages: Sequence[Passage]) -> dict[str, list[str]]:
    """The names that stand in none of the passages."""
    text = "".join(re.sub(r"[\W_]", "", f"{p.text}{p.heading}{p.title}{p.source}").lower() for p in passages)
    there = {word for p in passages for words in (p.topic, *(s.morphemes for s in p.sentences)) for word in words}
    pairs = set(bigrams(text))
    return {name: words for name, words in names.items() if not half_spelt(name, pairs) and not any(one.lower() in text for one in REGIONS.get(name, ()))
            and not all(query.met(word, there) for word in words)}


def _aside(names: dict[str, list[str]], query: Query, candidate: Candidate) -> bool:
    """Whether a passage has one of the names only over other sentences than this one: what is told of "2. 나래" below "1. 가람"."""
    passage, above = candidate.passage, list(candidate.passage.above(candidate.sentence))
    over = {other for sentence in passage.sentences for other in passage.above(sentence)}
    for words in names.values():
        there = [one for one in passage.sentences if all(query.met(word, set(one.morphemes)) for word in words)]
        if there and over.issuperset(there) and candidate.sentence not in there and not any(one in there for one in above):
            return True
    return False


def telling(names: dict[str, list[str]], query: Query, candidates: Sequence[Candidate], snapshot: Snapshot,
            near_by: float) -> list[Candidate]:
    """The candidates without those, of the ones `near_by` the best, that tell of others; none where all of these do."""
    texts = [candidate for candidate in candidates if candidate.sentence.kind != "heading"]
    near = [candidate for candidate in texts if candidate.score >= near_by * texts[0].score]
    if not near:
        return list(candidates)
    known = {candidate.passage.id: told(names, query, [candidate.passage], snapshot) for candidate in {c.passage.id: c for c in near}.values()}
    others = {id(candidate) for candidate in near if not known[candidate.passage.id] or _aside(names, query, candidate)}
    return [candidate for candidate in candidates if id(candidate) not in others] if len(others) < len(near) else []
