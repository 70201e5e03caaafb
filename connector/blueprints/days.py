"""Days that people choose, as moments: a day begins at midnight where the shop is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from connector.blueprints import formats


def midnight(day: date, zone: str) -> datetime:
    """When a day begins in a time zone."""
    return datetime.combine(day, time.min, formats.zone(zone))


def start_of(day: str, zone: str, *, days_later: int = 0) -> datetime | None:
    """When the day of a form's field begins, or one some days later, in UTC; None for an empty field. Raises ValueError."""
    if not day:
        return None
    try:
        return midnight(date.fromisoformat(day) + timedelta(days=days_later), zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:  # no day, or one at an end of the calendar
        raise ValueError(f"{day[:20]} is not a day.") from error
