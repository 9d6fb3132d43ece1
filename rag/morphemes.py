"""Korean morphemes by Kiwi: what the lexical index and the choice of sentences work on."""

import re
import threading
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from functools import cache, lru_cache

from rag.periods import periods
from rag.sounds import sound

CONTENT = {"NNG", "NNP", "NNB", "NR", "NP", "SL", "SN", "SH", "XR", "VV", "VA", "MAG", "W_SERIAL", "MM"}
# words that stand in almost any question or sentence and tell nothing about its subject
EMPTY = frozenset(["하다", "뭐뭐", "되다", "있다", "없다", "이", "그", "저", "것", "수", "등", "및", "때", "거", "게", "뭐", "무엇", "어떤", "어느", "어디", "언제", "누구", "왜", "어떻게", "얼마", "얼마나", "몇", "알리다", "주다", "말", "설명", "대하다", "관하다", "따르다", "위하다", "통하다", "보다", "같다", "않다", "못하다", "좀", "더", "각각", "무슨", "나오다", "이거", "그거", "궁금", "알다", "이렇다", "그렇다", "어떻다"])
EMPTY |= frozenset(["a", "an", "the", "of", "in", "on", "at", "to", "for", "from", "by", "with", "and", "or", "is", "are", "was", "were", "be", "been", "do", "does", "did", "has", "have", "had", "it", "its", "this", "that", "there", "what", "which", "who", "whom", "whose", "when", "where", "why", "how", "many", "much", "please", "tell", "me", "you", "your", "i", "we", "us", "our", "they", "their", "them", "he", "she", "his", "her", "can", "could", "will", "would", "about"])
VERSION = "kiwi-0.24-9"
PARTICLE = re.compile("(.*[가-힣A-Za-z0-9]{2,}?)(에서는|에서도|에게서|에서|에게|한테|하고|이랑|랑|으로|부터|까지|처럼|보다|이나|이라|의|가|이|은|는|을|를|에|와|과|도|만|로)")
_lock = threading.Lock()
REMEMBERED = 100_000  # words at least
_recent: dict[str, str] = {}
_older: dict[str, str] = {}


@cache
def _load():
    from kiwipiepy import Kiwi

    loaded = Kiwi(load_multi_dict=False)
    loaded.global_config.cutoff_threshold = 5.0  # 15 % faster than 8.0, and 99.9 % of the morphemes are the same
    return loaded


def kiwi():
    """The one Kiwi of this process, loaded when first asked for (about a second and 300 MB)."""
    with _lock:
        return _load()


def normalise(text: str) -> str:
    """NFC, without characters that have no shape of their own (zero width, bidi controls, soft hyphen, variation
    selectors, tags, half characters)."""
    text = unicodedata.normalize("NFC", text)
    return re.sub("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ud800-\udfff\U000e0000-\U000e0fff]", "", text)


def morphemes(texts: Iterable[str]) -> list[list[str]]:
    """The content morphemes of each text, lower case, in order; numbers without their commas, verbs and adjectives in
    their dictionary form (with 다), names followed by their sound ("~kosla"); last the parts of years ("2025q2").

    Each word between spaces is analysed by itself, once: four times as fast as whole sentences, and a word of a
    question is always cut as it is cut in the reports.
    """
    texts = list(texts)
    split = [text.split() for text in texts]
    found = _analysed({word for words in split for word in words})
    return [[part for word in words for part in found[word].split()] + periods(text) for text, words in zip(texts, split, strict=True)]


def _analysed(words: set[str]) -> dict[str, str]:
    """The morphemes of each word, joined by spaces. What was met lately is remembered: of what is remembered, the
    half that was met longest ago is forgotten from time to time."""
    global _recent, _older
    found = {word: known for word in words if (known := _recent.get(word, _older.get(word))) is not None}
    new = list(words - found.keys())
    if new:
        found |= dict(zip(new, _tokenised(new), strict=True))
    if len(_recent) > REMEMBERED:
        _recent, _older = {}, _recent
    _recent.update(found)
    return found


def _tokenised(words: list[str]) -> list[str]:
    """An unknown name that Kiwi takes to end in what is a particle after all ("어니봇는") is analysed without it."""
    # as if the sentence went on after each word: 의 or 가 seldom ends one
    found = list(kiwi().tokenize(words, z_coda=False, open_ending=True, oov_handling="rule"))
    names = [(n, match[1]) for n, (word, tokens) in enumerate(zip(words, found, strict=True))
             if (match := PARTICLE.fullmatch(word)) and tokens and tokens[-1].oov and tokens[-1].form.endswith(match[2])]
    if names:
        bare = kiwi().tokenize([name for _, name in names], z_coda=False, open_ending=True, oov_handling="rule")
        for (n, _), tokens in zip(names, bare, strict=True):
            found[n] = tokens
    return [" ".join(filter(None, (word for token in tokens for word in (_word(token.form, token.tag), _sound(token)))))
            for tokens in found]


def _sound(token) -> str:
    """How a name sounds: of what Kiwi takes for a name or does not know, and of foreign words."""
    return sound(token.form) if token.oov or token.tag in ("NNP", "SL") else ""


@lru_cache(maxsize=20_000)
def _word(form: str, tag: str) -> str:
    """The word that a morpheme counts as, "" for particles, endings and signs."""
    if tag.split("-")[0] not in CONTENT:
        return ""
    word = unicodedata.normalize("NFKC", form).lower()
    if tag in ("SN", "W_SERIAL"):
        word = word.replace(",", "").strip(".'`")
    if tag.startswith(("VV", "VA")):
        word += "다"
    return re.sub(r"\s+", "", word)


def content(words: Sequence[str]) -> list[str]:
    """The words that tell what a text is about, each once, in order."""
    return list(dict.fromkeys(word for word in words if word not in EMPTY and word[0] != "~"))


def half_spelt(word: str, pairs: Collection[str]) -> bool:
    """Whether half of a word's pairs of letters are among these: a compound, or the same word cut or spelt in another way."""
    own = bigrams(word)
    return bool(own) and 2 * sum(pair in pairs for pair in own) >= len(own)


def bigrams(text: str) -> list[str]:
    """Character pairs of the words of a text: found again whatever the spacing or the word's ending."""
    squeezed = re.findall(r"[0-9a-z가-힣一-龥]+", unicodedata.normalize("NFKC", text).lower())
    return [word[i:i + 2] for word in squeezed for i in range(len(word) - 1)]
