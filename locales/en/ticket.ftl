# Tickets: the list, a conversation, a new ticket.
nav-tickets = Tickets
tickets-lead = Your questions to support, and the answers.
tickets-oldest = The longest wait for an answer is { $span }.
tickets-nobody-waits = Nobody is waiting for an answer.
tickets-tiles = At a glance
tickets-tile-open = New
tickets-tile-waiting = Waiting for us
tickets-tile-mine = Assigned to me
tickets-tile-awaiting = Awaiting the customer
tickets-tile-unassigned = Unassigned
tickets-tile-your-turn = Awaiting your reply
tickets-tile-resolved = Resolved
tickets-search = Search subjects and conversations
tickets-filters = Filters
tickets-mine = Mine
tickets-unassigned = Unassigned
tickets-others = Somebody else’s
tickets-reset = Clear filters
tickets-found = { $n ->
    [0] Nothing found
    [one] { $n } ticket found
   *[other] { $n } tickets found
}
tickets-range = { $first }–{ $last } of { $total }
tickets-none-found = Nothing found
tickets-none-found-lead = Try other words, or clear some of the filters.
tickets-none-staff = No tickets yet
tickets-none-staff-lead = As soon as a customer writes, the question appears here.
tickets-none = Your questions will be here
tickets-none-lead = Tell us what happened or what you need. We answer here and by email.
tickets-failed = The list could not be refreshed. Check your connection: you see the earlier one.

ticket-new = New ticket
ticket-status = Status
ticket-status-open = Open
ticket-status-in_progress = In progress
ticket-status-awaiting_reply = Awaiting the customer
ticket-status-awaiting-you = Awaiting your reply
ticket-status-resolved = Resolved
ticket-status-closed = Closed
ticket-priority = Priority
ticket-priority-low = Low
ticket-priority-normal = Normal
ticket-priority-high = High
ticket-priority-urgent = Urgent
ticket-category = Category
ticket-category-general = General
ticket-category-general-hint = Services, migration, contract
ticket-category-technical = Technical
ticket-category-technical-hint = Server, site, network, email
ticket-category-billing = Billing
ticket-category-billing-hint = Payments, invoices, documents
ticket-category-other = Other
ticket-category-other-hint = Ideas and all the rest
ticket-operator = Operator
ticket-operator-soon = will be assigned soon
ticket-nobody = unassigned
ticket-customer = Customer
ticket-created = Created
ticket-closed-at = Closed
ticket-first-answer = First reply
ticket-first-answer-after = after { $span }
ticket-previous = Continued from
ticket-continues = Continues
ticket-title = Subject
ticket-retitle = Change the subject
ticket-unread = New activity
ticket-earlier = { $n ->
    [one] { $n } earlier message
   *[other] { $n } earlier messages
}
ticket-replies = { $n ->
    [0] No replies
    [one] { $n } reply
   *[other] { $n } replies
}
ticket-span-minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
}
ticket-span-hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
ticket-span-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
ticket-size-kb = { $n } kB
ticket-size-mb = { $whole }.{ $tenths } MB

ticket-properties = Properties of the ticket
ticket-conversation = Conversation
ticket-note = Note
ticket-note-label = Note, the customer can’t see it
ticket-note-hint = The customer won’t see it
ticket-note-add = Add note
ticket-kind = Message type
ticket-message = Message
ticket-reply = Your reply
ticket-reply-to-customer = Reply to customer
ticket-reply-your-turn = We are waiting for your reply.
ticket-reply-reopens = The ticket is closed. Write, and it opens again.
ticket-reply-not-solved = The ticket is resolved. If it isn’t, write, and we come back to it.
ticket-reply-placeholder = Write a message…
ticket-send = Send
ticket-send-and-resolve = Reply and resolve
ticket-stale = While you were writing, a new answer came
ticket-stale-send = Send anyway
ticket-draft-saved = Draft saved
ticket-closed = The ticket is closed
ticket-follow-up = Go on in a new ticket
ticket-follow-up-lead = It was closed long ago and takes no more answers. A new ticket will refer to this one, so you need not tell everything again.
ticket-thank = Thank you, solved
ticket-take = Assign to me
ticket-yours = You have this ticket
ticket-enter-saves = Enter saves it
ticket-resolve = Mark as resolved
ticket-reopen = Reopen
ticket-close = Close the ticket

ticket-code = Code
ticket-code-hint = The chosen lines as code: letters of one width, nothing changes
ticket-preview = Preview
ticket-preview-failed = It could not be shown: the server cannot be reached.
ticket-marks = How to mark text
ticket-marks-word = important
ticket-marks-one = one
ticket-marks-two = two
ticket-marks-rest = Everything else is shown as you write it. Paste configuration, commands and logs as they are: their lines are kept.
ticket-files = Files
ticket-files-drop = Drop files onto the page, or paste a screenshot.
ticket-files-wrong = Files of this kind are not accepted:
ticket-files-empty = The file is empty, not added:
ticket-files-remove = Remove the file
ticket-sent = Sent
ticket-saved = Saved
ticket-send-offline = Not sent: the server cannot be reached. Everything you wrote is still here, try again.
ticket-send-failed = Not sent: the server answered with an error. Everything you wrote is still here, try again.
ticket-send-signed-out = Not sent: you need to sign in. Everything you wrote is still here.
ticket-sign-in-title = Sign in to send it
ticket-sign-in-lead = Your session has ended. What you wrote is still here and goes out right after you sign in.
ticket-sign-in-send = Sign in and send

ticket-new-lead = The more detail, the faster the answer.
ticket-title-hint = In a few words: what and where. For example, “VPS does not respond after a kernel update”.
ticket-what = What happened
ticket-priority-hint = “Urgent” means that a site or server is down right now.
ticket-create = Send
ticket-advice = How to get an answer sooner
ticket-advice-one = One question per ticket.
ticket-advice-what = What you did, what you expected, what happened.
ticket-advice-when = When it began, and what changed before that.
ticket-advice-where = The name of the server, the domain or the invoice number.
ticket-advice-picture = The whole text of the error, or a screenshot.
ticket-advice-secret = Don’t send passwords or keys: we won’t need them.
ticket-understood = Got it

keys-title = Keyboard
keys-next = next and previous ticket
keys-open = open the selected one
keys-back = back to the list
keys-search = search
keys-reply = reply
keys-note = write a note
keys-send = send
keys-help = this help
keys-on = Keys are on

ticket-new-answer = New answer
ticket-views = is viewing this ticket
ticket-view = are viewing this ticket
ticket-types = is writing an answer…
ticket-type = are writing an answer…
ticket-words-title = You were signed out while writing
ticket-words-lead = Your text is here. Open sign-in in another tab, come back and send it. Files must be attached again.
ticket-words-sign-in = Open sign-in in a new tab
