-- Cells of the radio network as the operator's planning has them: where they are, by what name. Sessions say cells by number.
CREATE TABLE cell (
    -- Packed as in sessions.
    plmn       INTEGER NOT NULL,
    -- 1 GSM, 2 UMTS, 3 LTE, 4 NR.
    radio      INTEGER NOT NULL,
    -- LAC or TAC.
    area       INTEGER NOT NULL,
    -- CI, RNC and CI, ECI or NCI.
    cell       INTEGER NOT NULL,
    name       TEXT,
    -- The name in lower case, whatever the script: what is searched.
    folded     TEXT,
    -- Millionths of a degree, WGS 84; both or neither.
    latitude   INTEGER,
    longitude  INTEGER,
    -- How far it reaches, metres.
    reach      INTEGER,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (plmn, radio, area, cell)
) STRICT, WITHOUT ROWID;
