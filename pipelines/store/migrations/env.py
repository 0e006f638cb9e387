"""What Alembic runs around a migration: the open connection that it was given, nothing else.

The transaction, and the lock that keeps other processes out, are the caller's.
"""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
