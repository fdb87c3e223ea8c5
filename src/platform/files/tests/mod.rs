//! Files, rule by rule.
