//! What happens to notifications.

crate::events! {
    /// Something new to read: `id` is the notification.
    NEW = "notification.new";
    /// Read, `id`, or all that was there with 0.
    READ = "notification.read";
    /// Gone, `id`, or all that was read with 0.
    DELETED = "notification.deleted";
    /// For clients of before, which know the end of one notification by another name.
    DELETE = "notification.delete";
    /// The number of unread ones may be another.
    COUNT = "notification.count";
}
