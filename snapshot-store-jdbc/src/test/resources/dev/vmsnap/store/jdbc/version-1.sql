PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE vmsnap_schema (version INTEGER NOT NULL);
INSERT INTO vmsnap_schema VALUES(1);
CREATE TABLE vm (
    id TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    name TEXT NOT NULL,
    node TEXT,
    template TEXT,
    allow_users BOOLEAN,
    snapshot_limit INTEGER,
    allow_ram BOOLEAN,
    current_snapshot TEXT
);
INSERT INTO vm VALUES('vm-1',1,'guest é💥','node-2','small',1,5,NULL,'s2');
CREATE TABLE snapshot (
    id TEXT NOT NULL PRIMARY KEY,
    vm TEXT NOT NULL REFERENCES vm (id) ON DELETE CASCADE,
    parent TEXT,
    name TEXT NOT NULL,
    comment TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by_role TEXT NOT NULL,
    created_by TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    ram BOOLEAN NOT NULL,
    power TEXT NOT NULL,
    node TEXT NOT NULL,
    consistency TEXT,
    paused_for TEXT,
    frozen_for TEXT,
    ram_bytes BIGINT
);
INSERT INTO snapshot VALUES('s1','vm-1',NULL,'before upgrade',replace('kernel 6.12\nand more','\n',char(10)),'2026-01-02T03:04:05.123456789Z','USER','ada','UNAVAILABLE','NO_SPACE',1,'RUNNING','node-1',NULL,NULL,NULL,NULL);
INSERT INTO snapshot VALUES('s2','vm-1','s1','2026-02-03 04:05','','2026-02-03T04:05:06Z','ADMINISTRATOR','root','AVAILABLE',NULL,0,'OFF','node-2','OFFLINE','PT0.027S','PT0S',0);
CREATE TABLE volume (
    snapshot TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    target TEXT NOT NULL,
    source TEXT NOT NULL,
    format TEXT NOT NULL,
    kind TEXT NOT NULL,
    storage TEXT NOT NULL,
    virtual_bytes BIGINT,
    PRIMARY KEY (snapshot, position)
);
INSERT INTO volume VALUES('s1',0,'vdb','/dev/vg/b','raw','LOCAL_LVM','lvm',NULL);
INSERT INTO volume VALUES('s1',1,'vda','/disks/a.qcow2','qcow2','FILE','file',1073741824);
INSERT INTO volume VALUES('s2',0,'vda','/disks/a.qcow2','qcow2','FILE','file',1073741824);
CREATE TABLE receipt_note (
    snapshot TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (snapshot, position)
);
INSERT INTO receipt_note VALUES('s2',0,'vdc was left out: it is read-only');
INSERT INTO receipt_note VALUES('s2',1,'second note');
CREATE TABLE configuration (
    snapshot TEXT NOT NULL PRIMARY KEY REFERENCES snapshot (id) ON DELETE CASCADE,
    persistent TEXT NOT NULL,
    live TEXT NOT NULL
);
INSERT INTO configuration VALUES('s2',replace('<domain>''\n</domain>','\n',char(10)),'<domain id=''1''>é</domain>');
CREATE TABLE template (
    name TEXT NOT NULL PRIMARY KEY,
    allow_users BOOLEAN,
    snapshot_limit INTEGER,
    allow_ram BOOLEAN
);
INSERT INTO template VALUES('small',NULL,7,0);
CREATE TABLE lease (
    vm TEXT NOT NULL PRIMARY KEY,
    epoch BIGINT NOT NULL,
    owner TEXT,
    verb TEXT,
    operation TEXT,
    held_since TEXT,
    held_until TEXT
);
INSERT INTO lease VALUES('vm-1',4,'host-1/17/2026','CREATE','op-1','2026-02-03T04:05:06.000000007Z','3025-06-06T04:05:06.000000007Z');
CREATE TABLE operation (
    id TEXT NOT NULL PRIMARY KEY,
    vm TEXT NOT NULL,
    verb TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    actor TEXT NOT NULL,
    node TEXT NOT NULL,
    started_at TEXT NOT NULL,
    point_of_no_return INTEGER NOT NULL
);
INSERT INTO operation VALUES('op-1','vm-1','CREATE','ADMINISTRATOR','root','node-1','2026-02-03T04:05:06.000000007Z',2);
CREATE TABLE operation_snapshot (
    operation TEXT NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (operation, position)
);
INSERT INTO operation_snapshot VALUES('op-1',0,'s2');
CREATE TABLE operation_step (
    operation TEXT NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    mark TEXT NOT NULL,
    PRIMARY KEY (operation, position)
);
INSERT INTO operation_step VALUES('op-1',0,'cut','file','DONE');
INSERT INTO operation_step VALUES('op-1',1,'commit','','PLANNED');
CREATE TABLE operation_fact (
    operation TEXT NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
    fact TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (operation, fact)
);
INSERT INTO operation_fact VALUES('op-1','ram','none');
CREATE INDEX snapshot_of_vm ON snapshot (vm);
CREATE INDEX operation_of_vm ON operation (vm);
COMMIT;
