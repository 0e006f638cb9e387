"""Those who may log in to the workbench, and what they may do there."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, func, select, update

from features.errors import ScorerError
from features.language import Language
from pipelines.store.database import Database
from pipelines.store.tables import SESSIONS, USERS
from risk.desk import Role


class NameTakenError(ScorerError):
    """A user of that name or subject is there already."""


class UnknownUserError(ScorerError):
    """There is no user of that name."""


@dataclass(frozen=True)
class User:
    """A person who may log in.

    Attributes:
        name: What the person logs in by; never changes, for reviews are signed with it.
        display: The person's name as others read it.
        role: What the person may do.
        password_hash: Of the password; empty where another service knows the person.
        subject: Who the person is to that service; empty where there is none.
        active: Whether the person may log in.
        must_change: Whether the password has to be changed before anything else.
        language: Language of all pages; None where the person has not chosen one.
        created_at: When the person was added, UTC.
    """

    name: str
    display: str
    role: Role
    password_hash: str
    created_at: datetime
    subject: str = ""
    active: bool = True
    must_change: bool = False
    language: Language | None = None


class People:
    """The users in an open store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, user: User) -> None:
        """Let a person in from now on.

        Raises:
            NameTakenError: There is one of that name or subject already; it says which.
        """
        row = asdict(user) | {"language": user.language or ""}
        with self._database.writing(alone="people") as connection:
            added = self._database.insert(USERS).on_conflict_do_nothing().returning(USERS.c.name)
            if connection.execute(added, row).first() is None:
                holder = _holder(connection, user.subject)
                if holder in (None, user.name):
                    raise NameTakenError(f"there is a user {user.name} already; choose another")
                raise _subject_taken(holder)

    def find(self, name: str) -> User | None:
        """The user of a name."""
        with self._database.reading() as connection:
            row = connection.execute(select(USERS).where(USERS.c.name == name)).one_or_none()
        return None if row is None else user_of(row)

    def of_subject(self, subject: str) -> User | None:
        """The user whom another service knows by a subject."""
        wanted = select(USERS).where(USERS.c.subject == subject, USERS.c.subject != "")
        with self._database.reading() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else user_of(row)

    def all(self) -> tuple[User, ...]:
        """All users, those who may no longer log in among them, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(USERS).order_by(USERS.c.name)).all()
        return tuple(user_of(row) for row in rows)

    def count(self) -> int:
        """How many users there are."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(USERS)).scalar_one()

    def set_role(self, name: str, role: Role) -> None:
        """Let a user do what another role does; who is logged in, at once.

        Raises:
            UnknownUserError: There is no such user.
        """
        self._change(name, role=role.value)

    def set_language(self, name: str, language: Language) -> None:
        """Show a user all pages in a language.

        Raises:
            UnknownUserError: There is no such user.
        """
        self._change(name, language=language)

    def set_password(self, name: str, password_hash: str, *, must_change: bool) -> None:
        """Give a user another password, and end all sessions that the old one began.

        Raises:
            UnknownUserError: There is no such user.
        """
        self._change(name, ends=True, password_hash=password_hash, must_change=must_change)

    def link(self, name: str, subject: str) -> None:
        """Let another service say who a user is, and no password; all sessions end.

        Args:
            name: The user.
            subject: Who the person is to that service; empty for nobody, and then nothing lets
                the user in before another password is set.

        Raises:
            UnknownUserError: There is no such user.
            NameTakenError: Another user has that subject.
        """
        with self._database.writing(alone="people") as connection:
            holder = _holder(connection, subject)
            if holder not in (None, name):
                raise _subject_taken(holder)
            _change(connection, name, subject=subject, password_hash="", must_change=False)
            _end_sessions(connection, name)

    def set_active(self, name: str, *, active: bool) -> None:
        """Let a user log in, or no longer; all sessions end.

        Raises:
            UnknownUserError: There is no such user.
        """
        self._change(name, ends=True, active=active)

    def _change(self, name: str, *, ends: bool = False, **values: object) -> None:
        with self._database.writing() as connection:
            _change(connection, name, **values)
            if ends:
                _end_sessions(connection, name)


def _change(connection: Connection, name: str, **values: object) -> None:
    changed = update(USERS).where(USERS.c.name == name).values(values)
    if connection.execute(changed).rowcount != 1:
        raise UnknownUserError(f"there is no user {name}; `risk user list` names all")


def _end_sessions(connection: Connection, name: str) -> None:
    connection.execute(SESSIONS.delete().where(SESSIONS.c.user == name))


def _holder(connection: Connection, subject: str) -> str | None:
    """Who has a subject; None where nobody has, or it is none."""
    wanted = select(USERS.c.name).where(USERS.c.subject == subject, USERS.c.subject != "")
    return connection.execute(wanted).scalar()


def _subject_taken(holder: str | None) -> NameTakenError:
    return NameTakenError(f"{holder} has that subject already; unlink that user first")


def user_of(row: Row[tuple[object, ...]]) -> User:
    """A user as a row of the table holds one."""
    values = {each: row._mapping[each] for each in User.__dataclass_fields__}
    role, language = Role(values["role"]), values["language"] or None
    return User(**{**values, "role": role, "language": language})
