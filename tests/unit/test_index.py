"""gf_index against a dict, and how it grows and shrinks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from gearfast._native._csrc import ffi, lib

LEAST_BUCKETS = 16
LOAD = 2
SEGMENT = 2**lib.GF_INDEX_SMALL  # buckets


def new_index() -> Any:
    index = ffi.new("gf_index *")
    assert lib.gf_index_init(index, lib.GF_INDEX_SMALL) == lib.GF_OK
    return index


def address(node: Any) -> int:
    return int(ffi.cast("uintptr_t", node))


def with_hash(index: Any, hash_: int) -> set[int]:
    """Addresses of the nodes that have exactly this hash."""
    found: list[int] = []

    def is_none_of_them(node: Any, key: Any) -> bool:
        assert key == ffi.NULL
        assert node.hash == hash_
        found.append(address(node))
        return False

    assert not lib.gf_index_find(index, hash_, ffi.callback("gf_index_match", is_none_of_them), ffi.NULL)
    assert len(found) == len(set(found))
    return set(found)


IS_KEY = ffi.callback("gf_index_match", lambda node, key: node == key)


def holds(index: Any, node: Any, hash_: int) -> bool:
    found = lib.gf_index_find(index, hash_, IS_KEY, node)
    assert found in (ffi.NULL, node)
    return bool(found)


HASHES = st.one_of(st.integers(0, 40), st.integers(0, 2**32 - 1), st.integers(0, 60).map(lambda n: n << 26))


class IndexMachine(RuleBasedStateMachine):
    """An index beside a dict from hash to the addresses of its nodes."""

    def __init__(self) -> None:
        super().__init__()
        self.index = new_index()
        self.nodes: dict[int, Any] = {}
        self.model: dict[int, set[int]] = defaultdict(set)

    def teardown(self) -> None:
        for hash_, expected in self.model.items():
            assert with_hash(self.index, hash_) == expected
        lib.gf_index_free(self.index)

    @rule(hashes=st.lists(HASHES, min_size=1, max_size=60))
    def insert(self, hashes: list[int]) -> None:
        for hash_ in hashes:
            node = ffi.new("gf_node *")
            lib.gf_index_prefetch(self.index, hash_)
            lib.gf_index_insert(self.index, node, hash_)
            self.nodes[address(node)] = node
            self.model[hash_].add(address(node))
            assert holds(self.index, node, hash_)
        assert self.index.count == len(self.nodes)

    @precondition(lambda self: self.nodes)
    @rule(chooser=st.randoms(use_true_random=False), share=st.floats(0, 1))
    def remove(self, chooser: Any, share: float) -> None:
        for where in chooser.sample(sorted(self.nodes), int(len(self.nodes) * share)):
            node = self.nodes.pop(where)
            lib.gf_index_remove(self.index, node)
            self.model[node.hash].remove(where)
            assert not holds(self.index, node, node.hash)
        assert self.index.count == len(self.nodes)

    @rule(hash_=HASHES)
    def find(self, hash_: int) -> None:
        assert with_hash(self.index, hash_) == self.model.get(hash_, set())


IndexMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestIndex = IndexMachine.TestCase


@pytest.fixture
def index() -> Iterator[Any]:
    made = new_index()
    yield made
    lib.gf_index_free(made)


def scattered(number: int) -> int:
    return number * 2654435769 % 2**32


def test_grows_and_shrinks_by_steps_and_keeps_its_load(index: Any) -> None:
    nodes = ffi.new("gf_node[]", 10_000)
    before = index.buckets
    for i in range(len(nodes)):
        lib.gf_index_insert(index, nodes + i, scattered(i))
        assert index.buckets - before <= 1
        assert index.count <= LOAD * index.buckets
        before = index.buckets
    assert all(holds(index, nodes + i, scattered(i)) for i in range(len(nodes)))
    for i in range(len(nodes)):
        lib.gf_index_remove(index, nodes + i)
        assert before - index.buckets <= 1
        assert index.buckets <= max(LEAST_BUCKETS, index.count + 1)
        before = index.buckets
    assert index.buckets == LEAST_BUCKETS


def test_the_memory_of_a_full_index_comes_back_when_it_empties(index: Any) -> None:
    nodes = ffi.new("gf_node[]", 5 * LOAD * SEGMENT)
    before = lib.gf_test_live_allocations()
    for i in range(len(nodes)):
        lib.gf_index_insert(index, nodes + i, i)
    assert lib.gf_test_live_allocations() == before + 4
    for i in range(len(nodes)):
        lib.gf_index_remove(index, nodes + i)
    assert lib.gf_test_live_allocations() == before


def test_without_memory_to_grow_every_node_is_still_found(index: Any) -> None:
    nodes = ffi.new("gf_node[]", 4 * LOAD * SEGMENT)
    full = LOAD * SEGMENT
    lib.gf_test_fail_allocations(0, len(nodes) - full - 1)
    for i in range(len(nodes) - 1):
        lib.gf_index_insert(index, nodes + i, i)
    assert index.buckets == SEGMENT
    assert all(holds(index, nodes + i, i) for i in range(len(nodes) - 1))
    lib.gf_index_insert(index, nodes + len(nodes) - 1, len(nodes) - 1)
    assert index.buckets == SEGMENT + 1
    assert all(holds(index, nodes + i, i) for i in range(len(nodes)))


def test_many_nodes_of_one_hash(index: Any) -> None:
    nodes = [ffi.new("gf_node *") for _ in range(5 * lib.GF_INDEX_PLACES)]
    for node in nodes:
        lib.gf_index_insert(index, node, 7)
    while nodes:
        assert with_hash(index, 7) == {address(node) for node in nodes}
        lib.gf_index_remove(index, nodes.pop(len(nodes) // 2))
    assert with_hash(index, 7) == set()


@pytest.mark.parametrize("succeeding", [0, 1])
def test_no_memory_for_an_index(succeeding: int) -> None:
    lib.gf_test_fail_allocations(succeeding, 1)
    assert lib.gf_index_init(ffi.new("gf_index *"), lib.GF_INDEX_LARGE) == lib.GF_NOMEM
