-- What mends every finding in guide 000's SQL.
ALTER TABLE tasks
  ADD COLUMN created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  ADD COLUMN updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  ADD CHECK (status IN ('pending', 'running', 'done'));
DROP INDEX idx_tasks_project_id;
CREATE INDEX idx_tasks_created_at ON tasks(created_at DESC);
CREATE INDEX idx_task_dependencies_depends_on_id ON task_dependencies (depends_on_id);
ALTER TABLE task_dependencies RENAME CONSTRAINT task_dependencies_check TO valid_dependency;
ALTER TABLE project_settings
  ADD COLUMN created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  ADD COLUMN updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  ALTER COLUMN notifications_enabled SET NOT NULL;
CREATE OR REPLACE TRIGGER task_change_trigger
  AFTER INSERT OR UPDATE OR DELETE ON tasks
  FOR EACH ROW EXECUTE FUNCTION notify_task_change();
