# Sign-in, sessions, users, and the mails about them.
login-title = Sign in
login-submit = Sign in
login-forgot = Forgot your password?
login-no-account = No account?
login-register = Register
register-title = Register
register-submit = Create account
register-have-account = Have an account already?
forgot-title = Forgot your password?
forgot-lead = Give the email of your account, and we will send a link for a new password.
forgot-submit = Send the link
forgot-sent = If there is such an account, the email is on its way.
forgot-sent-more = The link works for 30 minutes. No email? Have a look at your spam folder.
forgot-mail-off = Email is not set up on this portal. Ask the administrator to change your password.
reset-title = New password
reset-ends-sessions = All open sessions will end.
reset-submit = Save password
reset-again = Request a new link
setup-title = The first administrator
setup-lead = The portal is running. Create the account that will manage it.
setup-submit = Create administrator

proof-title = Confirm that it is you
proof-lead = You have not entered your password in this session for a while, and this changes access to the account. Enter it and we go straight on: everything you filled in is kept.
proof-lead-unconfirmed = This session was opened with a QR code, and this changes access to the account. Enter your password and we go straight on: everything you filled in is kept.
proof-submit = Continue

sessions-title = Sessions
sessions-lead = The devices on which your account is open. An ended session closes at once.
sessions-end-others = End all others
sessions-ask-title = End the other sessions?
sessions-ask = { $n ->
    [one] The portal will close on { $n } device at once. To come back, it must sign in again. This session stays.
   *[other] The portal will close on { $n } devices at once. To come back, they must sign in again. This session stays.
}
sessions-ask-password = You gave your password a while ago, so please confirm.
sessions-ask-yes = { $n ->
    [one] End { $n } session
   *[other] End { $n } sessions
}
session-this = this session
session-unconfirmed = sign-in not confirmed
session-activity = Active:
session-opened = signed in
session-by-password = , with a password
session-by-qr = , with a QR code
session-by-register = , on registration
session-by-reset = , after a password reset
session-end = End session
session-end-named = End session: { $name }
session-ended = Session ended: { $name }
session-rename = Rename
session-rename-named = Rename device: { $name }
session-name = Name of the device
session-name-example = Work laptop
history-title = Sign-in history
history-note = the last 20 attempts
history-empty = No sign-in attempts yet.
history-result = Result
history-device = Device
history-place = From
history-when = When
history-in = Signed in
history-refused = Refused
history-theft = Possible theft
history-times = { $n ->
    [one] { $n } time
   *[other] { $n } times
}
advice-title = Keeping your account safe
advice-unused = End sessions on devices that you no longer use.
advice-unknown = A sign-in you do not know? End it and change your password at once.
advice-qr = Do not approve a QR sign-in that you did not open yourself.

not-me-title = Wasn't this you?
not-me-lead = This is the sign-in that we wrote about. If it is not yours, end it: the device loses access at once.
not-me-end = End this session
not-me-mine = It was you? Then just close this page.
not-me-done = The session has ended, that device has no access any more
not-me-advice = Someone may know your password. Change it right now.
not-me-change-password = Change password
not-me-gone = This session has already ended, or the link has expired.
not-me-see-all = See all sessions

users-title = Users
users-total = { $n ->
    [one] { $n } account
   *[other] { $n } accounts
}
users-new = New user
users-create = Create
users-search = Name, email or domain
users-none = Nobody found.
users-you = you
users-blocked = blocked
users-never = never signed in
users-sessions = { $n ->
    [one] { $n } session
   *[other] { $n } sessions
}
users-since = Account created
users-me-note = You cannot change your own role: ask another administrator.
users-save-role = Save role
users-block = Block
users-unblock = Unblock
users-block-note = Blocking ends all sessions and closes sign-in. It can be undone at any time.
users-end-sessions = End all sessions
users-email-change = Change email
users-email-title = Change the email address
users-email-now = Now: { $email }
users-email-new = New email
users-email-note = Both addresses get an email about it. Links that were sent before stop working. The password and the open sessions stay.
users-email-submit = Change email
users-unreachable = no mail arrives
users-unreachable-note = No mail reaches this address: the person gets no notifications and no link for a new password. Give the account another address.
users-unreachable-count = { $n ->
    [one] { $n } person gets no mail
   *[other] { $n } people get no mail
}
users-unreachable-shown = Only people whom no mail reaches are shown.
users-show-all = Show all

mail-device = Device
mail-place = Place
mail-ip = IP address
mail-when = Time
mail-new-device-subject = New sign-in to your { $site } account
mail-new-device-lead = Your account at { $site } was opened on a device that we have not seen before.
mail-qr-sign-in-lead = Someone signed in to your { $site } account with a QR code that was approved on a phone.
mail-new-device-yours = If this was you, there is nothing to do.
mail-new-device-not-yours = If not, end this session and change your password.
mail-new-device-button = End this session
mail-reset-subject = A new password for { $site }
mail-reset-lead = We received a request to change the password of your account.
mail-reset-button = Set a new password
mail-reset-life = { $n ->
    [one] The link works once, for { $n } minute.
   *[other] The link works once, for { $n } minutes.
}
mail-reset-ignore = If you did not ask for this, delete this email: the password stays as it is.
mail-password-changed-subject = Your { $site } password was changed
mail-password-changed-lead = The password of your account was changed, all other sessions were ended.
mail-password-changed-not-you = If it was not you, set a new password at once.
mail-access-subject = Access to your { $site } account was changed
mail-access-role = An administrator changed your role. It is now: { $role }.
mail-access-blocked = An administrator blocked your account: all sessions are closed, and nobody can sign in.
mail-access-unblocked = An administrator unblocked your account. You can sign in again.
mail-access-password = An administrator set a new password for your account, and all sessions are closed.
mail-access-advice = If you did not expect this, write to the administrator of the portal.
mail-address-subject = The email address of your { $site } account was changed
mail-address-old = An administrator changed the email address of your account. Emails do not come to this mailbox any more.
mail-address-new = An administrator changed the email address of your account. Emails come to this mailbox now, and you sign in with this address.
mail-address-was = Was
mail-address-is = Is now
mail-address-links = The password stays as it is. Links that were sent before do not work any more.
mail-failures-subject = Somebody is trying to sign in to your { $site } account
mail-failures-lead = Somebody entered a wrong password for your account several times in a row. The last attempt:
mail-failures-yours = If it was you, there is nothing to do.
mail-failures-not-yours = If not, they did not get in. If you use this password elsewhere too, better change it.
mail-token-reuse-subject = Somebody may have tried to steal your { $site } session
mail-token-reuse-lead = Somebody presented an old, already replaced key of one of your sessions. That happens when it was stolen, so we ended this session.
mail-token-reuse-advice = Sign in again. If you do not know the address, set a new password.
mail-password-changed-button = Set a new password

# Answers to programs
message-registered = The account was created
message-signed-out = You are signed out
message-password-changed = The password was changed, other sessions have ended
message-reset-sent = If there is such an account, the email is on its way
message-session-renamed = The name was saved
message-session-ended = The session has ended
message-others-ended = The sessions have ended
login-notice-reset = The password is saved. Sign in with the new one.
login-notice-signed-out = You are signed out.
login-notice-ended = This session has ended: on another device, by a new password or after a long pause. Sign in again.
users-notice-created = The account was created.
users-notice-changed = The changes are saved.
users-notice-ended = The sessions have ended.

# History of sign-ins: how, or why not
attempt-method-password = Password
attempt-method-qr = QR code
attempt-method-refresh = Token refresh
attempt-method-reset = Link from an email
attempt-reason-wrong-password = Wrong password
attempt-reason-account-blocked = The account is blocked
attempt-reason-session-limit = Password; the session that was idle longest has ended
attempt-reason-token-reuse = An old token was used again, the session has ended
attempt-reason-qr-rejected = QR code: declined on the phone
attempt-reason-qr-wrong-number = QR code: the wrong number was picked
attempt-reason-qr-reported = QR code: declined and reported by the owner
attempt-reason-password-reset = New password by the link from an email
