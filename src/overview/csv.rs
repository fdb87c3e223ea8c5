//! The numbers of the pictures, for spreadsheets.

use serde::Deserialize;

use super::model::Statistics;
use crate::platform::{
    base::csv::{Cell, Csv},
    web::ui::Ui,
};

/// Which numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// New and closed tickets of each day.
    Days,
    /// How long the first answer took, each day.
    Answers,
    /// What each operator did.
    Operators,
}

impl Kind {
    pub fn filename(self) -> &'static str {
        match self {
            Self::Days => "tickets-by-day.csv",
            Self::Answers => "first-answers.csv",
            Self::Operators => "operators.csv",
        }
    }
}

pub fn table(ui: &Ui, kind: Kind, statistics: &Statistics) -> String {
    let mut csv = Csv::new(ui.lang);
    let heads: &[&str] = match kind {
        Kind::Days => &["overview-day", "overview-new", "overview-closed"],
        Kind::Answers => &["overview-day", "overview-median-seconds", "overview-ninetieth-seconds"],
        Kind::Operators => &["ticket-operator", "overview-answers-given", "overview-closed"],
    };
    csv.row(heads.iter().map(|key| Cell::from(ui.t(key).to_owned())));
    if kind == Kind::Operators {
        for one in &statistics.load {
            csv.row([one.username.clone().into(), one.answers.into(), one.closed.into()]);
        }
        return csv.finish();
    }
    for day in statistics.period(&ui.timezone).days {
        let [first, second]: [Cell; 2] = match (kind, day.answered) {
            (Kind::Answers, answered) => {
                [answered.map(|one| one.median).into(), answered.map(|one| one.ninetieth).into()]
            }
            _ => [day.created.into(), day.closed.into()],
        };
        csv.row([day.date.to_string().into(), first, second]);
    }
    csv.finish()
}
