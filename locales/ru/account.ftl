# Свой аккаунт: обзор и профиль.
dashboard-title = Обзор
dashboard-hello = Здравствуйте, { $name }
dashboard-lead = Здесь собрано то, что важно сейчас.
dashboard-sessions = Ваши сессии
dashboard-session-count = { $n ->
    [one] { $n } устройство
    [few] { $n } устройства
   *[many] { $n } устройств
}
dashboard-sessions-all = Все сессии и история входов
settings-title = Профиль
settings-lead = Как к вам обращаться, язык, пароль и вид портала.
settings-profile = О вас
settings-email-hint = На этот адрес приходят письма.
settings-timezone-hint = Для писем. На страницах время идёт по часам вашего устройства.
settings-saved = Изменения сохранены
settings-password-saved = Пароль изменён, остальные сессии завершены
settings-password-note = Все остальные сессии завершатся: войти на тех устройствах можно будет с новым паролем.
settings-password-submit = Сменить пароль
settings-look = Вид
settings-look-note = Тема и язык этого браузера.
zone-los-angeles = Лос-Анджелес
zone-new-york = Нью-Йорк
zone-utc = Всемирное время
zone-london = Лондон
zone-berlin = Берлин
zone-kaliningrad = Калининград
zone-kyiv = Киев
zone-minsk = Минск
zone-moscow = Москва
zone-tbilisi = Тбилиси
zone-yerevan = Ереван
zone-samara = Самара
zone-almaty = Алматы
zone-tashkent = Ташкент
zone-yekaterinburg = Екатеринбург
zone-omsk = Омск
zone-novosibirsk = Новосибирск
zone-krasnoyarsk = Красноярск
zone-irkutsk = Иркутск
zone-yakutsk = Якутск
zone-vladivostok = Владивосток
zone-kamchatka = Камчатка
settings-notifications = Настройки уведомлений и push
