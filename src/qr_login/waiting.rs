//! Browsers that wait for news of their request. An event from any node wakes them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, Weak},
};

use tokio::sync::Notify;

use crate::platform::data::events::{Bus, Event};

crate::events! {
    /// A request (`id`) has moved on.
    QR_CHANGED = "qr.changed";
}

type Bells = Arc<Mutex<HashMap<i64, Weak<Notify>>>>;

/// Who waits, by request.
pub struct Waiting(Bells);

impl Waiting {
    pub fn new(bus: &Bus) -> Self {
        let bells = Bells::default();
        bus.on_event({
            let bells = bells.clone();
            move |event| ring(&bells, event)
        });
        Self(bells)
    }

    /// The bell of one request. To miss nothing, listen before looking at the request.
    pub fn bell(&self, request: i64) -> Arc<Notify> {
        let Ok(mut bells) = self.0.lock() else { return Arc::default() };
        if let Some(bell) = bells.get(&request).and_then(Weak::upgrade) {
            return bell;
        }
        let bell = Arc::new(Notify::new());
        bells.insert(request, Arc::downgrade(&bell));
        bell
    }

    /// Whether somebody waits.
    #[cfg(test)]
    pub fn has_listeners(&self) -> bool {
        self.0.lock().is_ok_and(|bells| bells.values().any(|bell| bell.strong_count() > 0))
    }

    /// Forgets the bells that nobody listens to.
    pub fn sweep(&self) {
        if let Ok(mut bells) = self.0.lock() {
            bells.retain(|_, bell| bell.strong_count() > 0);
        }
    }
}

fn ring(bells: &Bells, event: &Event) {
    let Ok(bells) = bells.lock() else { return };
    match event.kind {
        QR_CHANGED => {
            if let Some(bell) = bells.get(&event.id).and_then(Weak::upgrade) {
                bell.notify_waiters();
            }
        }
        // Events may have been missed: everybody looks again.
        Bus::RESET => bells.values().filter_map(Weak::upgrade).for_each(|bell| bell.notify_waiters()),
        _ => {}
    }
}
