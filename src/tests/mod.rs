//! Rules that hold for every route, tried on every route; and for every text.

mod acts;
mod before;
mod brand;
mod codes;
mod locales;
mod reads;
mod stage;
mod table;
