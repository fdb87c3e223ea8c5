//! The map of transitions: data, in one place. The buttons of the pages and the words of a refusal
//! are made from it.

use super::model::Status;
use crate::{
    platform::base::{
        clock::Timestamp,
        error::{self, Error},
    },
    ticket::codes,
};

/// What can happen to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    CustomerReplies,
    /// "Thank you, solved".
    CustomerThanks,
    CustomerCloses,
    OperatorReplies,
    OperatorAssigns,
    OperatorUnassigns,
    /// The one who has it stops being staff, is blocked or erased.
    OperatorLeaves,
    OperatorSets(Status),
    /// Nobody answered an operator's question for days.
    TimeResolves,
    /// It stayed resolved for days.
    TimeCloses,
}

/// Who may take an arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Owner,
    Staff,
    Clock,
}

/// Where an arrow leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Is(Status),
    /// In progress when somebody has it, else open.
    Work,
    Stays,
}

use Status::{AwaitingReply, Closed, InProgress, Open, Resolved};

const ANY: &[Status] = &[Open, InProgress, AwaitingReply, Resolved, Closed];

/// Step, who may take it, from where, and where it leads. What is not here is refused.
const MAP: &[(Step, By, &[Status], To)] = &[
    (Step::CustomerReplies, By::Owner, ANY, To::Work),
    (Step::CustomerThanks, By::Owner, &[Open, InProgress, AwaitingReply, Resolved], To::Is(Resolved)),
    (Step::CustomerCloses, By::Owner, &[Open, InProgress, AwaitingReply, Resolved], To::Is(Closed)),
    (Step::OperatorReplies, By::Staff, ANY, To::Is(AwaitingReply)),
    (Step::OperatorAssigns, By::Staff, &[Open, InProgress, AwaitingReply], To::Is(InProgress)),
    (Step::OperatorAssigns, By::Staff, &[Resolved, Closed], To::Stays),
    (Step::OperatorUnassigns, By::Staff, &[InProgress], To::Is(Open)),
    (Step::OperatorUnassigns, By::Staff, &[Open, AwaitingReply, Resolved, Closed], To::Stays),
    (Step::OperatorLeaves, By::Clock, &[InProgress], To::Is(Open)),
    (Step::OperatorLeaves, By::Clock, &[Open, AwaitingReply, Resolved, Closed], To::Stays),
    (Step::OperatorSets(Open), By::Staff, ANY, To::Is(Open)),
    (Step::OperatorSets(InProgress), By::Staff, ANY, To::Is(InProgress)),
    (Step::OperatorSets(AwaitingReply), By::Staff, ANY, To::Is(AwaitingReply)),
    (Step::OperatorSets(Resolved), By::Staff, ANY, To::Is(Resolved)),
    (Step::OperatorSets(Closed), By::Staff, ANY, To::Is(Closed)),
    (Step::TimeResolves, By::Clock, &[AwaitingReply], To::Is(Resolved)),
    (Step::TimeCloses, By::Clock, &[Resolved], To::Is(Closed)),
];

/// Where a ticket stands, as far as the map cares.
#[derive(Clone, Copy, Debug)]
pub struct State {
    pub status: Status,
    pub assigned: bool,
    pub closed_at: Option<Timestamp>,
}

/// Milliseconds for which a closed ticket may be answered by its owner; 0 = never.
#[derive(Clone, Copy, Debug)]
pub struct ReopenFor(pub i64);

/// Where the step leads, or why it cannot be taken.
pub fn next(state: State, step: Step, by: By, now: Timestamp, reopen: ReopenFor) -> Result<Status, Error> {
    let arrows = || MAP.iter().filter(|(known, ..)| *known == step);
    if arrows().all(|(_, who, ..)| *who != by) {
        return Err(Error::forbidden(error::codes::FORBIDDEN));
    }
    let to = arrows().find(|(_, who, from, _)| *who == by && from.contains(&state.status)).map(|(.., to)| *to);
    let too_late = state.status == Closed && state.closed_at.is_none_or(|at| now.0 - at.0 > reopen.0);
    match to {
        Some(_) if step == Step::CustomerReplies && too_late => Err(Error::conflict(codes::TICKET_CLOSED)),
        Some(To::Is(status)) => Ok(status),
        Some(To::Work) if state.assigned => Ok(InProgress),
        Some(To::Work) => Ok(Open),
        Some(To::Stays) => Ok(state.status),
        None if by == By::Owner && too_late => Err(Error::conflict(codes::TICKET_CLOSED)),
        None if state.status == Closed => Err(Error::conflict(codes::TICKET_IS_CLOSED)),
        None => Err(Error::conflict(codes::TICKET_WRONG_STATUS)),
    }
}

/// Whether the step would be taken: a page shows its button only then.
pub fn can(state: State, step: Step, by: By, now: Timestamp, reopen: ReopenFor) -> bool {
    next(state, step, by, now, reopen).is_ok()
}
