//! The entries of the sidebar, which on phones are the bottom bar. A new page is one line in `LINKS`.

use super::Ui;
use crate::platform::base::actor::Role;

struct Link {
    group: &'static str,
    href: &'static str,
    icon: &'static str,
    label: &'static str,
    /// Whether the bottom bar of phones has room for it; the profile is in the account menu too.
    in_bar: bool,
    shown_to: fn(Role) -> bool,
}

const LINKS: [Link; 8] = [
    link("nav-main", "/dashboard", "home", "nav-overview", true, anyone),
    link("nav-main", "/dashboard/tickets-new", "chat", "nav-tickets", true, anyone),
    link("nav-main", "/dashboard/notifications", "bell", "nav-notifications", true, anyone),
    link("nav-settings", "/dashboard/settings", "person", "nav-profile", false, anyone),
    link("nav-settings", "/dashboard/settings/sessions", "shield", "nav-sessions", true, anyone),
    link("nav-settings", "/dashboard/settings/notifications", "sliders", "nav-notification-settings", false, anyone),
    link("nav-admin", "/dashboard/admin/users", "people", "nav-users", true, Role::is_admin),
    link("nav-admin", "/dashboard/admin/deliveries", "send", "nav-deliveries", false, Role::is_admin),
];

/// Pages that belong to an entry without standing below its address.
const BESIDE: [(&str, &str); 1] = [("/dashboard/tickets", "/dashboard/tickets-new")];

/// Links under one heading; the first group shows none.
pub struct NavGroup {
    pub title: Option<&'static str>,
    pub links: Vec<NavLink>,
}

pub struct NavLink {
    pub href: &'static str,
    pub icon: &'static str,
    pub label: &'static str,
    pub current: bool,
    pub in_bar: bool,
    /// How many wait there, where that is counted.
    pub count: Option<i64>,
}

impl NavLink {
    /// What fits beside an entry.
    pub fn count_text(&self) -> String {
        match self.count.unwrap_or(0) {
            count @ ..=99 => count.to_string(),
            _ => "99+".to_owned(),
        }
    }

    /// What is counted, for those who do not see what the number stands beside.
    pub fn counted(&self, ui: &Ui) -> &'static str {
        ui.t(match self.href {
            "/dashboard/notifications" => "nav-count-unread",
            "/dashboard/admin/deliveries" => "nav-count-undelivered",
            _ => "nav-count-waiting",
        })
    }

    /// Whether phones have it in the account menu only; the profile is there on every screen.
    pub fn only_in_menu(&self) -> bool {
        !self.in_bar && self.href != "/dashboard/settings"
    }
}

pub(super) fn groups(ui: &Ui) -> Vec<NavGroup> {
    let Some(role) = ui.user.as_ref().map(|user| user.role) else { return Vec::new() };
    let shown = || LINKS.iter().filter(|link| (link.shown_to)(role));
    // The longest match is the one: the profile's address begins that of the sessions.
    let beside = BESIDE.iter().find(|(page, _)| ui.is_current(page)).map(|(_, entry)| *entry);
    let below = shown().map(|link| link.href).filter(|href| ui.is_current(href)).max_by_key(|href| href.len());
    let here = beside.or(below);
    let mut groups: Vec<(&str, NavGroup)> = Vec::new();
    for link in shown() {
        if groups.last().is_none_or(|(group, _)| *group != link.group) {
            let title = (link.group != "nav-main").then(|| ui.t(link.group));
            groups.push((link.group, NavGroup { title, links: Vec::new() }));
        }
        let Some((_, group)) = groups.last_mut() else { continue };
        group.links.push(NavLink {
            href: link.href,
            icon: link.icon,
            label: ui.t(link.label),
            current: here == Some(link.href),
            in_bar: link.in_bar,
            count: ui.counts.of(link.href),
        });
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

const fn link(
    group: &'static str,
    href: &'static str,
    icon: &'static str,
    label: &'static str,
    in_bar: bool,
    shown_to: fn(Role) -> bool,
) -> Link {
    Link { group, href, icon, label, in_bar, shown_to }
}

fn anyone(_: Role) -> bool {
    true
}
