"""What this process may have of memory: the least of what the machine, its group and its own limit give."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from limit_transformer.floating import available_memory as memory


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    memory.memory_size.cache_clear()
    yield
    memory.memory_size.cache_clear()


def test_a_group_limit_and_the_process_limit_count_where_they_are_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "GROUP_LIMIT", tmp_path / "none")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    whole = memory.memory_size()
    assert whole > 1 << 28
    for text, size in (("max\n", whole), (f"{1 << 20}\n", 1 << 20), (f"{whole * 2}\n", whole)):
        (tmp_path / "limit").write_text(text)
        monkeypatch.setattr(memory, "GROUP_LIMIT", tmp_path / "limit")
        memory.memory_size.cache_clear()
        assert memory.memory_size() == size
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1 << 19, 1 << 19))
    memory.memory_size.cache_clear()
    assert memory.memory_size() == 1 << 19
