-- When nobody listened: the server was down, or took no records. What wasn't heard of then isn't held against devices.
CREATE TABLE absence (
    began_at INTEGER PRIMARY KEY,
    ended_at INTEGER NOT NULL
) STRICT;
