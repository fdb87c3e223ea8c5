# The overview.
overview-title = Overview
overview-hello = Hello, { $name }
overview-lead = No open questions. Write to us whenever you need something.
overview-lead-yours = { $n ->
    [one] { $n } ticket is waiting for your reply.
   *[other] { $n } tickets are waiting for your reply.
}
overview-lead-ours = { $n ->
    [one] We are working on your question.
   *[other] We are working on your questions.
}
overview-lead-waiting = { $n ->
    [one] { $n } ticket is waiting for an answer.
   *[other] { $n } tickets are waiting for an answer.
}
overview-lead-calm = Everything is answered, nobody is waiting.
overview-tickets = Your tickets
overview-active-count = { $n ->
    [0] none open
   *[other] { $n } open
}
overview-all-solved = All questions are solved.
overview-tickets-all = All tickets
overview-first-ticket = Ask your first question
overview-notices = Notifications
overview-notices-none = Nothing unread.
overview-notices-all = All notifications
overview-unread = { $n } unread
overview-sessions = Your sessions
overview-session-count = { $n ->
    [one] { $n } device
   *[other] { $n } devices
}
overview-sessions-all = All sessions and sign-in history
overview-queue = Waiting for our answer
overview-queue-order = by urgency and waiting time
overview-waits = Waiting
overview-mine = Waiting for you
overview-mine-none = None of your tickets is waiting for you.
overview-mine-all = All my tickets
overview-minutes = { $n } min
overview-hours = { $n } h
overview-days = { $n } d
overview-statistics = The last 30 days
overview-statistics-zone = in your time zone
overview-flow = New and closed tickets
overview-flow-day = { $date }: { $created } new, { $closed } closed
overview-flow-desc = By day, over 30 days. Most were new on { $date }: { $created }, with { $closed } closed that day.
overview-new = New
overview-closed = Closed
overview-answers = Time to first answer
overview-answers-day = { $date }: median { $median }, 9 of 10 within { $ninetieth }
overview-answers-desc = By day, over 30 days. The median is { $median }, nine of ten came within { $ninetieth }.{ $date }
overview-answers-none = No answers in this time yet.
overview-median = Median
overview-ninetieth = 9 of 10 within
overview-median-seconds = Median, s
overview-ninetieth-seconds = 90th percentile, s
overview-load = Operators' load
overview-load-answers = { $n ->
    [one] { $n } answer
   *[other] { $n } answers
}
overview-load-closed = { $n } closed
overview-answers-given = Answers
overview-day = Day
overview-numbers = The numbers by day
