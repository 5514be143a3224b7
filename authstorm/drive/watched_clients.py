"""Clients whose every answer is held against what the target promises."""

from __future__ import annotations

from collections.abc import Callable

from authstorm.auth.checked_client import CheckedClient
from authstorm.auth.endpoints import Endpoints
from authstorm.auth.exchange import AuthClient
from authstorm.auth.key_ring import KeyRing
from authstorm.auth.promises import Promises
from authstorm.auth.sampling import Sampling
from authstorm.auth.session import Session
from authstorm.auth.token_checks import TokenChecks
from authstorm.drive.traced_session import TracedSession, Traces
from authstorm.plan.client import Client
from authstorm.plan.run_mark import RunMark
from authstorm.plan.target import Target

Make = Callable[[Session], AuthClient]
Watch = Callable[[Make, Session], CheckedClient]
"""Makes a client around a visitor's session, and puts the checks around the client."""


def watch_of(target: Target, endpoints: Endpoints, client: Client | None, run: RunMark) -> Watch:
    """What puts the checks around the clients of one registered client; None stands for a JSON login API's people.

    Who is who, and which tokens were handed to whom, is known to all of them together.
    """
    checks, policy = target.checks, target.policy
    promises = Promises(
        issuer=checks.issuer or endpoints.issuer,
        client_id=client.id if client is not None and checks.client else "",
        audience=checks.audience,
        scope=target.scope_of(client) if client is not None else "",
        scope_rule=checks.scope,
        username_claim=checks.username,
        clock_skew_s=checks.clock_skew_s,
        access_tokens=policy.access_tokens or "",
        rotates=policy.rotates,
    )
    judge = TokenChecks(promises)
    local = client is not None and target.validation.by == "jwks"
    ring = KeyRing(endpoints.jwks, leeway_s=checks.clock_skew_s) if endpoints.jwks else None
    sampling = Sampling(checks.signatures)
    traces = Traces(run, checks.trace) if checks.trace != "none" else None

    def watch(make: Make, session: Session) -> CheckedClient:
        if traces is None:
            return CheckedClient(make(session), session, judge, ring=ring, sampling=sampling, local=local)
        traced = TracedSession(session, traces)
        return CheckedClient(
            make(traced), traced, judge, ring=ring, sampling=sampling, local=local, trace=traced.last_trace
        )

    return watch
