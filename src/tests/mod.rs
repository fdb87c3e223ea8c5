//! Rules that hold for every route, tried on every route.

mod acts;
mod before;
mod brand;
mod codes;
mod reads;
mod stage;
mod table;
