//! The overview, as data for its templates.

use askama::Template;

use super::{model::Load, pictures::Pictures};
use crate::{
    notification::views::NoticeRow,
    platform::web::ui::{Ui, chart::Share},
    session::views::SessionLine,
    ticket::{
        model::{Priority, Status},
        reading::{Item, Stats},
        shown::Person,
        views::Tile,
    },
};

/// What a customer sees.
#[derive(Template)]
#[template(path = "overview_customer.html")]
pub struct CustomerPage {
    pub ui: Ui,
    pub stats: Stats,
    /// Those that are not over, what waits for the customer first.
    pub tickets: Vec<Line>,
    pub notices: Notices,
    pub sessions: Sessions,
}

impl CustomerPage {
    fn has_tickets(&self) -> bool {
        let Stats { open, in_progress, awaiting_reply, resolved, closed, .. } = self.stats;
        open + in_progress + awaiting_reply + resolved + closed > 0
    }

    fn active(&self) -> i64 {
        self.stats.open + self.stats.in_progress + self.stats.awaiting_reply
    }

    fn lead(&self) -> String {
        match (self.stats.awaiting_reply, self.active()) {
            (0, 0) => self.ui.t("overview-lead").into(),
            (0, active) => self.ui.tn("overview-lead-ours", active),
            (yours, _) => self.ui.tn("overview-lead-yours", yours),
        }
    }
}

/// What an operator or an administrator sees.
#[derive(Template)]
#[template(path = "overview_staff.html")]
pub struct StaffPage {
    pub ui: Ui,
    pub tiles: Vec<Tile>,
    /// How many wait for an answer.
    pub waiting: i64,
    /// Who should be answered next.
    pub queue: Vec<Line>,
    /// Those of this operator that wait.
    pub mine: Vec<Line>,
    pub notices: Notices,
    pub pictures: Pictures,
}

impl StaffPage {
    fn lead(&self) -> String {
        match self.waiting {
            0 => self.ui.t("overview-lead-calm").into(),
            waiting => self.ui.tn("overview-lead-waiting", waiting),
        }
    }
}

/// What the reader has not read yet.
pub struct Notices {
    /// The newest of them.
    pub rows: Vec<NoticeRow>,
    /// How many there are in all.
    pub unread: i64,
}

/// The few sessions that were active last, this one first.
pub struct Sessions {
    pub lines: Vec<SessionLine>,
    /// How many there are in all.
    pub count: i64,
}

/// A ticket in one line.
pub struct Line {
    pub id: i64,
    pub title: String,
    pub status: Status,
    pub priority: Priority,
    pub customer: Person,
    pub operator: Option<Person>,
    pub unread: bool,
    pub updated_ms: i64,
    /// How long the customer has waited: `3 ч`.
    pub waited: Option<String>,
}

impl Line {
    pub fn new(ui: &Ui, item: Item) -> Self {
        let ticket = item.ticket;
        Self {
            id: ticket.id,
            title: ticket.title,
            status: ticket.status,
            priority: ticket.priority,
            customer: ticket.user,
            operator: ticket.assigned_operator,
            unread: item.unread,
            updated_ms: ticket.updated_at.0,
            waited: item.waiting_since.map(|since| span(ui, (ui.now_ms - since.0) / 1000)),
        }
    }
}

/// A length of time, short: `5 мин`, `3 ч`, `1 ч 20 мин`, `2 дн`.
pub fn span(ui: &Ui, seconds: i64) -> String {
    const HOUR: i64 = 60;
    const DAY: i64 = 24 * HOUR;
    let minutes = (seconds + 30) / 60;
    match minutes {
        ..HOUR => ui.tn("overview-minutes", minutes.max(0)),
        HOUR..DAY if minutes % HOUR == 0 || minutes >= 3 * HOUR => ui.tn("overview-hours", minutes / HOUR),
        HOUR..DAY => {
            format!("{} {}", ui.tn("overview-hours", minutes / HOUR), ui.tn("overview-minutes", minutes % HOUR))
        }
        _ => ui.tn("overview-days", minutes / DAY),
    }
}

/// What an operator did, with bars that compare it to the others'.
pub struct LoadLine {
    pub load: Load,
    pub answers: Share,
    pub closed: Share,
}

impl LoadLine {
    pub fn all(load: &[Load]) -> Vec<Self> {
        let most = load.iter().map(|one| one.answers.max(one.closed)).max().unwrap_or(0);
        let line = |one: &Load| Self {
            answers: Share::new(one.answers, most),
            closed: Share::new(one.closed, most),
            load: one.clone(),
        };
        load.iter().map(line).collect()
    }
}
