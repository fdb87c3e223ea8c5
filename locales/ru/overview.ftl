# Обзор.
overview-title = Обзор
overview-hello = Здравствуйте, { $name }
overview-lead = Открытых вопросов нет. Если что-то нужно, напишите нам.
overview-lead-yours = { $n ->
    [one] Вашего ответа ждёт { $n } тикет.
    [few] Вашего ответа ждут { $n } тикета.
   *[many] Вашего ответа ждут { $n } тикетов.
}
overview-lead-ours = { $n ->
    [one] Мы занимаемся вашим вопросом.
   *[other] Мы занимаемся вашими вопросами.
}
overview-lead-waiting = { $n ->
    [one] Ответа ждёт { $n } тикет.
    [few] Ответа ждут { $n } тикета.
   *[many] Ответа ждут { $n } тикетов.
}
overview-lead-calm = Все ответы даны, никто не ждёт.
overview-tickets = Ваши тикеты
overview-active-count = { $n ->
    [0] нет открытых
    [one] { $n } открытый
   *[other] { $n } открытых
}
overview-all-solved = Все вопросы решены.
overview-tickets-all = Все тикеты
overview-first-ticket = Задать первый вопрос
overview-notices = Уведомления
overview-notices-none = Непрочитанных нет.
overview-notices-all = Все уведомления
overview-unread = { $n ->
    [one] { $n } непрочитанное
   *[other] { $n } непрочитанных
}
overview-sessions = Ваши сессии
overview-session-count = { $n ->
    [one] { $n } устройство
    [few] { $n } устройства
   *[many] { $n } устройств
}
overview-sessions-all = Все сессии и история входов
overview-queue = Ждут нашего ответа
overview-queue-order = по срочности и времени ожидания
overview-waits = Ждёт
overview-mine = Ждут вас
overview-mine-none = Среди ваших тикетов нет ждущих ответа.
overview-mine-all = Все мои тикеты
overview-minutes = { $n } мин
overview-hours = { $n } ч
overview-days = { $n } дн
overview-statistics = Последние 30 дней
overview-statistics-zone = по вашему часовому поясу
overview-flow = Новые и закрытые тикеты
overview-flow-day = { $date }: новых { $created }, закрыто { $closed }
overview-flow-desc = По дням за 30 дней. Больше всего новых { $date }: { $created }, закрыто в тот день { $closed }.
overview-new = Новые
overview-closed = Закрытые
overview-answers = Время до первого ответа
overview-answers-day = { $date }: медиана { $median }, 9 из 10 быстрее { $ninetieth }
overview-answers-desc = По дням за 30 дней. Медиана { $median }, девять из десяти ответов быстрее { $ninetieth }.{ $date }
overview-answers-none = Ответов за это время ещё не было.
overview-median = Медиана
overview-ninetieth = 9 из 10 быстрее
overview-median-seconds = Медиана, с
overview-ninetieth-seconds = 90-й процентиль, с
overview-load = Нагрузка операторов
overview-load-answers = { $n ->
    [one] { $n } ответ
    [few] { $n } ответа
   *[many] { $n } ответов
}
overview-load-closed = { $n ->
    [one] { $n } закрыт
   *[other] { $n } закрыто
}
overview-answers-given = Ответы
overview-day = День
overview-numbers = Числа по дням
