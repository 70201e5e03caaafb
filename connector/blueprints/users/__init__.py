"""People, their sessions and second factor, and the tokens of the JSON API."""

from flask import Blueprint

blueprint = Blueprint("users", __name__)

# The views register themselves on the blueprint.
from connector.blueprints.users import account, people, tokens  # noqa: E402, F401
