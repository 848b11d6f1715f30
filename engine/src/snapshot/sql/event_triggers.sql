-- The event triggers of the database.
SELECT t.oid,
       t.evtname,
       t.evtowner,
       t.evtevent::pg_catalog.text,
       t.evtenabled,
       t.evttags,
       t.evtfoid,
       n.nspname = 'architect' OR d.objid IS NOT NULL AS exempt
FROM pg_catalog.pg_event_trigger AS t
JOIN pg_catalog.pg_proc AS f ON f.oid = t.evtfoid
JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
LEFT JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = t.oid
   AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
