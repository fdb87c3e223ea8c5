//! What happens to notifications.

crate::events! {
    /// Something new to read: `id` is the notification.
    NEW = "notification.new";
    /// Read, `id`, or all that was there with 0.
    READ = "notification.read";
    /// Gone, `id`, or all that was read with 0.
    DELETED = "notification.deleted";
    /// The number of unread ones may be another.
    COUNT = "notification.count";
}
