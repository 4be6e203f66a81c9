-- Messages are packed anew (the steps' path is a name of its own), and `message.route` holds a route's number moved by something of
-- the organization: its index does without the organization and is half as large. Rows of the old form are not read any more, and no
-- release ever wrote any: what the store held of messages goes, counts and failure groups stay.

TRUNCATE message, message_payload, message_token;

DROP INDEX message_route;
CREATE INDEX message_route ON message (route, started_at);
