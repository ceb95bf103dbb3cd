"""The `gearman` command as client and as worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.admin import Admin
from tests.clients.harness import Finished, JobServer, Program, Programs, handle


class Tool:
    """`gearman` bound to one server."""

    def __init__(self, program: str, server: JobServer, programs: Programs, admin: Admin) -> None:
        self._base = [program, "-h", server.host, "-p", str(server.port)]
        self._programs = programs
        self._admin = admin

    def client(self, *arguments: str, stdin: bytes | None = None) -> Finished:
        return self._programs.run([*self._base, *arguments], stdin)

    def start_client(self, *arguments: str) -> Program:
        return self._programs.start([*self._base, *arguments])

    def worker_done(self, function: str, *arguments: str) -> Finished:
        """Run a worker whose jobs wait already, until it ends by itself."""
        return self.client("-w", "-f", function, *arguments)

    def worker(self, function: str, *arguments: str) -> Program:
        """Start a worker for one function and wait until the server knows it."""
        worker = self._programs.start([*self._base, "-w", "-f", function, *arguments])
        self._admin.wait_for(function, workers=1)
        return worker


@pytest.fixture
def tool(gearman: str, server: JobServer, programs: Programs, admin: Admin) -> Tool:
    return Tool(gearman, server, programs, admin)


def printed(out: bytes) -> Finished:
    """A client that succeeded and printed this."""
    return Finished(0, out, b"")


def test_wc_counts_the_lines_of_a_file(tool: Tool) -> None:
    passwd = Path("/etc/passwd").read_bytes()
    tool.worker("wc", "--", "wc", "-l")
    assert tool.client("-f", "wc", stdin=passwd) == printed(b"%d\n" % passwd.count(b"\n"))


def test_operands_are_one_job_each(tool: Tool) -> None:
    tool.worker("wc", "--", "wc", "-c")
    assert tool.client("-f", "wc", "four", "seven77") == printed(b"4\n7\n")


def test_an_empty_workload(tool: Tool) -> None:
    tool.worker("wc", "--", "wc", "-c")
    assert tool.client("-f", "wc") == printed(b"0\n")


def test_option_s_sends_no_data_and_reads_no_input(tool: Tool) -> None:
    tool.worker("wc", "--", "wc", "-c")
    assert tool.client("-s", "-f", "wc", stdin=b"unread\n") == printed(b"0\n")


def test_option_n_sends_a_job_a_line_with_its_newline(tool: Tool) -> None:
    tool.worker("wc", "--", "wc", "-c")
    assert tool.client("-n", "-f", "wc", stdin=b"1\n22\n333\n") == printed(b"2\n3\n4\n")


def test_option_capital_n_sends_a_job_a_line_without_its_newline(tool: Tool) -> None:
    tool.worker("wc", "--", "wc", "-c")
    assert tool.client("-N", "-f", "wc", stdin=b"1\n22\n333\n") == printed(b"1\n2\n3\n")


def test_option_capital_p_prefixes_the_function(tool: Tool) -> None:
    tool.worker("wc", "--", "wc", "-c")
    assert tool.client("-P", "-f", "wc", "four", "seven77") == printed(b"wc: 4\nwc: 7\n")


def test_option_v_prints_the_handle_of_each_job(tool: Tool) -> None:
    tool.worker("wc", "--", "wc", "-c")
    finished = tool.client("-v", "-f", "wc", "four")
    assert (finished.status, finished.err) == (0, b"")
    assert sorted(finished.lines) == ["4", f"Task created: {handle(1)}"]


def test_option_f_twice_runs_every_function(tool: Tool) -> None:
    tool.worker("upper", "--", "tr", "a-z", "A-Z")
    tool.worker("length", "--", "wc", "-c")
    finished = tool.client("-P", "-f", "upper", "-f", "length", "word\n")
    assert (finished.status, sorted(finished.lines)) == (0, ["length: 5", "upper: WORD"])


def test_a_worker_for_two_functions(tool: Tool, admin: Admin) -> None:
    tool.worker("first", "-f", "second", "--", "tr", "a-z", "A-Z")
    assert admin.function("second") == (0, 0, 1)
    assert tool.client("-f", "first", "one") == printed(b"ONE")
    assert tool.client("-f", "second", "two") == printed(b"TWO")


def test_a_worker_without_command_prints_the_data_and_returns_nothing(tool: Tool) -> None:
    worker = tool.worker("show", "-c", "1")
    assert tool.client("-f", "show", "text\n") == printed(b"")
    assert worker.finish() == printed(b"text\n")


def test_option_c_ends_the_worker_after_that_many_jobs(tool: Tool, admin: Admin) -> None:
    worker = tool.worker("upper", "-c", "3", "--", "tr", "a-z", "A-Z")
    assert tool.client("-f", "upper", "a", "b", "c") == printed(b"ABC")
    assert worker.finish() == printed(b"")
    admin.wait_for("upper", workers=0)


def test_worker_option_n_sends_each_output_line_as_data(tool: Tool) -> None:
    """The tool repeats all lines so far in each packet; both servers pass them on untouched."""
    tool.worker("lines", "-n", "--", "cat")
    assert tool.client("-f", "lines", stdin=b"1\n2\n3\n") == printed(b"1\n" + b"1\n2\n" + b"1\n2\n3\n")


def test_worker_option_capital_n_strips_the_last_newline(tool: Tool) -> None:
    tool.worker("lines", "-N", "--", "cat")
    assert tool.client("-f", "lines", stdin=b"1\n2\n") == printed(b"1" + b"1\n2")


def test_option_i_writes_a_pid_file(tool: Tool, tmp_path: Path) -> None:
    pid_file = tmp_path / "worker.pid"
    worker = tool.worker("upper", "-i", str(pid_file), "-c", "1", "--", "tr", "a-z", "A-Z")
    assert pid_file.read_text().strip() == str(worker.pid)
    assert tool.client("-f", "upper", "done") == printed(b"DONE")
    assert worker.finish().status == 0
    assert not pid_file.exists()


def test_option_capital_s_is_accepted_by_a_tool_without_tls(tool: Tool) -> None:
    tool.worker("upper", "-S", "--", "tr", "a-z", "A-Z")
    assert tool.client("-S", "-f", "upper", "plain") == printed(b"PLAIN")


def test_gearman_server_in_the_environment(
    gearman: str, tool: Tool, server: JobServer, programs: Programs
) -> None:
    tool.worker("upper", "--", "tr", "a-z", "A-Z")
    environment = {"GEARMAN_SERVER": f"{server.host}:{server.port}"}
    assert programs.run([gearman, "-p", "1", "-f", "upper", "x"], env=environment) == printed(b"X")


def test_a_failing_command_fails_the_job(tool: Tool) -> None:
    worker = tool.worker("fails", "-c", "1", "--", "sh", "-c", "echo partial; exit 3")
    assert tool.client("-f", "fails", "x") == Finished(1, b"partial\n", b"Job failed\n")
    assert worker.finish() == Finished(0, b"", b"gearman: gearman_worker_work : GEARMAN_UNKNOWN_STATE\n")


def test_option_t_gives_up_and_leaves_no_job_behind(tool: Tool, server: JobServer, admin: Admin) -> None:
    finished = tool.client("-t", "100", "-f", "nobody", "x")
    assert (finished.status, finished.out) == (0, b"")
    assert finished.err.startswith(b"gearman: gearman_client_run_tasks : gearman_wait(GEARMAN_TIMEOUT)")
    # gearmand counts an abandoned job until a worker comes for it; gearfast drops it at once.
    admin.wait_for("nobody", total={"gearmand": 1, "gearfast": 0}[server.kind])


def test_an_abandoned_job_is_not_run(tool: Tool, admin: Admin) -> None:
    tool.client("-t", "100", "-f", "upper", "abandoned")
    admin.wait_for_connections(1)
    worker = tool.worker("upper", "-c", "1", "--", "tr", "a-z", "A-Z")
    assert tool.client("-f", "upper", "wanted") == printed(b"WANTED")
    assert worker.finish().status == 0
    admin.wait_for("upper", total=0, running=0, workers=0)


@pytest.mark.parametrize("priority", [(), ("-I",), ("-L",)])
def test_foreground_jobs_of_every_priority(tool: Tool, priority: tuple[str, ...]) -> None:
    tool.worker("upper", "--", "tr", "a-z", "A-Z")
    assert tool.client(*priority, "-f", "upper", "text") == printed(b"TEXT")


def test_background_jobs_run_by_priority_when_a_worker_comes(
    tool: Tool, admin: Admin, tmp_path: Path
) -> None:
    submits = [("-L", "low\n"), ("normal\n",), ("-I", "high\n")]
    for submit in submits * 2:
        assert tool.client("-b", "-f", "append", *submit) == printed(b"")
    assert admin.listing("prioritystatus") == ["append\t2\t2\t2\t0"]
    log = tmp_path / "log"
    assert tool.worker_done("append", "-c", "6", "--", "sh", "-c", f"cat >> {log}") == printed(b"")
    assert log.read_text().split() == ["high", "high", "normal", "normal", "low", "low"]


def test_background_jobs_have_handles_too(tool: Tool) -> None:
    assert tool.client("-b", "-v", "-f", "later", "x") == printed(f"Task created: {handle(1)}\n".encode())
    assert tool.client("-b", "-v", "-f", "later", "x") == printed(f"Task created: {handle(2)}\n".encode())


def test_background_jobs_coalesce_on_their_unique(tool: Tool, admin: Admin) -> None:
    created = printed(f"Task created: {handle(1)}\n".encode())
    assert tool.client("-b", "-v", "-u", "same", "-f", "later", "x") == created
    assert tool.client("-b", "-v", "-u", "same", "-f", "later", "y") == created
    assert admin.function("later") == (1, 0, 0)
    assert admin.listing("show unique jobs") == ["same"]


def test_two_clients_share_the_job_of_their_unique(tool: Tool, admin: Admin, tmp_path: Path) -> None:
    first = tool.start_client("-u", "same", "-f", "upper", "one")
    admin.wait_for_clients("same", 1)
    second = tool.start_client("-u", "same", "-f", "upper", "two")
    admin.wait_for_clients("same", 2)
    log = tmp_path / "log"
    worker = tool.worker("upper", "--", "sh", "-c", f"echo run >> {log}; tr a-z A-Z")
    assert first.finish() == printed(b"ONE")
    assert second.finish() == printed(b"ONE")
    assert worker.running
    assert log.read_text() == "run\n"
