"""A forgotten password, and the link by which one is set. The answer is the same whether or not the address is known."""

from __future__ import annotations

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.blueprints import formats
from connector.blueprints.auth.views import TOO_MANY, blueprint
from connector.sync import logins, mail, people

GONE = "This link has ended or was used already. Ask for a new one."


@blueprint.route("/password", methods=["GET", "POST"])
def forgotten() -> ResponseReturnValue:
    """Asks for a link by mail; where no mail is set up, says who can help."""
    can_mail = current_app.config["CONNECTOR"].smtp_url != ""
    address = request.remote_addr or ""
    if request.method == "POST" and can_mail:
        if logins.too_many_tries(address):
            return render_template("auth/forgotten.html", can_mail=can_mail, error=TOO_MANY), 429
        logins.note_try(address)  # asking counts too: nobody shall be flooded with mails
        mail.ask_for_password_link(request.form.get("email", "")[:254])
        formats.flash_message(
            "If this address is among the users, a link is on its way to it. It is good for two hours."
        )
        return redirect(url_for("auth.log_in"), 303)
    return render_template("auth/forgotten.html", can_mail=can_mail, error="")


@blueprint.route("/password/<token>", methods=["GET", "POST"])
def set_password(token: str) -> ResponseReturnValue:
    """Sets a password by a link of an invitation or a reset."""
    user = people.user_of_link(token)
    if user is None:
        return make_response(render_template("auth/forgotten.html", can_mail=False, error=GONE), 400)
    error = ""
    if request.method == "POST":
        password = request.form.get("password", "")
        try:
            if password != request.form.get("again", ""):
                raise ValueError("The two passwords are not the same.")
            people.set_password(user.id, password, people.BY_LINK)
        except ValueError as problem:
            error = str(problem)
        else:
            formats.flash_message("The password is set. Log in with it.")
            return redirect(url_for("auth.log_in"), 303)
    return render_template("auth/set_password.html", user=user, error=error), 422 if error else 200
