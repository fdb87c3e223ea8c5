//! A row of a table as a type. Its columns are named once, in `table!`; what reads and writes them follows.

use sqlx::{error::BoxDynError, postgres::PgArguments, sqlite::SqliteArguments};

use super::{db::Tx, pools::Inner};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// Which values a statement takes, in the order of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    All,
    /// All but the key, which the database gives.
    New,
    /// The key, and what may be another than before.
    Changed,
}

/// What `table!` makes of a struct.
pub trait Row: Sync {
    const TABLE: &'static str;
    const KEY: &'static str;
    /// Written once.
    const FIXED: &'static [&'static str];
    const CHANGING: &'static [&'static str];

    fn statements() -> &'static Statements;
    fn sqlite(&self, to: &mut SqliteArguments, part: Part) -> std::result::Result<(), BoxDynError>;
    fn postgres(&self, to: &mut PgArguments, part: Part) -> std::result::Result<(), BoxDynError>;
}

/// The statements that write one row.
pub struct Statements {
    add: String,
    /// Of rows with their keys, up to their values.
    insert: String,
    update: String,
}

impl Statements {
    pub fn new<R: Row>() -> Self {
        let new = [R::FIXED, R::CHANGING].concat();
        let all = [&[R::KEY], new.as_slice()].concat();
        let insert = |columns: &[&str]| format!("INSERT INTO {} ({}) VALUES ", R::TABLE, columns.join(", "));
        let set: Vec<_> = R::CHANGING.iter().zip(2..).map(|(column, n)| format!("{column} = ${n}")).collect();
        Self {
            add: format!("{}({}) RETURNING {}", insert(&new), numbers(1, new.len()), R::KEY),
            insert: insert(&all),
            update: format!("UPDATE {} SET {} WHERE {} = $1", R::TABLE, set.join(", "), R::KEY),
        }
    }
}

/// `$1, $2, $3`
fn numbers(from: usize, count: usize) -> String {
    (from..from + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// The values of some rows, for SQLite.
fn for_sqlite<R: Row>(rows: &[R], part: Part) -> Result<SqliteArguments> {
    let mut values = SqliteArguments::default();
    rows.iter().try_for_each(|row| row.sqlite(&mut values, part)).map_err(sqlx::Error::Encode)?;
    Ok(values)
}

fn for_postgres<R: Row>(rows: &[R], part: Part) -> Result<PgArguments> {
    let mut values = PgArguments::default();
    rows.iter().try_for_each(|row| row.postgres(&mut values, part)).map_err(sqlx::Error::Encode)?;
    Ok(values)
}

/// Runs a statement with the values of some rows.
macro_rules! run {
    ($tx:expr, $rows:expr, $part:expr, $query:ident($sql:expr), $c:ident, $q:ident => $run:expr) => {
        match $tx.inner() {
            Inner::Sqlite(t) => {
                let ($c, $q) = (&mut **t, sqlx::$query($sql, for_sqlite($rows, $part)?));
                $run
            }
            Inner::Postgres(t) => {
                let ($c, $q) = (&mut **t, sqlx::$query($sql, for_postgres($rows, $part)?));
                $run
            }
        }
    };
}

/// Writes a new row and says the key that the database gave it.
pub async fn add<R: Row>(tx: &mut Tx, row: &R) -> Result<i64> {
    let row = std::slice::from_ref(row);
    run!(tx, row, Part::New, query_scalar_with(R::statements().add.as_str()), c, q => q.fetch_one(c).await)
}

/// Writes what a row has become.
pub async fn update<R: Row>(tx: &mut Tx, row: &R) -> Result<()> {
    let row = std::slice::from_ref(row);
    run!(tx, row, Part::Changed, query_with(R::statements().update.as_str()), c, q => q.execute(c).await.map(|_| ()))
}

/// Values that one statement takes, on either database.
const MOST_VALUES: usize = 32_000;

/// Writes rows with their keys, as many at a time as a statement takes.
pub async fn insert_all<R: Row>(tx: &mut Tx, rows: &[R]) -> Result<()> {
    let width = 1 + R::FIXED.len() + R::CHANGING.len();
    for rows in rows.chunks(MOST_VALUES / width) {
        let tuples: Vec<_> = (0..rows.len()).map(|n| format!("({})", numbers(n * width + 1, width))).collect();
        let sql = sqlx::AssertSqlSafe(format!("{}{}", R::statements().insert, tuples.join(", ")));
        run!(tx, rows, Part::All, query_with(sql), c, q => q.persistent(false).execute(c).await.map(|_| ()))?;
    }
    Ok(())
}

/// Makes the type of a table's rows, and `$columns!("t.")`: its columns behind an alias, or `""` for none. The
/// leading `$` is for that macro.
#[macro_export]
macro_rules! table {
    ($d:tt $(#[$meta:meta])* pub struct $name:ident in $table:literal as $columns:ident {
        key { $(#[$key_meta:meta])* $key:ident: $key_type:ty $(,)? }
        fixed { $($(#[$fixed_meta:meta])* $fixed:ident: $fixed_type:ty),+ $(,)? }
        changing { $($(#[$changing_meta:meta])* $changing:ident: $changing_type:ty),* $(,)? }
    }) => {
        $(#[$meta])*
        #[derive(sqlx::FromRow)]
        pub struct $name {
            $(#[$key_meta])* pub $key: $key_type,
            $($(#[$fixed_meta])* pub $fixed: $fixed_type,)+
            $($(#[$changing_meta])* pub $changing: $changing_type,)*
        }

        macro_rules! $columns {
            ($d t:literal) => {
                concat!(
                    $d t, stringify!($key)
                    $(, ", ", $d t, stringify!($fixed))+
                    $(, ", ", $d t, stringify!($changing))*
                )
            };
        }

        impl $crate::platform::data::row::Row for $name {
            const TABLE: &'static str = $table;
            const KEY: &'static str = stringify!($key);
            const FIXED: &'static [&'static str] = &[$(stringify!($fixed)),+];
            const CHANGING: &'static [&'static str] = &[$(stringify!($changing)),*];

            fn statements() -> &'static $crate::platform::data::row::Statements {
                use $crate::platform::data::row::Statements;
                static MADE: std::sync::LazyLock<Statements> = std::sync::LazyLock::new(Statements::new::<$name>);
                &MADE
            }

            fn sqlite(
                &self,
                to: &mut sqlx::sqlite::SqliteArguments,
                part: $crate::platform::data::row::Part,
            ) -> std::result::Result<(), sqlx::error::BoxDynError> {
                $crate::table!(@values self, to, part, $key, [$($fixed)+], [$($changing)*])
            }

            fn postgres(
                &self,
                to: &mut sqlx::postgres::PgArguments,
                part: $crate::platform::data::row::Part,
            ) -> std::result::Result<(), sqlx::error::BoxDynError> {
                $crate::table!(@values self, to, part, $key, [$($fixed)+], [$($changing)*])
            }
        }
    };
    (@values $row:tt, $to:ident, $part:ident, $key:ident, [$($fixed:ident)+], [$($changing:ident)*]) => {{
        use sqlx::Arguments as _;
        use $crate::platform::data::row::Part;
        if $part != Part::New {
            $to.add(&$row.$key)?;
        }
        if $part != Part::Changed {
            $($to.add(&$row.$fixed)?;)+
        }
        $($to.add(&$row.$changing)?;)*
        Ok(())
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::table! { $
        #[derive(Clone)]
        pub struct Cat in "cat" as cat_columns {
            key { id: i64 }
            fixed { name: String, born: Option<i64> }
            changing { fed: bool }
        }
    }

    #[test]
    fn columns_are_named_once() {
        assert_eq!(cat_columns!("c."), "c.id, c.name, c.born, c.fed");
        let made = Cat::statements();
        assert_eq!(made.add, "INSERT INTO cat (name, born, fed) VALUES ($1, $2, $3) RETURNING id");
        assert_eq!(made.insert, "INSERT INTO cat (id, name, born, fed) VALUES ");
        assert_eq!(made.update, "UPDATE cat SET fed = $2 WHERE id = $1");
    }
}
