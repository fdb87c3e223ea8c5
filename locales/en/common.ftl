# Shared: frame, fields, times, errors.
skip-to-content = Skip to content
nav-label = Sections
nav-settings = Settings
nav-admin = Administration
nav-overview = Overview
nav-profile = Profile
nav-sessions = Sessions
nav-users = Users
nav-notifications = Notifications
nav-notification-settings = Notification settings
nav-deliveries = Undelivered
nav-count-unread = unread
nav-count-undelivered = undelivered
nav-count-waiting = waiting for an answer
offline-title = No connection
offline-lead = The portal cannot be reached: you seem to be offline, or the server is restarting. What you have sent is not lost; to see what was not sent, go back.
offline-again = Try again
menu-open = account menu
sign-out = Sign out
theme-auto = System theme
theme-light = Light theme
theme-dark = Dark theme
role = Role
role-customer = Customer
role-operator = Operator
role-admin = Administrator
email = Email
username = Name
password = Password
current-password = Current password
new-password = New password
password-hint = At least 8 characters. A few words in a row work best.
password-show = Show password
password-hide = Hide password
language = Language
timezone = Time zone
save = Save
cancel = Cancel
search = Search
pages-label = Pages
pages-prev = Previous
pages-next = Next
back-to-login = Back to sign-in

ago-now = now
ago-minutes = { $n ->
    [one] { $n } minute ago
   *[other] { $n } minutes ago
}
ago-hours = { $n ->
    [one] { $n } hour ago
   *[other] { $n } hours ago
}
ago-days = { $n ->
    [1] yesterday
   *[other] { $n } days ago
}
ago-months = { $n ->
    [one] { $n } month ago
   *[other] { $n } months ago
}
ago-years = { $n ->
    [one] { $n } year ago
   *[other] { $n } years ago
}
date-day = { $day } { $month }
date-short = { $day } { $month }, { $time }
date-long = { $day } { $month } { $year }, { $time }
date-month = { $n ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}

error-to-overview = To the overview
error-to-login = To sign-in
error-request = If you contact support, give this request number: { $id }
error-title-forbidden = No access
error-title-not-found = Page not found
error-title-too-many-requests = Too many attempts
error-title-unavailable = Temporarily unavailable
error-title-internal = An error on our side
error-title-other = Something went wrong
error-bad-request = The request is malformed
error-not-signed-in = Sign in to continue
error-forbidden = You have no access to this page
error-not-found = There is no such page
error-method-not-allowed = This address cannot be used that way
error-gone = This has expired
error-too-large = That is too much data
error-unsupported-type = This type of data is not supported
error-invalid-fields = Check the marked fields
error-too-many-requests = { $n ->
    [one] Too many attempts. Wait { $n } second
   *[other] Too many attempts. Wait { $n } seconds
}
error-busy = { $n ->
    [one] The service is very busy right now. Try again in { $n } second
   *[other] The service is very busy right now. Try again in { $n } seconds
}
error-unavailable = The service is temporarily unavailable. Try again in a few seconds
error-internal = Something went wrong on our side. The error has been recorded
error-cross-origin = The request came from another site and was refused
error-invalid-credentials = Wrong email or password
error-account-blocked = This account is blocked. Contact support
error-email-taken = This email already has an account
error-registration-off = Registration is closed. The administrator creates accounts
error-refresh-invalid = The session is over. Sign in again
error-refresh-reused = The session was ended because its token was used twice. Sign in again
error-session-not-found = Session not found. It may have ended already
error-user-not-found = User not found
error-reset-invalid = The link has expired or was used. Ask for a new one
error-proof-required = Confirm with your password that it is you
error-cookies-blocked = The browser does not keep the portal’s cookies, and nobody can sign in without them: allow them and open the portal at { $url }
error-reset-superseded = A newer link was sent later, and only that one works: open the latest mail
error-password-required = Confirm this with your password
error-password-wrong = The password does not match
error-setup-invalid = The setup link is not valid: an administrator exists already, or the link has expired
error-last-admin = This is the last administrator. Appoint another one first
error-file-not-found = There is no such file
error-file-too-large = A file is too large
error-file-type = Files of this type are not accepted
error-file-content = A file is not what its name says
error-file-empty = A file is empty
error-file-private-key = A file holds a private key
error-file-archive = An archive was refused
error-file-pixels = A picture is too large
error-file-infected = A file was refused by the virus scanner
error-file-scanner = Files cannot be checked for viruses at the moment. Try again later
error-file-storage = Files cannot be stored at the moment. Try again later
error-upload-stalled = The connection was too slow. Try again

field-required = Fill in this field
field-email-invalid = The address seems wrong. Example: name@example.com
field-email-taken = This email already has an account
field-email-unreachable = No mail reaches this address
field-email-fixed = Only an administrator can change the email address
field-username-length = From 2 to 64 characters
field-password-length = From 8 to 128 characters
field-password-weak = This password is easy to guess. Add another word or two
field-password-wrong = The password does not match
field-timezone-unknown = Choose a time zone from the list
field-language-unknown = Choose a language from the list
field-name-length = 64 characters at most
field-files-count = Files: { $limit } at most
files-hint = Files: { $count } at most, { $size } MB each: { $kinds }.
files-too-many = No more than { $count } files. The rest were not added.
files-too-big = Over { $size } MB, not added:
files-private-key = Send a private key. Whoever reads it can pass for you; a certificate or public key is usually enough.
field-files-later = The files were not accepted. Send the message without them or try again later
field-file-name = The file's name cannot be read. Rename the file and attach it again
field-file-size = "{ $name }" is larger than { $limit } MB
field-file-type = "{ $name }" is of a type that is not accepted. Accepted: { $kinds }
field-file-content = "{ $name }" is damaged, or is something else than its name says
field-file-empty = "{ $name }" is empty
field-file-other = "{ $name }" is really { $format }: correct the end of its name, or send another file
field-file-private-key = "{ $name }" holds a private key: whoever reads it can pass for you. No files were sent
field-private-keys = To send the private key all the same, say so (privateKeys) and attach the files again
field-file-archive-odd = "{ $name }" is made so that programs unpack different things from it. Pack the files anew
field-file-archive-empty = There is nothing in the archive "{ $name }"
field-file-archive-password = The archive "{ $name }" has a password. Send it without one
field-file-archive-method = "{ $name }" is compressed by { $method }. Pack the files into an ordinary ZIP (Deflate)
field-file-archive-name = In the archive "{ $name }" a name or a link leads out of the folder. Pack the files anew
field-file-archive-size = "{ $name }" unpacks to more than { $limit } MB or { $entries } files, or archives in it lie too deep
field-file-passes = "{ $name }" has too many scans or frames, which stop a browser. Save the picture anew
field-file-pixels = "{ $name }" has more than { $limit } megapixels. Make it smaller
field-file-infected = "{ $name }" was refused by the virus scanner

mail-hello = Hello { $name },
mail-footer = This email was sent automatically by the portal { $site }.
field-limit-range = From 1 to 100
docs-lead = Every call with examples. The description for programs:
docs-signed-in = Signed in only: a token in the Authorization header, or a cookie.
docs-body = Request
docs-common = Any call may also be answered with these.
reconnecting = No connection, reconnecting…
address-unknown = unknown
