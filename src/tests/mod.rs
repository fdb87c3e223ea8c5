//! Rules that hold for every route, tried on every route.

mod acts;
mod before;
mod reads;
mod stage;
mod table;
