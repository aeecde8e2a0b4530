//! How long operations take: the metric `opencmp_service_seconds`.

use std::time::Instant;

/// Notes an operation's duration when it is dropped, whatever its outcome.
pub(crate) struct Timed {
    operation: &'static str,
    begun: Instant,
}

impl Timed {
    #[must_use]
    pub fn new(operation: &'static str) -> Self {
        Self { operation, begun: Instant::now() }
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        metrics::histogram!("opencmp_service_seconds", "operation" => self.operation)
            .record(self.begun.elapsed());
    }
}
