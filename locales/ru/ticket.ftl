# Тикеты: список, переписка, новый тикет.
nav-tickets = Тикеты
tickets-lead = Ваши вопросы поддержке и ответы на них.
tickets-oldest = Самый старый вопрос ждёт ответа { $span }.
tickets-nobody-waits = Ответа никто не ждёт.
tickets-tiles = Сводка
tickets-tile-open = Новые
tickets-tile-waiting = Ждут нас
tickets-tile-mine = Назначены мне
tickets-tile-awaiting = Ждут клиента
tickets-tile-unassigned = Без оператора
tickets-tile-your-turn = Ждут вашего ответа
tickets-tile-resolved = Решённые
tickets-search = Искать в темах и переписке
tickets-filters = Фильтры
tickets-mine = Мои
tickets-unassigned = Без оператора
tickets-others = У других
tickets-reset = Сбросить фильтры
tickets-found = { $n ->
    [0] Ничего не нашлось
    [one] Нашёлся { $n } тикет
    [few] Нашлось { $n } тикета
   *[many] Нашлось { $n } тикетов
}
tickets-range = { $first }–{ $last } из { $total }
tickets-none-found = Ничего не нашлось
tickets-none-found-lead = Попробуйте другие слова или снимите часть фильтров.
tickets-none-staff = Тикетов пока нет
tickets-none-staff-lead = Как только клиент напишет, его вопрос появится здесь.
tickets-none = Здесь будут ваши вопросы
tickets-none-lead = Опишите, что случилось или что нужно. Ответим здесь и напишем на почту.
tickets-failed = Не получилось обновить список. Проверьте связь: вы видите прежний.

ticket-new = Новый тикет
ticket-status = Статус
ticket-status-open = Открыт
ticket-status-in_progress = В работе
ticket-status-awaiting_reply = Ждёт клиента
ticket-status-awaiting-you = Ждёт вашего ответа
ticket-status-resolved = Решён
ticket-status-closed = Закрыт
ticket-priority = Приоритет
ticket-priority-low = Низкий
ticket-priority-normal = Обычный
ticket-priority-high = Высокий
ticket-priority-urgent = Срочный
ticket-category = Категория
ticket-category-general = Общий вопрос
ticket-category-general-hint = Услуги, переезд, договор
ticket-category-technical = Техническая проблема
ticket-category-technical-hint = Сервер, сайт, сеть, почта
ticket-category-billing = Оплата
ticket-category-billing-hint = Оплата, счета, документы
ticket-category-other = Другое
ticket-category-other-hint = Идеи и всё остальное
ticket-operator = Оператор
ticket-operator-soon = скоро назначим
ticket-nobody = без оператора
ticket-customer = Клиент
ticket-created = Создан
ticket-closed-at = Закрыт
ticket-first-answer = Первый ответ
ticket-first-answer-after = через { $span }
ticket-previous = Продолжение тикета
ticket-continues = Продолжает
ticket-title = Тема
ticket-retitle = Изменить тему
ticket-unread = Есть новое
ticket-earlier = { $n ->
    [one] Ещё { $n } сообщение выше
    [few] Ещё { $n } сообщения выше
   *[many] Ещё { $n } сообщений выше
}
ticket-replies = { $n ->
    [0] Ответов нет
    [one] { $n } ответ
    [few] { $n } ответа
   *[many] { $n } ответов
}
ticket-span-minutes = { $n ->
    [one] { $n } минуту
    [few] { $n } минуты
   *[many] { $n } минут
}
ticket-span-hours = { $n ->
    [one] { $n } час
    [few] { $n } часа
   *[many] { $n } часов
}
ticket-span-days = { $n ->
    [one] { $n } день
    [few] { $n } дня
   *[many] { $n } дней
}
ticket-size-kb = { $n } КБ
ticket-size-mb = { $whole },{ $tenths } МБ

ticket-properties = Свойства тикета
ticket-conversation = Переписка
ticket-note = Заметка
ticket-note-label = Заметка, клиент её не видит
ticket-note-hint = Клиент её не увидит
ticket-note-add = Добавить заметку
ticket-kind = Что вы пишете
ticket-message = Сообщение
ticket-reply = Ваш ответ
ticket-reply-to-customer = Ответ клиенту
ticket-reply-your-turn = Мы ждём вашего ответа.
ticket-reply-reopens = Тикет закрыт. Напишите, и он откроется снова.
ticket-reply-not-solved = Тикет решён. Если это не так, напишите, и мы вернёмся к нему.
ticket-reply-placeholder = Напишите сообщение…
ticket-send = Отправить
ticket-send-and-resolve = Ответить и отметить решённым
ticket-stale = Пока вы писали, пришёл новый ответ
ticket-stale-send = Отправить всё равно
ticket-draft-saved = Черновик сохранён
ticket-closed = Тикет закрыт
ticket-follow-up = Продолжить в новом тикете
ticket-follow-up-lead = Он закрыт давно, и ответить в нём уже нельзя. В новом тикете будет ссылка на этот, рассказывать всё заново не придётся.
ticket-thank = Спасибо, решено
ticket-take = Взять в работу
ticket-yours = Тикет у вас в работе
ticket-enter-saves = Enter — сохранить
ticket-resolve = Отметить решённым
ticket-reopen = Открыть снова
ticket-close = Закрыть тикет

ticket-code = Код
ticket-code-hint = Выбранные строки как код: буквы одной ширины, ничего не меняется
ticket-preview = Как будет видно
ticket-preview-failed = Не удалось показать: нет связи с сервером.
ticket-marks = Как выделить текст
ticket-marks-word = важно
ticket-marks-one = раз
ticket-marks-two = два
ticket-marks-rest = Всё остальное видно так, как написано. Настройки, команды и журналы можно вставлять как есть: строки сохранятся.
ticket-files = Файлы
ticket-files-drop = Файлы можно перетащить на страницу, снимок экрана вставить из буфера.
ticket-files-wrong = Такие файлы не принимаем:
ticket-files-empty = Файл пуст, не добавлено:
ticket-files-remove = Убрать файл
ticket-sent = Отправлено
ticket-saved = Сохранено
ticket-send-offline = Не отправилось: нет связи с сервером. Всё написанное на месте, попробуйте ещё раз.
ticket-send-failed = Не отправилось: сервер ответил ошибкой. Всё написанное на месте, попробуйте ещё раз.
ticket-send-signed-out = Не отправлено: нужно войти. Всё написанное на месте.
ticket-sign-in-title = Войдите, чтобы отправить
ticket-sign-in-lead = Сессия закончилась. То, что вы написали, на месте и уйдёт сразу после входа.
ticket-sign-in-send = Войти и отправить

ticket-new-lead = Чем точнее вопрос, тем быстрее решение.
ticket-title-hint = В нескольких словах: что и где. Например, «VPS не отвечает после обновления ядра».
ticket-what = Что случилось
ticket-priority-hint = «Срочный» — если сайт или сервер не работает прямо сейчас.
ticket-create = Отправить
ticket-advice = Как получить ответ быстрее
ticket-advice-one = Один вопрос в одном тикете.
ticket-advice-what = Что вы сделали, чего ждали и что получилось.
ticket-advice-when = Когда началось и что менялось перед этим.
ticket-advice-where = Имя сервера, домен или номер счёта.
ticket-advice-picture = Текст ошибки целиком или снимок экрана.
ticket-advice-secret = Пароли и ключи не присылайте: они не понадобятся.
ticket-understood = Закрыть

keys-title = Клавиши
keys-next = следующий и предыдущий тикет
keys-open = открыть выбранный
keys-back = к списку тикетов
keys-search = поиск
keys-reply = ответить
keys-note = написать заметку
keys-send = отправить
keys-help = эта подсказка
keys-on = Клавиши включены

ticket-new-answer = Новый ответ
ticket-views = смотрит этот тикет
ticket-view = смотрят этот тикет
ticket-types = пишет ответ…
ticket-type = пишут ответ…
ticket-words-title = Пока вы писали, сессия закончилась
ticket-words-lead = Ваш текст на месте. Войдите в соседней вкладке, вернитесь сюда и отправьте его. Файлы придётся приложить ещё раз.
ticket-words-sign-in = Войти в новой вкладке
