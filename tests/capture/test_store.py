import os
import subprocess
import sys
from pathlib import Path

import pytest

from capture.store import DocumentStore, FileLost, StoreFull, StoreUnavailable
from core.errors import SettingWrong

ROOT = Path(__file__).parents[2]
ON_A_SMALL_DISK = """
import sys
from capture.store import DocumentStore, StoreFull
store = DocumentStore.from_url(sys.argv[1], reserve=0)
first = store.put(b"a" * 400_000)
try:
    store.put(b"b" * 900_000)
except StoreFull as full:
    print(full.code, [kept.key == first for kept in store.files()])
"""


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> DocumentStore:
    if request.param == "folder":
        return DocumentStore.from_url(str(tmp_path / "documents"), reserve=0)
    return DocumentStore.from_url(f"{request.getfixturevalue('s3')}/{tmp_path.name}")


def test_the_same_bytes_are_kept_once(store: DocumentStore) -> None:
    first, again, other = store.put(b"receipt"), store.put(b"receipt"), store.put(b"another")

    assert first == again
    assert {kept.key for kept in store.files()} == {first, other}
    assert store.get(first) == b"receipt"


def test_a_document_torn_by_a_crash_is_healed_when_it_comes_again(tmp_path: Path) -> None:
    store = DocumentStore.from_url(str(tmp_path), reserve=0)
    key = store.put(b"receipt")
    (tmp_path / key).write_bytes(b"")

    store.put(b"receipt")

    assert store.get(key) == b"receipt"


def test_a_document_that_comes_again_is_as_young_as_a_new_one(tmp_path: Path) -> None:
    store = DocumentStore.from_url(str(tmp_path), reserve=0)
    key = store.put(b"receipt")
    os.utime(tmp_path / key, (0, 0))

    store.put(b"receipt")

    assert [kept.put_at.year > 1970 for kept in store.files()] == [True]


def test_what_was_made_is_replaced(store: DocumentStore) -> None:
    store.put_made("7/page-1.jpg", b"old")
    key = store.put_made("7/page-1.jpg", b"new")

    assert [(kept.key, kept.size) for kept in store.files()] == [(key, 3)]
    assert store.get(key) == b"new"


def test_what_was_deleted_is_gone_and_may_be_deleted_again(store: DocumentStore) -> None:
    key = store.put(b"receipt")
    store.delete(key)
    store.delete(key)

    with pytest.raises(FileLost):
        store.get(key)


def test_a_working_store_is_writable_and_left_as_it_was(store: DocumentStore) -> None:
    assert store.writable()
    assert not list(store.files())


def test_a_document_is_on_the_disk_with_its_folders_before_its_key_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr("os.fsync", lambda descriptor: synced.append(Path(f"/proc/self/fd/{descriptor}").readlink()))
    store = DocumentStore.from_url(str(tmp_path / "documents"), reserve=0)

    path = tmp_path / "documents" / store.put(b"receipt")

    assert synced == [tmp_path, path, *path.parents[:3]]


@pytest.mark.parametrize("room", ["size=1m", "nr_inodes=6"])
def test_a_full_disk_refuses_and_nothing_is_half_saved(tmp_path: Path, room: str) -> None:
    script = 'mount -t tmpfs -o "$4" none "$1" && exec "$2" -c "$3" "$1"'
    in_a_namespace = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    done = subprocess.run(
        [*in_a_namespace, str(tmp_path), sys.executable, ON_A_SMALL_DISK, room],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr:
        pytest.skip("a small disk cannot be mounted here: user namespaces are not allowed")

    assert done.stdout == "CAP-10 [True]\n", done.stderr


def test_a_store_without_room_says_so_and_is_not_writable(tmp_path: Path) -> None:
    store = DocumentStore.from_url(str(tmp_path), reserve=2**62)

    with pytest.raises(StoreFull, match=r"disk is full\. Nothing was saved"):
        store.put(b"receipt")
    assert not store.writable()


def test_a_store_that_refuses_is_told_without_its_details(s3: str) -> None:
    store = DocumentStore.from_url(s3.replace("documents", "missing"))

    with pytest.raises(StoreUnavailable) as caught:
        store.put(b"receipt")
    assert "missing" not in str(caught.value)
    assert not store.writable()


@pytest.mark.parametrize("address", ["ftp://somewhere/else", "/dev/null/documents"])
def test_an_address_that_is_no_store_is_named(address: str) -> None:
    with pytest.raises(SettingWrong, match=f"DOCUMENT_STORE is '{address}'"):
        DocumentStore.from_url(address)


def test_after_a_fork_it_fails_and_does_not_hang(tmp_path: Path) -> None:
    script = f"""
import os
from capture.store import DocumentStore
store = DocumentStore.from_url({str(tmp_path)!r}, reserve=0)
store.put(b"receipt")
if os.fork() == 0:
    store.put(b"another")
os.wait()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=20
    )

    assert "used before this process was forked" in done.stderr
