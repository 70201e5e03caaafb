"""The settings page's group on who is told of what, and where (see fields.py)."""

from __future__ import annotations

from connector import i18n
from connector.blueprints.settings.shapes import Field, Group

NOTICES = Group(
    key="notices",
    label="Notices",
    fields=(
        Field(
            name="notify_mail",
            label="Mail to",
            effect="E-mail addresses, separated by commas, that are told what is switched on below. Needs SMTP_URL to"
            " be set on the server.",
            kind="text",
            longest=500,
            pattern=r"[^@\s,]+@[^@\s,]+\.[^@\s,]+(\s*,\s*[^@\s,]+@[^@\s,]+\.[^@\s,]+)*",
            pattern_says="must be e-mail addresses, separated by commas",
        ),
        Field(
            name="notify_url",
            label="Post to",
            effect="An address of yours that gets the same as JSON, signed. The secret of the signature is on the"
            " shop's page under Connections.",
            kind="text",
            longest=500,
            pattern=r"https?://[^\s/]+(/\S*)?",
            pattern_says="must be an address that begins with https://",
        ),
        Field(
            name="notify_slack",
            label="Post to Slack",
            effect="An incoming-webhook address of Slack, or of whatever takes the same (Mattermost, Rocket.Chat,"
            " Google Chat). Who knows it can post there: keep it to yourself.",
            kind="text",
            longest=500,
            pattern=r"https?://[^\s/]+(/\S*)?",
            pattern_says="must be an address that begins with https://",
            is_secret=True,
        ),
        Field(
            name="notify_digest",
            label="Mails",
            effect="Each thing as it happens, one mail a minute at most; or gathered. Posts always go at once.",
            kind="choice",
            choices={"at_once": "At once", "hourly": "One an hour", "daily": "One a day"},
        ),
        Field(
            name="notify_digest_hour",
            label="Hour of the daily mail",
            effect="In the shop's time zone, from 0 to 23.",
            kind="whole",
            least=0,
            most=23,
            may_be_empty=False,
            unit="o'clock",
        ),
        Field(
            name="notify_language",
            label="Language of notices",
            effect="What mails and messages in Slack are written in. Posts of JSON stay English.",
            kind="choice",
            choices=i18n.LANGUAGES,
        ),
        Field(
            name="notify_failures",
            label="About many failures",
            effect="When so many orders stand in Error that failed within an hour; told once, and once when it is over."
            " 0: never.",
            kind="whole",
            least=0,
            most=100_000,
            may_be_empty=False,
            unit="orders",
        ),
        Field(
            name="notify_connections",
            label="About connections",
            effect="When the store or TikTok Shop has not answered for 15 minutes, and when the shop's authorization"
            " ends within 30 and within 3 days, or has ended. Told once, and once when it is over.",
            kind="flag",
        ),
        Field(
            name="notify_carriers",
            label="About carriers",
            effect="When orders wait because a Magento carrier is not mapped to one of TikTok Shop's.",
            kind="flag",
        ),
        Field(name="notify_errors", label="About errors", effect="When an order needs somebody.", kind="flag"),
        Field(
            name="notify_deadlines",
            label="About deadlines",
            effect="When an order has to be shipped soon, or TikTok cancels it soon, and it is not shipped yet.",
            kind="flag",
        ),
        Field(
            name="notify_hours_before",
            label="Hours before a deadline",
            effect="How long before that it is told.",
            kind="whole",
            least=1,
            most=240,
            may_be_empty=False,
            unit="hours",
        ),
        Field(name="notify_new_orders", label="About new orders", effect="When an order becomes known.", kind="flag"),
    ),
)
