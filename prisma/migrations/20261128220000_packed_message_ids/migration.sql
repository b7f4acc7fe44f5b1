-- FCM's message ids are packed (src/results/message-id.ts); text in UTF-8 is a form of its own, so what is there stays
-- readable. The partitions are written anew: minutes for a hundred million rows, in which no result can be recorded.
ALTER TABLE deliveries ALTER COLUMN message_id TYPE bytea USING convert_to(message_id, 'UTF8');
