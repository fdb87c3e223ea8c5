//! Codes of errors in signing in by a code. They never change: programs know errors by them.

crate::codes! {
    PASSWORD_REQUIRED = "password_required";
    QR_CONFIRMED = "qr_confirmed";
    QR_EXPIRED = "qr_expired";
    QR_NOT_CONFIRMED = "qr_not_confirmed";
    QR_NOT_FOUND = "qr_not_found";
    QR_OTHER_ACCOUNT = "qr_other_account";
    QR_PHOTO_FOREIGN = "qr_photo_foreign";
    QR_PHOTO_MISSING = "qr_photo_missing";
    QR_PHOTO_TOO_LARGE = "qr_photo_too_large";
    QR_PHOTO_TYPE = "qr_photo_type";
    QR_PHOTO_UNREADABLE = "qr_photo_unreadable";
    QR_PUSH_UNKNOWN = "qr_push_unknown";
    QR_REJECTED = "qr_rejected";
    QR_SCAN_FIRST = "qr_scan_first";
    QR_SUPERSEDED = "qr_superseded";
    QR_TAKEN = "qr_taken";
    QR_USED = "qr_used";
    QR_WRONG_NUMBER = "qr_wrong_number";
    SESSION_UNCONFIRMED = "session_unconfirmed";
}
