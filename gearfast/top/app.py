"""The live screen. Textual draws it; what it shows are the lines of `view`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Footer, Input, Static

from gearfast.top.lines import lines_of
from gearfast.top.view import View, server_line, table
from gearfast.top.watched import Watched

SCROLLBAR_WIDTH = 1  # as in the style below


class TopApp(App[None]):
    """Looks at the servers every `seconds`, unless paused."""

    CSS = """
    #servers, #headings { height: auto; }
    #headings { text-style: bold; }
    VerticalScroll { scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    Static { text-wrap: nowrap; }
    #filter { display: none; }
    #filter.open { display: block; }
    """
    BINDINGS = [  # noqa: RUF012
        ("q", "quit", "Quit"),
        ("s,right", "sort(1)", "Sort"),
        ("S,left", "sort(-1)", "Sort back"),
        ("r", "reverse", "Reverse"),
        ("slash", "filter", "Filter"),
        ("p,space", "pause", "Pause"),
        ("escape", "clear", "All"),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, servers: Sequence[Watched], view: View, seconds: float) -> None:
        super().__init__()
        self.view = view
        self.is_paused = False
        self._servers = servers
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(len(servers))  # a server that is silent holds up no other
        self._lines = lines_of(servers)
        # Kept, not looked up: the last answer may come when the screen is empty already.
        self._states = Static(id="servers", markup=False)
        self._headings = Static(id="headings", markup=False)
        self._table = Static(id="table", markup=False)
        self._scroll = VerticalScroll(self._table, can_focus=True)
        self._filter = Input(view.wanted, placeholder="part of a function's name", id="filter")

    def compose(self) -> ComposeResult:
        yield from (self._states, self._headings, self._scroll, self._filter, Footer())

    def on_mount(self) -> None:
        self._scroll.focus()
        for server in self._servers:
            self.run_worker(self._look_again_and_again(server))

    def on_resize(self) -> None:
        self.draw()

    async def _look_again_and_again(self, server: Watched) -> None:
        while True:
            if not self.is_paused:
                await asyncio.get_running_loop().run_in_executor(self._threads, server.look)
            if not self.is_paused:
                self._lines = lines_of(self._servers)
                self.draw()
            await asyncio.sleep(self._seconds)

    def draw(self) -> None:
        """Show what is known."""
        width = self.size.width
        states = [_state_of(server, width) for server in self._servers]
        if self.is_paused:
            states.append(Text("paused", style="reverse"))
        if self.view.wanted:
            states.append(Text(f"only functions with {self.view.wanted!r}"))
        self._states.update(Text("\n").join(states))
        heading, *rows = table(self._lines, self.view, width - SCROLLBAR_WIDTH)
        self._headings.update(Text(heading))
        self._table.update(Text("\n".join(rows)))

    def action_sort(self, step: int) -> None:
        self._show(replace(self.view, sort=self.view.next_sort(step)))

    def action_reverse(self) -> None:
        self._show(replace(self.view, is_reversed=not self.view.is_reversed))

    def action_pause(self) -> None:
        self.is_paused = not self.is_paused
        self.draw()

    def action_filter(self) -> None:
        self._filter.add_class("open")
        self._filter.focus()

    def action_clear(self) -> None:
        self._filter.value = ""
        self._close_filter()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show(replace(self.view, wanted=event.value))

    def on_input_submitted(self) -> None:
        self._close_filter()

    def _close_filter(self) -> None:
        self._filter.remove_class("open")
        self._scroll.focus()

    def _show(self, view: View) -> None:
        self.view = view
        self.draw()


def _state_of(server: Watched, width: int) -> Text:
    return Text(server_line(server, width), style="red" if server.known.trouble else "")
