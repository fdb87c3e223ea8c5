//! People: who they are here, and what each of them brings along.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use super::{
    Run,
    report::Apart,
    rows::{Profile, UserRow},
    rules,
    store_map::{self, Kind as MapKind},
};
use crate::{
    account::store_import::{self as accounts, Moved},
    cli::Failure,
    notification::{
        model::{Channel, Kind},
        store_settings,
    },
    platform::{
        base::{actor::Role, mailbox},
        data::db::Tx,
    },
};

const AT_ONCE: usize = 200;
/// What their one switch for tickets was about.
const ABOUT_TICKETS: [Kind; 3] = [Kind::TicketReply, Kind::TicketStatus, Kind::TicketReminder];

/// Somebody there.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    pub there: i64,
    /// None: erased here since.
    pub here: Option<i64>,
    /// Wrote as an operator there.
    pub was_operator: bool,
    /// May have tickets here.
    pub may_answer: bool,
}

/// Everybody there, found by their id.
#[derive(Default)]
pub struct People(Vec<Person>);

impl People {
    pub fn find(&self, there: i64) -> Option<Person> {
        let at = self.0.binary_search_by_key(&there, |person| person.there).ok()?;
        self.0.get(at).copied()
    }
}

/// What somebody is to become.
enum Plan {
    Known(Person),
    /// Somebody here has the mailbox, and is the one.
    Take(i64, Role),
    New(Box<Moved>),
}

/// What is known about a batch before it is written.
struct Batch {
    known: HashMap<i64, store_map::Known>,
    there: HashMap<i64, (Role, bool)>,
    mailboxes: HashMap<String, i64>,
    /// Who of those with a mailbox of the batch came from there before.
    came: HashSet<i64>,
    profiles: HashMap<i64, Profile>,
    choices: HashMap<i64, (bool, bool)>,
}

pub async fn bring(run: &mut Run<'_>) -> Result<People, Failure> {
    let table = run.source.schema.user.clone();
    let all = run.source.count(&table).await.map_err(super::theirs)?;
    run.report.table("user").read = all;
    let second = shared_mailboxes(run).await?;
    let mut people = People::default();
    let mut after = i64::MIN;
    loop {
        let rows = run.source.users(after, AT_ONCE).await.map_err(super::theirs)?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        batch(run, &mut people, &rows, &second).await?;
        run.progress.at("people", people.0.len() as u64, all);
    }
    for (name, column) in [("user_profile", "userId"), ("notification_settings", "userId")] {
        let Some(table) = run.source.schema.table(name) else { continue };
        let (read, lost) = (
            run.source.count(&table).await.map_err(super::theirs)?,
            run.source.without(&table, column, &run.source.schema.user.clone()).await.map_err(super::theirs)?,
        );
        let counts = run.report.table(name);
        counts.read = read;
        counts.leave_some("owner_gone", lost);
    }
    Ok(people)
}

/// Who share a mailbox with somebody who has the better right to it: who used it last, then who was first.
async fn shared_mailboxes(run: &mut Run<'_>) -> Result<HashSet<i64>, Failure> {
    // Of a million people only a number each is kept.
    let hasher = RandomState::new();
    let mut keys: Vec<(u64, i64)> = Vec::new();
    let mut after = i64::MIN;
    loop {
        let rows = run.source.users(after, 5000).await.map_err(super::theirs)?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        let known = rows.iter().filter_map(|row| Some((hasher.hash_one(key(row)?), row.id)));
        keys.extend(known);
    }
    keys.sort_unstable();
    let mut groups: Vec<Vec<i64>> = Vec::new();
    for same in keys.chunk_by(|one, other| one.0 == other.0).filter(|same| same.len() > 1) {
        groups.push(same.iter().map(|(_, id)| *id).collect());
    }
    groups.sort_unstable();
    let mut second = HashSet::new();
    for mut group in groups {
        let used: HashMap<i64, String> =
            run.source.last_used(&group).await.map_err(super::theirs)?.into_iter().collect();
        group.sort_by(|one, other| used.get(other).cmp(&used.get(one)).then(one.cmp(other)));
        second.extend(group.iter().skip(1));
        let mut shown = group.clone();
        shown.sort_unstable();
        run.report.accounts.email_conflicts.push(shown);
    }
    Ok(second)
}

fn key(row: &UserRow) -> Option<String> {
    rules::address(&row.email).map(|email| mailbox::key(&email))
}

async fn batch(run: &mut Run<'_>, people: &mut People, rows: &[UserRow], second: &HashSet<i64>) -> Result<(), Failure> {
    let batch = look_up(run, rows).await?;
    let mut plans = Vec::with_capacity(rows.len());
    for row in rows {
        count(run, &batch, row);
        plans.push(plan(run, &batch, row, second));
    }
    let mut tx = if run.options.dry_run { None } else { Some(run.app.platform.db.begin().await.map_err(super::ours)?) };
    let mut pairs = Vec::new();
    for (row, plan) in rows.iter().zip(&plans) {
        let was_operator = row.operator == 1;
        let (person, is_new) = match plan {
            Plan::Known(person) => (*person, false),
            Plan::Take(here, role) => {
                pairs.push((row.id, *here, None));
                (Person { there: row.id, here: Some(*here), was_operator, may_answer: role.is_staff() }, false)
            }
            Plan::New(moved) => {
                let here = match &mut tx {
                    Some(tx) => write(tx, moved, batch.choices.get(&row.id).copied()).await.map_err(super::ours)?,
                    None => row.id,
                };
                pairs.push((row.id, here, None));
                (Person { there: row.id, here: Some(here), was_operator, may_answer: moved.role.is_staff() }, true)
            }
        };
        account(run, &batch, row, plan, is_new, person);
        people.0.push(person);
    }
    if let Some(mut tx) = tx {
        store_map::any_keep(&mut tx, &run.name, MapKind::User, &pairs).await.map_err(super::ours)?;
        tx.commit().await.map_err(super::ours)?;
    }
    Ok(())
}

async fn look_up(run: &mut Run<'_>, rows: &[UserRow]) -> Result<Batch, Failure> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let db = &run.app.platform.db;
    let known = store_map::any_known(db, &run.name, MapKind::User, &ids).await.map_err(super::ours)?;
    let targets = known.values().map(|known| known.target_id);
    let mut asked: Vec<i64> = ids.iter().copied().chain(targets).collect();
    let keys: Vec<String> = rows.iter().filter(|row| !known.contains_key(&row.id)).filter_map(key).collect();
    let mailboxes: HashMap<String, i64> =
        accounts::any_of_mailboxes(db, &keys).await.map_err(super::ours)?.into_iter().collect();
    let here: Vec<i64> = mailboxes.values().copied().collect();
    let came = store_map::any_came(db, &run.name, MapKind::User, &here).await.map_err(super::ours)?;
    asked.extend(here);
    let there = accounts::any_there(db, &asked).await.map_err(super::ours)?;
    let profiles = run.source.profiles(&ids).await.map_err(super::theirs)?;
    let choices = run.source.choices(&ids).await.map_err(super::theirs)?;
    Ok(Batch {
        known,
        there: there.into_iter().map(|(id, role, blocked)| (id, (role, blocked))).collect(),
        mailboxes,
        came: came.into_iter().collect(),
        profiles: profiles.into_iter().map(|profile| (profile.user, profile)).collect(),
        choices: choices.into_iter().map(|(user, mail, push)| (user, (mail, push))).collect(),
    })
}

fn plan(run: &mut Run<'_>, batch: &Batch, row: &UserRow, second: &HashSet<i64>) -> Plan {
    let was_operator = row.operator == 1;
    if let Some(known) = batch.known.get(&row.id) {
        let here = batch.there.get(&known.target_id);
        let may_answer = here.is_some_and(|(role, blocked)| role.is_staff() && !blocked);
        let here = here.map(|_| known.target_id);
        return Plan::Known(Person { there: row.id, here, was_operator, may_answer });
    }
    let has_it = key(row).and_then(|key| batch.mailboxes.get(&key).copied());
    let came = has_it.is_some_and(|here| batch.came.contains(&here));
    let why = match has_it {
        _ if rules::address(&row.email).is_none() => Some("no_address"),
        _ if second.contains(&row.id) || came => Some("mailbox_of_another"),
        Some(here) if run.options.take_existing => {
            let role = batch.there.get(&here).map_or(Role::Customer, |(role, _)| *role);
            run.report.accounts.taken.push(row.id);
            return Plan::Take(here, role);
        }
        Some(_) => Some("mailbox_here_already"),
        None => None,
    };
    Plan::New(Box::new(made(run, batch, row, why)))
}

/// The account that somebody gets; `why`: another address than theirs.
fn made(run: &mut Run<'_>, batch: &Batch, row: &UserRow, why: Option<&'static str>) -> Moved {
    let email = match (rules::address(&row.email), why) {
        (Some(email), None) => email,
        _ => rules::no_address(row.id),
    };
    apart(run, row, why, &email);
    // Who has another's mailbox may be somebody who only pretends to.
    let usable = rules::password(&row.password).ok().filter(|_| matches!(why, None | Some("no_address")));
    let profile = batch.profiles.get(&row.id);
    Moved {
        id: (row.id > 0 && !batch.there.contains_key(&row.id)).then_some(row.id),
        username: rules::username(&row.username, &row.email, row.id),
        email,
        password_hash: usable.map_or_else(|| run.app.accounts.hasher.decoy(), str::to_owned),
        role: rules::role(row.operator, row.is_admin),
        language: rules::language(profile.and_then(|it| it.language.as_deref())),
        timezone: rules::timezone_or_default(profile.and_then(|it| it.timezone.as_deref())),
        created_at: row.created_at.unwrap_or_else(|| run.app.platform.clock.now()),
    }
}

async fn write(tx: &mut Tx, moved: &Moved, choice: Option<(bool, bool)>) -> Result<i64, sqlx::Error> {
    let here = accounts::insert(tx, moved).await?;
    let (mail, push) = choice.unwrap_or((true, true));
    for kind in ABOUT_TICKETS.into_iter().filter(|kind| kind.is_for(moved.role)) {
        for (channel, _) in [(Channel::Mail, mail), (Channel::Push, push)].into_iter().filter(|(_, on)| !on) {
            store_settings::set(tx, here, kind, channel, false).await?;
        }
    }
    Ok(here)
}

/// What is said of somebody whatever becomes of them.
fn count(run: &mut Run<'_>, batch: &Batch, row: &UserRow) {
    let role = rules::role(row.operator, row.is_admin);
    let all = &mut run.report.accounts;
    all.total += 1;
    match role {
        Role::Admin => all.admin += 1,
        Role::Operator => all.operator += 1,
        Role::Customer => all.customer += 1,
    }
    match rules::password(&row.password) {
        Ok(_) => all.password_usable += 1,
        Err(why) => {
            all.password_unusable += 1;
            all.passwords.entry(why).or_default().push(row.id);
        }
    }
    if rules::address(&row.email).is_none() {
        all.email_unusable.push(row.id);
    } else if rules::is_unreachable(&row.email) {
        all.unreachable.push(row.id);
    }
    if rules::username(&row.username, &row.email, row.id) != row.username {
        all.names_mended.push(row.id);
    }
    if row.is_admin && row.operator != 1 {
        all.gained_rights.push(row.id);
    }
    if let Some(profile) = batch.profiles.get(&row.id) {
        all.english += u64::from(rules::language(profile.language.as_deref()) == "en");
        let named = profile.timezone.as_deref().is_some_and(|name| !name.trim().is_empty());
        all.timezones_replaced += u64::from(named && rules::timezone(profile.timezone.as_deref()).is_none());
        all.avatars += u64::from(profile.avatar.is_some());
    }
    if let Some((mail, push)) = batch.choices.get(&row.id) {
        all.ticket_mail_off += u64::from(!mail);
        all.ticket_push_off += u64::from(!push);
    }
}

/// Notes who gets another address than theirs.
fn apart(run: &mut Run<'_>, row: &UserRow, why: Option<&'static str>, address: &str) {
    let Some(why) = why else { return };
    let all = &mut run.report.accounts;
    if why == "mailbox_here_already" {
        all.email_here_already.push(row.id);
    }
    all.kept_apart.push(Apart { id: row.id, why, was: row.email.clone(), address: address.to_owned() });
    all.unreachable.push(row.id);
}

/// Accounts for the rows of somebody.
fn account(run: &mut Run<'_>, batch: &Batch, row: &UserRow, plan: &Plan, is_new: bool, person: Person) {
    let (profile, choice) = (batch.profiles.contains_key(&row.id), batch.choices.contains_key(&row.id));
    let report = &mut run.report;
    let role = match plan {
        // Theirs is left as it is.
        Plan::Take(_, role) => *role,
        _ => rules::role(row.operator, row.is_admin),
    };
    report.sides.by_role.add(role.as_str());
    let own = report.table("user");
    match is_new {
        true => own.written += 1,
        false if matches!(plan, Plan::Take(..)) => own.written += 1,
        false => own.known_before += 1,
    }
    for (name, there) in [("user_profile", profile), ("notification_settings", choice)] {
        if there {
            let counts = report.table(name);
            match plan {
                Plan::New(_) => counts.written += 1,
                Plan::Known(_) => counts.known_before += 1,
                Plan::Take(..) => counts.leave("account_was_here"),
            }
        }
    }
    let all = &mut report.accounts;
    all.other_id += u64::from(person.here.is_some_and(|here| here != person.there));
    all.erased_here += u64::from(person.here.is_none());
}
