-- What guide 000 shows of tables, indexes, JSONB, arrays and NOTIFY, word for word; put together so that it runs. Left out: idx_tasks_created_at,
-- for tasks has no created_at (F-17).
CREATE TABLE projects (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  name TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL DEFAULT 'active'
    CHECK (status IN ('active', 'archived', 'deleted')),
  phase TEXT NOT NULL DEFAULT 'interview'
    CHECK (phase IN ('interview', 'spec', 'build', 'review', 'complete')),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),

  CONSTRAINT valid_name CHECK (length(name) BETWEEN 1 AND 200)
);
CREATE UNIQUE INDEX idx_projects_name_active
  ON projects (name)
  WHERE status != 'deleted';
ALTER TABLE projects ADD COLUMN metadata JSONB NOT NULL DEFAULT '{}';
CREATE INDEX idx_projects_metadata ON projects USING GIN (metadata);
CREATE INDEX idx_projects_enterprise
  ON projects ((metadata->>'tier'))
  WHERE metadata->>'tier' = 'enterprise';

CREATE TABLE tasks (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id UUID NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending'
);
CREATE INDEX idx_tasks_status ON tasks(status);
CREATE INDEX idx_tasks_project_id ON tasks(project_id);
CREATE INDEX idx_tasks_project_status ON tasks(project_id, status);
ALTER TABLE tasks ADD COLUMN tags TEXT[] NOT NULL DEFAULT '{}';
CREATE INDEX idx_tasks_tags ON tasks USING GIN (tags);

CREATE TABLE task_dependencies (
  task_id UUID NOT NULL REFERENCES tasks(id) ON DELETE CASCADE,
  depends_on_id UUID NOT NULL REFERENCES tasks(id) ON DELETE CASCADE,
  PRIMARY KEY (task_id, depends_on_id),
  CHECK (task_id != depends_on_id)
);

CREATE TABLE project_settings (
  project_id UUID PRIMARY KEY REFERENCES projects(id) ON DELETE CASCADE,
  theme TEXT DEFAULT 'dark',
  notifications_enabled BOOLEAN DEFAULT true
);

CREATE OR REPLACE FUNCTION notify_task_change() RETURNS TRIGGER AS $$
BEGIN
  PERFORM pg_notify('task_changes', json_build_object(
    'op', TG_OP,
    'id', NEW.id,
    'project_id', NEW.project_id,
    'status', NEW.status
  )::text);
  RETURN NEW;
END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER task_change_trigger
  AFTER INSERT OR UPDATE ON tasks
  FOR EACH ROW EXECUTE FUNCTION notify_task_change();
