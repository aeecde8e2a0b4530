-- Cells of the radio network as the operator's planning has them: where they are, by what name. Sessions say cells by number.
CREATE TABLE cell (
    -- Packed as in sessions.
    plmn       BIGINT NOT NULL,
    -- 1 GSM, 2 UMTS, 3 LTE, 4 NR.
    radio      BIGINT NOT NULL,
    -- LAC or TAC.
    area       BIGINT NOT NULL,
    -- CI, RNC and CI, ECI or NCI.
    cell       BIGINT NOT NULL,
    name       TEXT,
    -- The name in lower case, whatever the script: what is searched.
    folded     TEXT,
    -- Millionths of a degree, WGS 84; both or neither.
    latitude   BIGINT,
    longitude  BIGINT,
    -- How far it reaches, metres.
    reach      BIGINT,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (plmn, radio, area, cell)
);
