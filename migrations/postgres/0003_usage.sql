-- Usage as it was booked, by time, owner and class. Written by the applier's flush, which adds to what is there.
--
-- The law: a group's row is the sum of the rows of the SIMs that are in the group now. A SIM that changes groups takes its
-- booked usage along (in the import's transaction); `verify` checks.

-- SIMs' usage, 64 SIMs to a row: `sims` holds who of them used how much under which class, packed (the store's block.rs).
-- The key is the hour or day times 2^32, plus the SIMs' ids divided by 64. Time counts more, so that what is written now
-- lies together and what is old can be deleted in one stretch.

-- Hours in UTC; kept for a while.
CREATE TABLE usage_hour (
    hour_block BIGINT PRIMARY KEY,
    sims       BYTEA NOT NULL
) WITH (fillfactor = 75);

-- Days in the tenant's time zone; kept for good.
CREATE TABLE usage_day (
    day_block BIGINT PRIMARY KEY,
    sims      BYTEA NOT NULL
) WITH (fillfactor = 75);

-- Groups' sums: the owner comes first, a group's month is one stretch.
CREATE TABLE group_usage_hour (
    group_id BIGINT NOT NULL,
    hour     BIGINT NOT NULL,
    class_id BIGINT NOT NULL,
    uplink   BIGINT NOT NULL,
    downlink BIGINT NOT NULL,
    PRIMARY KEY (group_id, hour, class_id)
) WITH (fillfactor = 75);

CREATE TABLE group_usage_day (
    group_id BIGINT NOT NULL,
    day      BIGINT NOT NULL,
    class_id BIGINT NOT NULL,
    uplink   BIGINT NOT NULL,
    downlink BIGINT NOT NULL,
    PRIMARY KEY (group_id, day, class_id)
) WITH (fillfactor = 75);
