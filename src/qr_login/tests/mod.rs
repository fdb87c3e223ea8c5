//! QR sign-in, rule by rule (security.md).
