"""A room with a worker whose visitors spill every secret they hold: nothing that anybody can hear or see has one.

What is looked through: every byte between master and worker, everything that listens, Locust's pages and ours in the
run and after it, the server-sent events, the metrics, the run's files, both terminals and the list of processes.
"""

import re
import secrets
import shutil
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import requests

from authstorm.plan.secrets import Secret, forms_of

from .conftest import Sandbox, target_of
from .locust_routes import PAGES
from .many import SERVICE, free_port
from .recording import Listening, Recording
from .room_process import Room
from .test_room_workers import start_worker

pytestmark = pytest.mark.real
TOKEN, PASSWORD = secrets.token_urlsafe(24), f'{secrets.token_hex(8)}"<&ä'
MIXED = SERVICE | {
    "name": "mixed",
    "arrivals": {"login": "10/s", "session": "4/s", "service": "4/s"},
    "stages": [{"steady": {"for": "8s"}}],
}
OURS = ("/storm", "/storm/runs", "/storm/assets/storm.js")
LEAKY = Path(__file__).parent / "leaky_locustfile.py"


def listeners(pids):
    """The ports on which these processes listen, by address."""
    processes = (psutil.Process(pid) for pid in pids)
    return {
        connection.laddr
        for process in processes
        for each in (process, *process.children(recursive=True))
        for connection in each.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def log_in(room):
    form = room.get("/login").text
    token = re.search(r'name="token" value="([^"]+)"', form)[1]
    assert room.post("/login", {"token": token, "password": PASSWORD}).status_code == 302


def knocked(address):
    """What a listener says to somebody who speaks HTTP without having logged in, on paths that debuggers serve."""
    said = []
    for path in ("/", "/metrics", "/console", "/debug/vars"):
        try:
            answer = requests.get(f"http://127.0.0.1:{address.port}{path}", timeout=2, allow_redirects=False)
        except requests.RequestException as error:
            said.append(str(error))
        else:
            said.append(f"{answer.headers}{answer.text}")
    return "\n".join(said)


@pytest.fixture(scope="module")
def overheard(tmp_path_factory):
    """All texts of one such run, by where they were seen."""
    folder = tmp_path_factory.mktemp("overheard")
    sandbox, port, metrics_port = Sandbox(), free_port(), free_port()
    secret = sandbox.environ | {"AUTHSTORM_TOKEN": TOKEN}
    room = Room(
        folder, [target_of(sandbox)], [MIXED], profile="mixed", locustfile=LEAKY,
        options=("--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--expect-workers", 1,
                 "--expect-workers-max-wait", 30, "--metrics-port", metrics_port),
        environ=secret | {"AUTHSTORM_ROOM_PASSWORD": PASSWORD},
    )  # fmt: skip
    texts, worker = {}, None
    try:
        room.wait_until_open()
        log_in(room)
        recording, config = Recording(port), folder / "worker"
        for kind in ("targets", "profiles"):
            shutil.copytree(folder / kind, config / kind)
        plan = {"target": "sandbox", "profile": "mixed", "locustfile": LEAKY}
        worker = start_worker(recording.port, secret, config, folder / "worker-output", **plan)
        assert room.start(profile="mixed").status_code == 200
        events = Listening(room)
        state = room.wait_for(lambda state: len(state["points"]) >= 4)
        everybody = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
        asks = (*PAGES, *OURS)
        texts |= {f"{path} in the run": room.get(path) for path in asks}
        doors = listeners([room.process.pid, worker.pid])
        texts |= {f"port {door.port}": knocked(door) for door in doors}
        texts["metrics in the run"] = requests.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=10).text
        room.wait_for_verdict()
        (run,) = room.summaries()
        files = [f"/storm/runs/{run}/{path.name}" for path in (room.reports / run).iterdir()]
        texts |= {f"{path} after the run": room.get(path) for path in (*asks, *files)}
        texts["metrics after the run"] = requests.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=10).text
        events.close()
        recording.listener.close()
        texts |= {
            "events": events.text,
            "a newcomer's first event": str(state),
            "the processes' command lines": "\n".join(everybody),
            "the room's terminal": room.output.read_text(),
            "the worker's terminal": (folder / "worker-output").read_text(),
            **{f"what was said {side}": data.decode("latin-1") for side, data in recording.heard.items()},
        }
        yield SimpleNamespace(
            texts={where: in_full(told) for where, told in texts.items()},
            statuses={where: told.status_code for where, told in texts.items() if not isinstance(told, str)},
            doors=doors, known={room.port, metrics_port, port},
            hidden=(*sandbox.environ.values(), TOKEN, PASSWORD),
        )  # fmt: skip
    finally:
        if worker is not None:
            worker.kill()
            worker.wait(10)
        room.close()
        sandbox.close()


def in_full(told):
    return told if isinstance(told, str) else f"{told.headers}{told.text}"


def test_no_secret_is_in_anything_that_can_be_heard_or_seen(overheard):
    forms = [(secret, form) for secret in overheard.hidden for form in forms_of(Secret(secret))]
    found = {(where, secret) for where, text in overheard.texts.items() for secret, form in forms if form in text}
    assert found == set()


def test_no_token_of_an_identity_is_either(overheard):
    assert [where for where, text in overheard.texts.items() if re.search(r"eyJ[\w-]{8,}\.[\w-]+", text)] == []
    spilt = re.compile(r"spilt (?!\[redacted\] \[redacted\] \[redacted\])")
    assert [where for where, text in overheard.texts.items() if spilt.search(text)] == []


def test_the_leak_was_there_and_was_mended_wherever_it_came_through(overheard):
    leaked = {where for where, text in overheard.texts.items() if "spilt [redacted]" in text}
    assert leaked >= {
        "/exceptions in the run", "/exceptions after the run", "/exceptions/csv after the run",
        "the worker's terminal", "what was said from workers",
    }  # fmt: skip
    assert "authstorm-order" in overheard.texts["what was said from the master"]
    assert overheard.texts["events"].count("event: change") > 4
    assert "authstorm_steps_total" in overheard.texts["metrics in the run"]


def test_every_page_of_locusts_and_ours_was_looked_at(overheard):
    odd = {where: status for where, status in overheard.statuses.items() if status != 200}
    assert {where.split()[0] for where in odd} <= {"/stats/requests_full_history/csv", "/login"}, odd


def test_nothing_listens_but_the_room_the_metrics_and_the_master_and_those_on_loopback(overheard):
    assert {door.port for door in overheard.doors} == overheard.known
    assert {door.ip for door in overheard.doors} == {"127.0.0.1"}
