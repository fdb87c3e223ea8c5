# Общее: каркас, поля, времена, ошибки.
skip-to-content = К содержанию
nav-label = Разделы
nav-settings = Настройки
nav-admin = Управление
nav-overview = Обзор
nav-profile = Профиль
nav-sessions = Сессии
nav-users = Пользователи
nav-notifications = Уведомления
nav-notification-settings = Настройки уведомлений
nav-deliveries = Недоставленное
nav-count-unread = непрочитанных
nav-count-undelivered = не доставлено
nav-count-waiting = ждут ответа
offline-title = Нет соединения
offline-lead = Портал сейчас недоступен: пропал интернет или сервер перезапускается. Что вы уже отправили, не потеряно; чтобы увидеть то, что не отправилось, вернитесь назад.
offline-again = Попробовать снова
menu-open = меню аккаунта
sign-out = Выйти
theme-auto = Как в системе
theme-light = Светлая тема
theme-dark = Тёмная тема
role = Роль
role-customer = Клиент
role-operator = Оператор
role-admin = Администратор
email = Электронная почта
username = Имя
password = Пароль
current-password = Текущий пароль
new-password = Новый пароль
password-hint = Не короче 8 символов. Лучше всего несколько слов подряд.
password-show = Показать пароль
password-hide = Скрыть пароль
language = Язык
timezone = Часовой пояс
save = Сохранить
cancel = Отмена
search = Найти
pages-label = Страницы
pages-prev = Назад
pages-next = Дальше
back-to-login = Вернуться ко входу

ago-now = сейчас
ago-minutes = { $n ->
    [one] { $n } минуту назад
    [few] { $n } минуты назад
   *[many] { $n } минут назад
}
ago-hours = { $n ->
    [one] { $n } час назад
    [few] { $n } часа назад
   *[many] { $n } часов назад
}
ago-days = { $n ->
    [1] вчера
    [2] позавчера
    [one] { $n } день назад
    [few] { $n } дня назад
   *[many] { $n } дней назад
}
ago-months = { $n ->
    [one] { $n } месяц назад
    [few] { $n } месяца назад
   *[many] { $n } месяцев назад
}
ago-years = { $n ->
    [one] { $n } год назад
    [few] { $n } года назад
   *[many] { $n } лет назад
}
date-day = { $day } { $month }
date-short = { $day } { $month }, { $time }
date-long = { $day } { $month } { $year }, { $time }
date-month = { $n ->
    [1] января
    [2] февраля
    [3] марта
    [4] апреля
    [5] мая
    [6] июня
    [7] июля
    [8] августа
    [9] сентября
    [10] октября
    [11] ноября
   *[12] декабря
}

error-to-overview = На обзор
error-to-login = Ко входу
error-request = Если обратитесь в поддержку, назовите номер запроса: { $id }
error-title-forbidden = Нет доступа
error-title-not-found = Страница не найдена
error-title-too-many-requests = Слишком часто
error-title-unavailable = Короткий перерыв
error-title-internal = Ошибка на нашей стороне
error-title-other = Не получилось
error-bad-request = Запрос составлен неверно
error-not-signed-in = Войдите, чтобы продолжить
error-forbidden = У вас нет доступа к этой странице
error-not-found = Такой страницы нет
error-method-not-allowed = Так к этому адресу обращаться нельзя
error-gone = Срок действия истёк
error-too-large = Слишком большой объём данных
error-unsupported-type = Такой тип данных не поддерживается
error-invalid-fields = Проверьте отмеченные поля
error-too-many-requests = { $n ->
    [one] Слишком много попыток. Подождите { $n } секунду
    [few] Слишком много попыток. Подождите { $n } секунды
   *[many] Слишком много попыток. Подождите { $n } секунд
}
error-busy = { $n ->
    [one] Сейчас слишком много запросов. Попробуйте через { $n } секунду
    [few] Сейчас слишком много запросов. Попробуйте через { $n } секунды
   *[many] Сейчас слишком много запросов. Попробуйте через { $n } секунд
}
error-unavailable = Сервис временно недоступен. Попробуйте через несколько секунд
error-internal = Что-то пошло не так на нашей стороне. Мы уже записали ошибку
error-cross-origin = Запрос пришёл с другого сайта и отклонён
error-invalid-credentials = Неверная почта или пароль
error-account-blocked = Аккаунт заблокирован. Обратитесь в поддержку
error-email-taken = Аккаунт с такой почтой уже есть
error-registration-off = Регистрация закрыта. Аккаунты создаёт администратор
error-refresh-invalid = Сессия закончилась. Войдите снова
error-refresh-reused = Сессия завершена: её токен использован повторно. Войдите снова
error-session-not-found = Сессия не найдена. Возможно, она уже завершена
error-user-not-found = Пользователь не найден
error-reset-invalid = Ссылка устарела или уже использована. Запросите новую
error-proof-required = Подтвердите паролем, что это вы
error-cookies-blocked = Браузер не сохраняет cookie портала, а без них не войти: разрешите их и откройте портал по адресу { $url }
error-reset-superseded = Позже отправлена ещё одна ссылка, работает только она: откройте самое новое письмо
error-password-required = Подтвердите действие паролем
error-password-wrong = Пароль не подошёл
error-setup-invalid = Ссылка настройки недействительна: администратор уже создан или ссылка устарела
error-last-admin = Это последний администратор. Сначала назначьте другого
error-file-not-found = Такого файла нет
error-file-too-large = Файл слишком большой
error-file-type = Файлы этого типа не принимаются
error-file-content = Содержимое файла не соответствует его имени
error-file-empty = Файл пуст
error-file-private-key = В файле закрытый ключ
error-file-archive = Архив не принят
error-file-pixels = Изображение слишком большое
error-file-infected = Файл не прошёл проверку на вирусы
error-file-scanner = Сейчас нельзя проверить файлы на вирусы. Попробуйте позже
error-file-storage = Сейчас нельзя сохранить файлы. Попробуйте позже
error-upload-stalled = Соединение слишком медленное. Попробуйте ещё раз

field-required = Заполните это поле
field-email-invalid = Похоже, в адресе ошибка. Пример: imya@example.ru
field-email-taken = Аккаунт с такой почтой уже есть
field-email-unreachable = На этот адрес письма не доходят
field-email-fixed = Адрес почты меняет только администратор
field-username-length = От 2 до 64 символов
field-password-length = От 8 до 128 символов
field-password-weak = Такой пароль легко угадать. Добавьте ещё одно-два слова
field-password-wrong = Пароль не подошёл
field-timezone-unknown = Выберите часовой пояс из списка
field-language-unknown = Выберите язык из списка
field-name-length = Не длиннее 64 символов
field-files-count = Файлов: не больше { $limit }
files-hint = Файлов не больше { $count }, каждый до { $size } МБ: { $kinds }.
files-too-many = Файлов не больше { $count }. Лишние не добавлены.
files-too-big = Больше { $size } МБ, не добавлено:
files-private-key = Отправить закрытый ключ. Кто его прочтёт, сможет выдать себя за вас; обычно хватает сертификата или открытого ключа.
field-files-later = Файлы не приняты. Отправьте сообщение без них или попробуйте позже
field-file-name = Имя файла не читается. Переименуйте файл и приложите его ещё раз
field-file-size = «{ $name }» больше { $limit } МБ
field-file-type = «{ $name }»: такие файлы не принимаем. Подойдут: { $kinds }
field-file-content = «{ $name }»: файл повреждён или не соответствует расширению
field-file-empty = «{ $name }» пуст
field-file-other = «{ $name }» на самом деле { $format }: исправьте окончание имени или пришлите другой файл
field-file-private-key = В «{ $name }» закрытый ключ: кто его прочтёт, сможет выдать себя за вас. Файлы не отправлены
field-private-keys = Чтобы всё равно отправить закрытый ключ, подтвердите это (privateKeys) и приложите файлы ещё раз
field-file-archive-odd = «{ $name }» устроен так, что разные программы распакуют из него разное. Упакуйте файлы заново
field-file-archive-empty = В архиве «{ $name }» ничего нет
field-file-archive-password = На архиве «{ $name }» пароль. Пришлите его без пароля
field-file-archive-method = «{ $name }» сжат способом { $method }. Упакуйте файлы в обычный ZIP (Deflate)
field-file-archive-name = В архиве «{ $name }» есть имя или ссылка, ведущие за пределы папки. Упакуйте файлы заново
field-file-archive-size = «{ $name }» распаковывается больше чем в { $limit } МБ или { $entries } файлов, или архивы в нём вложены слишком глубоко
field-file-passes = «{ $name }»: слишком много слоёв или кадров, от такого браузер зависает. Сохраните изображение заново
field-file-pixels = «{ $name }»: больше { $limit } мегапикселей. Уменьшите изображение
field-file-infected = «{ $name }» не прошёл проверку на вирусы

mail-hello = Здравствуйте, { $name }!
mail-footer = Это письмо отправлено автоматически порталом { $site }.
field-limit-range = От 1 до 100
docs-lead = Все вызовы с примерами. Описание для программ:
docs-signed-in = Нужен вход: токен в заголовке Authorization или cookie.
docs-body = Запрос
docs-common = На любой вызов возможны и такие ответы.
reconnecting = Нет связи, подключаемся…
address-unknown = неизвестен
