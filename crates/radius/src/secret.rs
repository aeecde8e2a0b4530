use std::fmt;

/// A shared secret. It doesn't print, so that a log line or an error can't show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<[u8]>);

impl Secret {
    pub fn new(octets: impl AsRef<[u8]>) -> Self {
        Self(octets.as_ref().into())
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.0
    }

    /// An empty secret lets everyone sign: a configuration must refuse it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
