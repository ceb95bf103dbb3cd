"""Where servers are, when they are tried again, and which of them is chosen."""

from __future__ import annotations

from collections import Counter

import pytest

from gearfast import Backoff
from gearfast.client.choice import ByUnique, RoundRobin, failover, policy_of
from gearfast.links.addresses import Address, addresses_of, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("host", Address("host", 4730)),
        ("host:1", Address("host", 1)),
        (":4731", Address("localhost", 4731)),
        ("::1", Address("::1", 4730)),
        ("[::1]", Address("::1", 4730)),
        ("[::1]:99", Address("::1", 99)),
        ("unix:/run/g.sock", Address("", 0, "/run/g.sock")),
        (("host", 7), Address("host", 7)),
    ],
)
def test_addresses(text: str | tuple[str, int], address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize("text", ["host:x", "host:0", "host:65536", "[::1", "[::1]x", "unix:", ("", 1)])
def test_addresses_that_make_no_sense(text: str | tuple[str, int]) -> None:
    with pytest.raises(ValueError, match=r"address|port number|path"):
        parse_address(text)


def test_several_addresses() -> None:
    expected = [Address("a", 1), Address("b", 2)]
    assert addresses_of("a:1,b:2, a:1") == expected
    assert addresses_of(["a:1", ("b", 2)]) == expected
    assert addresses_of(("a", 1)) == expected[:1]
    assert addresses_of(("a:1", "b:2")) == expected
    with pytest.raises(ValueError, match="no server"):
        addresses_of([])


def test_addresses_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GEARMAN_SERVERS", "GEARMAN_SERVER"):
        monkeypatch.delenv(name, raising=False)
    assert addresses_of(None) == [Address("localhost", 4730)]
    monkeypatch.setenv("GEARMAN_SERVER", "one:1")
    assert addresses_of(None) == [Address("one", 1)]
    monkeypatch.setenv("GEARMAN_SERVERS", "two:2,three")
    assert addresses_of(None) == [Address("two", 2), Address("three", 4730)]


def test_pauses_grow_up_to_a_bound_and_differ() -> None:
    backoff = Backoff(first=1, longest=8)
    for failures, most in ((1, 1), (2, 2), (3, 4), (4, 8), (5, 8), (5000, 8)):
        pauses = {backoff.pause(failures) for _ in range(50)}
        assert all(most / 2 <= pause <= most for pause in pauses)
        assert len(pauses) > 1


def test_failover_takes_the_first() -> None:
    assert failover("abc", b"") == "abc"


def test_round_robin_takes_turns() -> None:
    choose: RoundRobin = RoundRobin()
    assert ["".join(choose("abc", b"")) for _ in range(4)] == ["abc", "bca", "cab", "abc"]


def test_a_unique_has_its_server_and_only_its_own_move_when_one_is_away() -> None:
    choose = ByUnique()
    keys = [b"key%d" % number for number in range(3000)]
    orders = {key: "".join(choose("abc", key)) for key in keys}
    assert orders == {key: "".join(choose("abc", key)) for key in keys}
    firsts = Counter(order[0] for order in orders.values())
    assert min(firsts.values()) > 800
    seconds = Counter(order[1] for order in orders.values() if order[0] == "a")
    assert min(seconds["b"], seconds["c"]) > 200


def test_without_a_unique_servers_take_turns() -> None:
    choose = ByUnique()
    assert [choose("ab", b"")[0] for _ in range(3)] == ["a", "b", "a"]


def test_unknown_choices() -> None:
    with pytest.raises(ValueError, match="can't be chosen by 'luck'"):
        policy_of("luck")
