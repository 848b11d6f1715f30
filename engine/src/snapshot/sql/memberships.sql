-- Who is a member of which role, and that of the database's owner in pg_database_owner.
SELECT m.member,
       m.roleid,
       r.rolinherit AS inherits -- until 15
       m.inherit_option AS inherits -- since 16
FROM pg_catalog.pg_auth_members AS m
JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
UNION ALL
SELECT d.datdba, o.oid, true
FROM pg_catalog.pg_database AS d
CROSS JOIN pg_catalog.pg_roles AS o
WHERE d.datname = pg_catalog.current_database() AND o.rolname = 'pg_database_owner'
