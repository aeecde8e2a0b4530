-- Messages that were given up, or may not have arrived, and nobody else was told of. Written in the transaction that gives one up,
-- taken away in the one that makes the message by another channel. Only those that speak of alerts.
CREATE TABLE alert_lost (
    delivery_id INTEGER PRIMARY KEY REFERENCES alert_delivery (id) ON DELETE CASCADE
) STRICT;
