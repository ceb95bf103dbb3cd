"""gearfast top on a screen of 80 x 24, before a real server with real jobs."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Input, Static

from gearfast import Client, Worker, __version__
from gearfast.links.addresses import parse_address
from gearfast.top.app import TopApp
from gearfast.top.view import View
from gearfast.top.watched import Watched
from tests.libraries.working import working
from tests.support.gearfast_process import Gearfast, gearfast

LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 30.0

Scene = Callable[[TopApp, Pilot[None]], Coroutine[Any, Any, None]]


@pytest.fixture
def server() -> Iterator[Gearfast]:
    """Three functions with 1, 2 and 3 jobs that wait."""
    with gearfast() as process:
        with Client((process.host, process.port)) as client:
            for count, function in enumerate(("Alpha", "[beta]", "gamma"), 1):
                client.submit_many(function, [b""] * count, background=True)
        yield process


def on_screen(scene: Scene, *ports: int, view: View | None = None) -> None:
    """Play a scene with the running program."""
    places = [Watched(parse_address(("127.0.0.1", port)), PATIENCE_SECONDS) for port in ports]

    async def play() -> None:
        app = TopApp(places, view or View(), LOOK_SECONDS)
        async with app.run_test(size=(80, 24)) as pilot:
            await scene(app, pilot)
        assert app.return_code in (0, None)

    try:
        asyncio.run(play())
    finally:
        for place in places:
            place.close()


def text(app: TopApp, part: str) -> list[str]:
    return str(app.query_one(f"#{part}", Static).render()).split("\n")


def order(app: TopApp) -> list[str]:
    return [line.split()[0] for line in text(app, "table") if line.strip() and line[0] != "("]


def cells(app: TopApp) -> list[str]:
    """Of the first function."""
    return next((line.split() for line in text(app, "table") if line[:1] != "("), [])


async def until(condition: Callable[[], bool], pilot: Pilot[None]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        await pilot.pause(LOOK_SECONDS)


def test_functions_are_shown_the_longest_queue_first(server: Gearfast) -> None:
    async def scene(app: TopApp, pilot: Pilot[None]) -> None:
        await until(lambda: order(app) == ["gamma", "[beta]", "Alpha"], pilot)
        assert text(app, "headings")[0].split()[:2] == ["FUNCTION", "QUEUEDv"]
        await until(lambda: "-" not in cells(app), pilot)
        assert cells(app) == ["gamma", "3", "0", "3", "0", "0", "0", "0", "0"]
        assert text(app, "servers") == [f"127.0.0.1:{server.port}  version {__version__}, functions 3"]
        assert max(len(line) for line in text(app, "table")) == 79

    on_screen(scene, server.port)


def test_many_functions_scroll_and_no_line_is_broken(server: Gearfast) -> None:
    with Client((server.host, server.port)) as client:
        for number in range(40):
            client.submit(f"{number:03d}" * 9, b"", background=True)

    async def scene(app: TopApp, pilot: Pilot[None]) -> None:
        await until(lambda: len(order(app)) == 43, pilot)
        await until(lambda: app.query_one("#table").size.height > 1, pilot)  # laid out
        assert app.query_one("#table").size.height == 1 + 43
        await pilot.press("end")
        await until(lambda: app.query_one(VerticalScroll).scroll_y > 0, pilot)

    on_screen(scene, server.port)


def test_keys_sort_and_reverse(server: Gearfast) -> None:
    async def scene(app: TopApp, pilot: Pilot[None]) -> None:
        await until(lambda: len(order(app)) == 3, pilot)
        await pilot.press("r")
        assert order(app) == ["Alpha", "[beta]", "gamma"]
        await pilot.press("left")
        assert (app.view.sort, order(app)) == ("function", ["gamma", "[beta]", "Alpha"])
        await pilot.press("r")
        assert order(app) == ["Alpha", "[beta]", "gamma"]
        await pilot.press("s", "s")
        assert app.view.sort == "high"
        assert "HIGHv" in text(app, "headings")[0]

    on_screen(scene, server.port)


def test_a_filter_is_typed_and_cleared(server: Gearfast) -> None:
    async def scene(app: TopApp, pilot: Pilot[None]) -> None:
        await until(lambda: len(order(app)) == 3, pilot)
        await pilot.press("/", *"AMM")
        assert order(app) == ["gamma"]
        await pilot.press("enter", "r")
        assert (order(app), app.query_one(Input).has_class("open")) == (["gamma"], False)
        assert text(app, "servers")[-1] == "only functions with 'AMM'"
        await pilot.press("escape")
        assert len(order(app)) == 3

    on_screen(scene, server.port)


def test_a_paused_screen_stays_as_it_is(server: Gearfast) -> None:
    async def scene(app: TopApp, pilot: Pilot[None]) -> None:
        await until(lambda: len(order(app)) == 3, pilot)
        await pilot.press("p")
        assert text(app, "servers")[-1] == "paused"
        with Client((server.host, server.port)) as client:
            client.submit("delta", b"", background=True)
        await pilot.pause(5 * LOOK_SECONDS)
        assert len(order(app)) == 3
        await pilot.press("space")
        await until(lambda: len(order(app)) == 4, pilot)

    on_screen(scene, server.port)


def test_jobs_a_second_are_shown_while_jobs_are_done(server: Gearfast) -> None:
    worker = Worker((server.host, server.port))
    worker.task("Alpha")(lambda job: job.data)

    async def scene(app: TopApp, pilot: Pilot[None]) -> None:
        with Client((server.host, server.port)) as client:

            def is_seen() -> bool:
                client.submit("Alpha", b"", background=True)
                return cells(app)[:1] == ["Alpha"] and not {"0", "-"} & set(cells(app)[-3:])

            await until(is_seen, pilot)

    with working(worker):
        on_screen(scene, server.port, view=View("done"))


def test_a_server_that_is_gone_is_asked_until_it_is_back() -> None:
    with gearfast() as first:
        port = first.port

        async def scene(app: TopApp, pilot: Pilot[None]) -> None:
            await until(lambda: "version" in text(app, "servers")[0], pilot)
            await asyncio.to_thread(first.process.terminate)
            await until(lambda: "no answer: cannot connect" in text(app, "servers")[0], pilot)
            with gearfast("--port", str(port)), Client(("127.0.0.1", port)) as client:
                client.submit("back", b"", background=True)
                await until(lambda: order(app) == ["back"], pilot)

        on_screen(scene, port)


def test_one_server_that_is_away_hides_no_other(server: Gearfast) -> None:
    async def scene(app: TopApp, pilot: Pilot[None]) -> None:
        await until(lambda: len(order(app)) == 3, pilot)
        assert "no answer" in text(app, "servers")[0]
        assert "version" in text(app, "servers")[1]

    on_screen(scene, 1, server.port)


def test_a_server_that_is_silent_holds_up_no_other(server: Gearfast) -> None:
    async def scene(app: TopApp, pilot: Pilot[None]) -> None:
        await until(lambda: "-" not in cells(app) and len(order(app)) == 3, pilot)
        assert text(app, "servers")[0].endswith("asking")
        silent.close()  # resets the connection, so that the look at it ends

    with socket.create_server(("127.0.0.1", 0)) as silent:
        on_screen(scene, silent.getsockname()[1], server.port)


def test_q_ends_it(server: Gearfast) -> None:
    async def scene(app: TopApp, pilot: Pilot[None]) -> None:
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running

    on_screen(scene, server.port)
