# Уведомления: список, настройки, письма, доставка.
notifications-title = Уведомления
notifications-unread = { $n ->
    [one] { $n } непрочитанное
    [few] { $n } непрочитанных
   *[many] { $n } непрочитанных
}
notifications-all-read = Всё прочитано.
notifications-read-all = Отметить все прочитанными
notifications-delete-read = Удалить прочитанные
notifications-delete-ask = Удалить прочитанные уведомления?
notifications-delete-what = Они исчезнут из списка на всех страницах. Сами тикеты и сессии останутся.
notifications-delete-yes = Удалить
notifications-filter = Какие показать
notifications-filter-all = Все
notifications-filter-unread = Непрочитанные
notifications-none = Уведомлений пока нет
notifications-none-unread = Непрочитанных нет
notifications-none-lead = Здесь появятся ответы поддержки, изменения статуса и входы в аккаунт.
notification-unread = Не прочитано:
notification-read = Прочитано
notification-read-named = Отметить прочитанным: { $title }
notification-delete = Удалить
notification-delete-named = Удалить уведомление: { $title }

notice-title-ticket-reply = Ответ в тикете «{ $title }»
notice-title-ticket-status = Новый статус: «{ $title }»
notice-title-ticket-assigned = Вам назначен тикет «{ $title }»
notice-title-ticket-left = { $n ->
    [one] Без оператора остался { $n } тикет
    [few] Без оператора осталось { $n } тикета
   *[many] Без оператора осталось { $n } тикетов
}
notice-title-ticket-new = Новый тикет «{ $title }»
notice-title-ticket-reminder = Ждём вашего ответа: «{ $title }»
notice-title-sign-in = Вход с нового устройства
notice-title-qr-approval = Вход по QR-коду
notice-title-account-access = Доступ к аккаунту изменён
notice-title-access-role = У вас новая роль
notice-title-access-blocked = Аккаунт заблокирован
notice-title-access-unblocked = Аккаунт снова открыт
notice-title-access-password = Вам задали новый пароль
notice-title-access-email = У аккаунта новый адрес почты
notice-title-access-failures = В аккаунт пытаются войти
notice-title-qr-request = Войти на компьютере? Выберите число
notice-status = Статус: { $status }
notice-status-open = открыт
notice-status-in-progress = в работе
notice-status-awaiting-reply = ждёт ответа
notice-status-resolved = решён
notice-status-closed = закрыт

notice-kind-ticket-reply = Ответы в тикетах
notice-kind-ticket-status = Изменения статуса
notice-kind-ticket-assigned = Назначенные мне тикеты
notice-kind-ticket-left = Тикеты, оставшиеся без оператора
notice-kind-ticket-new = Новые тикеты
notice-kind-ticket-reminder = Напоминания об ответе
notice-kind-sign-in = Входы с новых устройств
notice-kind-qr-approval = Входы по QR-коду
notice-kind-account-access = Доступ к аккаунту
notice-kind-qr-request = Запросы на вход по QR-коду

notification-settings-title = Настройки уведомлений
notification-settings-lead = О чём и куда присылать уведомления.
notification-ways = Каналы
notification-what = Событие
notification-way-in-app = Портал
notification-way-mail = Почта
notification-way-push = Push-уведомления
notification-security-note = Письма о входах приходят всегда: так вы узнаете, если в аккаунт зайдёт кто-то другой.
notification-mail-off = Почта на этом портале пока не настроена, письма не отправляются.
quiet-title = Тихие часы
quiet-lead = В это время не приходят письма и push, кроме сообщений о входах; остальное придёт после. Часовой пояс: { $timezone }.
quiet-on = Не беспокоить
quiet-from = С
quiet-to = До
push-title = Push-уведомления на этом устройстве
push-off = Уведомления будут приходить на это устройство, даже когда портал закрыт. Браузер спросит разрешение.
push-on = Уведомления приходят на это устройство.
push-denied = Браузер запретил уведомления для этого сайта. Разрешите их в настройках сайта (значок слева от адреса) и обновите страницу.
push-missing = Этот браузер не умеет принимать push. На iPhone и iPad сначала добавьте портал на экран «Домой».
push-failed = Не получилось. Проверьте соединение и попробуйте ещё раз.
push-join = Включить на этом устройстве
push-leave = Выключить на этом устройстве
push-scripts = Чтобы включить push, нужен JavaScript.

unsubscribe-title = Отписаться от писем?
unsubscribe-lead = Больше не присылать письма:
unsubscribe-submit = Отписаться
unsubscribe-done = Вы отписались
unsubscribe-done-lead = Больше не будем присылать письма:
unsubscribe-settings = Все настройки уведомлений
error-unsubscribe-invalid = Ссылка неполная. Откройте её прямо из письма
error-notification-not-found = Уведомление не найдено
error-delivery-not-found = Сообщение не найдено. Возможно, его уже отправили снова или удалили

field-security-mail = Письма о входах отключить нельзя
field-push-only = Такой запрос приходит только push-уведомлением
field-quiet-hours = Укажите два разных времени, например 22:00 и 08:00
field-push-endpoint = Адрес push-сервиса не подходит
field-push-keys = Ключи устройства не подходят

mail-ticket-lead = { $n ->
    [one] В вашем тикете новое сообщение:
    [few] В вашем тикете { $n } новых сообщения:
   *[many] В вашем тикете { $n } новых сообщений:
}
mail-ticket-button = Открыть тикет
mail-ticket-why = Вы получили это письмо, потому что участвуете в тикете.
mail-ticket-settings = Настройки уведомлений
mail-ticket-unsubscribe = Отписаться

deliveries-title = Недоставленное
deliveries-lead = Письма и push, которые не удалось доставить после всех попыток.
deliveries-waiting = { $n ->
    [0] В очереди пусто.
    [one] Ещё { $n } ждёт в очереди.
   *[other] Ещё { $n } ждут в очереди.
}
deliveries-none = Всё доставлено.
deliveries-retry = Повторить
deliveries-retry-all = Повторить все
deliveries-delete = Удалить
deliveries-delete-all = Удалить все
deliveries-delete-ask = Удалить все недоставленные?
deliveries-delete-what = { $n ->
    [one] { $n } сообщение не дойдёт до получателя никогда.
    [few] { $n } сообщения не дойдут до получателей никогда.
   *[many] { $n } сообщений не дойдут до получателей никогда.
}
deliveries-delete-yes = Удалить навсегда
deliveries-account = для аккаунта { $id }
deliveries-tries = { $n ->
    [one] { $n } попытка
    [few] { $n } попытки
   *[many] { $n } попыток
}
deliveries-asked = создано
deliveries-given-up = последняя попытка
deliveries-notice-retried = Отправили в очередь ещё раз.
deliveries-notice-deleted = Удалено.
deliveries-hint = { $n ->
    [one] { $n } сообщение не удалось доставить
    [few] { $n } сообщения не удалось доставить
   *[many] { $n } сообщений не удалось доставить
}
deliveries-hint-see = Посмотреть
delivery-kind-mail = Письмо
delivery-kind-push = Push-уведомление
delivery-kind-notice = Уведомление
