"""`zdasync users`, `organizations` and `tickets`: one set of commands, and a table of what differs.

Records are shown as the account sends them, fields that this library does not know included.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final

import attrs
from cyclopts import App, Parameter, validators

from ..call import Call, Pages
from ..errors import BadArgument, NotFound
from . import output
from .account import opened
from .fields import fields as given_fields
from .options import DEFAULT, Flag, Options, told
from .status import Status, complain, explain

if TYPE_CHECKING:
    from ..client import View

Work = Coroutine[Any, Any, int]
Record = Mapping[str, Any]

PAGE: Final = 100
"""Records that one request brings at most."""

Limit = Annotated[int | None, Parameter(validator=validators.Number(gte=1), help="End after so many.")]
Names = Annotated[str | None, Parameter(
    name="--fields", help="The fields to show, separated by commas: id,name,user_fields.tier",
)]
Pairs = Annotated[tuple[str, ...], Parameter(
    name="--set", show_default=False,
    help="A field: name=value, user_fields.tier=gold, name:=JSON. As often as there are fields.",
)]
Document = Annotated[str | None, Parameter(
    name="--json-fields", allow_leading_hyphen=True,
    help="The fields as a JSON object; - reads it from stdin, @FILE from a file.",
)]
Yes = Annotated[Flag, told("Don't ask.")]
Wanted = Annotated[str, told("As in: name:smith tags:vip")]


@attrs.frozen
class Filter:
    """An option that narrows a listing or a count: its name in the API, its type, and what it keeps."""

    name: str
    kind: Any
    help: str

    @property
    def parameter(self) -> inspect.Parameter:
        """The option as a parameter of a command."""
        annotation = Annotated[self.kind | None, told(self.help)]  # type: ignore[name-defined]  # known at run time
        return inspect.Parameter(self.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


@attrs.frozen(slots=False)
class Resource:
    """A page of the API as commands: its name, a record's name, the columns of its tables, and what narrows it."""

    name: str
    one: str
    columns: tuple[str, ...]
    listed: tuple[Filter, ...]
    counted: tuple[Filter, ...]
    verbs: tuple[str, ...]

    def methods(self, zd: View) -> Any:  # noqa: ANN401 - which of three
        """The resource of a client."""
        return getattr(zd, self.name)

    @cached_property
    def _module(self) -> Any:  # noqa: ANN401 - a module
        return import_module(f"zdasync.resources.{self.name}")

    def shape(self, verb: str) -> type[Any] | None:
        """The fields that a verb writes."""
        shape: type[Any] | None = getattr(self._module, verb.upper()).writes
        return shape


_ROLE: Final = Filter("role", list[str], "Those with this role: end-user, agent, admin; several times for several.")
_EXTERNAL: Final = Filter("external_id", str, "Those with this external id.")
_GROUP: Final = Filter("group_id", int, "Those of a group.")
_ORGANIZATION: Final = Filter("organization_id", int, "Those of an organization.")
_MEMBER: Final = Filter("user_id", int, "Those that a user belongs to.")
_SORT: Final = Filter("sort", str, "id, updated_at or status; with a minus the other way round: --sort=-id")

_ALL: Final = ("list", "show", "search", "count", "create", "update", "delete")

RESOURCES: Final = (
    Resource(
        "users", "user", ("id", "name", "email", "role", "external_id"),
        listed=(_ROLE, _EXTERNAL, _GROUP, _ORGANIZATION), counted=(_ROLE, _GROUP, _ORGANIZATION),
        verbs=(*_ALL, "create_or_update"),
    ),
    Resource(
        "organizations", "organization", ("id", "name", "domain_names", "external_id"),
        listed=(_MEMBER,), counted=(_MEMBER,), verbs=(*_ALL, "create_or_update"),
    ),
    Resource(
        "tickets", "ticket", ("id", "status", "priority", "subject", "requester_id", "updated_at"),
        listed=(_EXTERNAL, _ORGANIZATION, _SORT), counted=(_ORGANIZATION,), verbs=_ALL,
    ),
)


@attrs.frozen
class Commands:
    """The commands of one resource."""

    of: Resource

    def list(self, *, limit: Limit = None, names: Names = None, options: Options = DEFAULT, **filters: Any) -> Work:
        """List records; they are shown as they come."""
        size = PAGE if limit is None else min(limit, PAGE)
        return self._listed(lambda own, _: own.list(page_size=size, **_said(filters)), limit, names, options)

    def search(self, query: Wanted, /, *, limit: Limit = None, names: Names = None, options: Options = DEFAULT) -> Work:
        """Search in Zendesk's query language; all results, in the order of their creation.

        A record is found some minutes after it was written.
        """
        return self._listed(lambda _, zd: zd.search.export(query, self.of.one), limit, names, options)

    async def show(self, *ids: int, names: Names = None, options: Options = DEFAULT) -> int:
        """Show records by their ids."""
        return await self._each(ids, "show", options, lambda reply, _: self._write(reply, names, options))

    async def count(self, *, options: Options = DEFAULT, **filters: Any) -> int:
        """Count records; Zendesk counts large numbers anew once a day only."""
        async with opened(options) as account:
            found = await _reply(self.of.methods(account.zd).count(**_said(filters)))
        if options.json:
            output.document(found, machine=True)
        else:
            output.write(f"{found['value']}")
        return Status.DONE

    def create(self, *, pairs: Pairs = (), document: Document = None, options: Options = DEFAULT) -> Work:
        """Create a record and show it."""
        return self._written("create", (), pairs, document, options)

    def create_or_update(self, *, pairs: Pairs = (), document: Document = None, options: Options = DEFAULT) -> Work:
        """Update the record that these fields name (by external_id, or a user's email), or create it; show it."""
        return self._written("create_or_update", (), pairs, document, options)

    def update(self, id_: int, /, *, pairs: Pairs = (), document: Document = None, options: Options = DEFAULT) -> Work:
        """Write fields of a record and show it; what is not given stays."""
        return self._written("update", (id_,), pairs, document, options)

    def delete(self, *ids: int, yes: Yes = False, options: Options = DEFAULT) -> Work:
        """Delete records by their ids, once you have said yes."""
        if ids and not yes:
            _confirm(f"delete {len(ids)} {self.of.one if len(ids) == 1 else self.of.name}?")

        def told(_: Record, one: int) -> None:
            if options.json:
                output.write(output.as_json({"id": one, "deleted": True}))
            else:
                output.write(f"{self.of.one} {one} deleted")

        return self._each(ids, "delete", options, told)

    # -- what they have in common -------------------------------------------------------------------------------------

    async def _listed(
        self, listing: Callable[[Any, Any], Pages[Any]], limit: int | None, names: str | None, options: Options
    ) -> int:
        async with opened(options) as account:
            pages = listing(self.of.methods(account.zd), account.zd)
            chosen = self.of.columns if names is None else _split(names)
            with output.rows(chosen, machine=options.json, whole=names is None) as write:
                async with aclosing(_records(pages)) as found:
                    number = 0
                    async for record in found:
                        write(record)
                        number += 1
                        if number == limit:
                            break
        return Status.DONE

    async def _each(
        self, ids: Sequence[int], verb: str, options: Options, told: Callable[[Record, int], None]
    ) -> int:
        """Do something to each of the records; those that do not exist are named, and the others done."""
        if not ids:
            raise BadArgument("name the records by their ids")
        status = Status.DONE
        async with opened(options) as account:
            for one in ids:
                try:
                    reply = await _reply(getattr(self.of.methods(account.zd), verb)(one))
                except NotFound as error:
                    complain(f"{self.of.name} {verb}", f"{one}: {explain(error)}")
                    status = Status.FAILURES
                else:
                    told(reply, one)
        return status

    def _written(
        self, verb: str, ids: tuple[int, ...], pairs: Sequence[str], document: str | None, options: Options
    ) -> Work:
        return self._write_to(verb, ids, given_fields(pairs, document, self.of.shape(verb)), options)

    async def _write_to(
        self, verb: str, ids: tuple[int, ...], written: Mapping[str, Any], options: Options
    ) -> int:
        async with opened(options) as account:
            self._write(await _reply(getattr(self.of.methods(account.zd), verb)(*ids, **written)), None, options)
        return Status.DONE

    def _write(self, record: Record, names: str | None, options: Options) -> None:
        output.record(record, None if names is None else _split(names), machine=options.json)


async def _reply(call: Call[Any]) -> Record:
    """The record of a reply as it came; empty where the reply holds none."""
    reply, key = await call.raw(), call.request.route.key
    found = reply.get(key) if isinstance(reply, dict) and key else None
    return found if isinstance(found, dict) else {}


async def _records(pages: Pages[Any]) -> AsyncGenerator[Record, None]:
    key = pages.request.route.key or ""
    async with aclosing(aiter(pages.raw())) as found:
        async for page in found:
            records = page.get(key)
            for record in records if isinstance(records, list) else []:
                if isinstance(record, dict):
                    yield record


def _said(filters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value is not None}


def _split(names: str) -> list[str]:
    found = [name.strip() for name in names.split(",") if name.strip()]
    if not found:
        raise BadArgument("--fields takes names separated by commas")
    return found


def _confirm(question: str) -> None:
    """Raises `BadArgument` unless somebody at a terminal says yes."""
    if not sys.stdin.isatty():
        raise BadArgument("nobody is there to say yes: add --yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise BadArgument("nothing was deleted")


# -- the table as command lines ----------------------------------------------------------------------------------------


def _app(resource: Resource) -> App:
    app = App(name=resource.name)
    commands = Commands(resource)
    for verb in resource.verbs:
        filters = {"list": resource.listed, "count": resource.counted}.get(verb, ())
        app.command(_with_options(getattr(commands, verb), filters), name=verb.replace("_", "-"))
    return app


def _with_options(method: Callable[..., Work], filters: Sequence[Filter]) -> Callable[..., Work]:
    """A command with an option for each filter in place of its `**filters`."""
    if not filters:
        return method

    def command(**given: Any) -> Work:
        return method(**given)

    own = [one for one in inspect.signature(method, eval_str=True).parameters.values()
           if one.kind is not inspect.Parameter.VAR_KEYWORD]
    parameters = [*(filter_.parameter for filter_ in filters), *own]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what cyclopts reads
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    command.__doc__ = method.__doc__
    return command


users, organizations, tickets = map(_app, RESOURCES)
