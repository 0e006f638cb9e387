"""What an act about a case leads to, and who may do it.

Pure: it knows no store and no page. A case is decided by a person; where the model said something
definite and the person decides otherwise, or where much money is at stake, by two.
"""

from collections.abc import Callable

from risk.desk.errors import ForbiddenError, IncompleteError, StaleError
from risk.desk.settings import DeskSettings, is_override, needs_second
from risk.desk.standing import Act, Logged, Person, Role, Standing, State, Step


def step(standing: Standing, act: Act, person: Person, settings: DeskSettings) -> Step:
    """What an act leads to.

    Raises:
        ForbiddenError: The person may not do this; the second person is never the first.
        StaleError: The case has been changed since the person saw it.
        IncompleteError: An outcome, a reason or a comment is missing.
    """
    _works_on_cases(person)
    if act.action == "comment":
        _commented(act)
        return Step(standing.state, "comment", standing.holder, standing.proposer)
    _undecided(standing)
    if act.evidence != standing.evidence:
        raise StaleError(
            "evidence", "the evidence has changed since the case was shown; look at it again"
        )
    if act.action in ("confirm", "return"):
        return _second(standing, act, person)
    return _FIRST[act.action](standing, act, person, settings)


def claim(standing: Standing, person: Person) -> Step:
    """Take a case to work on it; a senior may take it from another.

    Raises:
        ForbiddenError: The person may not work on it.
        StaleError: It is decided.
    """
    _undecided(standing)
    _can_work_on(standing, person)
    _not_held_by_another(standing, person)
    return Step(standing.state, "claim", person.name, standing.proposer)


def release(standing: Standing, person: Person) -> Step:
    """Give a case back; a senior may give back what another holds.

    Raises:
        ForbiddenError: Another person holds it.
        StaleError: It is decided, or nobody holds it.
    """
    _works_on_cases(person)
    _undecided(standing)
    if not standing.holder:
        raise StaleError("state", "nobody holds the case any more")
    _not_held_by_another(standing, person)
    return Step(standing.state, "release", "", standing.proposer)


def assign(standing: Standing, to: Person, by: Person) -> Step:
    """Give a case to a person, whoever holds it.

    Raises:
        ForbiddenError: `by` is no senior, or `to` may not work on it.
        StaleError: It is decided.
    """
    _senior(by)
    _undecided(standing)
    _can_work_on(standing, to)
    return Step(standing.state, "assign", to.name, standing.proposer)


def _works_on_cases(person: Person) -> None:
    if person.role not in (Role.OFFICER, Role.SENIOR):
        raise ForbiddenError("role", f"{person.role}s do not act on cases")


def _senior(person: Person) -> None:
    if person.role is not Role.SENIOR:
        raise ForbiddenError("senior", "this takes a senior")


def _can_work_on(standing: Standing, person: Person) -> None:
    """Whether there is anything about the case that the person might do next."""
    _works_on_cases(person)
    if standing.state in (State.ESCALATED, State.SECOND):
        _senior(person)
    if standing.state is State.SECOND:
        _not_the_first(standing, person)


def _not_the_first(standing: Standing, person: Person) -> None:
    if person.name == standing.proposer:
        raise ForbiddenError("same-person", "the second person has to be another than the first")


def _not_held_by_another(standing: Standing, person: Person) -> None:
    if standing.holder not in ("", person.name) and person.role is not Role.SENIOR:
        raise ForbiddenError("held", "another person holds the case")


def _undecided(standing: Standing) -> None:
    if standing.state is State.REPLACED:
        raise StaleError("gone", "another run has replaced the one of this case; open that")
    if standing.state is State.DECIDED:
        raise StaleError("state", "the case is decided already")


def _commented(act: Act) -> None:
    if not act.comment.strip():
        raise IncompleteError("comment", f'"{act.action}" needs a comment')


def _first(standing: Standing, person: Person) -> None:
    """Whether the case is one that a first person works on, and this person may."""
    if standing.state is State.SECOND:
        raise StaleError("state", "the case waits for a second person already")
    if standing.state is State.ESCALATED:
        _senior(person)
    _not_held_by_another(standing, person)


def _decide(standing: Standing, act: Act, person: Person, settings: DeskSettings) -> Step:
    _first(standing, person)
    if act.outcome is None:
        raise IncompleteError("outcome", "a decision needs an outcome")
    if act.reason_code and act.reason_code not in {each.code for each in settings.reasons}:
        raise IncompleteError("reason", "the reason is none of the list; choose one of it")
    override = is_override(standing.model_recommendation, act.outcome)
    if override and not act.reason_code:
        raise IncompleteError("reason", "an override needs a reason of the list")
    if override:
        _commented(act)
    if needs_second(settings, standing.amount, override=override):
        return Step(State.SECOND, "propose", "", person.name, act.outcome, act.reason_code)
    logged: Logged = "override" if override else "accept"
    return Step(State.DECIDED, logged, "", "", act.outcome, act.reason_code)


def _ask(standing: Standing, act: Act, person: Person, _: DeskSettings) -> Step:
    _first(standing, person)
    _commented(act)
    return Step(State.ASKED, "ask", person.name, "")


def _hold(standing: Standing, act: Act, person: Person, _: DeskSettings) -> Step:
    _first(standing, person)
    _commented(act)
    return Step(State.HELD, "hold", person.name, "")


def _escalate(standing: Standing, act: Act, person: Person, _: DeskSettings) -> Step:
    _first(standing, person)
    if standing.state is State.ESCALATED:
        raise StaleError("state", "the case is escalated already")
    _commented(act)
    return Step(State.ESCALATED, "escalate", "", "")


_FIRST: dict[str, Callable[[Standing, Act, Person, DeskSettings], Step]] = {
    "decide": _decide,
    "ask": _ask,
    "hold": _hold,
    "escalate": _escalate,
}


def _second(standing: Standing, act: Act, person: Person) -> Step:
    """What a second person says to a proposal."""
    _senior(person)
    proposal = standing.proposal
    if standing.state is not State.SECOND or proposal is None:
        raise StaleError("state", "the case does not wait for a second person any more")
    _not_the_first(standing, person)
    if act.action == "return":
        _commented(act)
        return Step(State.OPEN, "return", standing.proposer, "")
    if proposal.evidence != standing.evidence:
        raise StaleError("evidence", "the evidence has changed since the proposal; return it")
    if act.outcome not in (None, proposal.outcome):
        raise StaleError("state", "another outcome is proposed by now; look at it again")
    override = is_override(standing.model_recommendation, proposal.outcome)
    logged: Logged = "override" if override else "accept"
    return Step(
        State.DECIDED, logged, "", standing.proposer, proposal.outcome, proposal.reason_code
    )
