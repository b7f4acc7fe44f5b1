-- Members are looked up by how their external_id begins. In the order of its bytes that is a stretch of the unique
-- index; in the order of a language, which many databases have as their default, it is not. The index is built anew for
-- that: about a second for a million members, in which members can be neither read nor written.
ALTER TABLE members ALTER COLUMN external_id TYPE text COLLATE "C";
