-- Usage as it was booked, by time, owner and class. Written by the applier's flush, which adds to what is there.
--
-- The law: a group's row is the sum of the rows of the SIMs that are in the group now. A SIM that changes groups takes its
-- booked usage along (in the import's transaction); `verify` checks.

-- SIMs' usage, 64 SIMs to a row: `sims` holds who of them used how much under which class, packed (the store's block.rs).
-- The key is the hour or day times 2^32, plus the SIMs' ids divided by 64. Time counts more, so that what is written now
-- lies together and what is old can be deleted in one stretch.

-- Hours in UTC; kept for a while.
CREATE TABLE usage_hour (
    hour_block INTEGER PRIMARY KEY,
    sims       BLOB NOT NULL
) STRICT;

-- Days in the tenant's time zone; kept for good.
CREATE TABLE usage_day (
    day_block INTEGER PRIMARY KEY,
    sims      BLOB NOT NULL
) STRICT;

-- Groups' sums: the owner comes first, a group's month is one stretch.
CREATE TABLE group_usage_hour (
    group_id INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    class_id INTEGER NOT NULL,
    uplink   INTEGER NOT NULL,
    downlink INTEGER NOT NULL,
    PRIMARY KEY (group_id, hour, class_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_usage_day (
    group_id INTEGER NOT NULL,
    day      INTEGER NOT NULL,
    class_id INTEGER NOT NULL,
    uplink   INTEGER NOT NULL,
    downlink INTEGER NOT NULL,
    PRIMARY KEY (group_id, day, class_id)
) STRICT, WITHOUT ROWID;
