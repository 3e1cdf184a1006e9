//! What nobody waits for, and a stop does.

use super::Handoffs;

impl Handoffs {
    /// Goes on with something after the one who asked is answered; a stop waits for it.
    pub fn go_on(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.inner.tasks.spawn(work);
    }
}
