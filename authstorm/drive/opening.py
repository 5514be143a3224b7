"""From options to the first visitor: reads the plan, finds the target, and starts the clock and the arrivals."""

from __future__ import annotations

import locust.log
from locust.runners import MasterRunner, WorkerRunner

import logging
import os
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent

from authstorm.compiled.finder import request_path
from authstorm.drive.agreement import check_same, choice_of
from authstorm.drive.auth_clients import client_makers
from authstorm.drive.clients import clock_of, exhausted, session_maker
from authstorm.drive.following import Following
from authstorm.drive.handshake import check_door, shared_token
from authstorm.drive.identities import Identities, identities_of, no_identities
from authstorm.drive.log_redaction import redact_logs
from authstorm.drive.muster import Muster, plan_of
from authstorm.drive.options import choice_in
from authstorm.drive.pacing import Pacing, PacingCounts
from authstorm.drive.partner import Partner, find_partner
from authstorm.drive.preflight import at_address, check_endpoints, check_scenarios, find_endpoints, told_as_config
from authstorm.drive.run_clock import RunClock
from authstorm.drive.searching import Searching
from authstorm.drive.secret_files import load_secret_files
from authstorm.drive.shape import PlannedDispatcher, expect_jumps
from authstorm.drive.signals import OrderlyEnd
from authstorm.drive.stagecraft import Stagecraft
from authstorm.plan.account_file import read_slots
from authstorm.plan.advice import check_works
from authstorm.plan.choice import Choice
from authstorm.plan.rehearsal import Rehearsal, resolve_secrets
from authstorm.plan.run_mark import RunMark, mark_of
from authstorm.plan.secrets import Redactor, Secret

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.event import Events

log = logging.getLogger(__name__)

WORKERS_START_IN_S = 1.0
"""So long after the master's start the plan begins, so that every worker has asked the target for its endpoints."""
WORKERS_READY_IN_S = 20.0


class Opening:
    """One a process: made when Locust has its environment, opened when a run starts, closed when it ends."""

    def __init__(self, environment: Environment) -> None:
        options: Any = environment.parsed_options
        self.environment = environment
        self.clock = RunClock()
        self.run_mark = RunMark()
        self.partner: Partner | None = None
        load_secret_files()
        self.redact = Redactor()
        redact_logs(self.redact)
        runner = environment.runner
        self.muster = Muster(environment, runner, self.clock) if isinstance(runner, MasterRunner) else None
        self.following = Following(environment, runner, self.redact) if isinstance(runner, WorkerRunner) else None
        self._kinds: list[Any] = list(environment.user_classes)
        self._asked = environment.host, environment.stop_timeout, environment.profile
        self.choice = self._first = choice_in(options)
        self._config = Path(options.config_dir)  # a worker's own: Locust puts the master's options over these
        environment.dispatcher_class = PlannedDispatcher
        expect_jumps()
        self._plan(self.choice)
        self.searching = Searching(runner, lambda: self.craft)
        self.end = OrderlyEnd(environment)
        starts_now = environment.web_ui is None or options.autostart
        if isinstance(runner, WorkerRunner) and self.following is not None:
            if options.processes:
                gevent.spawn(self.end.end_with_parent)
            self.following.join(self._token(), plan_of(self.rehearsal), self._prepare)
        elif isinstance(runner, MasterRunner) and self.muster is not None:
            token = self._token()
            check_door(runner.master_bind_host, token)
            if starts_now:
                self._find_target()
            self.muster.open(lambda: self.rehearsal, token, is_room=environment.web_ui is not None)
        elif starts_now:
            self._find_target()

    def choose(self, choice: Choice) -> None:
        """Get ready for another run, exactly as for the first of a headless process; AuthstormError where it cannot be.

        The files are read anew, secrets are asked for anew, and a sandbox starts as empty as for any run.
        """
        options: Any = self.environment.parsed_options
        if self.muster is not None:
            self.muster.agreement.gather(options.expect_workers, options.expect_workers_max_wait)
        self._plan(choice)
        self.end.by_hand = False
        self.leave()
        self._find_target()

    def listen(self, events: Events) -> None:
        """Be called when a run starts, stops and has stopped, and when the process ends."""
        events.test_start.add_listener(self.open)
        events.test_stopping.add_listener(self.close)
        events.test_stop.add_listener(self.collect)
        events.quit.add_listener(self.leave)

    @property
    def rehearsal(self) -> Rehearsal:
        """What the run was asked for, with the address that the target really has."""
        return self.craft.rehearsal

    def run(self) -> tuple[Rehearsal, datetime, dict[str, str]]:
        """What is run, since when, and by which client and clock, compiled or not."""
        profile, target = self.rehearsal.profile, self.rehearsal.target
        clock = clock_of(profile.client, target)
        tools = {"HTTP client": profile.client, "clock": clock, "request path": request_path()}
        return self.rehearsal, self.clock.started_utc, tools

    def pacing_counts(self) -> PacingCounts:
        """What became of this process's arrivals so far."""
        people = self.craft.identities
        return self.craft.pacing.counts()._replace(
            without_account=people.refused, sharing=people.shared, exhausted=exhausted(self.craft.new_session)
        )

    def stage_at(self, moment_s: float) -> int:
        """Index of the stage of a moment."""
        return self.rehearsal.schedule.stage_at(moment_s)

    def is_interrupted(self) -> bool:
        """Whether a signal or a person asked for the end."""
        return self.end.asked or self.end.by_hand

    def open(self, **_: Any) -> None:
        """Start the clock and hand out arrivals; on a master only the clock."""
        runner = self.environment.runner
        if not isinstance(runner, WorkerRunner):
            self.environment.host = self.rehearsal.target.url  # Locust's page lets people write any other
        if self.muster is not None:
            self.clock.start(time.time() + WORKERS_START_IN_S)
            self.muster.begin(self.rehearsal)
            self.searching.begin()
        elif self.following is not None:
            self._follow(self.following)
        else:
            self.clock.start()
            self._mark()
            self._renew()
            self._use(identities_of(self.rehearsal.target, self.craft.secrets))
            self.craft.pacing.start()
            self.searching.begin()

    def close(self, **_: Any) -> None:
        """Hand out no more arrivals."""
        self.searching.end()
        self.craft.pacing.stop()
        if self.following is not None:
            self.following.stop()
        if self.muster is not None:
            self.muster.end()

    def collect(self, **_: Any) -> None:
        """On a master, wait for what its workers still have to tell of the run that is over."""
        if self.muster is not None:
            self.muster.finish()

    def crew_events(self) -> tuple[str, ...]:
        """What befell the workers of the run, in sentences."""
        return tuple(self.muster.events) if self.muster is not None else ()

    def leave(self, **_: Any) -> None:
        """End what was started for the run."""
        if self.partner is not None:
            self.partner.close()
            self.partner = None

    def _plan(self, choice: Choice) -> None:
        """Read what a run is to be, and set Locust up for it."""
        environment = self.environment
        rehearsal = choice.load(self._config)
        if self.following is None:  # a worker has its master's plan, which was checked there
            check_works(rehearsal)
        check_scenarios(rehearsal, [kind.scenario for kind in self._kinds])
        environment.user_classes = [kind for kind in self._kinds if kind.scenario in rehearsal.scenarios]
        environment.host, stop_timeout, profile = self._asked
        environment.stop_timeout = stop_timeout or rehearsal.target.timeouts.answer_s
        environment.profile = profile or rehearsal.profile.name
        self.choice = choice
        self.craft = self._craft(rehearsal)

    def _follow(self, following: Following) -> None:
        """Begin a worker's part of a run."""
        following.start_clock(self.clock)
        self._mark()
        self._renew()
        self._use(no_identities(self.rehearsal.target, self.craft.secrets))
        following.follow(self.craft.pacing, self._add_accounts)

    def _mark(self) -> None:
        self.run_mark.text = mark_of(self.rehearsal.hash, self.clock.started_utc)

    def _renew(self) -> None:
        """What visitors share, anew; who was asked before the run need not be asked again."""
        asked = self.craft
        self.craft = self._craft(self.rehearsal)
        self.craft.secrets, self.craft.people, self.craft.services = asked.secrets, asked.people, asked.services

    def _use(self, identities: Identities) -> None:
        self.craft.identities = identities
        self.redact.add_all(identities.own_passwords)

    def _add_accounts(self, slots: Sequence[int], all_slots: int) -> None:
        """Use the accounts that an order brings."""
        roll = read_slots(self.rehearsal.target.accounts, slots, all_slots)
        self.redact.add_all(roll.passwords.values())
        self.craft.identities.add(roll)

    def _prepare(self, welcome: Mapping[str, Any]) -> None:
        """Get a worker ready to load the target where the master has found it, by what was chosen in its room."""
        chosen = welcome.get("chosen")
        if chosen == {}:
            return  # nothing yet
        if chosen is not None:
            locust.log.unhandled_greenlet_exception = False  # of the run before
            self._plan(choice_of(chosen, self._config, self._first))
            check_same(chosen, self.rehearsal)
        self._use_url(welcome["url"])
        self._ask_target()

    def _token(self) -> Secret | None:
        load_secret_files()
        token = shared_token(os.environ)
        if token is not None:
            self.redact.add(token)
        return token

    def _find_target(self) -> None:
        """Start the sandbox where it is the target, see that the target answers, and have workers get ready for it."""
        target = self.rehearsal.target
        load_secret_files()
        if target.sandbox is not None and not self.environment.host:
            self.partner = find_partner(target, Path.cwd())
        self._use_url(self.partner.url if self.partner else self.environment.host or target.url)
        self._ask_target()
        if self.muster is not None:
            within_s = target.timeouts.answer_s + WORKERS_READY_IN_S
            self.muster.agreement.propose(self.choice, plan_of(self.rehearsal), within_s)

    def _use_url(self, url: str) -> None:
        """Take another address than the target file's, where the target allows it."""
        target = self.rehearsal.target
        moved = at_address(target, url)
        if moved is not target:
            self.craft.rehearsal = self.rehearsal.at(moved)
        self.environment.host = self.rehearsal.target.url

    def _ask_target(self) -> None:
        """Resolve the secrets and prepare every request."""
        load_secret_files()
        craft = self.craft
        craft.secrets = resolve_secrets(craft.rehearsal.target)
        for secret in craft.secrets.values():
            self.redact.add(secret)
        with told_as_config(craft.rehearsal.target):
            session = craft.new_session("own")
        endpoints = find_endpoints(craft.rehearsal.target, session)
        session.close()
        check_endpoints(craft.rehearsal, endpoints)
        craft.people, craft.services = client_makers(craft.rehearsal.target, endpoints, craft.secrets, self.run_mark)

    def _craft(self, rehearsal: Rehearsal) -> Stagecraft:
        """What visitors share, new for each run."""
        target = rehearsal.target
        pacing = Pacing(rehearsal.schedule, rehearsal.profile.patience_s, self.clock)
        with told_as_config(target):
            new_session = session_maker(rehearsal.profile.client, target)
        craft = Stagecraft(rehearsal, {}, self.redact, self.clock, new_session, pacing, Identities())
        self.environment.authstorm = craft  # type: ignore[attr-defined]
        return craft
