-- Messages that were given up, or may not have arrived, and nobody else was told of. Written in the transaction that gives one up,
-- taken away in the one that makes the message by another channel. Only those that speak of alerts.
CREATE TABLE alert_lost (
    delivery_id BIGINT PRIMARY KEY REFERENCES alert_delivery (id) ON DELETE CASCADE
);

-- Which attempt the peer gave the id for: what was sent again has arrived or not by its last attempt, whatever became of those before.
-- What `arrived` says: 0 it is lost, 1 it has arrived, 2 the peer doesn't know.
ALTER TABLE alert_receipt ADD COLUMN attempt BIGINT NOT NULL DEFAULT 1;
UPDATE alert_receipt SET attempt = (SELECT tries FROM alert_delivery WHERE id = delivery_id);

-- 1: it is sent at any hour: a test, what a program is called for, what somebody sends again. Others wait for the hours in which their
-- channel and their rules may speak, at each attempt.
ALTER TABLE alert_delivery ADD COLUMN at_once BIGINT NOT NULL DEFAULT 0;
