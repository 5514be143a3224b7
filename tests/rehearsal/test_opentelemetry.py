"""Locust's own --otel beside the suite: what it exports arrives at a collector, and no secret does."""

from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from .conftest import PROFILE, target_of
from .many import over_processes

HERE = Path(__file__).parent


@pytest.fixture
def collector():
    """A collector that speaks OTLP over HTTP; ``bodies`` are what it was sent, by path."""
    bodies = defaultdict(list)

    class Collect(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies[self.path].append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """The terminal is pytest's."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collect)
    server.bodies = bodies
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def exported_counts(bodies):
    """How often each step was made: the last that each process said, since Locust exports sums from its start on."""
    last = {}
    for number, body in enumerate(bodies):
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for metric in (each for scope in resource.scope_metrics for each in scope.metrics):
                for point in metric.histogram.data_points if metric.name == "locust.client.duration" else ():
                    labels = {each.key: each.value.string_value for each in point.attributes}
                    key = (point.start_time_unix_nano, *sorted(labels.items()))
                    last[key] = (number, labels["name"], point.count)
    counts = defaultdict(int)
    for _, name, count in last.values():
        counts[name] += count
    return dict(counts)


@pytest.mark.parametrize("workers", [1, 2], ids=["one", "many"])
def test_a_run_with_otel_exports_every_step_and_no_secret(rehearse, sandbox, collector, workers):
    environ = sandbox.environ | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRIC_EXPORT_INTERVAL": "1000",
    }
    run = rehearse(target_of(sandbox), profile=PROFILE, environ=environ, options=("--otel", *over_processes(workers)))
    assert run.code == 0, run.output
    assert run.json()["verdicts"]["valid"]["answer"] == "yes", run.output
    assert exported_counts(collector.bodies["/v1/metrics"]) == run.counts()
    sent = b"".join(body for each in collector.bodies.values() for body in each)
    assert not [name for name, secret in sandbox.environ.items() if secret.encode() in sent]


def test_what_a_leaky_run_logs_is_redacted_before_it_is_exported(rehearse, sandbox, collector):
    environ = sandbox.environ | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    }
    rehearse(target_of(sandbox), environ=environ, options=("--otel",), locustfile=HERE / "leaky_locustfile.py")
    logs = b"".join(collector.bodies["/v1/logs"])
    assert b"spilt [redacted]" in logs
    assert not [name for name, secret in sandbox.environ.items() if secret.encode() in logs]
