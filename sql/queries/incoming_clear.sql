-- incoming_clear: forget what is staged.
TRUNCATE incoming
