"""The rules of the desk: who may do what about a case, and what becomes of it."""

from risk.desk.errors import DeskError, ForbiddenError, IncompleteError, StaleError
from risk.desk.rules import assign, claim, release, step
from risk.desk.settings import (
    EPOCH,
    DeskSettings,
    Outcome,
    OverrideReason,
    is_override,
    needs_second,
    priority,
)
from risk.desk.standing import Act, Action, Logged, Person, Proposal, Role, Standing, State, Step

__all__ = [
    "EPOCH",
    "Act",
    "Action",
    "DeskError",
    "DeskSettings",
    "ForbiddenError",
    "IncompleteError",
    "Logged",
    "Outcome",
    "OverrideReason",
    "Person",
    "Proposal",
    "Role",
    "StaleError",
    "Standing",
    "State",
    "Step",
    "assign",
    "claim",
    "is_override",
    "needs_second",
    "priority",
    "release",
    "step",
]
