"""The index follows its folders: what is new, changed, gone, moved, unreadable."""

import os
import shutil
import unicodedata

import pytest

from ingest import sync
from ingest.roots import roots
from ingest.sync import Tally, synchronise
from ingest.writer import Writer
from rag import store
from rag.errors import FolderMissing, WrongUsage

from .desk import contents, new_desk, passages

TEXT = "# {0} 보고서\n\n{0}에 관한 글이다.\n"


def status(desk) -> list[tuple[str, str]]:
    """(path, reason) of the failures that an index remembers."""
    with store.reading(desk.index) as db:
        return db.execute("SELECT path, reason FROM failures ORDER BY path").fetchall()


def folders(desk) -> list[str]:
    with Writer(desk.index, desk.embedder) as writer:
        return [root.name for root in roots(writer)]


def test_added_changed_removed_unchanged(desk):
    for name in ("가", "나", "다", "라"):
        desk.write(f"{name}.md", TEXT.format(name))
    assert desk.ingest() == Tally(added=4)
    assert sorted(desk.embedder.texts) == [f"{name} 보고서\n\n{name} 보고서\n{name}에 관한 글이다." for name in "가나다라"]
    desk.write("나.md", TEXT.format("나") + "\n덧붙인 글이다.\n")
    (desk.folder / "다.md").unlink()
    desk.write("새 폴더/마.txt", TEXT.format("마"))
    os.utime(desk.folder / "가.md", (1, 1))  # a time stamp is no change
    assert desk.ingest() == Tally(added=1, changed=1, removed=1, unchanged=2)
    assert len(desk.embedder.texts) == 2
    assert desk.sources() == [f"내 보고서/{path}" for path in ("가.md", "나.md", "라.md", "새 폴더/마.txt")]
    generation = live(desk)
    assert desk.ingest() == Tally(unchanged=4)
    assert (desk.embedder.texts, live(desk)) == ([], generation)


def live(desk) -> int:
    with store.reading(desk.index) as db:
        return store.live_generation(db)


def test_a_passage_that_did_not_change_is_not_embedded_again(desk):
    chapters = [f"## {name}장\n\n{'글이다. ' * 80}{name}\n\n" for name in "가나다"]
    desk.write("긴 글.md", "# 제목\n\n" + "".join(chapters))
    desk.ingest()
    assert len(desk.embedder.texts) == 3
    desk.write("긴 글.md", "# 제목\n\n" + "".join(chapters[:2]) + chapters[2].replace("다\n", "라\n"))
    assert desk.ingest() == Tally(changed=1)
    assert len(desk.embedder.texts) == 1


def test_a_renamed_file_is_not_embedded_again(desk):
    desk.write("옛 이름.md", TEXT.format("가"))
    desk.write("나.md", TEXT.format("나"))
    desk.ingest()
    desk.folder.joinpath("옛 이름.md").rename(desk.folder / "새 이름.md")
    assert desk.ingest() == Tally(added=1, removed=1, unchanged=1)
    assert desk.embedder.texts == []
    assert desk.sources() == ["내 보고서/나.md", "내 보고서/새 이름.md"]


def test_a_renamed_file_is_not_read_again(desk, monkeypatch):
    """What is known of a content serves every file of that content and kind; a title that was the file's name follows."""
    desk.write("옛 이름.txt", "글이다. 이 글에는 제목이 없다.")
    desk.write("제목 있는 글.md", TEXT.format("가"))
    desk.ingest()
    read = []
    parse = sync.worker.parse
    monkeypatch.setattr(sync.worker, "parse", lambda jobs: parse([read.append(path.name) or (key, path) for key, path in jobs]))
    for old, new in (("옛 이름.txt", "새 이름.txt"), ("제목 있는 글.md", "다른 글.md")):
        desk.folder.joinpath(old).rename(desk.folder / new)
    shutil.copy(desk.folder / "새 이름.txt", desk.folder / "다른 종류.md")
    assert desk.ingest() == Tally(added=3, removed=2)
    assert read == ["다른 종류.md"]
    assert {p.source.partition("/")[2]: p.title for p in passages(desk.index)} == {
        "새 이름.txt": "새 이름", "다른 글.md": "가 보고서", "다른 종류.md": "다른 종류"}
    fresh = new_desk(desk.folder.parent / "다른 자리")
    fresh.ingest(desk.folder)
    assert contents(desk.index) == contents(fresh.index)


def test_the_same_file_twice_is_two_sources_with_one_embedding(desk):
    first = desk.write("첫째/같은 이름.md", TEXT.format("가"))
    second = desk.write("둘째/같은 이름.md", TEXT.format("가"))
    assert desk.ingest(first.parent, second.parent) == Tally(added=2)
    assert len(desk.embedder.texts) == 1
    assert desk.sources() == ["둘째/같은 이름.md", "첫째/같은 이름.md"]
    assert len({passage.id for passage in passages(desk.index)}) == 2
    first.unlink()
    assert desk.ingest(first.parent, prune=True) == Tally(removed=1)
    assert desk.sources() == ["둘째/같은 이름.md"]
    contents(desk.index)  # with its vector


def test_folders_of_one_name_are_told_apart(desk):
    for parent in ("A", "B"):
        desk.write(f"{parent}/보고서/글.md", TEXT.format(parent))
    assert desk.ingest(desk.folder / "A" / "보고서", desk.folder / "B" / "보고서") == Tally(added=2)
    assert desk.sources() == ["보고서(2)/글.md", "보고서/글.md"]


def test_files_that_cannot_be_read_stop_nothing_and_are_named(desk):
    for name in ("가", "나", "다"):
        desk.write(f"{name}.md", TEXT.format(name))
    desk.ingest()
    desk.write("가.md", b"")
    desk.write("나.md", b"\x00\x01\x02" * 400)
    desk.write("다.md", TEXT.format("다") + "\n바뀐 글이다.\n")
    desk.write("라.html", "<script>글</script>")
    desk.write("마.md", TEXT.format("마"))
    tally = desk.ingest()
    assert (tally.added, tally.changed, tally.removed) == (1, 1, 0)
    assert [source for source, _ in tally.failed] == ["내 보고서/가.md", "내 보고서/나.md", "내 보고서/라.html"]
    reasons = ["빈 파일입니다", "글로 된 파일이 아닙니다", "읽을 글이 없습니다"]
    assert [reason.partition(".")[0] for _, reason in tally.failed] == reasons
    assert [path for path, _ in status(desk)] == ["가.md", "나.md", "라.html"]
    assert desk.sources() == ["내 보고서/다.md", "내 보고서/마.md"]  # what a file no longer says is not cited
    desk.write("나.md", TEXT.format("나"))
    (desk.folder / "라.html").unlink()
    assert [source for source, _ in desk.ingest().failed] == ["내 보고서/가.md"]
    assert [path for path, _ in status(desk)] == ["가.md"]
    assert desk.sources() == [f"내 보고서/{name}.md" for name in "나다마"]


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs a file that opens and cannot be read")
def test_a_file_that_cannot_be_opened_keeps_its_old_text(desk):
    file = desk.write("가.md", TEXT.format("가"))
    desk.ingest()
    file.unlink()
    file.symlink_to("/proc/self/mem")
    source, reason = desk.ingest().failed[0]
    assert (source, reason.partition("(")[0]) == ("내 보고서/가.md", "파일을 열 수 없습니다")
    assert desk.sources() == ["내 보고서/가.md"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root opens every folder")
def test_a_folder_that_cannot_be_opened_is_no_empty_folder(desk):
    desk.write("안/가.md", TEXT.format("가"))
    desk.write("나.md", TEXT.format("나"))
    desk.ingest()
    (desk.folder / "안").chmod(0)
    try:
        with pytest.raises(FolderMissing, match="권한"):
            desk.ingest()
    finally:
        (desk.folder / "안").chmod(0o700)
    assert desk.sources() == ["내 보고서/나.md", "내 보고서/안/가.md"]


def test_what_is_no_report_is_passed_over(desk):
    desk.write("가.md", TEXT.format("가"))
    for name in ("~$가.md", ".숨김.md", ".git/나.md", "질문.jsonl", "그림.png", "이름없음", "폴더.md/나.csv"):
        desk.write(name, TEXT.format("나"))
    (desk.folder / "끊긴 링크.md").symlink_to(desk.folder / "없음.md")
    assert desk.ingest() == Tally(added=1)


def test_a_vanished_folder_is_an_error_and_changes_nothing(desk):
    for folder in ("A", "B"):
        desk.write(f"{folder}/글.md", TEXT.format(folder))
        desk.ingest(desk.folder / folder)
    before = contents(desk.index)
    (desk.folder / "A").rename(desk.folder / "C")
    desk.write("B/글.md", TEXT.format("새 B"))
    for paths in ([], [desk.folder / "A"], [desk.folder / "B", desk.folder / "A"]):
        with Writer(desk.index, desk.embedder) as writer, pytest.raises(FolderMissing, match="없습니다.*/A"):
            synchronise(writer, paths)
    assert contents(desk.index) == before
    assert folders(desk) == ["A", "B"]


def test_a_folder_that_is_gone_for_good_is_forgotten_with_prune(desk):
    for folder in ("A", "B"):
        desk.write(f"{folder}/글.md", TEXT.format(folder))
        desk.ingest(desk.folder / folder)
    (desk.folder / "A" / "글.md").unlink()
    (desk.folder / "A").rmdir()
    with Writer(desk.index, desk.embedder) as writer:
        assert synchronise(writer, [], prune=True) == Tally(removed=1, unchanged=1)
        assert [root.name for root in roots(writer)] == ["B"]
        assert synchronise(writer, []) == Tally(unchanged=1)


def test_an_emptied_folder_wants_prune(desk):
    desk.write("A/글.md", TEXT.format("A"))
    desk.write("B/글.md", TEXT.format("B"))
    desk.ingest(desk.folder / "A", desk.folder / "B")
    (desk.folder / "A" / "글.md").unlink()
    desk.write("B/글.md", TEXT.format("새 B"))
    with pytest.raises(FolderMissing, match="--prune"):
        desk.ingest(desk.folder / "A", desk.folder / "B")
    assert [passage.text for passage in passages(desk.index)] == ["A 보고서\nA에 관한 글이다.", "B 보고서\nB에 관한 글이다."]
    assert desk.ingest(desk.folder / "A", prune=True) == Tally(removed=1)
    assert desk.sources() == ["B/글.md"]
    assert desk.ingest(desk.folder / "A") == Tally()  # it held nothing before, so that nothing is amiss


def test_an_index_can_become_empty_and_full_again(desk):
    file = desk.write("가.md", TEXT.format("가"))
    desk.ingest()
    file.unlink()
    assert desk.ingest(prune=True) == Tally(removed=1)
    assert (contents(desk.index), desk.hits("보고서")) == ([], [])
    desk.write("가.md", TEXT.format("가"))
    assert desk.ingest() == Tally(added=1)
    assert len(desk.hits("보고서")) == 1


def test_a_folder_inside_a_known_folder_is_part_of_it(desk):
    desk.write("가.md", TEXT.format("가"))
    desk.write("안/나.md", TEXT.format("나"))
    desk.write("안쪽/다.md", TEXT.format("다"))
    desk.write("안쪽/빈.md", b"")
    desk.ingest()
    desk.write("가.md", TEXT.format("새 가"))
    desk.write("안/라.md", TEXT.format("라"))
    assert desk.ingest(desk.folder / "안") == Tally(added=1, unchanged=1)
    assert desk.sources() == [f"내 보고서/{path}" for path in ("가.md", "안/나.md", "안/라.md", "안쪽/다.md")]
    assert [path for path, _ in status(desk)] == ["안쪽/빈.md"]
    assert desk.ingest(desk.folder / "안" / "나.md") == Tally(unchanged=1)
    assert desk.ingest() == Tally(changed=1, unchanged=3, failed=[("내 보고서/안쪽/빈.md", status(desk)[0][1])])
    assert folders(desk) == ["내 보고서"]


def test_a_folder_around_known_ones_takes_them_in(desk):
    inner = desk.write("안/나.md", TEXT.format("나"))
    single = desk.write("홀로.md", TEXT.format("홀로"))
    desk.ingest(inner.parent, single)
    assert desk.sources() == ["안/나.md", "홀로.md"]
    assert desk.ingest(desk.folder) == Tally(unchanged=2)
    assert desk.embedder.texts == []
    assert desk.sources() == ["내 보고서/안/나.md", "내 보고서/홀로.md"]
    assert folders(desk) == ["내 보고서"]


@pytest.mark.parametrize("order", [1, -1])
def test_paths_given_together_that_lie_inside_one_another_are_read_once(desk, order):
    inner = desk.write("안/나.md", TEXT.format("나"))
    desk.write("가.md", TEXT.format("가"))
    paths = [desk.folder, inner.parent, inner, desk.folder, desk.folder / "안" / ".." / "안"][::order]
    assert desk.ingest(*paths) == Tally(added=2)
    assert desk.sources() == ["내 보고서/가.md", "내 보고서/안/나.md"]
    assert folders(desk) == ["내 보고서"]


def test_a_single_file(desk):
    desk.write("가.md", TEXT.format("가"))
    file = desk.write("나.md", TEXT.format("나"))
    assert desk.ingest(file) == Tally(added=1)
    assert desk.sources() == ["나.md"]
    file.write_text(TEXT.format("새 나"), encoding="utf-8")
    with Writer(desk.index, desk.embedder) as writer:
        assert synchronise(writer, []) == Tally(changed=1)
    file.write_bytes(b"")
    assert [source for source, _ in desk.ingest(file).failed] == ["나.md"]


@pytest.mark.parametrize("name", ["질문.jsonl", ".숨김.md", "~$가.md", "가.exe"])
def test_a_single_file_of_a_kind_that_is_not_read_is_wrong_usage(desk, name):
    with pytest.raises(WrongUsage, match="읽는 종류"):
        desk.ingest(desk.write(name, "글이다."))


def test_no_path_takes_every_known_folder(desk):
    for name in ("A", "B"):
        desk.write(f"{name}/글.md", TEXT.format(name))
    desk.ingest(desk.folder / "A", desk.folder / "B")
    for name in ("A", "B"):
        desk.write(f"{name}/글.md", TEXT.format(f"새 {name}"))
    with Writer(desk.index, desk.embedder) as writer:
        assert synchronise(writer, []) == Tally(changed=2)


def test_decomposed_file_names(desk):
    """As macOS has them: sources are composed, and so is what a person types."""
    folder = desk.folder / unicodedata.normalize("NFD", "하위 폴더")
    file = folder / unicodedata.normalize("NFD", "한글 보고서.txt")
    folder.mkdir()
    file.write_text("첫 문장이 곧 제목은 아니다.\n", encoding="utf-8")
    assert desk.ingest() == Tally(added=1)
    assert [(p.source, p.title) for p in passages(desk.index)] == [("내 보고서/하위 폴더/한글 보고서.txt", "한글 보고서")]
    assert desk.ingest() == Tally(unchanged=1)
    file.write_text("바뀐 글이다.\n", encoding="utf-8")
    assert desk.ingest(folder) == Tally(changed=1)
    assert desk.ingest(file) == Tally(unchanged=1)
    with store.reading(desk.index) as db:
        for name in ("한글 보고서.txt", unicodedata.normalize("NFD", "한글 보고서")):
            assert len(store.find_source(db, live(desk), name)) == 1


def test_file_names_that_are_no_utf_8(desk):
    """As an archive from an old Windows leaves them."""
    with open(os.path.join(os.fsencode(desk.folder), "보고서 뷁.txt".encode("cp949")), "wb") as file:
        file.write("첫 문장이 곧 제목은 아니다.\n".encode("cp949"))
    assert desk.ingest() == Tally(added=1)
    assert [(p.source, p.title) for p in passages(desk.index)] == [("내 보고서/보고서 뷁.txt", "보고서 뷁")]
    assert desk.ingest() == Tally(unchanged=1)


def test_an_index_inside_the_folder_is_not_read(desk):
    desk.write("가.md", TEXT.format("가"))
    desk.index = desk.folder / ".index"
    assert desk.ingest() == Tally(added=1)
    (desk.index / "files").mkdir()
    (desk.index / "files" / "올린 글.md").write_text(TEXT.format("나"), encoding="utf-8")
    assert desk.ingest() == Tally(unchanged=1)


def test_many_files_at_once(desk):
    for number in range(120):
        desk.write(f"{number}.md", TEXT.format(number))
    assert desk.ingest() == Tally(added=120)
    assert len(contents(desk.index)) == 120
