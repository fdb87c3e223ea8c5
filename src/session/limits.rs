//! Budgets of the ways in. Nobody can use up somebody else's: README says why.

use std::time::Duration;

use super::Settings;
use crate::platform::base::{
    address::Address,
    error::Result,
    limits::{Crowd, Limit},
    workers::Turn,
};

const TEN_MINUTES: Duration = Duration::from_secs(600);
const HOUR: Duration = Duration::from_secs(3600);
/// Tries on one account that each network has when those of all strangers are used up.
const LAST_TRIES: u32 = 3;
/// What all networks together have then, in budgets of an account.
const LAST_TRIES_OF_ALL: u32 = 5;
/// What all known browsers of an account have together, in budgets of one.
const KNOWN_OF_ALL: u32 = 4;
/// New passwords tried with one link.
const RESETS: u32 = 10;

pub struct Limits {
    crowd: Crowd,
    account: Limit<String>,
    last: Limit<(String, Address)>,
    last_of_all: Limit<String>,
    known: Limit<(String, Vec<u8>)>,
    known_of_all: Limit<String>,
    /// Passwords asked for again, by session: a guest in one does not use up the owner's.
    pub proofs: Limit<i64>,
    pub refresh: Limit<Address>,
    pub forgot: Crowd,
    pub forgot_account: Limit<String>,
    pub reset: Limit<i64>,
}

/// How a visitor is known to the account that they try.
pub enum Known {
    /// By the hash of what marks a browser that came in before.
    Browser(Vec<u8>),
    /// Somebody came in from this address before.
    Address,
    No,
}

/// A try that may be made.
pub struct Admitted {
    /// A known browser goes before strangers.
    pub turn: Turn,
    account: String,
    from: Source,
}

/// Whose budget a try came from.
enum Source {
    Known,
    Strangers,
    Last(Address),
}

impl Limits {
    pub fn new(on: bool, settings: &Settings) -> Self {
        let tries = settings.sign_ins_per_account;
        let account = |times: u32| Limit::new(on, tries.saturating_mul(times), TEN_MINUTES);
        Self {
            crowd: Crowd::new(on, settings.sign_ins_per_address, settings.sign_ins_in_all, TEN_MINUTES),
            account: account(1),
            last: Limit::new(on, LAST_TRIES.min(tries), TEN_MINUTES),
            last_of_all: account(LAST_TRIES_OF_ALL),
            known: Limit::new(on, tries, TEN_MINUTES),
            known_of_all: account(KNOWN_OF_ALL),
            proofs: Limit::new(on, tries, TEN_MINUTES),
            refresh: Limit::new(on, settings.refreshes_per_minute, Duration::from_secs(60)),
            forgot: Crowd::new(on, settings.forgotten_per_hour.saturating_mul(4), 0, HOUR),
            forgot_account: Limit::new(on, settings.forgotten_per_hour, HOUR),
            reset: Limit::new(on, RESETS, HOUR),
        }
    }

    /// Takes one try on an account. A known browser has a budget of its own, which no stranger can use
    /// up; who comes from a known address has one for that address. Strangers share one for the account,
    /// and when that is used up, each network has a few more: somebody who fails on and on from one
    /// place keeps nobody else out (ASVS 6.1.1). All but known browsers count as a crowd (ASVS 6.3.1).
    ///
    /// # Errors
    /// 429 with the seconds to wait.
    pub fn admit(&self, account: String, address: Address, known: Known) -> Result<Admitted> {
        if let Known::Browser(hash) = known {
            self.known.take(&(account.clone(), hash))?;
            self.known_of_all.take(&account)?;
            return Ok(Admitted { turn: Turn::Sooner, account, from: Source::Known });
        }
        self.crowd.take(address)?;
        let from = match known {
            Known::Address => {
                self.known.take(&(account.clone(), address.to_string().into_bytes()))?;
                Source::Known
            }
            _ => self.take_of_strangers(&account, address)?,
        };
        Ok(Admitted { turn: Turn::Later, account, from })
    }

    fn take_of_strangers(&self, account: &String, address: Address) -> Result<Source> {
        let Err(used_up) = self.account.take(account) else { return Ok(Source::Strangers) };
        let network = address.network();
        let last = (account.clone(), network);
        self.last.take(&last).map_err(|_| used_up.clone())?;
        self.last_of_all.take(account).map_err(|_| used_up)?;
        Ok(Source::Last(network))
    }

    /// Gives back what strangers need: the try was no guess.
    pub fn give_back(&self, admitted: Admitted) {
        match admitted.from {
            Source::Known => {}
            Source::Strangers => self.account.give_back(&admitted.account),
            Source::Last(network) => {
                self.last_of_all.give_back(&admitted.account);
                self.last.give_back(&(admitted.account, network));
            }
        }
    }

    /// Forgets who has a full budget again.
    pub fn sweep(&self) {
        self.crowd.sweep();
        self.account.sweep();
        self.last.sweep();
        self.last_of_all.sweep();
        self.known.sweep();
        self.known_of_all.sweep();
        self.proofs.sweep();
        self.refresh.sweep();
        self.forgot.sweep();
        self.forgot_account.sweep();
        self.reset.sweep();
    }
}
