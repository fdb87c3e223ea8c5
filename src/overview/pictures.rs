//! The pictures of the last thirty days, with their words and the numbers behind them.

use super::{
    model::{Day, Period, Spread, Statistics},
    views::{LoadLine, span},
};
use crate::platform::web::ui::{
    Ui,
    chart::{Chart, Scale, Slot, Words},
};

pub struct Pictures {
    /// New and closed tickets of each day.
    pub flow: Chart,
    pub created: i64,
    pub closed: i64,
    /// How long the first answer took, each day; `None`: there was none.
    pub answers: Option<Chart>,
    /// Of all thirty days: `28 мин`.
    pub median: String,
    pub ninetieth: String,
    pub load: Vec<LoadLine>,
    /// The same numbers to read, newest day first.
    pub rows: Vec<Row>,
}

/// What the pictures show of one day.
pub struct Row {
    pub date: String,
    pub created: i64,
    pub closed: i64,
    pub median: String,
    pub ninetieth: String,
}

impl Pictures {
    pub fn of(ui: &Ui, statistics: &Statistics) -> Self {
        let period = statistics.period(&ui.timezone);
        let [median, ninetieth] = spans(ui, period.answered);
        Self {
            flow: flow(ui, &period),
            created: period.days.iter().map(|day| day.created).sum(),
            closed: period.days.iter().map(|day| day.closed).sum(),
            answers: period.answered.map(|all| answers(ui, &period, all)),
            median,
            ninetieth,
            load: LoadLine::all(&statistics.load),
            rows: period.days.iter().rev().map(|day| row(ui, day)).collect(),
        }
    }
}

fn spans(ui: &Ui, spread: Option<Spread>) -> [String; 2] {
    match spread {
        Some(spread) => [span(ui, spread.median), span(ui, spread.ninetieth)],
        None => ["—".into(), "—".into()],
    }
}

fn row(ui: &Ui, day: &Day) -> Row {
    let [median, ninetieth] = spans(ui, day.answered);
    Row { date: ui.lang.day(day.date, false), created: day.created, closed: day.closed, median, ninetieth }
}

/// A label under every seventh day, counted from today.
fn slots(ui: &Ui, period: &Period, hint: impl Fn(&Row) -> String) -> Vec<Slot> {
    let slot = |(n, day): (usize, &Day)| Slot {
        label: if (period.days.len() - n) % 7 == 1 { ui.lang.day(day.date, true) } else { String::new() },
        hint: hint(&row(ui, day)),
    };
    period.days.iter().enumerate().map(slot).collect()
}

fn flow(ui: &Ui, period: &Period) -> Chart {
    let numbers = |row: &Row| [row.date.clone(), row.created.to_string(), row.closed.to_string()];
    let say = |key: &str, [date, created, closed]: [String; 3]| {
        ui.lang.ta(key, &[("date", &date), ("created", &created), ("closed", &closed)])
    };
    let slots = slots(ui, period, |row| say("overview-flow-day", numbers(row)));
    let busiest = period.days.iter().max_by_key(|day| day.created).map(|day| numbers(&row(ui, day)));
    let words = Words {
        id: "flow",
        title: ui.t("overview-flow").into(),
        desc: say("overview-flow-desc", busiest.unwrap_or_default()),
    };
    let most = period.days.iter().map(|day| day.created.max(day.closed)).max().unwrap_or(0);
    Chart::new(words, slots, Scale::counts(most as f64), |count| count.to_string())
        .bars(period.days.iter().map(|day| day.created as f64))
        .line(period.days.iter().map(|day| day.closed as f64))
}

fn answers(ui: &Ui, period: &Period, all: Spread) -> Chart {
    let say = |key: &str, date: &str, median: &str, ninetieth: &str| {
        ui.lang.ta(key, &[("date", date), ("median", median), ("ninetieth", ninetieth)])
    };
    let slots = slots(ui, period, |row| say("overview-answers-day", &row.date, &row.median, &row.ninetieth));
    let [median, ninetieth] = spans(ui, Some(all));
    let words = Words {
        id: "answers",
        title: ui.t("overview-answers").into(),
        desc: say("overview-answers-desc", "", &median, &ninetieth),
    };
    let most = period.days.iter().filter_map(|day| day.answered).map(|spread| spread.ninetieth).max().unwrap_or(0);
    Chart::new(words, slots, Scale::seconds(most as f64), |seconds| span(ui, seconds as i64))
        .ranges(period.days.iter().map(|day| day.answered.map(|one| (one.median as f64, one.ninetieth as f64))))
}
