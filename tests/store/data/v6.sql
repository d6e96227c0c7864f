PRAGMA application_id = 1634627183;
PRAGMA user_version = 6;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO _sqlite_migrations VALUES (1, 'annotator', 'm001_first', '2026-11-22 14:22:50.034427+00:00');
INSERT INTO _sqlite_migrations VALUES (2, 'annotator', 'm002_queue', '2026-11-22 14:22:50.044558+00:00');
INSERT INTO _sqlite_migrations VALUES (3, 'annotator', 'm003_sweeps', '2026-11-22 14:22:50.045213+00:00');
INSERT INTO _sqlite_migrations VALUES (4, 'annotator', 'm004_team', '2026-11-22 14:22:50.046791+00:00');
INSERT INTO _sqlite_migrations VALUES (5, 'annotator', 'm005_to_do', '2026-11-22 14:22:50.047877+00:00');
INSERT INTO _sqlite_migrations VALUES (6, 'annotator', 'm006_names', '2026-11-22 14:22:50.048268+00:00');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE TABLE schema (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
  created TEXT NOT NULL, UNIQUE (name, version));
INSERT INTO schema VALUES (1, 'test', '1', '4fe4ac53c9caf670f13188d077faa9d189b3d932cfc2548ca049ca603fbf02b8', '{"name":"test","version":"1","title":"","description":"","guideline":"","labels":{"actor":{"title":"actor","key":"a","color":"#1d4f91","description":"","guideline":"","attributes":{"type":{"title":"","description":"","required":false,"kind":"choice","options":["army","rebels"]},"role":{"title":"","description":"","required":false,"kind":"choices","options":["perpetrator","target"]},"name":{"title":"","description":"","required":false,"kind":"text","pattern":"[A-Z].*","format":""},"armed":{"title":"","description":"","required":false,"kind":"flag"}},"overlaps":null,"nests_in":null},"location":{"title":"location","key":"l","color":"#2f6b3a","description":"","guideline":"","attributes":{"lat":{"title":"","description":"","required":false,"kind":"number","min":-90.0,"max":90.0}},"overlaps":null,"nests_in":null},"casualty":{"title":"casualty","key":"c","color":"#9a4a00","description":"","guideline":"","attributes":{"count":{"title":"","description":"","required":false,"kind":"count","units":["person","family"]},"by":{"title":"","description":"","required":false,"kind":"link","labels":["actor"],"many":false},"links":{"title":"","description":"","required":false,"kind":"link","labels":[],"many":true}},"overlaps":null,"nests_in":null},"displacement":{"title":"displacement","key":"d","color":"#7b2d6b","description":"","guideline":"","attributes":{"count":{"title":"","description":"","required":true,"kind":"count","units":[]}},"overlaps":null,"nests_in":null}},"attributes":{"type":{"title":"","description":"","required":false,"kind":"choice","options":["news","report"]},"about":{"title":"","description":"","required":false,"kind":"link","labels":["actor","location"],"many":false}},"rules":[{"label":"actor","when":{"role":"target"},"require":["type"],"forbid":[],"severity":"warning","message":"who was hit"},{"label":"actor","when":{"armed":true},"require":[],"forbid":["name"],"severity":"error","message":""}]}', '2026-01-02T03:04:05.678+00:00');
CREATE TABLE annotator (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL CHECK (kind IN ('human', 'model', 'gold')), role TEXT NOT NULL DEFAULT 'annotator' CHECK (role IN ('annotator', 'lead')), retired TEXT NOT NULL DEFAULT '');
INSERT INTO annotator VALUES (1, 'gold', 'gold', 'annotator', '');
INSERT INTO annotator VALUES (2, 'ana', 'human', 'annotator', '');
CREATE TABLE article (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, digest TEXT NOT NULL UNIQUE, length INTEGER NOT NULL,
  loaded TEXT NOT NULL, title TEXT NOT NULL, meta TEXT NOT NULL, text TEXT NOT NULL);
INSERT INTO article VALUES (1, 'k1', '6a93d792c69943efff86e24afacf98cb7f5985e701b4543127ec8937848e8791', 99, '2026-01-02T03:04:05.678+00:00', 'K1', '{"source":"wire","n":[1,2.5,null]}', 'k1: Two soldiers were killed near Al-Fashir on Sunday, and 300 families fled to the camp at Zamzam.');
INSERT INTO article VALUES (2, 'k2', '4420b4238d552b5ad27079fadba46d609771cc25221c6c9c4a252f5d3cd142ef', 99, '2026-01-02T03:04:05.678+00:00', 'K2', '{}', 'k2: Two soldiers were killed near Al-Fashir on Sunday, and 300 families fled to the camp at Zamzam.');
CREATE TABLE layer (
  id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES article (id),
  annotator INTEGER NOT NULL REFERENCES annotator (id), schema INTEGER NOT NULL REFERENCES schema (id),
  status TEXT NOT NULL CHECK (status IN ('open', 'done', 'flagged')), revision INTEGER NOT NULL,
  spans INTEGER NOT NULL, updated TEXT NOT NULL, attributes TEXT NOT NULL, note TEXT NOT NULL,
  UNIQUE (article, annotator));
INSERT INTO layer VALUES (1, 1, 1, 1, 'flagged', 1, 2, '2026-01-02T03:04:05.678+00:00', '{"type":"news"}', 'Ωμέγα ''q''
2');
INSERT INTO layer VALUES (2, 2, 2, 1, 'flagged', 7, 2, '2026-01-02T03:04:05.678+00:00', '{}', 'a note');
CREATE INDEX layer_by_annotator ON layer (annotator, status, article);
CREATE TABLE span (
  layer INTEGER NOT NULL REFERENCES layer (id), id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  label TEXT NOT NULL, attributes TEXT NOT NULL, note TEXT NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY (layer, id), CHECK (0 <= start AND start < "end")) WITHOUT ROWID;
INSERT INTO span VALUES (1, 's1', 0, 12, 'actor', '{"type":"army"}', 'sic', 'patterns');
INSERT INTO span VALUES (1, 'x-2', 30, 39, 'location', '{}', '', '');
INSERT INTO span VALUES (2, 's1', 0, 4, 'location', '{}', 'n', '');
INSERT INTO span VALUES (2, 's2', 3, 9, 'casualty', '{"links":["s1"]}', '', '');
CREATE TABLE journal (
  id INTEGER PRIMARY KEY, time TEXT NOT NULL, layer INTEGER NOT NULL REFERENCES layer (id),
  annotator INTEGER NOT NULL REFERENCES annotator (id), schema INTEGER NOT NULL REFERENCES schema (id),
  revision INTEGER NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('do', 'undo', 'redo', 'load')),
  of INTEGER REFERENCES journal (id), edits TEXT NOT NULL, inverse TEXT NOT NULL);
INSERT INTO journal VALUES (1, '2026-01-02T03:04:05.678+00:00', 1, 1, 1, 1, 'load', NULL, '[{"op":"add-all","rows":[["s1",0,12,"actor","{\"type\":\"army\"}","sic","patterns"],["x-2",30,39,"location","{}","",""]]},{"op":"attribute","name":"type","value":"news"},{"op":"note","value":"Ωμέγα ''q''\n2"},{"op":"status","value":"flagged"}]', '[{"op":"status","value":"open"},{"op":"note","value":""},{"op":"attribute","name":"type","value":null},{"op":"remove-all","at":[[30,39,"x-2"],[0,12,"s1"]]}]');
INSERT INTO journal VALUES (2, '2026-01-02T03:04:05.678+00:00', 2, 2, 1, 1, 'do', NULL, '[{"op":"add","span":{"id":"s1","start":0,"end":6,"label":"actor"}},{"op":"add","span":{"id":"s2","start":3,"end":9,"label":"casualty","attributes":{"links":["s1"]}}}]', '[{"op":"remove","at":[3,9,"s2"]},{"op":"remove","at":[0,6,"s1"]}]');
INSERT INTO journal VALUES (3, '2026-01-02T03:04:05.678+00:00', 2, 2, 1, 2, 'do', NULL, '[{"op":"change","at":[0,6,"s1"],"span":{"id":"s1","start":0,"end":4,"label":"location","note":"n"}},{"op":"note","value":"a note"}]', '[{"op":"note","value":""},{"op":"change","at":[0,4,"s1"],"span":{"id":"s1","start":0,"end":6,"label":"actor"}}]');
INSERT INTO journal VALUES (4, '2026-01-02T03:04:05.678+00:00', 2, 2, 1, 3, 'do', NULL, '[{"op":"remove","at":[0,4,"s1"]},{"op":"attribute","name":"type","value":"report"}]', '[{"op":"attribute","name":"type","value":null},{"op":"add","span":{"id":"s1","start":0,"end":4,"label":"location","note":"n"}}]');
INSERT INTO journal VALUES (5, '2026-01-02T03:04:05.678+00:00', 2, 2, 1, 4, 'undo', 4, '[{"op":"attribute","name":"type","value":null},{"op":"add","span":{"id":"s1","start":0,"end":4,"label":"location","note":"n"}}]', '[{"op":"remove","at":[0,4,"s1"]},{"op":"attribute","name":"type","value":"report"}]');
INSERT INTO journal VALUES (6, '2026-01-02T03:04:05.678+00:00', 2, 2, 1, 5, 'undo', 3, '[{"op":"note","value":""},{"op":"change","at":[0,4,"s1"],"span":{"id":"s1","start":0,"end":6,"label":"actor"}}]', '[{"op":"change","at":[0,6,"s1"],"span":{"id":"s1","start":0,"end":4,"label":"location","note":"n"}},{"op":"note","value":"a note"}]');
INSERT INTO journal VALUES (7, '2026-01-02T03:04:05.678+00:00', 2, 2, 1, 6, 'redo', 3, '[{"op":"change","at":[0,6,"s1"],"span":{"id":"s1","start":0,"end":4,"label":"location","note":"n"}},{"op":"note","value":"a note"}]', '[{"op":"note","value":""},{"op":"change","at":[0,4,"s1"],"span":{"id":"s1","start":0,"end":6,"label":"actor"}}]');
INSERT INTO journal VALUES (8, '2026-01-02T03:04:05.678+00:00', 2, 2, 1, 7, 'do', NULL, '[{"op":"status","value":"flagged"}]', '[{"op":"status","value":"open"}]');
CREATE INDEX journal_by_layer ON journal (layer, id);
CREATE VIRTUAL TABLE "article_fts" USING FTS5 (
    "title", "text",
    tokenize='unicode61 remove_diacritics 2',
    content="article"
);
CREATE TABLE day (article INTEGER PRIMARY KEY, date TEXT NOT NULL);
INSERT INTO day VALUES (1, '2026-01-02');
INSERT INTO day VALUES (2, '2026-01-02');
CREATE INDEX day_by_date ON day (date);
CREATE INDEX layer_of_annotator ON layer (annotator, article);
CREATE INDEX span_with_note ON span (layer) WHERE note <> '';
CREATE TABLE total (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO total VALUES ('articles', 2);
CREATE TABLE tally (
  annotator INTEGER NOT NULL, status TEXT NOT NULL, layers INTEGER NOT NULL, spans INTEGER NOT NULL,
  PRIMARY KEY (annotator, status)) WITHOUT ROWID;
INSERT INTO tally VALUES (1, 'flagged', 1, 2);
INSERT INTO tally VALUES (2, 'flagged', 1, 2);
INSERT INTO tally VALUES (2, 'open', 0, 0);
CREATE TABLE label_use (
  label TEXT NOT NULL, article INTEGER NOT NULL, annotator INTEGER NOT NULL, spans INTEGER NOT NULL,
  PRIMARY KEY (label, article, annotator)) WITHOUT ROWID;
INSERT INTO label_use VALUES ('actor', 1, 1, 1);
INSERT INTO label_use VALUES ('casualty', 2, 2, 1);
INSERT INTO label_use VALUES ('location', 1, 1, 1);
INSERT INTO label_use VALUES ('location', 2, 2, 1);
CREATE TABLE visit (
  annotator INTEGER NOT NULL REFERENCES annotator (id), article INTEGER NOT NULL REFERENCES article (id),
  seconds REAL NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, top INTEGER NOT NULL, time TEXT NOT NULL,
  PRIMARY KEY (annotator, article)) WITHOUT ROWID;
CREATE TABLE place (
  annotator INTEGER PRIMARY KEY REFERENCES annotator (id), article INTEGER NOT NULL);
CREATE TRIGGER article_gone AFTER DELETE ON article BEGIN
  DELETE FROM day WHERE article = OLD.id;
  UPDATE total SET number = number - 1 WHERE name = 'articles'; END;
CREATE TRIGGER layer_gone AFTER DELETE ON layer BEGIN UPDATE tally SET layers = layers - 1, spans = spans - OLD.spans
    WHERE annotator = OLD.annotator AND status = OLD.status; END;
CREATE TRIGGER layer_changed AFTER UPDATE OF status, spans ON layer BEGIN UPDATE tally SET layers = layers - 1, spans = spans - OLD.spans
    WHERE annotator = OLD.annotator AND status = OLD.status; INSERT OR IGNORE INTO tally VALUES (NEW.annotator, NEW.status, 0, 0);
  UPDATE tally SET layers = layers + 1, spans = spans + NEW.spans
    WHERE annotator = NEW.annotator AND status = NEW.status; END;
CREATE TRIGGER span_gone AFTER DELETE ON span BEGIN UPDATE label_use SET spans = spans - 1 WHERE (label, article, annotator) =
    (SELECT OLD.label, article, annotator FROM layer WHERE id = OLD.layer);
  DELETE FROM label_use WHERE spans = 0 AND (label, article, annotator) =
    (SELECT OLD.label, article, annotator FROM layer WHERE id = OLD.layer); END;
CREATE TRIGGER span_changed AFTER UPDATE OF label ON span WHEN NEW.label <> OLD.label BEGIN
  UPDATE label_use SET spans = spans - 1 WHERE (label, article, annotator) =
    (SELECT OLD.label, article, annotator FROM layer WHERE id = OLD.layer);
  DELETE FROM label_use WHERE spans = 0 AND (label, article, annotator) =
    (SELECT OLD.label, article, annotator FROM layer WHERE id = OLD.layer); INSERT OR IGNORE INTO label_use
    SELECT NEW.label, article, annotator, 0 FROM layer WHERE id = NEW.layer;
  UPDATE label_use SET spans = spans + 1 WHERE (label, article, annotator) =
    (SELECT NEW.label, article, annotator FROM layer WHERE id = NEW.layer); END;
CREATE TABLE sweep (
  id INTEGER PRIMARY KEY, time TEXT NOT NULL, annotator INTEGER NOT NULL REFERENCES annotator (id),
  what TEXT NOT NULL, undone TEXT NOT NULL DEFAULT '');
CREATE TABLE sweep_entry (
  entry INTEGER PRIMARY KEY REFERENCES journal (id), sweep INTEGER NOT NULL REFERENCES sweep (id));
CREATE INDEX sweep_entry_by_sweep ON sweep_entry (sweep);
CREATE TABLE assignment (
  annotator INTEGER NOT NULL REFERENCES annotator (id), article INTEGER NOT NULL REFERENCES article (id),
  kind TEXT NOT NULL CHECK (kind IN ('named', 'calibration', 'claim')), time TEXT NOT NULL,
  lapses TEXT NOT NULL DEFAULT '', PRIMARY KEY (annotator, article)) WITHOUT ROWID;
CREATE INDEX assignment_of_article ON assignment (article);
CREATE INDEX assignment_lapsing ON assignment (lapses) WHERE lapses <> '';
CREATE TABLE quota (
  article INTEGER PRIMARY KEY REFERENCES article (id), places INTEGER NOT NULL CHECK (places > 0),
  seconds REAL NOT NULL CHECK (seconds > 0), taken INTEGER NOT NULL);
CREATE INDEX quota_free ON quota (article) WHERE taken < places;
CREATE TRIGGER assignment_added AFTER INSERT ON assignment BEGIN
  UPDATE quota SET taken = taken + 1 WHERE article = NEW.article; END;
CREATE TRIGGER assignment_gone AFTER DELETE ON assignment BEGIN
  UPDATE quota SET taken = taken - 1 WHERE article = OLD.article; END;
CREATE TRIGGER layer_placed AFTER INSERT ON layer BEGIN
  UPDATE assignment SET lapses = '' WHERE annotator = NEW.annotator AND article = NEW.article AND lapses <> '';
  INSERT OR IGNORE INTO assignment SELECT NEW.annotator, NEW.article, 'claim', NEW.updated, ''
    FROM quota q JOIN annotator a ON a.id = NEW.annotator WHERE q.article = NEW.article AND a.kind = 'human'; END;
CREATE TABLE ahead (
  annotator INTEGER NOT NULL, last INTEGER NOT NULL, first INTEGER NOT NULL, PRIMARY KEY (annotator, last)
  ) WITHOUT ROWID;
INSERT INTO ahead VALUES (1, 9223372036854775807, 2);
INSERT INTO ahead VALUES (2, 1, 1);
INSERT INTO ahead VALUES (2, 9223372036854775807, 3);
CREATE TABLE assigned (
  annotator INTEGER NOT NULL, status TEXT NOT NULL, article INTEGER NOT NULL, PRIMARY KEY (annotator, status, article)
  ) WITHOUT ROWID;
CREATE TRIGGER annotator_added AFTER INSERT ON annotator BEGIN
  INSERT OR IGNORE INTO ahead VALUES (NEW.id, 9223372036854775807, 1); END;
CREATE TRIGGER layer_begun AFTER INSERT ON layer BEGIN
  INSERT OR IGNORE INTO ahead SELECT annotator, NEW.article - 1, first FROM ahead
    WHERE annotator = NEW.annotator AND last = (SELECT min(last) FROM ahead WHERE annotator = NEW.annotator AND last >= NEW.article) AND first < NEW.article;
  UPDATE ahead SET first = NEW.article + 1 WHERE annotator = NEW.annotator AND last = (SELECT min(last) FROM ahead WHERE annotator = NEW.annotator AND last >= NEW.article) AND first <= NEW.article;
  DELETE FROM ahead WHERE annotator = NEW.annotator AND last = NEW.article;
  UPDATE assigned SET status = NEW.status WHERE annotator = NEW.annotator AND article = NEW.article AND status = 'todo'; END;
CREATE TRIGGER layer_unbegun AFTER DELETE ON layer BEGIN
  INSERT OR IGNORE INTO ahead VALUES (OLD.annotator, OLD.article, coalesce(
    (SELECT first FROM ahead WHERE annotator = OLD.annotator AND last = OLD.article - 1), OLD.article));
  DELETE FROM ahead WHERE annotator = OLD.annotator AND last = OLD.article - 1;
  UPDATE ahead SET first = (SELECT first FROM ahead WHERE annotator = OLD.annotator AND last = OLD.article)
    WHERE annotator = OLD.annotator AND last = (SELECT min(last) FROM ahead WHERE annotator = OLD.annotator AND last > OLD.article) AND first = OLD.article + 1;
  DELETE FROM ahead WHERE annotator = OLD.annotator AND last = OLD.article AND EXISTS (SELECT 1 FROM ahead
    WHERE annotator = OLD.annotator AND last = (SELECT min(last) FROM ahead WHERE annotator = OLD.annotator AND last > OLD.article) AND first <= OLD.article);
  UPDATE assigned SET status = 'todo' WHERE annotator = OLD.annotator AND article = OLD.article AND status = OLD.status; END;
CREATE TRIGGER layer_turned AFTER UPDATE OF status ON layer WHEN NEW.status <> OLD.status BEGIN
  UPDATE assigned SET status = NEW.status WHERE annotator = OLD.annotator AND article = OLD.article AND status = OLD.status; END;
CREATE TRIGGER place_added AFTER INSERT ON assignment BEGIN
  INSERT OR IGNORE INTO assigned SELECT NEW.annotator,
    coalesce((SELECT status FROM layer WHERE annotator = NEW.annotator AND article = NEW.article), 'todo'), NEW.article; END;
CREATE TRIGGER place_gone AFTER DELETE ON assignment BEGIN
  DELETE FROM assigned WHERE annotator = OLD.annotator AND article = OLD.article AND status IN ('todo', 'open', 'done', 'flagged'); END;
CREATE TABLE alias (name TEXT PRIMARY KEY, annotator INTEGER NOT NULL REFERENCES annotator (id));
CREATE TRIGGER article_added AFTER INSERT ON article BEGIN
  INSERT INTO day VALUES (NEW.id, substr(NEW.loaded, 1, 10));
  UPDATE total SET number = number + 1 WHERE name = 'articles'; END;
CREATE TRIGGER layer_added AFTER INSERT ON layer BEGIN INSERT OR IGNORE INTO tally VALUES (NEW.annotator, NEW.status, 0, 0);
  UPDATE tally SET layers = layers + 1, spans = spans + NEW.spans
    WHERE annotator = NEW.annotator AND status = NEW.status; END;
CREATE TRIGGER span_added AFTER INSERT ON span BEGIN INSERT OR IGNORE INTO label_use
    SELECT NEW.label, article, annotator, 0 FROM layer WHERE id = NEW.layer;
  UPDATE label_use SET spans = spans + 1 WHERE (label, article, annotator) =
    (SELECT NEW.label, article, annotator FROM layer WHERE id = NEW.layer); END;
