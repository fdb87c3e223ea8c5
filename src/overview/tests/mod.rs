//! The overview, as a page.
