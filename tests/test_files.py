"""Writing: whole or not at all, where it was asked for, as it was; and what paths can be."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lava_bccn.errors import FileFormatError, MissingDataError, OutputPathError
from lava_bccn.files import (
    check_new,
    check_writable,
    content_of,
    existing_file,
    is_there,
    write_atomically,
)


def write(path: Path | str, content: bytes = b"new") -> None:
    write_atomically(path, lambda file: file.write(content))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def in_process(code: str, *arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True
    )


def test_what_is_written_is_there_in_new_folders_too(tmp_path):
    write(tmp_path / "a" / "b" / "file", b"content")
    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"content"
    assert names(tmp_path / "a" / "b") == ["file"]


@pytest.mark.parametrize("error", [OSError("the disk"), KeyboardInterrupt])
def test_a_failed_write_leaves_what_was_there(tmp_path, error):
    path = tmp_path / "file"
    write(path, b"old")

    def fail(file):
        file.write(b"half")
        raise error

    with pytest.raises((OutputPathError, KeyboardInterrupt)):
        write_atomically(path, fail)
    assert path.read_bytes() == b"old" and names(tmp_path) == ["file"]


def test_links_are_followed(tmp_path):
    real, link, chain = tmp_path / "real", tmp_path / "link", tmp_path / "chain"
    write(real, b"old")
    link.symlink_to("real")
    chain.symlink_to(link)
    write(chain, b"new")
    assert link.is_symlink() and chain.is_symlink() and real.read_bytes() == b"new"
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "folder" / "target")
    check_writable(dangling)
    write(dangling)
    assert dangling.is_symlink() and (tmp_path / "folder" / "target").read_bytes() == b"new"


def test_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    for refused in (write, check_writable):
        with pytest.raises(OutputPathError, match=r"cannot write .*loop"):
            refused(tmp_path / "loop")


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o666, 0o444])
def test_a_file_keeps_its_mode(tmp_path, kept):
    path = tmp_path / "file"
    write(path)
    path.chmod(kept)
    write(path)
    assert mode(path) == kept


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_has_what_the_umask_leaves_and_nobody_changes_that(tmp_path, mask):
    code = """if True:
        import os, sys
        from lava_bccn.files import write_atomically
        os.umask(int(sys.argv[2]))
        os.umask = None  # it is of the whole process: threads would see another
        write_atomically(sys.argv[1], lambda file: file.write(b"new"))
    """
    done = in_process(code, tmp_path / "file", mask)
    assert done.returncode == 0, done.stderr
    assert mode(tmp_path / "file") == 0o666 & ~mask


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path):
    code = """if True:
        import resource, sys
        from lava_bccn.errors import OutputPathError
        from lava_bccn.files import write_atomically
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            write_atomically(sys.argv[1], lambda file: file.write(bytes(2000)))
        except OutputPathError as error:
            print(error)
    """
    (tmp_path / "file").write_bytes(b"old")
    done = in_process(code, tmp_path / "file")
    assert done.stdout.count("\n") == 1 and "free some space" in done.stdout, done.stderr
    assert names(tmp_path) == ["file"] and (tmp_path / "file").read_bytes() == b"old"


def test_the_next_writer_removes_what_a_killed_one_has_left(tmp_path):
    code = """if True:
        import os, signal, sys
        from lava_bccn.files import write_atomically
        os.fsync = lambda handle: os.kill(os.getpid(), int(sys.argv[2]))
        write_atomically(sys.argv[1], lambda file: file.write(b"new"))
    """
    assert in_process(code, tmp_path / "file", int(signal.SIGKILL)).returncode == -signal.SIGKILL
    assert len(names(tmp_path)) == 1
    write(tmp_path / "other")
    assert names(tmp_path) == ["other"]


def test_what_another_is_writing_stays(tmp_path):
    code = """if True:
        import os, sys
        from lava_bccn.files import write_atomically
        sync = os.fsync
        def wait(handle):
            print("writing", flush=True)
            sys.stdin.readline()
            sync(handle)
        os.fsync = wait
        write_atomically(sys.argv[1], lambda file: file.write(b"slow"))
    """
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "slow")], **pipes) as other:
        assert other.stdout.readline() == "writing\n"
        write(tmp_path / "quick")
        assert len(names(tmp_path)) == 2
        other.communicate("go on\n\n\n")
    assert names(tmp_path) == ["quick", "slow"]
    assert (tmp_path / "slow").read_bytes() == b"slow"


def test_the_folder_is_synced_after_the_file_is_in_it(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(
        os,
        "fsync",
        lambda handle: synced.append((stat.S_ISDIR(os.fstat(handle).st_mode), is_there(path))),
    )
    path = tmp_path / "file"
    write(path)
    assert synced == [(False, False), (True, True)]


LONG = "a" * 255
ODD_PATHS = {
    "folder": "it is a directory; name a file in it",
    "pipe": "not an ordinary file; name another",
    "file/below": "its folder is a file; name another",
    LONG + "a": "name too long; choose a shorter name",
    "null\0byte": "null",
}


@pytest.fixture
def odd(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


@pytest.mark.parametrize("name", ODD_PATHS)
@pytest.mark.parametrize("refused", [write, check_writable])
def test_places_that_cannot_be_written(odd, name, refused):
    with pytest.raises(OutputPathError, match=f"(?i)cannot write .*{ODD_PATHS[name]}") as raised:
        refused(odd / name)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("device", ["/dev/null", "/dev/full"])
def test_devices_are_not_replaced(device):
    with pytest.raises(OutputPathError, match="not an ordinary file"):
        write(device)


def test_the_longest_name_that_there_can_be(tmp_path):
    write(tmp_path / LONG)
    assert (tmp_path / LONG).read_bytes() == b"new"


@pytest.mark.parametrize("name", [*ODD_PATHS, "missing"])
def test_what_cannot_be_read(odd, name):
    with pytest.raises(MissingDataError) as raised:
        existing_file(odd / name)
    assert len(str(raised.value).splitlines()) == 1
    assert is_there(odd / name) == (name in ("folder", "pipe"))


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/usr/bin/setpriv").exists(), reason="is root")
def test_another_users_file_is_named(tmp_path):
    path = tmp_path / "file"
    path.touch(mode=0o000)
    code = """if True:
        import os, sys
        from lava_bccn.files import existing_file
        from lava_bccn.errors import MissingDataError
        if os.geteuid() == 0:
            os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
        try:
            existing_file(sys.argv[1])
        except MissingDataError as error:
            print(error)
    """
    assert "ermission denied" in in_process(code, path).stdout


def test_an_existing_file_is_replaced_only_if_that_is_said(tmp_path):
    write(tmp_path / "file")
    with pytest.raises(OutputPathError, match="exists; replace it with --overwrite"):
        check_new(tmp_path / "file", overwrite=False)
    check_new(tmp_path / "file", overwrite=True)
    check_new(tmp_path / "other", overwrite=False)


@pytest.mark.parametrize(
    "error", [KeyError("x"), MemoryError(), RecursionError("too\ndeep"), ValueError("y" * 10**6)]
)
def test_what_fails_on_content_is_the_files_fault_in_a_line(error):
    with (
        pytest.raises(FileFormatError, match=r"^file is not a thing \(.+\); delete it$") as raised,
        content_of("file", "not a thing", "delete it"),
    ):
        raise error
    assert len(str(raised.value)) < 500 and "\n" not in str(raised.value)
    with pytest.raises(MissingDataError), content_of("file", "not a thing"):
        raise MissingDataError("own errors say it themselves")
