-- A register as version 1 of the schema made it (geosector before version 2), dumped with iterdump.
-- Synthetic rows; never edited: it stands for the files that offices have.
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10300;
BEGIN TRANSACTION;
CREATE TABLE changes (
  sequence INTEGER PRIMARY KEY NOT NULL, batch INTEGER NOT NULL, office TEXT NOT NULL,
  at DATETIME NOT NULL, table_name TEXT NOT NULL, row INTEGER, row_id TEXT,
  action TEXT NOT NULL, about INTEGER, detail TEXT, before TEXT, after TEXT,
  secret TEXT, remains TEXT, previous TEXT NOT NULL, hash TEXT NOT NULL);
INSERT INTO "changes" VALUES(1,1,'IDL-OPS','2026-11-27T06:28:54.406Z','facilities',1,'s1','add',NULL,NULL,NULL,'{"id":"s1","kind":"shelter","status":"open","name":"synthetic s1","capacity":40.0,"geometry":"0101000000cdcccccccc8c4240cdcccccccc0c4240"}','198f494a1dd90dbba7134cb74ed9068d',NULL,'0000000000000000000000000000000000000000000000000000000000000000','c1bbd740f85d35e2de2dfd5bd0974c67c7c2254a0fdc7579cea28404cfcbae85');
INSERT INTO "changes" VALUES(2,1,'IDL-OPS','2026-11-27T06:28:54.406Z','facilities',2,'s2','add',NULL,NULL,NULL,'{"id":"s2","kind":"shelter","status":"open","name":"synthetic s2","capacity":40.0,"geometry":"0101000000ae47e17a148e4240cdcccccccc0c4240"}','d43ecb04bf47fdf91df02df63ef33cca',NULL,'c1bbd740f85d35e2de2dfd5bd0974c67c7c2254a0fdc7579cea28404cfcbae85','416838b9676c2bb10a4b53039f44976d7a749edec0f12492aebff82cd6296e21');
INSERT INTO "changes" VALUES(3,1,'IDL-OPS','2026-11-27T06:28:54.406Z','facilities',3,NULL,'add',NULL,NULL,NULL,'{}',NULL,'{"salts":{},"digests":{"row_id":"71b42599a559394abe30d7bf7bfba2f47294d9f10b04c7cf71b36d946508d502","after:id":"b3ba67352e3c9277eebbfa9ad33d5afe4303f3a56a997709ed85e90a892a4d83","after:kind":"5f94f1706c3844e1793b88bacdc9caa8251456e3919ac23ac5be0f63292e5081","after:status":"35b8c35cc432d5823aecf8da3cd24274a65df406194fe2d76814c10e3d652531","after:name":"e21943fc0241dfeb64f08dafc36ed0d1df57f0c2b30614e73a68542adeea5826","after:capacity":"aa5928232f46a85c3beedfd0cdb02f822fc3d47dc407050e789f3f340fec8d31","after:geometry":"6b50a4c9eb7b7681423a4b3343e6b58454316e56a5657f9ea598731b9550d2a2"}}','416838b9676c2bb10a4b53039f44976d7a749edec0f12492aebff82cd6296e21','be0776e81ef376db74c2cc47d639b676417f53b72e448b08eb3d193e5bfbb44d');
INSERT INTO "changes" VALUES(4,4,'IDL-OPS','2026-11-27T06:28:54.418Z','incidents',1,'r1','add',NULL,NULL,NULL,'{"id":"r1","kind":"attack","date":"2024-03-01T00:00:00.000Z","date_precision":"day","narrative":"synthetic market shelled at noon","killed_man":1,"geometry":"0101000000cdcccccccc8c4240cdcccccccc0c4240"}','7e01b55ce7d4a6889e2043ed211db240',NULL,'be0776e81ef376db74c2cc47d639b676417f53b72e448b08eb3d193e5bfbb44d','23d7466fb8fbfff9cf4a729bbf40c65802684651ef1ea3e6f36737f2ad7169d0');
INSERT INTO "changes" VALUES(5,4,'IDL-OPS','2026-11-27T06:28:54.418Z','incidents',2,'r2','add',NULL,NULL,NULL,'{"id":"r2","kind":"attack","date":"2024-03-01T00:00:00.000Z","date_precision":"day","narrative":"synthetic market shelled at noon","killed_man":1,"geometry":"0101000000312aa913d08c4240cdcccccccc0c4240"}','7efa63f4b26c6f8f8927b12c52a83278',NULL,'23d7466fb8fbfff9cf4a729bbf40c65802684651ef1ea3e6f36737f2ad7169d0','8cbd8ce75334fd307abc1bcee99e19a656a68e4f1614f287562aaee0f1effd03');
INSERT INTO "changes" VALUES(6,6,'IDL-OPS','2026-11-27T06:28:54.419Z','facilities',1,'s1','change',NULL,NULL,'{"capacity":40.0}','{"capacity":55.0}','02f486bb6af3454519f4e99e8eb36926',NULL,'8cbd8ce75334fd307abc1bcee99e19a656a68e4f1614f287562aaee0f1effd03','ce4246876601c46266ff1cff18e031a0f58dfbcd55715a6a68579e42c8f59b73');
INSERT INTO "changes" VALUES(7,7,'IDL-OPS','2026-11-27T06:28:54.420Z','facilities',2,'s2','close',NULL,NULL,'{"status":"open","valid_to":null}','{"status":"closed","valid_to":"2026-11-01"}','6deeee0cee39d8b77c00abe07ea1a0e6',NULL,'ce4246876601c46266ff1cff18e031a0f58dfbcd55715a6a68579e42c8f59b73','0c0edc67817c6e88b71547bc3e14bb27631d61a87115b601b68ac851ef4e158f');
INSERT INTO "changes" VALUES(8,8,'IDL-OPS','2026-11-27T06:28:54.421Z','facilities',2,'s2','undo',7,NULL,'{"status":"closed","valid_to":"2026-11-01"}','{"status":"open","valid_to":null}','e533c2cc0b4c27790b9103a1a7c2608a',NULL,'0c0edc67817c6e88b71547bc3e14bb27631d61a87115b601b68ac851ef4e158f','f698c32f33c8c7b4653ea7e13d64fe040c43d00faa42203ea5ffa64dfb1ceb60');
INSERT INTO "changes" VALUES(9,9,'IDL-OPS','2026-11-27T06:28:54.422Z','facilities',3,NULL,'purge',NULL,'{"purged":["*"],"tombstone":["0738c6c8205041cfda6deace7606447c","e2fa6dd9322af6a301f7b63a45c547283126a66aecbfd62919d7ddffd55d3721"]}',NULL,NULL,'c173c4770da9c62d3a02eecd284880c6',NULL,'f698c32f33c8c7b4653ea7e13d64fe040c43d00faa42203ea5ffa64dfb1ceb60','bf671cd11fe5b68a775a1aa6850c0a2f5946d980fd4fc6ea1abb22d10d940d26');
INSERT INTO "changes" VALUES(10,10,'IDL-OPS','2026-11-27T06:28:54.439Z','facilities',1,'s1','change',NULL,NULL,'{"capacity":55.0}','{"capacity":60.0}','40c81307dcf7fb14c6ead9ad6ab5bf30',NULL,'bf671cd11fe5b68a775a1aa6850c0a2f5946d980fd4fc6ea1abb22d10d940d26','9df1c3e6de9daf94b237ebb6d188456b01da80b4b8d10a4bf60a2cf73657762e');
INSERT INTO "changes" VALUES(11,11,'IDL-OPS','2026-11-27T06:28:54.448Z','register',NULL,NULL,'merge',NULL,'{"merge":"dd0900ea2b591dbf09a1b7a6bd26ef185c54356fe431d282434b92fc9348867b","end":"4a356b2c088bacf5b817867472c20800543fda0dc579efe0ca48383cd8844971","columns":{"facilities":["id","kind","name","name_ar","name_kmr","name_ckb","capacity","capacity_unit","status","valid_from","valid_to","geometry"],"incidents":["id","kind","date","date_precision","locality","locality_id","locality_type","admin1","admin2","admin3","place_type","other_places","weapon","attributed_to","reported_by","cause","vehicle","narrative","radius_m","killed_man","closed_on","geometry"]},"conflicts":[["facilities",1,"capacity","9df1c3e6de9daf94b237ebb6d188456b01da80b4b8d10a4bf60a2cf73657762e","4a356b2c088bacf5b817867472c20800543fda0dc579efe0ca48383cd8844971","smaller"]]}',NULL,NULL,'b6d622873a3dfa410d60b84a2ce895d1',NULL,'9df1c3e6de9daf94b237ebb6d188456b01da80b4b8d10a4bf60a2cf73657762e','ace5f6062c4b4b3973c941bc0fb1b2d3071bbb741190e91581075d0fe937cbf6');
INSERT INTO "changes" VALUES(12,11,'IDL-OPS','2026-11-27T06:28:54.449Z','facilities',1,'s1','merge',NULL,NULL,'{"capacity":60.0}','{"capacity":50.0}','6b7f0b79a1267c184b58dd37ddbff9ab',NULL,'ace5f6062c4b4b3973c941bc0fb1b2d3071bbb741190e91581075d0fe937cbf6','4ed9c63649374c948424e091b898ab71cebb071b8b35f48df096109f5a20666e');
INSERT INTO "changes" VALUES(13,11,'IDL-OPS','2026-11-27T06:28:54.449Z','facilities',4,'t1','merge',NULL,NULL,NULL,'{"id":"t1","kind":"shelter","status":"open","name":"synthetic t1","capacity":40.0,"geometry":"0101000000cdcccccccc8c4240cdcccccccc0c4240"}','fbfbe10e7327d302c977205a596d9791',NULL,'4ed9c63649374c948424e091b898ab71cebb071b8b35f48df096109f5a20666e','3688ba25ad031a2e0dd441e0a0f0bff7fd99b5700820d6962b7faf48ee870e0d');
CREATE TABLE facilities (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom GEOMETRY, id TEXT UNIQUE, "kind" TEXT, "name" TEXT, "name_ar" TEXT, "name_kmr" TEXT, "name_ckb" TEXT, "capacity" REAL, "capacity_unit" TEXT, "status" TEXT, "valid_from" DATE, "valid_to" DATE);
INSERT INTO "facilities" VALUES(1,X'47500001E61000000101000000CDCCCCCCCC8C4240CDCCCCCCCC0C4240','s1','shelter','synthetic s1',NULL,NULL,NULL,50.0,NULL,'open',NULL,NULL);
INSERT INTO "facilities" VALUES(2,X'47500001E61000000101000000AE47E17A148E4240CDCCCCCCCC0C4240','s2','shelter','synthetic s2',NULL,NULL,NULL,40.0,NULL,'open',NULL,NULL);
INSERT INTO "facilities" VALUES(4,X'47500001E61000000101000000CDCCCCCCCC8C4240CDCCCCCCCC0C4240','t1','shelter','synthetic t1',NULL,NULL,NULL,40.0,NULL,'open',NULL,NULL);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
INSERT INTO "gpkg_contents" VALUES('register','attributes','register','','2026-11-27T06:28:54.369Z',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gpkg_contents" VALUES('changes','attributes','changes','','2026-11-27T06:28:54.369Z',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gpkg_contents" VALUES('merged_changes','attributes','merged_changes','','2026-11-27T06:28:54.369Z',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gpkg_contents" VALUES('facilities','features','facilities','','2026-11-27T06:28:54.369Z',NULL,NULL,NULL,NULL,4326);
INSERT INTO "gpkg_contents" VALUES('incidents','features','incidents','','2026-11-27T06:28:54.385Z',NULL,NULL,NULL,NULL,4326);
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
INSERT INTO "gpkg_geometry_columns" VALUES('facilities','geom','GEOMETRY',4326,2,2);
INSERT INTO "gpkg_geometry_columns" VALUES('incidents','geom','GEOMETRY',4326,2,2);
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT INTO "gpkg_spatial_ref_sys" VALUES('Undefined Cartesian SRS',-1,'NONE',-1,'undefined',NULL);
INSERT INTO "gpkg_spatial_ref_sys" VALUES('Undefined geographic SRS',0,'NONE',0,'undefined',NULL);
INSERT INTO "gpkg_spatial_ref_sys" VALUES('WGS 84 geodetic',4326,'EPSG',4326,'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',NULL);
CREATE TABLE incidents (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom GEOMETRY, id TEXT UNIQUE, "kind" TEXT, "date" DATETIME, "date_precision" TEXT, "locality" TEXT, "locality_id" TEXT, "locality_type" TEXT, "admin1" TEXT, "admin2" TEXT, "admin3" TEXT, "place_type" TEXT, "other_places" TEXT, "weapon" TEXT, "attributed_to" TEXT, "reported_by" TEXT, "cause" TEXT, "vehicle" TEXT, "narrative" TEXT, "radius_m" REAL, "closed_on" DATE, "killed_man" INTEGER);
INSERT INTO "incidents" VALUES(1,X'47500001E61000000101000000CDCCCCCCCC8C4240CDCCCCCCCC0C4240','r1','attack','2024-03-01T00:00:00.000Z','day',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'synthetic market shelled at noon',NULL,NULL,1);
INSERT INTO "incidents" VALUES(2,X'47500001E61000000101000000312AA913D08C4240CDCCCCCCCC0C4240','r2','attack','2024-03-01T00:00:00.000Z','day',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'synthetic market shelled at noon',NULL,NULL,1);
CREATE TABLE merged_changes (
  sequence INTEGER NOT NULL, batch INTEGER NOT NULL, office TEXT NOT NULL,
  at DATETIME NOT NULL, table_name TEXT NOT NULL, row INTEGER, row_id TEXT,
  action TEXT NOT NULL, about INTEGER, detail TEXT, before TEXT, after TEXT,
  secret TEXT, remains TEXT, previous TEXT NOT NULL, hash TEXT NOT NULL,
  source INTEGER NOT NULL, here INTEGER, place INTEGER PRIMARY KEY NOT NULL);
INSERT INTO "merged_changes" VALUES(10,10,'ALP-OPS','2026-11-27T06:28:54.434Z','facilities',4,'t1','add',NULL,NULL,NULL,'{"id":"t1","kind":"shelter","status":"open","name":"synthetic t1","capacity":40.0,"geometry":"0101000000cdcccccccc8c4240cdcccccccc0c4240"}','0e29642200a67f9b088842ccaacf9cb6',NULL,'bf671cd11fe5b68a775a1aa6850c0a2f5946d980fd4fc6ea1abb22d10d940d26','b093516874e5bee95486fd9ff388962538423ad06d77a41a8f85c5c9c8a86a9b',11,4,1);
INSERT INTO "merged_changes" VALUES(11,11,'ALP-OPS','2026-11-27T06:28:54.436Z','facilities',1,'s1','change',NULL,NULL,'{"capacity":55.0}','{"capacity":50.0}','558875c8b85f1c7b3297399ee33af976',NULL,'b093516874e5bee95486fd9ff388962538423ad06d77a41a8f85c5c9c8a86a9b','4a356b2c088bacf5b817867472c20800543fda0dc579efe0ca48383cd8844971',11,1,2);
CREATE TABLE register (name TEXT PRIMARY KEY NOT NULL, value TEXT);
INSERT INTO "register" VALUES('version','1');
INSERT INTO "register" VALUES('tombstones','0738c6c8205041cfda6deace7606447c');
CREATE INDEX merged_changes_of_a_row ON merged_changes (table_name, here);
CREATE INDEX changes_of_a_row ON changes (table_name, row);
CREATE INDEX changes_of_an_id ON changes (table_name, row_id);
CREATE TRIGGER changes_are_not_deleted BEFORE DELETE ON changes
BEGIN SELECT RAISE(ABORT, 'the audit of a register is not deleted'); END;
CREATE TRIGGER changes_follow_the_last BEFORE INSERT ON changes
WHEN NEW.sequence IS NOT (SELECT ifnull(max(sequence), 0) + 1 FROM changes)
BEGIN SELECT RAISE(ABORT, 'a change is added after the last one'); END;
CREATE TRIGGER changes_are_not_altered BEFORE UPDATE ON changes
BEGIN SELECT RAISE(ABORT, 'the audit of a register is not altered'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('facilities',4);
INSERT INTO "sqlite_sequence" VALUES('incidents',2);
COMMIT;
