"""The reconciliation report: both sides' orders of a period, compared."""

from flask import Blueprint

blueprint = Blueprint("reconciliation", __name__, url_prefix="/activity/reconciliation")

# The views register themselves on the blueprint.
from connector.blueprints.reconciliation import views  # noqa: E402, F401
