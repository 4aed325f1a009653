"""The two seams that resources, pages and jobs are built on; the client is the one that fills them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .message import Receiver, Request, Response

if TYPE_CHECKING:
    from ..events import Event
    from ..jobs import JobTracker


class Slot(Protocol):
    """One of the account's job slots, held since its job was submitted."""

    def running(self, asked: float) -> None:
        """A request that was sent at the loop time `asked` was told that the job goes on."""

    def release(self) -> None:
        """The job has ended, or nobody will ever know: the slot is free. Once is enough, twice does no harm."""


class Caller(Protocol):
    """Sends requests under the account's limits."""

    @property
    def base_url(self) -> str:
        """Scheme and host, without a slash at the end."""

    @property
    def jobs(self) -> JobTracker:
        """The tracker of the account's jobs."""

    async def send(self, request: Request) -> Response:
        """Admit, send and, where it is safe, send again; gives 2xx replies and raises `ZendeskError` for the rest."""

    async def submit(self, request: Request) -> tuple[Response, Slot]:
        """As `send`, for a route that starts a job: the job slot stays taken until it is released."""

    async def fetch(self, url: str, receiver: Receiver, timeout: float | None) -> Response:
        """GET from another host than the account's, once, without credentials; gives whatever it answers."""

    @property
    def requests_sent(self) -> int:
        """How many requests have gone on the wire, from all views of the client."""

    def server_time(self) -> float:
        """The server's unix time, as far as its replies have told it; before the first, this machine's."""

    def jobs_wanted(self) -> bool:
        """Do calls wait for a job slot?"""

    def pace(self) -> float:
        """Requests a minute that the account's limit leaves to this client, as far as is known; always above zero."""

    def emit(self, event: Event) -> None:
        """Hand an event to the observer."""
