-- When a counter last fell as if it had wrapped at 2^32, on a gateway that isn't marked as one whose counters do.
ALTER TABLE nas_status ADD COLUMN wrap_suspected_at BIGINT;
