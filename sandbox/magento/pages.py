"""The human pages."""

from flask import Blueprint

from sandbox.magento.state import State


def pages_blueprint(state: State) -> Blueprint:
    blueprint = Blueprint("pages", __name__)
    return blueprint
