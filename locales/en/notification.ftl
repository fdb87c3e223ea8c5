# Notifications: list, settings, mails, delivery.
notifications-title = Notifications
notifications-unread = { $n ->
    [one] { $n } unread
   *[other] { $n } unread
}
notifications-all-read = All caught up.
notifications-read-all = Mark all as read
notifications-delete-read = Delete read ones
notifications-delete-ask = Delete the notifications you have read?
notifications-delete-what = They will be gone from the list, on all pages of it. Tickets and sessions stay.
notifications-delete-yes = Delete
notifications-filter = Which to show
notifications-filter-all = All
notifications-filter-unread = Unread
notifications-none = No notifications yet
notifications-none-unread = Nothing unread
notifications-none-lead = Replies from support, changes of status and sign-ins will appear here.
notification-unread = Unread:
notification-read = Mark as read
notification-read-named = Mark as read: { $title }
notification-delete = Delete
notification-delete-named = Delete notification: { $title }

notice-title-ticket-reply = Reply in “{ $title }”
notice-title-ticket-status = New status: “{ $title }”
notice-title-ticket-assigned = Assigned to you: “{ $title }”
notice-title-ticket-left = { $n ->
    [one] { $n } ticket has no operator any more
   *[other] { $n } tickets have no operator any more
}
notice-title-ticket-new = New ticket “{ $title }”
notice-title-ticket-reminder = We are waiting for your answer: “{ $title }”
notice-title-sign-in = Sign-in from a new device
notice-title-qr-approval = Sign-in by QR code
notice-title-account-access = Access to your account was changed
notice-title-access-role = You have a new role
notice-title-access-blocked = Your account is blocked
notice-title-access-unblocked = Your account is open again
notice-title-access-password = A new password was set for you
notice-title-access-email = Your account has a new email address
notice-title-access-failures = Somebody is trying to sign in to your account
notice-title-qr-request = Signing in on a computer? Pick the number
notice-status = Status: { $status }
notice-status-open = open
notice-status-in-progress = in progress
notice-status-awaiting-reply = awaiting reply
notice-status-resolved = resolved
notice-status-closed = closed

notice-kind-ticket-reply = Replies in tickets
notice-kind-ticket-status = Changes of status
notice-kind-ticket-assigned = Tickets assigned to me
notice-kind-ticket-left = Tickets left without an operator
notice-kind-ticket-new = New tickets
notice-kind-ticket-reminder = Reminders to answer
notice-kind-sign-in = Sign-ins from new devices
notice-kind-qr-approval = Sign-ins by QR code
notice-kind-account-access = Access to the account
notice-kind-qr-request = Requests to sign in by QR code

notification-settings-title = Notification settings
notification-settings-lead = What reaches you, and how.
notification-ways = Channels
notification-what = About
notification-way-in-app = Portal
notification-way-mail = Email
notification-way-push = Push
notification-security-note = Emails about sign-ins always come: they tell you when somebody else gets into your account.
notification-mail-off = Email is not set up on this portal yet, so none is sent.
quiet-title = Quiet hours
quiet-lead = During this time no email or push comes, except about sign-ins; the rest comes afterwards. Time zone: { $timezone }.
quiet-on = Do not disturb
quiet-from = From
quiet-to = To
push-title = Push on this device
push-off = Notifications will reach this device even when the portal is closed. The browser will ask for permission.
push-on = This device gets notifications.
push-denied = The browser blocks notifications of this site. Allow them in the site's settings (the icon to the left of the address) and reload the page.
push-missing = This browser cannot take push messages. On iPhone and iPad, add the portal to the home screen first.
push-failed = Something went wrong. Check the connection and try again.
push-join = Turn on for this device
push-leave = Turn off for this device
push-scripts = Turning push on needs JavaScript.

unsubscribe-title = Unsubscribe from emails?
unsubscribe-lead = Send no more emails about:
unsubscribe-submit = Unsubscribe
unsubscribe-done = You are unsubscribed
unsubscribe-done-lead = We will send no more emails about:
unsubscribe-settings = All notification settings
error-unsubscribe-invalid = The link is incomplete. Open it right from the email
error-notification-not-found = Notification not found
error-delivery-not-found = Delivery not found. It may have been retried or deleted already

field-security-mail = Emails about sign-ins cannot be turned off
field-push-only = Such a request comes as a push notification only
field-quiet-hours = Give two different times, such as 22:00 and 08:00
field-push-endpoint = This address of a push service cannot be used
field-push-keys = These device keys cannot be used

mail-ticket-lead = { $n ->
    [one] There is a new message in your ticket:
   *[other] There are { $n } new messages in your ticket:
}
mail-ticket-button = Open the ticket
mail-ticket-why = You get this email because you take part in the ticket.
mail-ticket-settings = Notification settings
mail-ticket-unsubscribe = Unsubscribe

deliveries-title = Undelivered
deliveries-lead = Emails and push messages that could not be delivered after all tries.
deliveries-waiting = { $n ->
    [0] The queue is empty.
    [one] { $n } more waits in the queue.
   *[other] { $n } more wait in the queue.
}
deliveries-none = Everything was delivered.
deliveries-retry = Retry
deliveries-retry-all = Retry all
deliveries-delete = Delete
deliveries-delete-all = Delete all
deliveries-delete-ask = Delete everything undelivered?
deliveries-delete-what = { $n ->
    [one] { $n } message will never reach its recipient.
   *[other] { $n } messages will never reach their recipients.
}
deliveries-delete-yes = Delete for good
deliveries-account = for account { $id }
deliveries-tries = { $n ->
    [one] { $n } try
   *[other] { $n } tries
}
deliveries-asked = created
deliveries-given-up = last attempt
deliveries-notice-retried = Queued once more.
deliveries-notice-deleted = Deleted.
deliveries-hint = { $n ->
    [one] { $n } message could not be delivered
   *[other] { $n } messages could not be delivered
}
deliveries-hint-see = View
delivery-kind-mail = Email
delivery-kind-push = Push
delivery-kind-notice = Notification
