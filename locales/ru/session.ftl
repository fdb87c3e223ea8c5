# Вход, сессии, пользователи и письма о них.
login-title = Вход в аккаунт
login-submit = Войти
login-forgot = Забыли пароль?
login-no-account = Нет аккаунта?
login-register = Зарегистрироваться
register-title = Регистрация
register-submit = Создать аккаунт
register-have-account = Уже есть аккаунт?
forgot-title = Забыли пароль?
forgot-lead = Укажите почту аккаунта, и мы пришлём ссылку для нового пароля.
forgot-submit = Прислать ссылку
forgot-sent = Если такой аккаунт есть, письмо уже в пути.
forgot-sent-more = Ссылка работает 30 минут. Не видите письма? Загляните в «Спам».
forgot-mail-off = Почта на этом портале не настроена. Чтобы сменить пароль, обратитесь к администратору.
reset-title = Новый пароль
reset-ends-sessions = Все открытые сессии завершатся.
reset-submit = Сохранить пароль
reset-again = Запросить новую ссылку
setup-title = Первый администратор
setup-lead = Портал запущен. Создайте аккаунт, который будет им управлять.
setup-submit = Создать администратора

proof-title = Подтвердите, что это вы
proof-lead = Вы давно не вводили пароль в этой сессии, а действие меняет доступ к аккаунту. Введите пароль, и мы сразу продолжим: всё заполненное сохранено.
proof-lead-unconfirmed = Эта сессия открыта по QR-коду, а действие меняет доступ к аккаунту. Введите пароль, и мы сразу продолжим: всё заполненное сохранено.
proof-submit = Продолжить

sessions-title = Сессии
sessions-lead = Устройства, на которых открыт ваш аккаунт. Завершённая сессия закрывается сразу.
sessions-end-others = Завершить все остальные
sessions-ask-title = Завершить остальные сессии?
sessions-ask = { $n ->
    [one] На { $n } устройстве портал закроется сразу. Чтобы вернуться, там придётся войти заново. Эта сессия останется.
   *[other] На { $n } устройствах портал закроется сразу. Чтобы вернуться, там придётся войти заново. Эта сессия останется.
}
sessions-ask-password = Вы давно не вводили пароль, поэтому просим подтвердить.
sessions-ask-yes = { $n ->
    [one] Завершить { $n } сессию
    [few] Завершить { $n } сессии
   *[many] Завершить { $n } сессий
}
session-this = эта сессия
session-unconfirmed = вход не подтверждён
session-activity = Активность:
session-opened = вход
session-by-password = , по паролю
session-by-qr = , по QR-коду
session-by-register = , при регистрации
session-by-reset = , после сброса пароля
session-end = Завершить сессию
session-end-named = Завершить сессию: { $name }
session-ended = Сессия завершена: { $name }
session-rename = Переименовать
session-rename-named = Переименовать устройство: { $name }
session-name = Название устройства
session-name-example = Рабочий ноутбук
history-title = История входов
history-note = последние 20 попыток
history-empty = Попыток входа ещё не было.
history-result = Итог
history-device = Устройство
history-place = Откуда
history-when = Когда
history-in = Вход
history-refused = Отказ
history-theft = Похоже на кражу
history-times = { $n ->
    [one] { $n } раз
    [few] { $n } раза
   *[many] { $n } раз
}
advice-title = Как беречь аккаунт
advice-unused = Завершайте сессии на устройствах, которыми больше не пользуетесь.
advice-unknown = Незнакомый вход? Завершите его и сразу смените пароль.
advice-qr = Не подтверждайте вход по QR-коду, если не открывали его сами.

not-me-title = Это были не вы?
not-me-lead = Вот вход, о котором мы написали. Если он не ваш, завершите его: устройство потеряет доступ сразу.
not-me-end = Завершить эту сессию
not-me-mine = Это были вы? Тогда просто закройте страницу.
not-me-done = Сессия завершена, у того устройства больше нет доступа
not-me-advice = Кто-то мог узнать ваш пароль. Смените его прямо сейчас.
not-me-change-password = Сменить пароль
not-me-gone = Эта сессия уже завершена, или ссылка устарела.
not-me-see-all = Посмотреть все сессии

users-title = Пользователи
users-total = { $n ->
    [one] { $n } аккаунт
    [few] { $n } аккаунта
   *[many] { $n } аккаунтов
}
users-new = Новый пользователь
users-create = Создать
users-search = Имя, почта или домен
users-none = Никого не нашлось.
users-you = это вы
users-blocked = заблокирован
users-never = ещё не входил
users-sessions = { $n ->
    [one] { $n } сессия
    [few] { $n } сессии
   *[many] { $n } сессий
}
users-since = Аккаунт создан
users-me-note = Свою роль изменить нельзя: попросите другого администратора.
users-save-role = Сохранить роль
users-block = Заблокировать
users-unblock = Разблокировать
users-block-note = Блокировка завершит все сессии и закроет вход. Её можно снять в любой момент.
users-end-sessions = Завершить все сессии
users-email-change = Изменить почту
users-email-title = Изменить адрес почты
users-email-now = Сейчас: { $email }
users-email-new = Новая почта
users-email-note = Письмо об этом получат оба адреса. Ссылки из прежних писем перестанут работать. Пароль и открытые сессии останутся.
users-email-submit = Изменить почту
users-unreachable = письма не доходят
users-unreachable-note = На этот адрес письма не доходят: человек не получает ни уведомлений, ни ссылки для нового пароля. Задайте аккаунту другой адрес.
users-unreachable-count = { $n ->
    [one] До { $n } человека письма не доходят
    [few] До { $n } человек письма не доходят
   *[many] До { $n } человек письма не доходят
}
users-unreachable-shown = Показаны только те, до кого не доходят письма.
users-show-all = Показать всех

mail-device = Устройство
mail-place = Место
mail-ip = IP-адрес
mail-when = Время
mail-new-device-subject = Новый вход в аккаунт { $site }
mail-new-device-lead = В ваш аккаунт на { $site } вошли с устройства, которого мы раньше не видели.
mail-qr-sign-in-lead = В ваш аккаунт на { $site } вошли по QR-коду, который подтвердили с телефона.
mail-new-device-yours = Если это были вы, ничего делать не нужно.
mail-new-device-not-yours = Если нет, завершите эту сессию и смените пароль.
mail-new-device-button = Завершить эту сессию
mail-reset-subject = Новый пароль для { $site }
mail-reset-lead = Мы получили запрос на смену пароля от вашего аккаунта.
mail-reset-button = Задать новый пароль
mail-reset-life = { $n ->
    [one] Ссылка сработает один раз и действует { $n } минуту.
    [few] Ссылка сработает один раз и действует { $n } минуты.
   *[many] Ссылка сработает один раз и действует { $n } минут.
}
mail-reset-ignore = Если вы этого не просили, просто удалите письмо: пароль останется прежним.
mail-password-changed-subject = Пароль от { $site } изменён
mail-password-changed-lead = Пароль от вашего аккаунта изменён, остальные сессии завершены.
mail-password-changed-not-you = Если это сделали не вы, сразу задайте новый пароль.
mail-access-subject = Доступ к аккаунту { $site } изменён
mail-access-role = Администратор изменил вашу роль. Теперь она такая: { $role }.
mail-access-blocked = Администратор заблокировал ваш аккаунт: все сессии завершены, войти нельзя.
mail-access-unblocked = Администратор снял блокировку с вашего аккаунта. Можно снова войти.
mail-access-password = Администратор задал новый пароль для вашего аккаунта, все сессии завершены.
mail-access-advice = Если это для вас неожиданность, напишите администратору портала.
mail-address-subject = Адрес почты аккаунта { $site } изменён
mail-address-old = Администратор изменил адрес почты вашего аккаунта. На этот ящик письма больше не приходят.
mail-address-new = Администратор изменил адрес почты вашего аккаунта. Теперь письма приходят на этот ящик, и входить нужно с этим адресом.
mail-address-was = Было
mail-address-is = Стало
mail-address-links = Пароль остался прежним. Ссылки из прежних писем больше не работают.
mail-failures-subject = В аккаунт { $site } пытаются войти
mail-failures-lead = Кто-то несколько раз подряд ввёл неверный пароль от вашего аккаунта. Последняя попытка:
mail-failures-yours = Если это были вы, ничего делать не нужно.
mail-failures-not-yours = Если нет, войти ему не удалось. Пароль, который вы используете где-то ещё, лучше сменить.
mail-token-reuse-subject = Похоже, сессию в { $site } пытались украсть
mail-token-reuse-lead = Кто-то предъявил старый, уже заменённый ключ одной из ваших сессий. Так бывает, когда его крадут, поэтому мы завершили эту сессию.
mail-token-reuse-advice = Войдите снова. Если адрес вам незнаком, задайте новый пароль.
mail-password-changed-button = Задать новый пароль

# Answers to programs
message-registered = Аккаунт создан
message-signed-out = Вы вышли
message-password-changed = Пароль изменён, остальные сессии завершены
message-reset-sent = Если такой аккаунт есть, письмо уже в пути
message-session-renamed = Название сохранено
message-session-ended = Сессия завершена
message-others-ended = Сессии завершены
login-notice-reset = Пароль сохранён. Войдите с новым.
login-notice-signed-out = Вы вышли из аккаунта.
login-notice-ended = Эта сессия завершена: на другом устройстве, сменой пароля или из-за долгого простоя. Войдите снова.
users-notice-created = Аккаунт создан.
users-notice-changed = Изменения сохранены.
users-notice-ended = Сессии завершены.

# History of sign-ins: how, or why not
attempt-method-password = Пароль
attempt-method-qr = QR-код
attempt-method-refresh = Обновление токена
attempt-method-reset = Ссылка из письма
attempt-reason-wrong-password = Неверный пароль
attempt-reason-account-blocked = Аккаунт заблокирован
attempt-reason-session-limit = Пароль; сессия, которой дольше всех не пользовались, завершена
attempt-reason-token-reuse = Старый токен использован повторно, сессия завершена
attempt-reason-qr-rejected = QR-код: вход отклонён с телефона
attempt-reason-qr-wrong-number = QR-код: выбрано не то число
attempt-reason-qr-reported = QR-код: отклонён, владелец пожаловался
attempt-reason-password-reset = Новый пароль по ссылке из письма
