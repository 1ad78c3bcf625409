"""``MtconnectCell``: a shop observed over MTConnect. All evidence comes from the agent; commands and the clock go over the control socket.

MTConnect is read-only. A real cell has a second channel for commands (a DNC link, a job queue); here that is the gateway's
control socket, which carries no reports. A report is accepted only if the control's own data items confirm it.
"""

import time
from collections.abc import Iterator

from nightmill.drivers.inbox import Inbox
from nightmill.drivers.mtconnect.client import AgentClient, AgentSaid, Seen, Streams
from nightmill.drivers.mtconnect.shop_model import Witness, signal_of
from nightmill.drivers.station import Link, given
from nightmill.drivers.telemetry import Telemetry, Unheard, utc_us_of_text
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import EnvironmentFailed, Finding, NightmillError

PATIENCE_S = 5.0
ATTEMPTS, LIVES = 5, 20
HEARTBEAT_MS = 1000


class MtconnectCell:
    """See ``floor.equipment.Cell`` for the contract of its methods."""

    def __init__(self, link: Link, telemetry: Telemetry | None = None) -> None:
        self._link, self._telemetry = link, telemetry or Unheard()
        self._inbox, self._witness = Inbox(), Witness()
        self._agent: AgentClient | None = None
        self._stream: Iterator[Streams] | None = None
        self._next, self._life = 0, 0
        self.endpoints = link.endpoints()

    def greet(self) -> Greeting:
        """Return the cell's greeting: its identity, shop time and last report."""
        return given(self._link.ask({"ask": "greet"}).greeting)

    def submit(self, command: AnyCommand) -> Acknowledgement:
        """Hand over a command through the control socket."""
        return given(self._link.ask({"ask": "submit", "command": command}).acknowledgement)

    def evidence(self, command_id: str) -> str:
        """Return the status of a command, as recorded by its receiver."""
        return given(self._link.ask({"ask": "evidence", "command_id": command_id}).evidence)

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Advance the clock, then read the reports over MTConnect; reports lost in a gap are requested again."""
        self._inbox.acknowledge(acknowledged_seq)
        self._follow()
        question = {"ask": "advance", "until_s": until_s, "acknowledged_seq": acknowledged_seq}
        for attempt in range(ATTEMPTS):
            answer = self._link.ask({**question, "repeat": attempt > 0}, patient=True)
            if self._heard(acknowledged_seq, answer.published):
                reports = self._inbox.take(acknowledged_seq, answer.published)
                return Advance(given(answer.advance).now_s, reports)
            question["until_s"] = given(answer.advance).now_s
        found = f"reports up to {answer.published} did not arrive"
        raise EnvironmentFailed(Finding("MTConnect", "agent", found, "all of them", "See world/gateway.log."))

    def image(self, name: str) -> bytes:
        """Return the PNG of an ``ImageTaken`` report; an image is not an observation, so it comes through the control socket."""
        return given(self._link.ask({"ask": "image", "name": name}).image)

    def close(self) -> None:
        """Disconnect; agent, adapter and shop keep running."""
        if self._agent is not None:
            self._agent.close()
        self._link.close()

    def shutdown(self) -> None:
        """Stop the gateway; the shop behind it keeps running."""
        if self._agent is not None:
            self._agent.close()
        self._link.shutdown()

    def _follow(self) -> None:
        """Read the agent's stream up to its end before anything new is requested."""
        if self._stream is not None:
            return
        self._agent, current = self._met()
        if current.instance_id != self._life or not current.first_sequence <= self._next <= current.next_sequence:
            # Observations in the gap are lost to MTConnect; the report numbers will show which to request again.
            self._life, self._next = current.instance_id, current.next_sequence
            for seen in current.observations:
                if seen.element != "VariableDataSet":
                    self._witness.see(seen)
        self._stream = self._agent.stream(self._next, heartbeat_ms=HEARTBEAT_MS, count=1000)

    def _met(self) -> tuple[AgentClient, Streams]:
        """Return the agent and its current state; if it died with its gateway, connect again to the restarted agent."""
        if self._agent is not None:
            self._agent.close()
        for _ in range(LIVES):
            self._link.ask({"ask": "greet"})
            self.endpoints = self._link.endpoints()
            url = next((url for protocol, url in self.endpoints if protocol == "mtconnect"), "")
            agent = AgentClient(url)
            try:
                return agent, agent.current()
            except EnvironmentFailed as error:
                broken = error
                agent.close()
        raise broken

    def _heard(self, after: int, up_to: int) -> bool:
        deadline = time.monotonic() + PATIENCE_S
        while not self._inbox.has(after, up_to):
            if time.monotonic() > deadline:
                return False
            try:
                self._follow()
                self._read_part()
            except (EnvironmentFailed, AgentSaid, StopIteration, OSError):
                self._stream = None
                time.sleep(0.02)
                if self._stream is None and time.monotonic() + PATIENCE_S / 2 > deadline:
                    return False
        return True

    def _read_part(self) -> None:
        if self._stream is None:
            return
        streams = next(self._stream)
        if streams.instance_id != self._life:
            self._stream = None
            return
        for seen in streams.observations:
            if seen.sequence < self._next:
                continue
            report = self._witness.see(seen)
            self._sample(seen)
            self._next = seen.sequence + 1
            if report is not None:
                self._inbox.put(report)
        if self._witness.doubts:
            found = "; ".join(self._witness.doubts)
            remedy = "Check the machine: its control and its adapter disagree."
            raise NotBorneOut(Finding("MTConnect", "evidence", found, "items that agree with the report", remedy))

    def _sample(self, seen: Seen) -> None:
        signal, at_us = signal_of(seen), utc_us_of_text(seen.time)
        if signal is not None and at_us is not None:
            source, name, value = signal
            self._telemetry.put(source, at_us, {name: value})


class NotBorneOut(NightmillError):
    """Return the error for a report that the control's own data items contradict, and that must not be used."""
