-- A blog says that collation "C" makes looking up text faster. Log in by e-mail address, faster.
SET LOCAL lock_timeout = '2s';
ALTER TABLE customers ALTER COLUMN email TYPE text COLLATE "C";
