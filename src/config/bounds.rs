//! Which numbers a setting may be: what its unit says, unless it has bounds of its own. A number outside
//! cannot work or was not meant.

/// The smallest and the largest, both included.
type Bounds = (i64, i64);

/// Where nought means "never" or "no bound", and what is neither a budget nor a span.
const OWN: [(&str, Bounds); 16] = [
    ("requests_per_minute", (0, 1_000_000)),
    ("brand_hue", (0, 360)),
    ("drain_seconds", (0, 3600)),
    ("ticket.reminder_days", (0, 3650)),
    ("ticket.resolve_days", (0, 3650)),
    ("ticket.close_days", (0, 3650)),
    ("ticket.reopen_days", (0, 3650)),
    ("ticket.storage_per_customer_mib", (0, 1 << 20)),
    // Less is guessed at once; more at each sign-in empties the machine.
    ("account.argon2_memory_kib", (64, 1 << 20)),
    ("account.argon2_iterations", (1, 100)),
    ("session.limit", (1, 1000)),
    ("jobs.workers", (1, 64)),
    ("jobs.tries", (1, 1000)),
    ("files.max_files", (1, 100)),
    ("files.max_bytes", (1024, 1 << 30)),
    ("notification.devices", (1, 1000)),
];

const UNITS: [(&str, Bounds); 6] = [
    ("_seconds", (1, 86_400)),
    ("_minutes", (1, 1440)),
    ("_hours", (1, 8760)),
    ("_days", (1, 3650)),
    ("_bytes", (1024, u32::MAX as i64)),
    ("_mib", (1, 1 << 20)),
];

/// Budgets and other counts.
const COUNT: Bounds = (1, 1_000_000);

pub fn of(name: &str) -> Bounds {
    let own = OWN.iter().find(|(own, _)| *own == name);
    let unit = || UNITS.iter().find(|(unit, _)| name.ends_with(unit));
    own.or_else(unit).map_or(COUNT, |(_, bounds)| *bounds)
}

/// What is wrong with this number, in words.
pub fn check(name: &str, value: i64) -> Result<(), String> {
    let (least, most) = of(name);
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(format!("expected a whole number from {least} to {most}, got {value}"))
}
