"""Endpoints of memberships, of users in organizations and of agents in groups: one model, two tables of paths.

The model, from the Organization Memberships and Group Memberships pages of the reference: a membership is made and
ended, never changed but for `default`, of which a user has one per kind: the first membership, then whichever is made
the default one, and the next in line when that one ends. Ending is a 204. Many at once are jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import attrs

from . import render
from .guards import MAX_IDS, Holder, admins, agents, as_id, caller, listed, may_edit, path_id, path_user, signed_in
from .http import Call, Endpoints, Json, Reply
from .job_rows import created, deleted, step
from .jobs import submit
from .membership_store import Membership, MembershipStore
from .pages import paginate
from .parameters import Coerce, envelope, flag, integer, permit, permit_many, strays, warning
from .records import User
from .refusals import bad_request, forbidden, not_found, problem, record_invalid, too_many_values
from .render import View
from .state import State

_LIGHT_AGENT: Final = 1


@attrs.frozen(eq=False)
class Kind:
    """One kind of membership: its `name` in bodies and paths, the `place` that a user belongs to, and how."""

    name: str
    place: str
    places: str
    """Where the place's own paths begin: `organizations`."""
    below: str
    """What its memberships are called there."""
    error: str
    staff_only: bool
    store: Callable[[State], MembershipStore]
    records: Callable[[State], Mapping[int, Json]]
    shown: Callable[[View, Json], Json]
    members: Callable[[State], Mapping[int, Sequence[int]]]
    of: Callable[[User], Sequence[int]]
    default: Callable[[User], int | None]
    assign: Callable[[State, User, Sequence[int], float], None]
    """Gives a user these places, of which the first is the default."""
    more: Callable[[User, Json], dict[str, Json]] = lambda _user, _place: {}
    """What memberships of this kind show besides, from the user and the place."""

    @property
    def plural(self) -> str:
        """The envelope of several, and the first segment of its paths."""
        return f"{self.name}s"

    @property
    def known(self) -> dict[str, Coerce]:
        """What a write takes."""
        return {"user_id": integer, f"{self.place}_id": integer, "default": flag}

    # --- finding

    def list_all(self, account: Holder, call: Call) -> Reply:
        """GET: all of them; an end user sees their own."""
        actor, store = caller(call), self.store(account.state)
        if not actor.staff:
            return self._page(account, call, store.of_user(actor.id, self.of(actor)))
        return self._page(account, call, list(store.rows))

    def list_of_user(self, account: Holder, call: Call) -> Reply:
        """GET below a user."""
        user = path_user(account, call)
        if user is not caller(call) and not caller(call).staff:
            raise forbidden()
        return self._page(account, call, self.store(account.state).of_user(user.id, self.of(user)))

    def list_of_place(self, account: Holder, call: Call) -> Reply:
        """GET below an organization or group."""
        return self._page(account, call, self._of_place(account, call))

    def list_assignable(self, account: Holder, call: Call) -> Reply:
        """GET: those of agents to whom tickets can be assigned; light agents are left out."""
        rows = self.store(account.state).rows
        return self._page(account, call, [key for key in rows if self._assignable(account.state, rows[key])])

    def list_assignable_of_place(self, account: Holder, call: Call) -> Reply:
        """GET below a group: the same of one group."""
        rows = self.store(account.state).rows
        ids = [key for key in self._of_place(account, call) if self._assignable(account.state, rows[key])]
        return self._page(account, call, ids)

    def show(self, account: Holder, call: Call) -> Reply:
        """GET one, by its id alone or below its user."""
        return self._one(account, call, self._named(account, call))

    def _of_place(self, account: Holder, call: Call) -> list[int]:
        place_id = path_id(call, f"{self.place}_id")
        if place_id not in self.records(account.state):
            raise not_found()
        return self.store(account.state).of_place(place_id, self.members(account.state).get(place_id, ()))

    @staticmethod
    def _assignable(state: State, membership: Membership) -> bool:
        role = state.custom_roles.get(state.users[membership.user_id].custom_role_id or 0)
        return role is None or role.role_type != _LIGHT_AGENT

    def _named(self, account: Holder, call: Call) -> Membership:
        """The membership in the path; 404 where it is another user's."""
        membership = self.store(account.state).rows.get(path_id(call, f"{self.name}_id"))
        if membership is None or ("user_id" in call.values and path_user(account, call).id != membership.user_id):
            raise not_found()
        return membership

    # --- writing

    def create(self, account: Holder, call: Call) -> Reply:
        """POST: 201 with the membership; below a user, the user is that one."""
        action = f"{self.plural}/create"
        given = permit(envelope(call.body, self.name, action), self.known, self.name, action)
        fields = dict(given.fields)
        if "user_id" in call.values:
            fields["user_id"] = path_user(account, call).id
        membership = self._create(account, caller(call), fields, call.now)
        headers = warning(action, (*given.dropped, *strays(call.body, self.name)))
        location = View.of(account, call).url(f"{self.plural}/{membership.id}")
        return self._one(account, call, membership, 201, headers | {"Location": location})

    def delete(self, account: Holder, call: Call) -> Reply:
        """DELETE: 204."""
        self._end(account, caller(call), self._named(account, call), call.now)
        return Reply(204, empty=True)

    def unassign(self, account: Holder, call: Call) -> Reply:
        """DELETE by user and place: 204."""
        self._end(account, caller(call), self._pair(account, call), call.now)
        return Reply(204, empty=True)

    def make_default(self, account: Holder, call: Call) -> Reply:
        """PUT below a user: gives all memberships of that user."""
        membership = self._named(account, call)
        self._prefer(account, caller(call), membership, call.now)
        user = account.state.users[membership.user_id]
        return self._page(account, call, self.store(account.state).of_user(user.id, self.of(user)))

    def make_place_default(self, account: Holder, call: Call) -> Reply:
        """PUT by user and place: gives the membership."""
        membership = self._pair(account, call)
        self._prefer(account, caller(call), membership, call.now)
        return self._one(account, call, membership)

    def _pair(self, account: Holder, call: Call) -> Membership:
        user = path_user(account, call)
        found = self.store(account.state).find(user.id, path_id(call, f"{self.place}_id"))
        if found is None:
            raise not_found()
        return found

    def _create(self, account: Holder, actor: User, fields: Mapping[str, Json], now: float) -> Membership:
        state, key = account.state, f"{self.place}_id"
        user, place_id = state.active(fields.get("user_id") or 0), fields.get(key) or 0
        found = {}
        if user is None or (self.staff_only and not user.staff):
            found["user_id"] = [problem("User: is invalid", "InvalidValue")]
        if place_id not in self.records(state):
            found[key] = [problem(f"{self.place.capitalize()}: is invalid", "InvalidValue")]
        elif user is not None and self.store(state).find(user.id, place_id) is not None:
            found["user_id"] = [problem("User has already been taken", "DuplicateValue")]
        if found or user is None:
            raise record_invalid(found)
        self._check_right(actor, user)
        kept = list(self.of(user))
        self.assign(state, user, [place_id, *kept] if fields.get("default") else [*kept, place_id], now)
        user.updated_at = now
        made = self.store(state).find(user.id, place_id)
        assert made is not None  # noqa: S101  # it was made just now
        return made

    def _end(self, account: Holder, actor: User, membership: Membership, now: float) -> None:
        user = account.state.users[membership.user_id]
        self._check_right(actor, user)
        left = [one for one in self.of(user) if one != membership.place_id]
        self.assign(account.state, user, left, now)
        user.updated_at = now

    def _prefer(self, account: Holder, actor: User, membership: Membership, now: float) -> None:
        state, user = account.state, account.state.users[membership.user_id]
        self._check_right(actor, user)
        before = self.default(user)
        if before == membership.place_id:
            return
        others = [one for one in self.of(user) if one != membership.place_id]
        self.assign(state, user, [membership.place_id, *others], now)
        user.updated_at = membership.updated_at = now
        previous = None if before is None else self.store(state).find(user.id, before)
        if previous is not None:
            previous.updated_at = now

    def _check_right(self, actor: User, user: User) -> None:
        if not may_edit(actor, user):
            raise forbidden()

    # --- jobs

    def create_many(self, account: Holder, call: Call) -> Reply:
        """POST: a job with a row for each membership."""
        action, actor = f"{self.plural}/create_many", caller(call)
        rows, dropped = permit_many(call.body, self.plural, self.known, action)
        if len(rows) > MAX_IDS:
            raise too_many_values()

        def write(fields: Mapping[str, Json], now: float) -> dict[str, Json]:
            return created(self._create(account, actor, fields, now).id)

        steps = [step(index, f"{self.error}CreateFailed", partial(write, row)) for index, row in enumerate(rows)]
        return self._job(account, call, steps, "Create", "Creating", warning(action, dropped))

    def destroy_many(self, account: Holder, call: Call) -> Reply:
        """DELETE ?ids=: a job with a row for each membership."""
        ids, actor = listed(call, "ids"), caller(call)
        if ids is None:
            raise bad_request("ids must be given")

        def end(membership_id: int, now: float) -> dict[str, Json]:
            membership = self.store(account.state).rows.get(membership_id)
            if membership is None:
                raise not_found()
            self._end(account, actor, membership, now)
            return deleted(membership_id)

        named = [as_id(part) or 0 for part in ids]
        steps = [
            step(index, f"{self.error}DestroyFailed", partial(end, key), {"id": key}) for index, key in enumerate(named)
        ]
        return self._job(account, call, steps, "Delete", "Deleting", {})

    def _job(
        self, account: Holder, call: Call, steps: Sequence[Json], verb: str, doing: str, headers: Mapping[str, str]
    ) -> Reply:
        title = f"{self.place.capitalize()} Membership"
        return submit(
            account, call, steps, job_type=f"Bulk {verb} {title}", job_class=f"{self.error}Bulk{verb}Job",
            verb=f"{doing} {title}", headers=headers,
        )

    # --- replies

    def _one(
        self,
        account: Holder,
        call: Call,
        membership: Membership,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        view = View.of(account, call)
        body = {self.name: self._rendered(view, membership)}
        return Reply(status, body | self._sideloads(view, call.arg("include"), [membership]), dict(headers or {}))

    def _page(self, account: Holder, call: Call, ids: Sequence[int]) -> Reply:
        view, rows = View.of(account, call), self.store(account.state).rows
        body = paginate(
            call,
            ids,
            self.plural,
            settings=account.settings,
            render=lambda key: self._rendered(view, rows[key]),
            sideload=lambda page: self._sideloads(view, call.arg("include"), [rows[key] for key in page]),
        )
        return Reply(body=body)

    def _rendered(self, view: View, shown: Membership) -> dict[str, Json]:
        state = view.state
        body: dict[str, Json] = {
            "url": view.url(f"{self.plural}/{shown.id}"),
            "id": shown.id,
            "user_id": shown.user_id,
            f"{self.place}_id": shown.place_id,
            "default": self.default(state.users[shown.user_id]) == shown.place_id,
            "created_at": render.iso(shown.created_at),
            "updated_at": render.iso(shown.updated_at),
        }
        return body | self.more(state.users[shown.user_id], self.records(state)[shown.place_id])

    def _sideloads(self, view: View, include: str | None, shown: Sequence[Membership]) -> dict[str, Json]:
        """The arrays that `include` asks for: users, and the places themselves; each record once."""
        names, state = (include or "").split(","), view.state
        loaded: dict[str, Json] = {}
        if "users" in names:
            loaded["users"] = [
                render.user(view, state.users[key]) for key in dict.fromkeys(one.user_id for one in shown)
            ]
        if self.places in names:
            records = self.records(state)
            keys = dict.fromkeys(one.place_id for one in shown)
            loaded[self.places] = [self.shown(view, records[key]) for key in keys]
        return loaded


def _assign_groups(state: State, user: User, group_ids: Sequence[int], now: float) -> None:
    state.set_groups(user, group_ids, now)
    user.default_group_id = group_ids[0] if group_ids else None


ORGANIZATIONS: Final = Kind(
    name="organization_membership",
    place="organization",
    places="organizations",
    below="organization_memberships",
    error="OrganizationMembership",
    staff_only=False,
    store=lambda state: state.directory.organization_memberships,
    records=lambda state: state.organizations,
    shown=render.organization,
    members=lambda state: state.organization_users,
    of=lambda user: user.organization_ids,
    default=lambda user: user.organization_id,
    assign=State.set_organizations,
    more=lambda user, organization: {
        "organization_name": organization.name,
        "view_tickets": user.staff or user.ticket_restriction == "organization" or organization.shared_tickets,
    },
)
GROUPS: Final = Kind(
    name="group_membership",
    place="group",
    places="groups",
    below="memberships",
    error="GroupMembership",
    staff_only=True,
    store=lambda state: state.directory.group_memberships,
    records=lambda state: state.groups,
    shown=render.group,
    members=lambda state: state.group_users,
    of=lambda user: user.group_ids,
    default=lambda user: user.default_group_id,
    assign=_assign_groups,
)


def _table(kind: Kind, *, seen_by_end_users: bool, written_by: Callable[..., Json]) -> Endpoints:
    """The paths that both kinds have."""
    every, one = f"/api/v2/{kind.plural}", f"/{{{kind.name}_id}}"
    of_user, of_place = f"/api/v2/users/{{user_id}}/{kind.plural}", f"/api/v2/{kind.places}/{{{kind.place}_id}}"
    reading = signed_in if seen_by_end_users else agents
    return {
        ("GET", every): reading(kind.list_all),
        ("GET", of_user): reading(kind.list_of_user),
        ("GET", f"{of_place}/{kind.below}"): agents(kind.list_of_place),
        ("GET", every + one): agents(kind.show),
        ("GET", of_user + one): agents(kind.show),
        ("POST", every): written_by(kind.create),
        ("POST", of_user): written_by(kind.create),
        ("DELETE", every + one): written_by(kind.delete),
        ("DELETE", of_user + one): written_by(kind.delete),
        ("PUT", f"{of_user}{one}/make_default"): written_by(kind.make_default),
        ("POST", f"{every}/create_many"): written_by(kind.create_many),
        ("DELETE", f"{every}/destroy_many"): written_by(kind.destroy_many),
    }


ENDPOINTS: Endpoints = {
    **_table(ORGANIZATIONS, seen_by_end_users=True, written_by=agents),
    **_table(GROUPS, seen_by_end_users=False, written_by=admins),
    ("DELETE", "/api/v2/users/{user_id}/organizations/{organization_id}"): agents(ORGANIZATIONS.unassign),
    ("PUT", "/api/v2/users/{user_id}/organizations/{organization_id}/make_default"): agents(
        ORGANIZATIONS.make_place_default
    ),
    ("GET", "/api/v2/group_memberships/assignable"): agents(GROUPS.list_assignable),
    ("GET", "/api/v2/groups/{group_id}/memberships/assignable"): agents(GROUPS.list_assignable_of_place),
}
