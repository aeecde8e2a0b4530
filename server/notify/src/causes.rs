//! What an error was made of.

use std::{error::Error, io, iter::successors};

type Cause<'e> = &'e (dyn Error + 'static);

/// What is below an error, from the top; of a chain that has no end, its beginning.
pub(crate) fn causes(error: &dyn Error) -> Vec<Cause<'_>> {
    successors(error.source(), |cause| below(*cause)).take(16).collect()
}

/// An I/O error's own cause is what it was made of, which `source` passes over.
fn below(cause: Cause<'_>) -> Option<Cause<'_>> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(made_of) => Some(made_of),
        None => cause.source(),
    }
}
