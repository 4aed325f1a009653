"""One attribute for each page of Zendesk's reference, made when it is first asked for.

An attribute `macros: Macros` below is an instance of the class `Macros` of the module `zdasync.resources.macros`. The
module is imported with the first use: a program pays for the pages that it uses, and most use few of forty.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._core.caller import Caller
    from .resources.account_settings import AccountSettings
    from .resources.activities import Activities
    from .resources.attachments import Attachments
    from .resources.audit_logs import AuditLogs
    from .resources.automations import Automations
    from .resources.bookmarks import Bookmarks
    from .resources.brand_agents import BrandAgents
    from .resources.brands import Brands
    from .resources.custom_roles import CustomRoles
    from .resources.custom_statuses import CustomStatuses
    from .resources.group_memberships import GroupMemberships
    from .resources.groups import Groups
    from .resources.incremental import Incremental
    from .resources.job_statuses import JobStatuses
    from .resources.locales import Locales
    from .resources.macros import Macros
    from .resources.oauth import OAuth
    from .resources.organization_fields import OrganizationFields
    from .resources.organization_memberships import OrganizationMemberships
    from .resources.organization_subscriptions import OrganizationSubscriptions
    from .resources.organizations import Organizations
    from .resources.requests import Requests
    from .resources.satisfaction_ratings import SatisfactionRatings
    from .resources.satisfaction_reasons import SatisfactionReasons
    from .resources.search import Search
    from .resources.sessions import Sessions
    from .resources.sharing_agreements import SharingAgreements
    from .resources.suspended_tickets import SuspendedTickets
    from .resources.tags import Tags
    from .resources.ticket_fields import TicketFields
    from .resources.ticket_form_statuses import TicketFormStatuses
    from .resources.ticket_forms import TicketForms
    from .resources.ticket_import import TicketImport
    from .resources.tickets import Tickets
    from .resources.trigger_categories import TriggerCategories
    from .resources.triggers import Triggers
    from .resources.user_fields import UserFields
    from .resources.users import Users
    from .resources.views import Views
    from .resources.webhooks import Webhooks

__all__ = ["Api"]


class Api:
    """The pages of Zendesk's reference as attributes."""

    _caller: Caller

    account_settings: AccountSettings
    """The account's own settings."""
    activities: Activities
    """What happened to the caller's tickets of late."""
    attachments: Attachments
    """Files: upload, download, redact."""
    audit_logs: AuditLogs
    """Who changed what in the account."""
    automations: Automations
    """Business rules that run by the clock."""
    bookmarks: Bookmarks
    """Tickets that the caller has marked."""
    brand_agents: BrandAgents
    """Which agents work for which brands."""
    brands: Brands
    """The faces under which the account is known to customers."""
    custom_roles: CustomRoles
    """What kinds of agents may do."""
    custom_statuses: CustomStatuses
    """Ticket statuses beyond Zendesk's own."""
    group_memberships: GroupMemberships
    """Which agents belong to which groups."""
    groups: Groups
    """Groups of agents."""
    incremental: Incremental
    """Everything that changed since a moment, resumable at any row."""
    job_statuses: JobStatuses
    """Background jobs."""
    locales: Locales
    """Languages."""
    macros: Macros
    """Sets of changes that agents make to tickets at once."""
    oauth: OAuth
    """OAuth tokens, and the way to get one from a user."""
    organization_fields: OrganizationFields
    """The account's own fields of organizations."""
    organization_memberships: OrganizationMemberships
    """Which users belong to which organizations."""
    organization_subscriptions: OrganizationSubscriptions
    """Which users follow all tickets of which organizations."""
    organizations: Organizations
    """Companies and other groups of end users."""
    requests: Requests
    """Tickets as end users see them."""
    satisfaction_ratings: SatisfactionRatings
    """What requesters said of their tickets."""
    satisfaction_reasons: SatisfactionReasons
    """Reasons that requesters may give for a bad rating."""
    search: Search
    """Search across tickets, users, organizations and groups."""
    sessions: Sessions
    """Sessions of all users."""
    sharing_agreements: SharingAgreements
    """Agreements to share tickets with other accounts."""
    suspended_tickets: SuspendedTickets
    """Mails that have not become tickets yet."""
    tags: Tags
    """Tags across the account."""
    ticket_fields: TicketFields
    """Fields of tickets, Zendesk's and the account's own."""
    ticket_form_statuses: TicketFormStatuses
    """Which custom statuses belong to which ticket forms."""
    ticket_forms: TicketForms
    """Which fields a kind of ticket has."""
    ticket_import: TicketImport
    """Tickets from elsewhere, with their own times and without triggers or mails."""
    tickets: Tickets
    """Tickets, with their `comments`, `audits`, `metrics`, `tags`, `skips` and the `deleted` ones."""
    trigger_categories: TriggerCategories
    """How triggers are grouped."""
    triggers: Triggers
    """Business rules that run when a ticket changes."""
    user_fields: UserFields
    """The account's own fields of users."""
    users: Users
    """Users, with their `identities`, `sessions`, `tags` and the `deleted` ones."""
    views: Views
    """Lists of tickets by conditions."""
    webhooks: Webhooks
    """Calls to other systems when something happens."""

    if not TYPE_CHECKING:  # else any misspelled attribute would be one

        def __getattr__(self, name: str) -> object:
            annotation = Api.__annotations__.get(name)
            if annotation is None or name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            page = getattr(import_module(f".resources.{name}", __package__), annotation)(self._caller)
            setattr(self, name, page)
            return page

    def __dir__(self) -> list[str]:
        """The pages too, those that nobody has asked for yet."""
        return sorted({*super().__dir__(), *(name for name in Api.__annotations__ if not name.startswith("_"))})
