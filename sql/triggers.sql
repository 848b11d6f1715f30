CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON architect.rule_settings
    FOR EACH STATEMENT EXECUTE FUNCTION architect.policy_changed();
COMMENT ON TRIGGER policy_changed ON architect.rule_settings IS 'Tells every session to read the policy again';

CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON architect.suppressions
    FOR EACH STATEMENT EXECUTE FUNCTION architect.policy_changed();
COMMENT ON TRIGGER policy_changed ON architect.suppressions IS 'Tells every session to read the policy again';

CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON architect.armed
    FOR EACH STATEMENT EXECUTE FUNCTION architect.policy_changed();
COMMENT ON TRIGGER policy_changed ON architect.armed IS 'Tells every session to read the policy again';

CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON architect.profile_in_use
    FOR EACH STATEMENT EXECUTE FUNCTION architect.policy_changed();
COMMENT ON TRIGGER policy_changed ON architect.profile_in_use IS 'Tells every session to read the policy again';

CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON architect.baseline
    FOR EACH STATEMENT EXECUTE FUNCTION architect.policy_changed();
COMMENT ON TRIGGER policy_changed ON architect.baseline IS 'Tells every session to read the policy again';
