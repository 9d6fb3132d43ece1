"""What people ask of the collection rather than of a sentence in it: a greeting, what it can do, which reports there are,
what one of them says in short."""

import re
import time
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

from rag.answers import Answer, Citation
from rag.documents import Hit, Passage, Sentence
from rag.index import Snapshot
from rag.morphemes import content, morphemes, normalise
from rag.wording import bullets, polite

LONGEST, SHOWN, SECTIONS = 400, 10, 5  # characters of an answer, reports listed, sections of a summary at most
POLITE = r"(?:좀|요|니|나요?|가요|까요?|야|냐|죠|지|음|어요?|줘요?|주세요|줄래요?|부탁해요?|부탁드려요|입니다|습니까)*"
REPORT = r"(?:보고서|자료|문서|파일|리포트)(?:들)?"
GREETING = re.compile(r"(?:안녕|하이|ㅎㅇ|헬로우?|hello|hi|hey|반가워|반갑습니다|좋은아침)(?:하세요|하십니까|하신가요)?(?:여러분|챗?봇아?)?"
                      + POLITE + "(?:처음.{0,12})?")
THANKS = re.compile(r"(?:정말|너무|아주)?(?:고마워|고맙습니다|감사(?:합니다|해요?|드려요|드립니다)?|땡큐|thanks?|thankyou|ㄱㅅ|수고했어|"
                    r"수고하셨습니다|잘가|bye|goodbye|안녕히계세요)" + POLITE)
HELP = re.compile(r"(?:이거|이건|여기서?|너는?|넌|네가|니가|당신은?|너)?(?:사용법|사용방법|쓰는법|도움말|헬프|help|설명서|"
                  r"어떻게(?:써|쓰|사용해|사용하|쓰는거)|(?:뭘|무엇을|뭐|무슨일을|어떤일을|어떤걸|무슨)?(?:할수있|해줄수있|도와줄수있|해주는거|하는거)|"
                  r"누구|뭐하는(?:애|놈|프로그램|챗?봇)|이름이?뭐|뭐)" + POLITE
                  + r"|whoareyou|whatcanyou(?:do|helpmewith|helpwith)|howdoiusethis|whatisthis")
LIST = re.compile(rf"(?:지금|여기|너|현재|올린|넣은)?(?:에는?|는|가|한테)?(?:어떤|무슨|뭔|어느)?{REPORT}(?:가|이|을|를|은|는|도)?(?:뭐뭐|뭐가|뭐|무엇이|어떤게|"
                  rf"몇개나?|몇건|몇편)?(?:있|갖고있|가지고있|들어있|들었|넣어놨|넣었|올라와있|읽었|읽을수있)(?:는지|어|다|으)?(?:알려)?{POLITE}"
                  rf"|(?:전체|모든|네가가진)?{REPORT}(?:의)?(?:목록|리스트|제목)(?:을|좀|은|이)?(?:다|전부)?(?:보여|알려|말해|뭐)?{POLITE}"
                  r"|(?:list|show)(?:me)?(?:all)?(?:the|your)?(?:reports|documents|files)(?:youhave)?|what(?:reports|documents|files)(?:doyouhave|arethere)")
ANY_REPORT = re.compile(r"^(?:지금|여기|너|현재)?(?:에는?|는|가)?(?:어떤|무슨|뭔|몇)")
SUMMARY = re.compile(r"요약|간추려|핵심만|핵심내용|정리해|무슨\s?내용|뭔\s?내용|내용\s?(?:좀|을)?\s?(?:알려|정리)|뭐\s?들어|summar", re.IGNORECASE)
# words that say nothing of which report is meant
ASIDE = {"요약", "간추리다", "핵심", "정리", "내용", "짧다", "간단", "간단히", "간략", "간략히", "부탁", "드리다", "보고서", "자료", "문서", "파일", "리포트", "세", "줄", "한", "들다", "듣다",
         "전체", "문장", "summarize", "summary", "report", "document", "briefly", "short"}
SOURCES = re.compile(r"출처|참고|https?:|원문")


def respond(question: str, snapshot: Snapshot, sources: Sequence[str] = ()) -> Answer | None:
    """The answer to a question about the collection; None for any other, which search is to answer."""
    started = time.perf_counter()
    text = normalise(question).strip()
    squeezed = re.sub(r"[\s\W_]+", "", text).lower()
    there = snapshot.titles(sources)
    said: tuple[str, tuple[Citation, ...]] | None = None
    if GREETING.fullmatch(squeezed):
        said = f"안녕하세요. 보고서 {len(there)}건을 읽고 근거와 함께 답합니다. {_example(there)}", ()
    elif THANKS.fullmatch(squeezed):
        said = "천만에요. 도움이 되었다니 다행입니다. 보고서에 관해 더 궁금한 것을 언제든 물어보세요.", ()
    elif LIST.fullmatch(squeezed):
        said = _listed(f"보고서 {len(there)}건이 있습니다.", there), ()
    elif HELP.fullmatch(squeezed):
        said = (f"올려 둔 보고서 {len(there)}건에서 질문의 답을 찾아, 보고서의 문장을 근거로 보여 드립니다. 보고서 목록과 요약도 "
                f"말씀하세요. 보고서에 없는 것은 없다고 답합니다. {_example(there)}"), ()
    elif SUMMARY.search(text):
        said = _summary(text, snapshot, there)
    if said is None:
        return None
    hits = {citation.passage.id: Hit(citation.passage, 1.0) for citation in said[1]}
    return Answer(question, question, said[0][:LONGEST], True, "extractive", said[1], tuple(hits.values()), None,
                  time.perf_counter() - started)


def _example(there: list[tuple[str, str]]) -> str:
    return f"예: \"{there[0][1][:40]} 요약해줘\"" if there else "먼저 보고서를 넣어 주세요: python -m ingest 보고서-폴더"


def _listed(lead: str, there: list[tuple[str, str]]) -> str:
    names = [title if Path(source).stem in title or len(title) > 60 else f"{title} ({Path(source).name})" for source, title in there]
    more = f"\n외 {len(names) - SHOWN}건" if len(names) > SHOWN else ""
    return "\n".join([lead, *bullets(names[:SHOWN], LONGEST - len(lead) - len(more) - 1)]) + more


def _summary(text: str, snapshot: Snapshot, there: list[tuple[str, str]]) -> tuple[str, tuple[Citation, ...]] | None:
    """A bullet for each of the main sections of the report that is meant; a question back where that is not clear."""
    wanted = [word for word in content(morphemes([text])[0]) if word not in ASIDE]
    names = {source: re.sub(r"[\W_]+", "", f"{title} {Path(source).name}").lower() for source, title in there}
    meant = [source for source in names if all(word.removesuffix("다") in names[source] for word in wanted)]
    if not meant or (not wanted and not re.search(REPORT + "|report|document", text)):
        return None
    said = re.sub(r"[\W_]+", "", text).lower()
    alike = {source: SequenceMatcher(None, said, names[source]).find_longest_match().size for source in meant}
    meant = [source for source in meant if alike[source] == max(alike.values())] if wanted else meant
    if len(meant) > 1:
        return _listed("어느 보고서를 요약할까요? 이름을 넣어 다시 말씀하세요.", [pair for pair in there if pair[0] in meant]), ()
    chosen = [best for passages in _sections(snapshot.passages_of(meant[0])) if (best := _central(passages))]
    step = max(len(chosen) / SECTIONS, 1.0)
    chosen = [chosen[int(n * step)] for n in range(min(SECTIONS, len(chosen)))]
    citations = tuple(Citation(n, passage, passage.text[s.start:s.end], s.start, s.end)
                      for n, (passage, s) in enumerate(chosen, 1))
    lines = bullets([polite(citation.quote) for citation in citations], LONGEST - 5 * len(citations))
    return ("\n".join(f"{line} [{n}]" for n, line in enumerate(lines, 1)), citations[:len(lines)]) if lines else None


def _sections(passages: Sequence[Passage]) -> list[list[Passage]]:
    """Runs of passages under the same highest heading, or an even cut of a report without headings."""
    tops = [passage.heading.partition(" > ")[0] for passage in passages]
    if len(set(tops)) == 1:
        size = max(1, -(-len(passages) // SECTIONS))
        return [list(passages[n:n + size]) for n in range(0, len(passages), size)]
    found: dict[str, list[Passage]] = {}
    for top, passage in zip(tops, passages, strict=True):
        found.setdefault(top, []).append(passage)
    return list(found.values())


def _central(passages: Sequence[Passage]) -> tuple[Passage, Sentence] | None:
    """The sentence that shares most of its words with its section; early ones first."""
    counts = Counter(word for passage in passages for sentence in passage.sentences for word in set(content(sentence.morphemes)))
    best, chosen = 0.0, None
    for number, passage in enumerate(passages):
        for sentence in passage.sentences:
            text = passage.text[sentence.start:sentence.end]
            words = set(content(sentence.morphemes))
            if sentence.kind not in ("paragraph", "item") or not 20 <= len(text) <= 160 or SOURCES.search(text) or text.endswith(":"):
                continue
            score = sum(counts[word] for word in words) / (len(words) + 3) / (1 + number / 4)
            if score > best:
                best, chosen = score, (passage, sentence)
    return chosen
