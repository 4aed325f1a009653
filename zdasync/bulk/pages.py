"""`zd.bulk`: any number of rows into Zendesk, one verb for each kind of work.

    report = await zd.bulk.users.create_or_update("customers.csv", ledger="customers.ledger")

The model: rows come from a file or from the program, are checked, and go out as jobs of up to a hundred, as many at a
time as the account has job slots, behind all other calls of the client. A ledger says at any instant what was sent and
what became of it; the same call with the same ledger goes on where an earlier one ended, however that ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Unpack, cast

from ..errors import BadArgument, LedgerError
from .operations import operation
from .report import BulkReport
from .undo import undo_plan
from .work import DUPLICATES, Work, opened, read_meta, recorded_options, retry

if TYPE_CHECKING:
    from ..client import View
    from .check import CheckReport
    from .run import OnProgress
    from .sources import SourceLike
    from .work import ImportOptions, RunOptions

__all__ = ["Bulk"]

ORDER: Final = ("organizations", "users", "organization_memberships", "group_memberships", "tickets")
"""What has to be there before what."""

class _Verbs:
    """The bulk verbs of one resource."""

    def __init__(self, bulk: Bulk) -> None:
        self._bulk = bulk


class BulkDeletions(_Verbs):
    """Deletions, by id."""

    _resource: str

    async def delete(self, source: SourceLike, **options: Unpack[RunOptions]) -> BulkReport:
        """Deletes the records whose `id` the rows give."""
        return await self._bulk.run(f"{self._resource}.delete", source, **options)


class BulkUsers(BulkDeletions):
    """Users by the thousand."""

    _resource = "users"

    async def create_or_update(self, source: SourceLike, **options: Unpack[RunOptions]) -> BulkReport:
        """Updates the users with the `external_id` or `email` of the rows, or creates them.

        See `users.create_or_update` for what the fields do. Raises `PermissionDenied` until Zendesk's support has
        enabled bulk imports of users for the account.
        """
        return await self._bulk.run("users.create_or_update", source, **options)

    async def create(self, source: SourceLike, **options: Unpack[RunOptions]) -> BulkReport:
        """Creates users; a row whose e-mail address or external id is taken is refused."""
        return await self._bulk.run("users.create", source, **options)

    async def update(self, source: SourceLike, **options: Unpack[RunOptions]) -> BulkReport:
        """Updates the users whose `id` the rows give."""
        return await self._bulk.run("users.update", source, **options)


class BulkOrganizations(BulkDeletions):
    """Organizations by the thousand."""

    _resource = "organizations"

    async def create(self, source: SourceLike, **options: Unpack[RunOptions]) -> BulkReport:
        """Creates organizations; a row whose name or external id is taken is refused."""
        return await self._bulk.run("organizations.create", source, **options)

    async def update(self, source: SourceLike, **options: Unpack[RunOptions]) -> BulkReport:
        """Updates the organizations whose `id`, or else `external_id`, the rows give."""
        return await self._bulk.run("organizations.update", source, **options)


class BulkTickets(BulkDeletions):
    """Tickets by the thousand."""

    _resource = "tickets"

    async def import_(self, source: SourceLike, **options: Unpack[ImportOptions]) -> BulkReport:
        """Imports tickets with their comments and times; no trigger runs and nobody is notified.

        Give each an `external_id`: by it, a row whose job was lost is looked up before it is sent again. A row without
        one is then reported as of unknown outcome.
        """
        return await self._bulk.run("tickets.import_", source, **options)

    async def create(self, source: SourceLike, **options: Unpack[RunOptions]) -> BulkReport:
        """Creates tickets as `tickets.create` does, triggers and mails included. For `external_id` see `import_`."""
        return await self._bulk.run("tickets.create", source, **options)

    async def update(self, source: SourceLike, **options: Unpack[RunOptions]) -> BulkReport:
        """Updates the tickets whose `id` the rows give.

        A row with a comment, whose job was lost, is reported as of unknown outcome: the comment might come twice.
        """
        return await self._bulk.run("tickets.update", source, **options)


class BulkOrganizationMemberships(BulkDeletions):
    """Memberships of users in organizations by the thousand."""

    _resource = "organization_memberships"

    async def create(self, source: SourceLike, **options: Unpack[RunOptions]) -> BulkReport:
        """Brings users (`user_id`) into organizations (`organization_id`)."""
        return await self._bulk.run("organization_memberships.create", source, **options)


class BulkGroupMemberships(BulkDeletions):
    """Memberships of agents in groups by the thousand."""

    _resource = "group_memberships"

    async def create(self, source: SourceLike, **options: Unpack[RunOptions]) -> BulkReport:
        """Brings agents (`user_id`) into groups (`group_id`)."""
        return await self._bulk.run("group_memberships.create", source, **options)


class Bulk:
    """Bulk runs: see the verbs of each resource, all of which are `run` with the name of an operation.

    Every run gives a `BulkReport`, also when rows were refused: look at `report.ok`. It raises what stops it as a whole
    (`AuthenticationError`, `PermissionDenied`, `ConnectionFailed`, `LedgerError`, `SourceError`); the same call goes on
    from there.
    """

    def __init__(self, view: View) -> None:
        self._view = view

    @cached_property
    def users(self) -> BulkUsers:
        """Users."""
        return BulkUsers(self)

    @cached_property
    def organizations(self) -> BulkOrganizations:
        """Organizations."""
        return BulkOrganizations(self)

    @cached_property
    def tickets(self) -> BulkTickets:
        """Tickets."""
        return BulkTickets(self)

    @cached_property
    def organization_memberships(self) -> BulkOrganizationMemberships:
        """Memberships of users in organizations."""
        return BulkOrganizationMemberships(self)

    @cached_property
    def group_memberships(self) -> BulkGroupMemberships:
        """Memberships of agents in groups."""
        return BulkGroupMemberships(self)

    async def run(self, name: str, source: SourceLike, **options: Unpack[ImportOptions]) -> BulkReport:
        """Do what `name` says ("users.create_or_update") with every row of the source.

        Started again with the same ledger it goes on; raises `LedgerError` when the ledger is another run's, or in use.
        """
        return await (await Work.prepare(self._view, operation(name), source, options)).run()

    async def check(self, name: str, source: SourceLike, **options: Unpack[RunOptions]) -> CheckReport:
        """Read every row, and say what a run would do and refuse. Nothing is sent, and there is no ledger."""
        from .check import check  # noqa: PLC0415 - who runs needs no check

        found = operation(name)
        rows, columns = await opened(found, source, options)
        return await check(rows, found, columns, duplicates=options.get("duplicates") or DUPLICATES[found.kind])

    async def resume(
        self, ledger: str | PathLike[str], *, source: str | PathLike[str] | None = None,
        on_progress: OnProgress | None = None, slots: int | None = None, stop: asyncio.Event | None = None,
    ) -> BulkReport:
        """Go on with a run by its ledger, which knows the file of the rows and all that the run was told.

        `source` is where the file has been moved to. Raises `BadArgument` for a run whose rows came from a program:
        the same call with the same rows goes on with that.
        """
        meta = await asyncio.to_thread(read_meta, Path(ledger))
        path = source or meta.get("path")
        if meta.get("format") == "rows" or not path:
            raise BadArgument(f"the rows of {ledger} came from a program, which has to give them again")
        given = {"ledger": ledger, "on_progress": on_progress, "slots": slots, "stop": stop}
        options = cast("ImportOptions", {**recorded_options(meta), **given})
        return await self.run(meta.get("operation") or "", path, **options)

    async def retry_failed(
        self, ledger: str | PathLike[str], *, on_progress: OnProgress | None = None, slots: int | None = None,
        stop: asyncio.Event | None = None,
    ) -> BulkReport:
        """Send the rows of a finished run that were refused once more, as they are in its ledger.

        For rows that were refused because of something in the account that has been mended since. Raises `BadArgument`
        for a run that hasn't come to its end.
        """
        report = await BulkReport.load(Path(ledger))
        if report.total is None or report.pending:
            raise BadArgument(f"the run of {ledger} has not come to its end: go on with it first")
        return await retry(self._view, report, {"on_progress": on_progress, "slots": slots, "stop": stop})

    async def undo(
        self, ledger: str | PathLike[str], *, confirm: int, on_progress: OnProgress | None = None,
        stop: asyncio.Event | None = None,
    ) -> BulkReport:
        """Delete what a run created, by its ledger; for runs that were a test.

        `confirm` is how many records that is: `BulkReport.created` tells. Raises `BadArgument` when it is another
        number, and for what can't be undone (updates, deletions). The deletion is a run with a ledger of its own,
        `<ledger>.undo`: the same call goes on with it.
        """
        report = await BulkReport.load(Path(ledger))
        plan = undo_plan(report)
        if report.account != self._view.base_url:
            raise LedgerError(
                f"{ledger} is about {report.account}, and this client is for {self._view.base_url}",
                path=str(ledger), reason="mismatch",
            )
        if confirm != plan.count:
            raise BadArgument(
                f"{ledger} created {plan.count:,} records: confirm={plan.count} deletes them; {confirm!r} deletes none"
            )
        return await self.run(
            plan.operation, plan.rows, ledger=f"{ledger}.undo", on_progress=on_progress, stop=stop
        )

    async def migrate(
        self,
        steps: Mapping[str, SourceLike | tuple[SourceLike, Mapping[str, Any] | str | PathLike[str]]],
        *,
        ledgers: str | PathLike[str],
        **options: Unpack[RunOptions],
    ) -> dict[str, BulkReport]:
        """Several runs, in the order in which their records need each other: organizations, users, tickets.

        `steps` maps operations to sources, each alone or with its columns; `ledgers` is a directory. A row that refers
        to a record by external id (`reference` in its columns) finds what an earlier step made. Gives the report of
        each step; a step whose forerunner was stopped early is not begun.
        """
        if "ledger" in options:
            raise BadArgument("each step has a ledger of its own: name their directory, ledgers=...")
        ordered = sorted(steps, key=lambda name: ORDER.index(operation(name).resource))
        folder = Path(ledgers)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        reports: dict[str, BulkReport] = {}
        for name in ordered:
            step = steps[name]
            source, columns = step if isinstance(step, tuple) else (step, options.get("columns"))
            own: RunOptions = {**options, "columns": columns, "ledger": folder / f"{name}.ledger"}
            reports[name] = await self.run(name, source, **own)
            if reports[name].pending != 0:
                break
        return reports
