"""How each step of a plan is done. A new step is one file here and one line in HANDLERS.

A handler gets the run and the step, does it, and writes its receipt. It is safe to repeat: it looks before it creates,
keeps a key before it uses it, and never takes a time-out for a "no".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.domain import (
    deciding,
    parcelling,
    plan,
    plan_cancel,
    plan_details,
    plan_hold,
    plan_together,
    shipping_steps,
)
from connector.sync import together
from connector.sync.run import Run
from connector.sync.steps import (
    answer_cancel,
    answer_return,
    cancel,
    comment,
    correct,
    correct_tracking,
    create,
    deal_out,
    details,
    external_reference,
    hold,
    invoice,
    refund_return,
    request_cancel,
    return_choices,
    ship,
    ship_magento,
    ship_platform,
)

Handler = Callable[[Run, Any], None]

HANDLERS: dict[type[plan.Step], Handler] = {
    plan.CreateInMagento: create.create,
    plan.CloseWindow: together.close_window,
    plan_together.LeaveOut: together.leave_out,
    plan_together.WakeMembers: together.wake_members,
    plan_together.TellCarrier: together.tell_carrier,
    plan.CorrectInMagento: correct.correct,
    plan.NumberInMagento: correct.number,
    plan.InvoiceInMagento: invoice.invoice,
    plan.UnholdInMagento: cancel.unhold,
    plan_hold.HoldInMagento: hold.hold,
    plan_hold.ReleaseInMagento: hold.release,
    plan.CancelInMagento: cancel.cancel,
    plan.RefundInMagento: cancel.refund,
    plan.WriteExternalReference: external_reference.write,
    plan.CommentInMagento: comment.comment,
    plan_details.NoteInMagento: details.note,
    plan_details.TellMarkInMagento: details.tell_mark,
    plan_details.TellStaffNote: details.tell_staff_note,
    plan_details.TellReplacement: details.tell_replacement,
    plan_details.UpdateAddressInMagento: details.update_address,
    plan_cancel.ReadCancelOptions: request_cancel.read_options,
    plan_cancel.SendCancel: request_cancel.send,
    plan_cancel.SettleAsk: request_cancel.settle,
    plan_cancel.RequestCancel: request_cancel.request,
    plan_cancel.ReadRejectReasons: answer_cancel.read_reject_reasons,
    plan_cancel.SendAnswer: answer_cancel.send,
    plan_cancel.SettleAnswer: answer_cancel.settle,
    parcelling.ReadPackageChoices: deal_out.read_choices,
    parcelling.DealOut: deal_out.deal_out,
    deciding.ReadReturnChoices: return_choices.read,
    deciding.SendReturnAnswer: answer_return.send,
    deciding.SettleReturnAnswer: answer_return.settle,
    plan_cancel.CreditInMagento: refund_return.credit,
    plan_cancel.FindCredit: refund_return.find,
    plan_cancel.TellRefund: refund_return.tell,
    shipping_steps.TellShipped: ship.tell,
    shipping_steps.KeepAsTold: ship.keep,
    shipping_steps.FollowPackages: ship.follow_packages,
    shipping_steps.CorrectTracking: correct_tracking.correct,
    shipping_steps.ForgetCorrection: correct_tracking.forget,
    shipping_steps.ShipAsAsked: ship_magento.ship_as_asked,
    shipping_steps.ShipInMagento: ship_magento.mirror,
    shipping_steps.ArrangeAsAsked: ship_platform.arrange,
    shipping_steps.NoteTracking: ship_platform.note_tracking,
    shipping_steps.ReadTracking: ship_platform.read_tracking,
}

#: After these Magento's order, or TikTok's, is in another state than was read: the order is planned anew before anything
#: else is done. (The webhook that tells of our own change may be lost, and a poll finds that it is known already.)
CHANGES_STATE = (
    plan.CloseWindow,
    plan_together.LeaveOut,
    plan.CreateInMagento,
    plan.InvoiceInMagento,
    plan.UnholdInMagento,
    plan_hold.HoldInMagento,
    plan_hold.ReleaseInMagento,
    plan.CancelInMagento,
    plan.RefundInMagento,
    plan_cancel.RequestCancel,
    plan_cancel.CreditInMagento,
    plan_cancel.FindCredit,
    plan_cancel.TellRefund,
    shipping_steps.TellShipped,
    shipping_steps.KeepAsTold,  # what TikTok was told may be another number than Magento's by now
    shipping_steps.ShipAsAsked,
    shipping_steps.ShipInMagento,
    shipping_steps.ArrangeAsAsked,
)


#: These write nothing but receipts: after them the run knows what is written down of the order, without reading it anew.
WRITES_RECEIPTS = (
    plan.CreateInMagento,
    plan.CorrectInMagento,
    plan.NumberInMagento,
    plan.InvoiceInMagento,
    plan_hold.HoldInMagento,
    plan_hold.ReleaseInMagento,
    plan.WriteExternalReference,
    plan.CommentInMagento,
    plan_details.NoteInMagento,
)


def act(run: Run, step: plan.Step) -> None:
    """Does one step."""
    HANDLERS[type(step)](run, step)
