# One's own account: overview and profile.
dashboard-title = Overview
dashboard-hello = Hello, { $name }
dashboard-lead = What matters now, in one place.
dashboard-sessions = Your sessions
dashboard-session-count = { $n ->
    [one] { $n } device
   *[other] { $n } devices
}
dashboard-sessions-all = All sessions and sign-in history
settings-title = Profile
settings-lead = Your name, language, password and the look of the portal.
settings-profile = About you
settings-email-hint = Mail goes to this address.
settings-timezone-hint = For mail. Pages show times by the clock of your device.
settings-saved = Changes saved
settings-password-saved = Password changed, all other sessions ended
settings-password-note = All other sessions will end: those devices will need the new password.
settings-password-submit = Change password
settings-look = Look
settings-look-note = Theme and language of this browser.
zone-los-angeles = Los Angeles
zone-new-york = New York
zone-utc = Universal time
zone-london = London
zone-berlin = Berlin
zone-kaliningrad = Kaliningrad
zone-kyiv = Kyiv
zone-minsk = Minsk
zone-moscow = Moscow
zone-tbilisi = Tbilisi
zone-yerevan = Yerevan
zone-samara = Samara
zone-almaty = Almaty
zone-tashkent = Tashkent
zone-yekaterinburg = Yekaterinburg
zone-omsk = Omsk
zone-novosibirsk = Novosibirsk
zone-krasnoyarsk = Krasnoyarsk
zone-irkutsk = Irkutsk
zone-yakutsk = Yakutsk
zone-vladivostok = Vladivostok
zone-kamchatka = Kamchatka
settings-notifications = Notification and push settings
