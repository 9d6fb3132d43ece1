"""How the two sides of a search are put together."""

from rag.query import Query
from rag.retriever import SWAPPED, fuse


class Asked:
    """Caches that keep what they were asked."""

    def matches(self, terms, boosts, n, reports):
        self.terms = terms
        return {1: 2.0, 2: 1.0}

    def nearest(self, vector, n, reports):
        return {2: 0.9, 3: 0.5}


def query(*terms: tuple[str, ...]) -> Query:
    return Query("비용", {"비용": 1.0}, {"비용": 0.5}, (1.0,), (0.4, 0.9), {"비용": frozenset(terms)})


def test_a_word_of_several_alternatives_counts_by_the_shortest_in_whatever_order_they_come():
    for terms in ((("값",), ("값", "표")), (("값", "표"), ("값",))):
        caches = Asked()
        fuse(caches, query(*terms), 10, 3, None)
        assert caches.terms["body"] == {"값": SWAPPED / 2, "표": SWAPPED / 4, "비용": 1.0}


def test_the_mix_is_of_the_share_of_words_and_of_the_place_of_meaning():
    found = fuse(Asked(), query(), 10, 3, None)
    ideal = 2.2 * (1.0 + 0.5 * 0.5)
    assert {row: (round(score, 6), round(place, 6)) for row, (score, place) in found.items()} == {
        1: (round(0.8 * 2.0 / ideal, 6), 0.0), 2: (round(0.8 * 1.0 / ideal + 0.2, 6), 1.0), 3: (round(0.2 * 0.2, 6), 0.2)}
