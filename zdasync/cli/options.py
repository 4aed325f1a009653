"""The options that every command takes: which account it works on, and for whom it prints."""

from __future__ import annotations

from typing import Annotated, Final

import attrs
from cyclopts import Group, Parameter, validators

GROUP: Final = Group("Everywhere", sort_key=100)

def told(text: str) -> Parameter:
    """What the help says of an option."""
    return Parameter(help=text)


Flag = Annotated[bool, Parameter(show_default=False)]
"""An option without a value."""


Port = Annotated[int, Parameter(validator=validators.Number(gte=0, lt=65536))]


@Parameter(name="*", group=GROUP)
@attrs.frozen(kw_only=True)
class Options:
    """What holds for every command."""

    json: Flag = False
    """JSON for machines: one document, or one object a line where there are many."""
    simulate: Flag = False
    """Work on a simulated account in this process, which is gone afterwards; waits pass in virtual time."""
    profile: str | None = None
    """The account of a profile that `zdasync login` made, in place of the environment's."""
    plan: str | None = None
    """The account's plan (`enterprise`): else the profile's, ZENDESK_PLAN's, or what the first reply tells."""


DEFAULT: Final = Options()
