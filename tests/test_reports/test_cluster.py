"""Batches on a real scheduler with real worker processes, each in a folder of its own."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
import typer

from alliance_analysis.errors import BadInput
from alliance_analysis.reports.batch import Batch, run_batch
from alliance_analysis.reports.cluster import cluster_workers
from alliance_analysis.reports.ledger import NAME, Ledger
from alliance_analysis.reports.local import local_workers
from alliance_analysis.reports.roster import expand_grid

ANOTHER_TYPST = """
import importlib.metadata as metadata
def version(name, known=metadata.version):
    return "0.1" if name == "typst" else known(name)
metadata.version = version
"""
NO_CASEBOOK = """
import sys
sys.modules["alliance_analysis"] = None
"""


def notebook(path: Path) -> Path:
    code = nbformat.v4.new_code_cell
    cells = [
        nbformat.v4.new_markdown_cell("# A report"),
        code("n: int = 0\nseconds: float = 0.0", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_markdown_cell("## Its number"),
        code("import os, time\ntime.sleep(seconds)\nalone = sorted(os.listdir())\nopen(str(n), 'w').close()"),
        code("from IPython.display import Markdown\nMarkdown(f'{n ** 2}, in a folder with {alone}.')"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


class Dask:
    """A scheduler and workers on this machine, started and stopped one by one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.scheduler, self.address = self._start_scheduler()

    def _start(self, name: str, *arguments: str) -> tuple[subprocess.Popen[bytes], Path]:
        place = self._folder / f"{name}-{len(self._processes)}"
        place.mkdir()
        line = [sys.executable, "-m", "dask", name, *arguments, "--host", "127.0.0.1", "--no-dashboard"]
        with (place / "log").open("wb") as log:
            process = subprocess.Popen(line, cwd=place, stdout=log, stderr=log)
        self._processes.append(process)
        return process, place

    def _start_scheduler(self) -> tuple[subprocess.Popen[bytes], str]:
        process, place = self._start("scheduler", "--port", "0", "--scheduler-file", "scheduler.json")
        until(lambda: (place / "scheduler.json").exists() and (place / "scheduler.json").stat().st_size)
        return process, json.loads((place / "scheduler.json").read_text())["address"]

    def worker(self, *, preload: str = "", threads: int = 1) -> subprocess.Popen[bytes]:
        script = self._folder / f"preload_{len(self._processes)}.py"
        script.write_text(preload)
        process, place = self._start(
            "worker", self.address, "--nthreads", str(threads), "--no-nanny", "--preload", str(script)
        )
        until(lambda: "Registered to" in (place / "log").read_text())
        return process

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


def until(true: Callable[[], object], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    pytest.importorskip("distributed")
    folder = tmp_path / "cluster"
    folder.mkdir()
    started = Dask(folder)
    yield started
    started.stop()


def start(dask: Dask, out: Path, *arguments: object) -> subprocess.Popen[str]:
    line = [Path(sys.executable).parent / "casebook", "batch", *arguments, "-o", out]
    line += ["--scheduler", dask.address]
    return subprocess.Popen(
        [str(word) for word in line], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )


def delivered(said: str) -> list[str]:
    return re.findall(r"^\[\d+/\d+\] (\S+): done", said, re.MULTILINE)


def done(out: Path) -> list[str]:
    if not (out / NAME).is_file():
        return []
    with Ledger(out / NAME) as ledger:
        return [entry.id for entry in ledger.entries() if entry.state == "done"]


def table(out: Path) -> list[dict[str, str]]:
    with (out / "summary.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.slow
def test_a_worker_is_killed_and_every_row_arrives_once(dask: Dask, tmp_path: Path) -> None:
    first, _ = dask.worker(), dask.worker(threads=2)
    path = notebook(tmp_path / "n.ipynb")
    out = tmp_path / "out"
    grid = [f"n={','.join(map(str, range(10)))}", "seconds=0.5"]
    run = start(dask, out, "--grid", grid[0], "--grid", grid[1], "--notebook", path, "--format", "ipynb,html")
    try:
        until(lambda: run.poll() is not None or len(list(out.glob("reports/*.html"))) >= 3)
        assert run.poll() is None, run.communicate()
        its = psutil.Process(first.pid).children(recursive=True)
        if sys.platform.startswith("linux"):
            servers = [p for p in its if "alliance_analysis.reports.kernel_server" in p.cmdline()]
            assert servers, "its kernels are forked"
        first.send_signal(signal.SIGKILL)
        first.wait()
        _, said = run.communicate(timeout=120)
    finally:
        run.kill()
    assert run.returncode == 0, said
    assert "Traceback" not in said
    node = nbformat.read(path, 4)
    rows = expand_grid(grid, node, notebook_file=path)
    assert sorted(delivered(said)) == sorted(row.id for row in rows)
    _, alive = psutil.wait_procs(its, timeout=20)
    assert alive == [], "kernels end with their worker"
    attempts = [int(row["attempts"]) for row in table(out)]
    assert max(attempts) == 2 and sum(attempts) - len(rows) <= 2, "what one worker can have had in hand"

    here = tmp_path / "here"
    formats = ("ipynb", "html")
    assert run_batch(Batch(node, path, rows, str(here), formats), local_workers(2)).made == len(rows)
    for report in sorted(here.glob("reports/*")):
        assert (out / "reports" / report.name).read_bytes() == report.read_bytes(), report.name
    assert "folder with []" in (here / "reports" / f"{rows[0].id}.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_scheduler_is_lost_and_the_batch_goes_on_with_another(dask: Dask, tmp_path: Path) -> None:
    dask.worker()
    path = notebook(tmp_path / "n.ipynb")
    out = tmp_path / "out"
    what = (
        "--grid",
        "n=1,2,3,4",
        "--grid",
        "seconds=1.0",
        "--notebook",
        path,
        "--format",
        "ipynb",
        "--no-fork",
    )
    run = start(dask, out, *what)
    try:
        until(lambda: run.poll() is not None or done(out))
        dask.scheduler.send_signal(signal.SIGKILL)
        _, said = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 1
    assert "the connection to the scheduler was lost; start it" in said
    assert "Traceback" not in said
    before = done(out)
    assert sorted({row["state"] for row in table(out)}) == ["done", "waiting"]

    dask.scheduler, dask.address = dask._start_scheduler()
    dask.worker()
    run = start(dask, out, *what)
    _, said = run.communicate(timeout=120)
    assert run.returncode == 0, said
    assert not set(delivered(said)) & set(before)
    assert [row["state"] for row in table(out)] == ["done"] * 4


@pytest.mark.slow
def test_ctrl_c_stops_at_once_and_cancels_what_waits(dask: Dask, tmp_path: Path) -> None:
    dask.worker()
    out = tmp_path / "out"
    path = notebook(tmp_path / "n.ipynb")
    run = start(
        dask, out, "--grid", "n=1,2,3", "--grid", "seconds=0.0,60.0", "--notebook", path, "--format", "ipynb"
    )
    try:
        until(lambda: run.poll() is not None or done(out))
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=30)
    finally:
        run.kill()
    assert run.returncode == 130
    assert "stopped" in said and "Traceback" not in said
    assert sorted({row["state"] for row in table(out)}) == ["done", "waiting"]


@pytest.mark.slow
def test_workers_that_would_make_other_reports_are_refused_before_anything_runs(
    dask: Dask, tmp_path: Path
) -> None:
    path = notebook(tmp_path / "n.ipynb")
    with pytest.raises(BadInput, match=r"has no workers; start some with `dask worker tcp://"):
        cluster_workers(dask.address, patience=0.5)
    dask.worker(preload=ANOTHER_TYPST)
    dask.worker(preload=NO_CASEBOOK)
    run = start(dask, tmp_path / "out", "--grid", "n=1,2", "--notebook", path, "--format", "ipynb")
    _, said = run.communicate(timeout=60)
    assert run.returncode == 2
    assert re.search(r"tcp://127.0.0.1:\d+: typst is 0.1 there and [\d.]+ here; install the same", said)
    assert re.search(
        r"tcp://127.0.0.1:\d+: the casebook cannot be used there \(.*No module named 'alliance_analysis", said
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nonsense://x", "unknown address scheme"),
        ("127.0.0.1", "missing port"),
        ("tcp://127.0.0.1:1", "Timed out"),
    ],
)
def test_an_address_without_a_scheduler_is_named(address: str, why: str) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(BadInput, match=rf"--scheduler: there is no Dask scheduler at {address} .*{why}"):
        cluster_workers(address, patience=0.5)


def test_the_extra_is_named_where_dask_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadInput, match=r"pip install 'alliance-casebook\[cluster\]'"):
        cluster_workers("tcp://127.0.0.1:8786")


HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "batch-on-a-cluster.md"


def blocks(kind: str) -> list[str]:
    return re.findall(
        rf"^```{kind}\n(.*?)^```$", HOW_TO.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def test_the_manifests_of_the_how_to_fit_together() -> None:
    from ruamel.yaml import YAML

    parts = [part for block in blocks("yaml") for part in YAML(typ="safe").load_all(block)]
    kinds = ["Service", "Deployment", "Deployment", "PersistentVolumeClaim", "Job"]
    assert [part["kind"] for part in parts] == kinds
    service, scheduler, worker, claim, job = parts
    for deployment in (scheduler, worker):
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert service["spec"]["selector"] == scheduler["spec"]["selector"]["matchLabels"]
    address = f"tcp://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}"
    pods = [part["spec"]["template"]["spec"] for part in (scheduler, worker, job)]
    commands = [pod["containers"][0]["command"] for pod in pods]
    assert commands[0][commands[0].index("--port") + 1] == address.rpartition(":")[2]
    assert commands[1][2] == commands[2][commands[2].index("--scheduler") + 1] == address
    assert commands[1][commands[1].index("--nthreads") + 1] == "1"
    assert len({pod["containers"][0]["image"] for pod in pods}) == 1, "one installation"
    volumes = {volume["name"]: volume for volume in pods[2]["volumes"]}
    mounted = {mount["name"]: mount["mountPath"] for mount in pods[2]["containers"][0]["volumeMounts"]}
    assert volumes.keys() == mounted.keys()
    assert volumes["state"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert {"name": "XDG_STATE_HOME", "value": mounted["state"]} in pods[2]["containers"][0]["env"]


def test_the_commands_of_the_how_to_have_the_options_that_it_uses() -> None:
    pytest.importorskip("distributed")
    from distributed.cli.dask_scheduler import main as scheduler
    from distributed.cli.dask_worker import main as worker

    from alliance_analysis.cli import app

    text = HOW_TO.read_text(encoding="utf-8").replace("\\\n", " ")
    used = {
        name: set(re.findall(r"--[a-z][-a-z]*", " ".join(re.findall(rf"{name}\b([^\n`&\]]*)", text))))
        for name in ("dask,? worker", "dask,? scheduler", "casebook,? batch")
    }
    batch = typer.main.get_command(app).commands["batch"]  # type: ignore[attr-defined]
    for names, known in zip(used.values(), (worker, scheduler, batch), strict=True):
        options = {flag for option in known.params for flag in [*option.opts, *option.secondary_opts]}
        assert names and names <= options


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
def test_the_batch_script_of_the_how_to_is_one() -> None:
    (script,) = blocks("bash")
    subprocess.run(["bash", "-n"], input=script, encoding="utf-8", check=True)
