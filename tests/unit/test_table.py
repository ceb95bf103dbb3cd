"""gf_table against a dict, and how it grows and shrinks."""

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


def new_table() -> Any:
    table = ffi.new("gf_table *")
    assert lib.gf_table_init(table) == lib.GF_OK
    return table


def address(node: Any) -> int:
    return int(ffi.cast("uintptr_t", node))


def with_hash(table: Any, hash_: int) -> set[int]:
    """Addresses of the nodes that have exactly this hash."""
    found = []
    node = lib.gf_table_first(table, hash_)
    while node:
        assert node.hash == hash_
        found.append(address(node))
        node = lib.gf_table_next(node)
    assert len(found) == len(set(found))
    return set(found)


def everything(table: Any) -> list[int]:
    seen: list[int] = []
    visit = ffi.callback("void(gf_node *, void *)", lambda node, _: seen.append(address(node)))
    lib.gf_table_each(table, visit, ffi.NULL)
    return sorted(seen)


HASHES = st.one_of(st.integers(0, 40), st.integers(0, 2**32 - 1), st.integers(0, 60).map(lambda n: n << 26))


class TableMachine(RuleBasedStateMachine):
    """A table beside a dict from hash to the addresses of its nodes."""

    def __init__(self) -> None:
        super().__init__()
        self.table = new_table()
        self.nodes: dict[int, Any] = {}
        self.model: dict[int, set[int]] = defaultdict(set)

    def teardown(self) -> None:
        assert everything(self.table) == sorted(self.nodes)
        for hash_, expected in self.model.items():
            assert with_hash(self.table, hash_) == expected
        lib.gf_table_free(self.table)

    @rule(hashes=st.lists(HASHES, min_size=1, max_size=60))
    def insert(self, hashes: list[int]) -> None:
        for hash_ in hashes:
            node = ffi.new("gf_node *")
            lib.gf_table_insert(self.table, node, hash_)
            self.nodes[address(node)] = node
            self.model[hash_].add(address(node))
        assert self.table.count == len(self.nodes)

    @precondition(lambda self: self.nodes)
    @rule(chooser=st.randoms(use_true_random=False), share=st.floats(0, 1))
    def remove(self, chooser: Any, share: float) -> None:
        for where in chooser.sample(sorted(self.nodes), int(len(self.nodes) * share)):
            node = self.nodes.pop(where)
            lib.gf_table_remove(self.table, node)
            self.model[node.hash].remove(where)
        assert self.table.count == len(self.nodes)

    @rule(hash_=HASHES)
    def find(self, hash_: int) -> None:
        assert with_hash(self.table, hash_) == self.model.get(hash_, set())


TableMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestTable = TableMachine.TestCase


@pytest.fixture
def table() -> Iterator[Any]:
    made = new_table()
    yield made
    lib.gf_table_free(made)


def test_grows_and_shrinks_by_steps_and_keeps_its_load(table: Any) -> None:
    nodes = ffi.new("gf_node[]", 10_000)
    before = table.buckets
    for i in range(len(nodes)):
        lib.gf_table_insert(table, nodes + i, i * 2654435769 % 2**32)
        assert table.buckets - before <= 1
        assert table.count <= table.buckets
        before = table.buckets
    for i in range(len(nodes)):
        lib.gf_table_remove(table, nodes + i)
        assert before - table.buckets <= 2
        assert before == table.buckets or table.count < before // 2
        assert table.buckets <= max(LEAST_BUCKETS, 2 * table.count + 1)
        before = table.buckets
    assert table.buckets == LEAST_BUCKETS


def test_the_memory_of_a_full_table_comes_back_when_it_empties(table: Any) -> None:
    nodes = ffi.new("gf_node[]", 5 * lib.GF_TABLE_SEGMENT)
    before = lib.gf_test_live_allocations()
    for i in range(len(nodes)):
        lib.gf_table_insert(table, nodes + i, i)
    assert lib.gf_test_live_allocations() == before + 4
    for i in range(len(nodes)):
        lib.gf_table_remove(table, nodes + i)
    assert lib.gf_test_live_allocations() == before


def test_without_memory_to_grow_every_node_is_still_found(table: Any) -> None:
    nodes = ffi.new("gf_node[]", 3 * lib.GF_TABLE_SEGMENT)
    lib.gf_test_fail_allocations(0, 2 * lib.GF_TABLE_SEGMENT - 1)
    for i in range(len(nodes) - 1):
        lib.gf_table_insert(table, nodes + i, i)
    assert table.buckets == lib.GF_TABLE_SEGMENT
    assert all(lib.gf_table_first(table, i) == nodes + i for i in range(len(nodes) - 1))
    lib.gf_table_insert(table, nodes + len(nodes) - 1, len(nodes) - 1)
    assert table.buckets == lib.GF_TABLE_SEGMENT + 1
    assert all(lib.gf_table_first(table, i) == nodes + i for i in range(len(nodes)))


@pytest.mark.parametrize("succeeding", [0, 1])
def test_no_memory_for_a_table(succeeding: int) -> None:
    lib.gf_test_fail_allocations(succeeding, 1)
    assert lib.gf_table_init(ffi.new("gf_table *")) == lib.GF_NOMEM


@pytest.mark.parametrize("stride", [1, 2654435769])
def test_a_million_nodes_and_back(stride: int) -> None:
    assert lib.gf_drive_table_loop(1_000_000, stride) == 0


def test_random_churn() -> None:
    assert lib.gf_drive_table_churn(20_000, 400_000, 1) == 0
