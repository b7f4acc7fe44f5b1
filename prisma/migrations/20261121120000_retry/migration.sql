-- A retry is a campaign of its own: it points to the one whose devices it sends to again, and to the first of the chain,
-- whose collapse identifier all of them carry. The origin's results stay as they were recorded.
CREATE TYPE retried AS ENUM ('failed', 'in_doubt', 'canceled');
ALTER TABLE campaigns
  ADD retry_of         uuid REFERENCES campaigns (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  ADD retry_only       retried,
  ADD chain_id         uuid,
  -- Platforms whose push credential was refused: they wait for a person while the others go on.
  ADD halted_platforms platform[] NOT NULL DEFAULT '{}';
-- Each result of a campaign is sent again once: who is still without the message is in the retry then, not here.
CREATE UNIQUE INDEX campaigns_retry_of_retry_only_key ON campaigns (retry_of, retry_only);
CREATE INDEX campaigns_chain_id_idx ON campaigns (chain_id);
