set client_min_messages=error; set architect.mode=off; drop schema if exists s cascade; create schema s; set search_path=s; 
create table t(a int, b int, c varchar(10), check (a is not null and b > 0)); insert into t select g,g,g from generate_series(1,2000) g; 
create table n18(a int constraint nn not null, b int); insert into n18 select g,g from generate_series(1,2000) g;
create table r(id int primary key); insert into r select g from generate_series(1,2000) g; alter table n18 add constraint fk foreign key(a) references r;
analyze; set architect.small_table_rows=0; set architect.small_table_bytes=0; set lock_timeout='1s'; set client_min_messages=notice;
\echo swap
select rule,message from architect.lint('alter table t rename b to x; alter table t rename a to b; alter table t rename x to a; alter table t alter a set not null') where rule ~ 'null';
begin; alter table t rename b to x; alter table t rename a to b; alter table t rename x to a; set client_min_messages=debug1; alter table t alter a set not null; rollback; set client_min_messages=notice;
set architect.mode=warn;
\echo drop nn
alter table n18 drop constraint nn;
alter table n18 alter a set not null;
alter table n18 alter a drop not null;
\echo ne
alter table n18 alter constraint fk not enforced;
select rule,message,category from architect.check('s') where object like '%fk%';
\echo ne2
alter table n18 alter constraint fk enforced;
