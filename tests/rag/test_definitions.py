"""What a word stands for: that it is asked, and which sentences say it."""

import pytest

from rag.definitions import asked_to_define, asks_what_is_called, defines, names


@pytest.mark.parametrize(("question", "term"), [
    ("PoC가 뭐야?", "PoC"), ("IGM은 또 뭐예요?", "IGM"), ("디지털 트윈이 뭐야?", "디지털 트윈"), ("안녕하세요, 간이심사란?", "간이심사"),
    ("TEU는 무슨 말이에요?", "TEU"), ("기호주의 뜻 알려줘", "기호주의"), ("할인율의 의미가 궁금해요", "할인율"), ("비용편익비가 뭔가요", "비용편익비"),
    ("What is explainable AI?", "explainable AI"), ("what does PoC stand for?", "PoC"),
    ("위원장은 누구야?", ""), ("매출은 얼마야?", ""), ("뭐야?", ""), ("무슨 말을 했어?", "")])
def test_the_word_whose_meaning_is_asked(question, term):
    assert asked_to_define(question) == term


@pytest.mark.parametrize(("term", "text", "says"), [
    ("PoC", "개념증명(PoC)은 기술을 들여올 때 그것을 미리 검증하는 절차이다.", True), ("PoC", "3. 기업에서는 개념증명(PoC)과 실제의 괴리가 크다.", False),
    ("TEU", "[^1]: TEU는 길이 20피트 컨테이너 한 개를 나타내는 단위입니다.", True), ("TEU", "TEU는 3년째 늘어 86만이다.", False),
    ("원격조종", "원격 조종: 운전자가 화면을 보며 크레인을 움직이는 방식", True), ("MES", "그림에 나오는 MES는 제조실행시스템을 뜻하며, 공장을 관리한다.", True),
    ("LLM", "대규모 언어 모델(Large Language Model): 글로 학습한 모델", True), ("LLM", "대규모 언어 모델(Great Language Tool): 글로 학습한 모델", False),
    ("약지도 학습", "이를 약지도 학습이라고 한다.", True), ("느티골", "느티골은 1974년 공장과 함께 생긴 동네로, 사람이 줄었다.", True),
    ("다리온", "다리온은 서버를 늘리다 5시간 동안 멈추었다.", False), ("이심", "구분: 이심 | 뜻: 간이심사", True), ("이심", "구분: 이심 | 건수: 3", False),
    ("이심", "구분: 삼심 | 뜻: 이심 뒤의 심사", False)])
def test_a_sentence_that_says_what_a_word_stands_for(term, text, says):
    assert defines(term, text) is says


@pytest.mark.parametrize(("question", "asks"), [
    ("낡아서 못 쓰게 된 기름을 뭐라고 불러?", True), ("그런 학습 방식은 뭐라고 부르나요", True), ("이런 사건은 무엇이라 부르나?", True),
    ("걸어 다니며 파는 일을 뭐라고 하죠?", True), ("대표는 뭐라고 해명했나?", False), ("위원장은 누구야?", False)])
def test_the_name_of_what_is_described_is_asked(question, asks):
    assert asks_what_is_called(question) is asks


@pytest.mark.parametrize(("text", "named"), [
    ("열화(劣化) 그리스: 윤활 능력을 잃은 기름", True), ("역직구란 외국 소비자가 우리 누리집에서 사는 거래이다.", True), ("이를 약지도 학습이라고 하며 효과가 크다.", True),
    ("이런 방식의 이름은 약지도 학습이다.", True), ("지정 후원금은 쓸 곳을 정한 돈을 말한다.", True), ("후원금은 3억 원이다.", False), ("구분: 열화 | 건수: 3", False)])
def test_a_sentence_that_gives_a_thing_its_name(text, named):
    assert names(text) is named
