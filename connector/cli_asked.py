"""What all commands share: by what name they ask, and how it is said that something went wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from connector.domain.errors import ConnectorError
from connector.extensions import db
from connector.sync import asks, metrics, stores

#: Who asked, in the audit log and on timelines.
COMMAND_LINE = "command line"


def sentences(function: Callable[..., Any]) -> Callable[..., Any]:
    """Turns our own errors into one sentence on standard error and exit status 1; what was counted is written at the end."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (asks.Refused, stores.Invalid, ValueError) as error:
            raise click.ClickException(str(error)) from error
        except ConnectorError as error:
            raise click.ClickException(f"{error.message} {error.remedy}".strip()) from error
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
            raise click.ClickException(
                f"The database did not do it: {reason}. Is it there, and migrated (flask --app wsgi db upgrade)?"
            ) from error
        except BrokenPipeError:  # of whoever has read enough: click knows it
            raise
        except (OSError, OverflowError) as error:
            raise click.ClickException(str(error)) from error
        finally:
            db.session.rollback()  # of what was read, or was being written when the command failed
            metrics.flush(is_last=True)

    return wrapped
